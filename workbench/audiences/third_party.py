"""Third-party segments: people a data provider knows something about, at a fee on top of the auction price.

A segment is chosen, not built. The provider's file holds digests; who of them has an account is found by the same
matching as for a customer list. Third-party data is offered in the United States only.
"""

import difflib
from typing import Literal

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


class ThirdPartyDefinition(Definition):
    """The people in a provider's segment.

    Attributes
    ----------
    segment_id : str
        Id in the universe's catalogue of segments, digits.
    """

    type: Literal[AudienceType.THIRD_PARTY] = AudienceType.THIRD_PARTY
    segment_id: DigitId = Field(description="id of a segment in the catalogue")


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
        Members. Details: ``segment_name``, ``provider`` and ``data_fee_rate_bp`` (basis points of the auction price).

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
            "choose another segment"
        )
    details = {
        "segment_name": str(segment["name"]),
        "provider": str(segment["provider"]),
        "data_fee_rate_bp": data_fee_rate_bp,
    }
    in_country = universe.accounts(columns=["country"])["country"] == THIRD_PARTY_COUNTRY
    members = _match_segment(definition.segment_id, universe) & AccountSet.from_mask(
        in_country.to_numpy(dtype=np.bool_)
    )
    return Population(members, details)


def _find_segment(segment_id: str, segments: pd.DataFrame) -> pd.Series:
    """Return a segment's row of the catalogue, or refuse with what was probably meant."""
    known = [str(known_id) for known_id in segments["segment_id"]]
    if segment_id not in known:
        close = difflib.get_close_matches(segment_id, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"the catalogue has: {', '.join(known) or 'none'}"
        raise DefinitionError(f"expected the id of a third-party segment of this universe, got {segment_id}; {hint}")
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
