"""Whose pins, ads and campaigns a source of engagement is, and which they are.

Only what the ad account published itself, and only sites that it has claimed, can be a source (S49, S50). What belongs
to somebody else, or to nobody, is refused with what was probably meant.
"""

import difflib
from collections.abc import Sequence
from typing import Final, NamedTuple

from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.errors import DefinitionError, UniverseError
from workbench.universe import Universe

_OWNERS: Final = ("ad_accounts", "pins", "ads", "campaigns", "claimed_domains")
_SITE: Final = "regexp_replace(lower({0}), '^www[.]', '')"


class EngagementSource(NamedTuple):
    """What engagement has to be with: any of the pins, or through any of the ads."""

    pin_ids: tuple[str, ...] = ()
    ad_ids: tuple[str, ...] = ()


def find_source(definition: EngagementDefinition, universe: Universe) -> EngagementSource:
    """Find the pins and ads that a definition is about.

    Parameters
    ----------
    definition : EngagementDefinition
        Whose sources these are.
    universe : Universe
        Needs the tables that the source names: ``pins``, ``ads``, ``campaigns``, ``claimed_domains``.

    Returns
    -------
    EngagementSource
        Ids, ascending.

    Raises
    ------
    DefinitionError
        If the ad account is unknown, or a source is not its own.
    UniverseError
        If the universe lacks a table, or does not know which engagements happened through an ad.
    """
    account = definition.ad_account_id
    _require_known_account(account, universe)
    if definition.engagement_domains:
        return _source_of_domains(definition.engagement_domains, account, universe)
    if definition.objective_types:
        return EngagementSource(ad_ids=_ads_of_objectives(definition.objective_types, account, universe))
    if not (definition.pin_ids or definition.ad_ids or definition.campaign_ids):
        own_pins = "SELECT pin_id FROM pins WHERE ad_account_id = ? ORDER BY pin_id"
        return EngagementSource(pin_ids=_texts(own_pins, (account,), universe))
    for kind in ("pin", "ad", "campaign"):
        ids = getattr(definition, f"{kind}_ids")
        if ids:
            _require_own(kind, ids, account, universe)
    ads = {*definition.ad_ids, *_ads_of_campaigns(definition.campaign_ids, universe)}
    if definition.ad_ids or definition.campaign_ids:
        _require_paid_known(universe)
    return EngagementSource(tuple(sorted(set(definition.pin_ids))), tuple(sorted(ads)))


def _ads_of_campaigns(campaign_ids: Sequence[str], universe: Universe) -> tuple[str, ...]:
    if not campaign_ids:
        return ()
    question = "SELECT ad_id FROM ads WHERE campaign_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY ad_id"
    return _texts(question, (list(campaign_ids),), universe)


def _ads_of_objectives(objectives: Sequence[str], account: str, universe: Universe) -> tuple[str, ...]:
    own = own_objectives(account, universe)
    strange = [objective for objective in objectives if objective not in own]
    if strange:
        raise DefinitionError(
            f"objective_types: expected objectives of campaigns that ad account {account} made, got {strange[0]}; "
            f"its campaigns have: {', '.join(own) or 'none'} (S49, S51)"
        )
    _require_paid_known(universe)
    question = (
        "SELECT ad_id FROM ads JOIN campaigns USING (campaign_id) WHERE campaigns.ad_account_id = ?"
        " AND objective_type IN (SELECT unnest(?::VARCHAR[])) ORDER BY ad_id"
    )
    return _texts(question, (account, list(objectives)), universe)


def _source_of_domains(domains: Sequence[str], account: str, universe: Universe) -> EngagementSource:
    """Return all pins that link to claimed sites, whoever published them, and the ads that promote such a pin."""
    claimed = claimed_sites(account, universe)
    for domain in domains:
        if domain not in claimed:
            raise DefinitionError(
                f"engagement_domains: expected sites that ad account {account} has claimed, got {domain}; "
                f"{_hint(domain, claimed)} (S50)"
            )
    question = (
        f"SELECT pin_id FROM pins WHERE {_SITE.format('domain')} IN (SELECT unnest(?::VARCHAR[])) ORDER BY pin_id"  # noqa: S608
    )
    pins = _texts(question, (list(domains),), universe)
    if not universe.has_table("ads"):
        return EngagementSource(pins)
    ads = _texts(
        "SELECT ad_id FROM ads WHERE pin_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY ad_id", (list(pins),), universe
    )
    return EngagementSource(pins, ads)


