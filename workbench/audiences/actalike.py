"""Actalikes: the people of a country who are most like the members of other audiences.

The rule in set terms::

    source  = union of the seed audiences
    members = the ceil(percentage % of all the country's accounts) accounts that are most like the source's members,
              among the accounts of the country that are not in the source

The help page words the percentage as a share of the source audience, the API as a share of everybody in the country. We
follow the API (reading Q1), count after the source is taken out, and never let a member of the source in (S60). 1 % is
inside 2 %, and so on; 10 % is the loosest.

What the source was defined by does not count for likeness: whoever engaged with these pins is in the source already.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from workbench.actalike import ActalikeSpace, Driver, QualityForecast, SeedModel, explain, learn_seed, rank_country
from workbench.actalike.universe_space import space_of_universe
from workbench.audiences.actalike_definition import MAX_PERCENTAGE, MIN_PERCENTAGE, NAMED_COUNTRIES, ActalikeDefinition
from workbench.audiences.ad_countries import region_notice
from workbench.audiences.audience import Audience
from workbench.audiences.base import MIN_AUDIENCE_SIZE, AudienceStatus, AudienceType, Population
from workbench.audiences.disclosure import safe_share, safe_size
from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.audiences.engagement_sources import find_source
from workbench.audiences.visitor import VisitorDefinition
from workbench.errors import DefinitionError
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe

N_DRIVERS: Final = 10
SHOWN_DECIMALS: Final = 2


@dataclass(frozen=True, slots=True)
class Actalike:
    """A definition as one universe understands it: what there is to know before anybody is ranked.

    Parameters
    ----------
    definition : ActalikeDefinition
        The definition.
    source : AccountSet
        Members of the seed audiences.
    space : ActalikeSpace
        Of the universe.
    model : SeedModel
        What makes the source different from the country.
    warnings : tuple of str
        What an analyst should know.
    """

    definition: ActalikeDefinition
    source: AccountSet
    space: ActalikeSpace
    model: SeedModel
    warnings: tuple[str, ...]

    @property
    def forecast(self) -> QualityForecast | None:
        """How good it will be, for every percentage; None if the source is too small to tell."""
        return self.model.forecast

    def drivers(self, *, by_interest: bool) -> tuple[Driver, ...]:
        """Return what drives it, the strongest first: exact numbers; show them through `shown_drivers` only."""
        return explain(self.space, self.model, self.source, by_group=by_interest, n_drivers=N_DRIVERS)


def populate_actalike(
    definition: ActalikeDefinition,
    universe: Universe,
    sources: Mapping[str, Audience],
    on_progress: Progress = ignore_progress,
) -> Population:
    """Find the people who are most like the source.

    Parameters
    ----------
    definition : ActalikeDefinition
        Of whom, where, how many.
    universe : Universe
        Needs the table ``pin_engagements`` or ``tag_events``.
    sources : mapping of str to Audience
        By id, at least the seed audiences, counted; those that they are made from, too, if their events shall not
        count either.
    on_progress : Progress
        Called at every step; raise ``CancelledError`` in it to stop.

    Returns
    -------
    Population
        Members. Details: ``warnings``; ``forecast``, the recall to expect of every percentage with its interval, as
        shares of a part of the source that was not seen; ``interests`` and ``features`` that drive it, see
        `shown_drivers`; ``mix``, how much each way to tell likeness counts.

    Raises
    ------
    DefinitionError
        If a seed audience is too small, nobody lives in the country, or the source did nothing to go by.
    UniverseError
        If the universe has nothing to go by.
    """
    actalike = understand_actalike(definition, universe, sources, on_progress)
    ranking = rank_country(actalike.space, actalike.model, actalike.source, on_progress=on_progress)
    members = ranking.members(definition.percentage)
    details = {
        "warnings": [*actalike.warnings, *_warnings_about_size(len(members), ranking.n_wanted(definition.percentage))],
        "forecast": shown_forecast(actalike.forecast),
        "interests": shown_drivers(actalike.drivers(by_interest=True)),
        "features": shown_drivers(actalike.drivers(by_interest=False)),
        "mix": {name: round(share, SHOWN_DECIMALS) for name, share in actalike.model.mix.items()},
    }
    return Population(members, details)


def understand_actalike(
    definition: ActalikeDefinition,
    universe: Universe,
    sources: Mapping[str, Audience],
    on_progress: Progress = ignore_progress,
) -> Actalike:
    """Learn what makes the source different, and how good an actalike of it will be.

    Parameters and errors are those of `populate_actalike`. Nothing depends on the percentage, so the answer serves to
    choose one.
    """
    seeds = {audience_id: sources[audience_id] for audience_id in definition.seed_audience_ids}
    source = AccountSet.combined([_members_of(audience) for audience in seeds.values()])
    space = space_of_universe(universe, on_progress)
    if definition.country not in space.countries:
        raise DefinitionError(
            f"country: expected one that accounts live in, got {definition.country}; "
            f"they live in: {', '.join(space.countries)} (Q25)"
        )
    is_masked = _defining_features(seeds, sources, universe, space)
    try:
        model = learn_seed(space, source, definition.country, is_masked=is_masked, on_progress=on_progress)
    except ValueError as error:
        raise DefinitionError(f"seed_audience_ids: {error}") from None
    return Actalike(definition, source, space, model, tuple(_warnings(definition, seeds, source, space)))


def shown_forecast(forecast: QualityForecast | None) -> list[dict[str, Any]]:
    """Return a forecast as it may be shown: a row per percentage, shares rounded; no row if there is none."""
    if forecast is None:
        return []
    return [
        {
            "percentage": percentage,
            "recall": round(forecast.of(percentage)[0], SHOWN_DECIMALS),
            "low": round(forecast.of(percentage)[1], SHOWN_DECIMALS),
            "high": round(forecast.of(percentage)[2], SHOWN_DECIMALS),
            "random_recall": percentage / 100,
        }
        for percentage in range(MIN_PERCENTAGE, MAX_PERCENTAGE + 1)
    ]


def shown_drivers(drivers: tuple[Driver, ...]) -> list[dict[str, Any]]:
    """Return what drives an actalike as it may be shown.

    Parameters
    ----------
    drivers : tuple of Driver
        Exact.

    Returns
    -------
    list of dict
        Name, ``share_in_source``, ``share_in_country``, ``lift`` (None where a count is hidden) and ``contribution``,
        of those that enough accounts of the country have to be shown at all.
    """
    rows = []
    for driver in drivers:
        if safe_size(driver.n_in_country) is None:
            continue
        in_source = safe_share(driver.n_in_source, driver.n_source)
        in_country = safe_share(driver.n_in_country, driver.n_country)
        is_known = in_source is not None and in_country
        rows.append(
            {
                "name": driver.name,
                "share_in_source": in_source,
                "share_in_country": in_country,
                "lift": round(in_source / in_country, 1) if in_source is not None and is_known and in_country else None,
                "contribution": round(driver.contribution, SHOWN_DECIMALS),
            }
        )
    return rows


def _members_of(audience: Audience) -> AccountSet:
    audience_id = audience.spec.audience_id
    if audience.members is None:
        raise DefinitionError(
            f"seed_audience_ids: expected source audiences that are counted, audience {audience_id} is "
            f"{AudienceStatus.INITIALIZING}; populate the actalike when it is"
        )
    if audience.status is not AudienceStatus.READY:
        raise DefinitionError(
            f"seed_audience_ids: expected source audiences of at least {MIN_AUDIENCE_SIZE} members, audience "
            f"{audience_id} is {audience.status}; widen it or choose another one (Q24)"
        )
    return audience.members


def _defining_features(
    seeds: Mapping[str, Audience], sources: Mapping[str, Audience], universe: Universe, space: ActalikeSpace
) -> NDArray[np.bool_]:
    """Tell which features define the source, at whatever remove: bool array, shape (n_features,)."""
    names = space.engagements.feature_names
    pins: set[str] = set()
    tags: set[str] = set()
    pending, seen = list(seeds), set(seeds)
    while pending:
        definition = sources[pending.pop()].spec.definition
        if isinstance(definition, VisitorDefinition):
            tags.add(definition.visitor_source_id)
        if isinstance(definition, EngagementDefinition):
            pins |= _pins_of(definition, universe)
        more = [one for one in definition.source_audience_ids if one in sources and one not in seen]
        pending += more
        seen |= set(more)
    return np.array([name in pins or name.partition(" ")[0] in tags - {name} for name in names], dtype=np.bool_)


def _pins_of(definition: EngagementDefinition, universe: Universe) -> set[str]:
    """Return the pins that an engagement definition is about, those of its ads included."""
    source = find_source(definition, universe)
    if not source.ad_ids:
        return set(source.pin_ids)
    question = "SELECT DISTINCT pin_id FROM ads WHERE ad_id IN (SELECT unnest(?::VARCHAR[]))"
    return set(source.pin_ids) | set(universe.query(question, (list(source.ad_ids),))["pin_id"])


def _warnings(
    definition: ActalikeDefinition, seeds: Mapping[str, Audience], source: AccountSet, space: ActalikeSpace
) -> Iterator[str]:
    for audience_id, audience in seeds.items():
        if audience.spec.audience_type is AudienceType.ACTALIKE:
            yield (
                f"Audience {audience_id} is an actalike itself: what is like it is less like the people it began with. "
                "The platform names customer lists and tag events as sources (Q24)."
            )
    if definition.country not in NAMED_COUNTRIES:
        yield (
            f"The platform names {', '.join(NAMED_COUNTRIES)} for actalikes, not {definition.country}; "
            "it may refuse this country (Q25)."
        )
    if notice := region_notice(definition.country):
        yield notice
    lives_here = space.engagements.country_of_account == space.country_code(definition.country)
    if source.n_overlap(AccountSet.from_mask(lives_here)) < MIN_AUDIENCE_SIZE:
        yield (
            f"Fewer than {MIN_AUDIENCE_SIZE} members of the source live in {definition.country}: what is learned from "
            "those elsewhere carries over in part."
        )


def _warnings_about_size(n_members: int, n_wanted: int) -> Iterator[str]:
    if n_members < n_wanted:
        yield "Fewer people of the country are outside the source than the percentage asks for; all of them are in."
