"""Targeting: whom an ad group may reach.

In set terms, with everybody where a part is left out::

    reached = (union of includes − union of excludes) ∩ places ∩ ages ∩ gender ∩ apptype

Exclude wins over include. Only READY audiences count, and the two sides fail in opposite directions, both of which cost
money if they go unnoticed, so both are warned about: an include that is not READY reaches nobody through it, an exclude
that is not READY stops excluding. An ad group with includes of which none is usable, deleted ones among them, reaches
nobody; it never turns into "everyone", as it would for the API when the key is left out.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.audiences.ad_countries import AD_COUNTRIES, region_notice
from workbench.audiences.audience import Audience, AudienceSpec
from workbench.audiences.base import AudienceStatus, AudienceType
from workbench.audiences.demographics import AGES, Demographics, buckets_of_ages
from workbench.audiences.disclosure import HIDDEN_SIZE
from workbench.audiences.targeting_spec import OLDEST, TargetingSpec
from workbench.audiences.third_party import THIRD_PARTY_COUNTRY
from workbench.errors import DefinitionError, UnknownAudienceError
from workbench.identity import AccountSet
from workbench.universe import Universe


@dataclass(frozen=True, slots=True)
class ResolvedTargeting:
    """Who a targeting reaches, and what the analyst has to know about it.

    Parameters
    ----------
    members : AccountSet
        The accounts that may be shown the ad.
    warnings : tuple of str
        One sentence each, to be shown: audiences that could not be used, countries without accounts.
    """

    members: AccountSet
    warnings: tuple[str, ...] = ()


def resolve_targeting(
    spec: TargetingSpec,
    audiences: Mapping[str, Audience],
    universe: Universe,
    *,
    demographics: Demographics | None = None,
) -> ResolvedTargeting:
    """Find out whom a targeting reaches.

    Parameters
    ----------
    spec : TargetingSpec
        The targeting.
    audiences : mapping of str to Audience
        Audiences by id, at least those that the targeting names.
    universe : Universe
        The one that the audiences were populated from.
    demographics : Demographics, optional
        Its attributes, from whoever resolves many targetings and wants them read once.

    Returns
    -------
    ResolvedTargeting
        Members and warnings.

    Raises
    ------
    UnknownAudienceError
        If an id names none of the audiences.
    DefinitionError
        If an audience is for comparison only, a place is of a kind that a universe does not know, or a third-party
        segment is attached and the location is not the United States alone.
    """
    require_offered(spec, audiences)
    demographics = demographics or Demographics(universe)
    includes = [audiences[audience_id] for audience_id in spec.audience_include]
    excludes = [audiences[audience_id] for audience_id in spec.audience_exclude]
    everyone = AccountSet.full(universe.n_accounts)
    # Whoever names audiences to include and can use none of them reaches nobody, not everybody.
    admitted = _usable(includes) or [AccountSet.empty(universe.n_accounts)] if includes else [everyone]
    members = AccountSet.combined(admitted, _usable(excludes)) & demographics.members(spec)
    return ResolvedTargeting(members, tuple(_warnings(spec, includes, excludes, demographics)))


def require_offered(spec: TargetingSpec, audiences: Mapping[str, Audience]) -> None:
    """Refuse a targeting that the platform does not offer; arguments and errors as for `resolve_targeting`."""
    attached = [_find(audience_id, audiences) for audience_id in (*spec.audience_include, *spec.audience_exclude)]
    _require_for_targeting(attached)
    _require_known_places(spec)
    require_country_of_third_parties(spec, (audience.spec for audience in attached))


def require_country_of_third_parties(spec: TargetingSpec, attached: Iterable[AudienceSpec]) -> None:
    """Refuse third-party audiences in a targeting that is not of the United States alone.

    Parameters
    ----------
    spec : TargetingSpec
        The targeting.
    attached : iterable of AudienceSpec
        The audiences that it includes and excludes.

    Raises
    ------
    DefinitionError
        With the first that is not offered there.
    """
    for audience in attached:
        if audience.audience_type is AudienceType.THIRD_PARTY and not spec.is_in_us_only:
            raise DefinitionError(
                f"third-party audience {audience.audience_id} needs the location {THIRD_PARTY_COUNTRY} alone, "
                f"because third-party data is offered there only, got "
                f"{', '.join((*spec.location, *spec.geo)) or 'every country'}; "
                f"set the location to {THIRD_PARTY_COUNTRY} or leave the audience out"
            )


def _find(audience_id: str, audiences: Mapping[str, Audience]) -> Audience:
    if audience_id not in audiences:
        close = difflib.get_close_matches(audience_id, audiences, n=1)
        known = ", ".join(audiences) or "none"
        hint = f"did you mean {close[0]}?" if close else "add it or correct the id"
        raise UnknownAudienceError(
            f"expected the id of a known audience, got {audience_id}; known are: {known}; {hint}"
        )
    return audiences[audience_id]


def _require_for_targeting(attached: Iterable[Audience]) -> None:
    for audience in attached:
        if audience.spec.is_compare_only:
            raise DefinitionError(
                f"expected audiences that an ad group may use, got {audience.spec.audience_id} "
                f"({audience.spec.name}), which is for comparison only; leave it out or lift is_compare_only"
            )


def _require_known_places(spec: TargetingSpec) -> None:
    for what, codes in (("metro areas", spec.metro_areas), ("postal codes", spec.postal_codes)):
        if codes:
            raise DefinitionError(
                f"expected countries and regions, because a universe does not say in which {what} its accounts are, "
                f"got {codes[0]}; name the region, such as US-CA"
            )


def _usable(audiences: Iterable[Audience]) -> list[AccountSet]:
    """Return the members of the audiences that an ad can use."""
    return [audience.usable_members for audience in audiences if audience.usable_members is not None]


def _warnings(
    spec: TargetingSpec, includes: list[Audience], excludes: list[Audience], demographics: Demographics
) -> Iterable[str]:
    for audience in includes:
        if audience.usable_members is None:
            yield f"Audience {_label(audience)}: nobody is reached through it."
    for audience in excludes:
        if audience.usable_members is None:
            yield f"Excluded audience {_label(audience)}: it stops excluding, so its people can be reached at a cost."
    if includes and all(audience.usable_members is None for audience in includes):
        yield "None of the included audiences can be used, so this targeting reaches nobody."
    yield from _warnings_about_ages(spec)
    for column, codes in (("country", spec.countries), ("region", spec.regions)):
        known = demographics.values(column) if codes else frozenset()
        yield from (f"No account of this universe is in {code}." for code in sorted(set(codes) - known))
    for country in sorted({*spec.countries, *(code[:2] for code in spec.geo)} - AD_COUNTRIES):
        yield region_notice(country)
    if spec.targeting_strategy == "RECONNECT_WITH_USERS" and not includes:
        yield "The strategy is to reconnect with people, but no audience says with whom; include one."


def _warnings_about_ages(spec: TargetingSpec) -> Iterable[str]:
    """Say where the platform's age buckets are wider than the ages asked for."""
    buckets = buckets_of_ages(spec)
    if not buckets or spec.minimum_age is None or spec.maximum_age is None:
        return
    (low, _), (_, high) = AGES[buckets[0]], AGES[buckets[-1]]
    if low < spec.minimum_age or (spec.maximum_age < high and spec.maximum_age != OLDEST):
        yield f"Ages are known in buckets only, so everybody in {', '.join(buckets)} is reached."


def _label(audience: Audience) -> str:
    if audience.is_deleted:
        return f"{audience.spec.audience_id} ({audience.spec.name}) was deleted"
    why = "not counted yet" if audience.status is AudienceStatus.INITIALIZING else f"{HIDDEN_SIZE} members"
    return f"{audience.spec.audience_id} ({audience.spec.name}) is {audience.status} ({why})"
