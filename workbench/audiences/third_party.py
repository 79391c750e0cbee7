"""Third-party segments: people a data provider knows something about, at a fee on top of the auction price.

A segment is chosen, not built. The provider's file holds digests; who of them has an account is found by the same
matching as for a customer list. Third-party data is offered in the United States only: members are accounts there, and
a targeting with a segment names places there and nothing else (`TargetingSpec.is_in_us_only`: the country, its metro
areas, regions and postal codes).

The partner that the help page names left this business in 2024, so catalogues here are fictional. The platform lowers
the bid to make room for the fee and never charges more than the bid; `workbench.data_fee` says which fees that can
cover, and the simulator does the sums.
"""

import difflib
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from workbench.audiences.base import AudienceType, Definition, Population
from workbench.data_fee import MAX_BID_REDUCTION_BP, MAX_DATA_FEE_BP, is_coverable
from workbench.errors import DefinitionError
from workbench.identity import AccountSet, DigestKind, Digests, ListType
from workbench.universe import Universe
from workbench.validation import DigitId

THIRD_PARTY_COUNTRY = "US"
NOT_EXPORTABLE = (
    "The public API has no third-party audiences: a segment cannot be created through it, only targeted by its id "
    "in an ad group, once the platform's sales contact has set it up."
)
"""Why a definition of this type has no request body (S70)."""


class ThirdPartyDefinition(Definition):
    """The people in a provider's segment.

    Attributes
    ----------
    segment_id : str
        Id in the universe's catalogue of segments, digits.
    ad_account_id : str or None
        The ad account that wants to use it, digits; one from outside the United States is warned.
    """

    type: Literal[AudienceType.THIRD_PARTY] = AudienceType.THIRD_PARTY
    segment_id: DigitId = Field(description="id of a segment in the catalogue")
    ad_account_id: DigitId | None = Field(default=None, description="id of the ad account that wants to use it")


def populate_third_party(definition: ThirdPartyDefinition, universe: Universe) -> Population:
    """Match a provider's segment file against the universe's accounts in the United States.

    Parameters
    ----------
    definition : ThirdPartyDefinition
        Which segment.
    universe : Universe
        Needs the tables ``segments`` and ``segment_records``.

    Returns
    -------
    Population
        Members. Details: ``segment_name``, ``provider`` and ``data_fee_rate_bp`` (basis points of the auction price);
        ``warnings``, when the ad account is at home elsewhere.

    Raises
    ------
    UniverseError
        If the universe has no segment files.
    DefinitionError
        If the segment is unknown, or its fee higher than any permitted bid reduction can cover.
    """
    segment = _find_segment(definition.segment_id, universe.segments())
    data_fee_rate_bp = int(segment["data_fee_rate_bp"])
    if not is_coverable(data_fee_rate_bp):
        raise DefinitionError(
            f"segment {definition.segment_id} cannot be used: expected a data fee of at most "
            f"{MAX_DATA_FEE_BP / 100:.2f} % of the auction price, which a bid reduction of "
            f"{MAX_BID_REDUCTION_BP / 100:.0f} % still covers, got {data_fee_rate_bp / 100:.2f} %; "
            "choose another segment (S67, S68)"
        )
    details: dict[str, Any] = {
        "segment_name": str(segment["name"]),
        "provider": str(segment["provider"]),
        "data_fee_rate_bp": data_fee_rate_bp,
    }
    if warning := home_country_warning(definition.ad_account_id, universe):
        details["warnings"] = [warning]
    in_country = universe.accounts(columns=["country"])["country"] == THIRD_PARTY_COUNTRY
    members = _match_segment(definition.segment_id, universe) & AccountSet.from_mask(
        in_country.to_numpy(dtype=np.bool_)
    )
    return Population(members, details)


def home_country_warning(ad_account_id: str | None, universe: Universe) -> str:
    """Return what to tell an ad account from outside the United States about third-party data; else an empty text.

    Parameters
    ----------
    ad_account_id : str or None
        The ad account; None when nobody said which.
    universe : Universe
        Whose table ``ad_accounts`` may say where it advertises from.
    """
    if ad_account_id is None or not universe.has_table("ad_accounts"):
        return ""
    found = universe.query("SELECT country FROM ad_accounts WHERE ad_account_id = ?", [ad_account_id])["country"]
    country = next(iter(found), THIRD_PARTY_COUNTRY)
    if country == THIRD_PARTY_COUNTRY:
        return ""
    return (
        f"Ad account {ad_account_id} is in {country}, and third-party data is offered in the United States only; "
        "ask the platform's sales contact whether this account may use it (S65, S70)."
    )


def _find_segment(segment_id: str, segments: pd.DataFrame) -> pd.Series:
    """Return a segment's row of the catalogue, or refuse with what was probably meant."""
    known = [str(known_id) for known_id in segments["segment_id"]]
    if segment_id not in known:
        close = difflib.get_close_matches(segment_id, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"the catalogue has: {', '.join(known) or 'none'}"
        raise DefinitionError(
            f"segment_id: expected the id of a third-party segment of this universe, got {segment_id}; {hint} (S66)"
        )
    return segments.iloc[known.index(segment_id)]


def _match_segment(segment_id: str, universe: Universe) -> AccountSet:
    """Return the accounts that a segment's records belong to, in any country."""
    records = universe.table("segment_records")
    records = records.filter(pc.equal(records["segment_id"].cast(pa.string()), segment_id))
    members = AccountSet.empty(universe.n_accounts)
    for list_type in ListType:
        of_type = records.filter(pc.equal(records["identifier_kind"].cast(pa.string()), list_type.value))
        digests = Digests.of_kind(DigestKind.SHA256, _digest_bytes(of_type["sha256"]))
        accounts = universe.directory.match_digests(list_type, digests)
        members |= AccountSet.from_indices(accounts[accounts >= 0], universe.n_accounts)
    return members


def _digest_bytes(column: pa.ChunkedArray) -> NDArray[np.uint8]:
    """Return a column of SHA-256 digests as a uint8 array, shape (n, 32)."""
    joined = b"".join(column.to_pylist())
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, DigestKind.SHA256.n_bytes)