def _require_own(kind: str, ids: Sequence[str], account: str, universe: Universe) -> None:
    """Refuse the first id that is somebody else's or nobody's."""
    question = (
        f"SELECT asked.id, owner.{kind}_id IS NOT NULL AS is_known FROM (SELECT unnest(?::VARCHAR[]) AS id) AS asked"  # noqa: S608
        f" LEFT JOIN {kind}s AS owner ON asked.id = owner.{kind}_id"
        " WHERE owner.ad_account_id IS DISTINCT FROM ?"
    )
    foreign: dict[str, bool] = dict(universe.query(question, (list(ids), account)).itertuples(index=False))
    strange = next((each for each in ids if each in foreign), None)
    if strange is None:
        return
    own = _texts(f"SELECT {kind}_id FROM {kind}s WHERE ad_account_id = ? ORDER BY ALL", (account,), universe)  # noqa: S608
    whose = f"is not that account's {kind}" if foreign[strange] else f"is no {kind} of this universe"
    verb = "published" if kind == "pin" else "made"
    raise DefinitionError(
        f"{kind}_ids: expected {kind}s that ad account {account} {verb}, got {strange}, which {whose}; "
        f"{_hint(strange, own)} (S49)"
    )


def _require_known_account(account: str, universe: Universe) -> None:
    known = ad_accounts(universe)
    if account not in known:
        raise DefinitionError(
            f"ad_account_id: expected an ad account of this universe, got {account}; {_hint(account, known)} (S49)"
        )


def ad_accounts(universe: Universe) -> tuple[str, ...]:
    """Return every ad account that any table names, ascending."""
    tables = [name for name in _OWNERS if universe.has_table(name)]
    if not tables:
        return ()
    each = " UNION ".join(f"SELECT ad_account_id FROM {name} WHERE ad_account_id IS NOT NULL" for name in tables)  # noqa: S608
    return _texts(f"{each} ORDER BY ALL", (), universe)


def claimed_sites(ad_account_id: str, universe: Universe) -> tuple[str, ...]:
    """Return the sites that an ad account has claimed, in lower case and without ``www.``, ascending.

    Raises
    ------
    UniverseError
        If the universe has no table ``claimed_domains``.
    """
    question = f"SELECT DISTINCT {_SITE.format('domain')} FROM claimed_domains WHERE ad_account_id = ? ORDER BY ALL"  # noqa: S608
    return _texts(question, (ad_account_id,), universe)


def own_objectives(ad_account_id: str, universe: Universe) -> tuple[str, ...]:
    """Return the objectives of the campaigns that an ad account made, ascending.

    Raises
    ------
    UniverseError
        If the universe has no table ``campaigns``.
    """
    question = "SELECT DISTINCT objective_type FROM campaigns WHERE ad_account_id = ? ORDER BY objective_type"
    return _texts(question, (ad_account_id,), universe)


def _require_paid_known(universe: Universe) -> None:
    if universe.has_table("pin_engagements") and not universe.has_column("pin_engagements", "ad_id"):
        raise UniverseError(
            f"expected the column 'ad_id' in {universe.table_path('pin_engagements')}, which says through which ad an "
            "engagement happened, found none; add the column, or take pins or a claimed domain as the source (S48)"
        )


def _hint(asked: str, known: Sequence[str]) -> str:
    """Say what was probably meant, or some of what there is."""
    close = difflib.get_close_matches(asked, known, n=1, cutoff=0.8)
    if close:
        return f"did you mean {close[0]}?"
    shown = ", ".join(known[:5]) + (f" and {len(known) - 5} more" if len(known) > 5 else "")
    return f"there are: {shown or 'none'}"


def _texts(question: str, parameters: Sequence[object], universe: Universe) -> tuple[str, ...]:
    return tuple(str(text) for text in universe.query(question, parameters).iloc[:, 0])
