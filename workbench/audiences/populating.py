"""Finding out who is in audiences: one of any type, or many that are made from each other."""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType

from workbench.audiences.actalike_definition import ActalikeDefinition
from workbench.audiences.audience import Audience, AudienceSpec
from workbench.audiences.base import Population
from workbench.audiences.combination import CombinationDefinition, populate_combination
from workbench.audiences.customer_list import CustomerListDefinition, populate_customer_list
from workbench.audiences.engagement import Engagement, engagement_population, populate_engagement, understand_engagement
from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.audiences.event_answers import accounts_with_each
from workbench.audiences.qualifying_events import QualifyingEvents
from workbench.audiences.third_party import ThirdPartyDefinition, populate_third_party
from workbench.audiences.visitor import VisitorDefinition, populate_visitor, visitor_events, visitor_population
from workbench.errors import DefinitionError, UnknownAudienceError
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe

NO_AUDIENCES: Mapping[str, Audience] = MappingProxyType({})


def populate(
    spec: AudienceSpec,
    universe: Universe,
    *,
    sources: Mapping[str, Audience] = NO_AUDIENCES,
    base_folder: Path | None = None,
    on_progress: Progress = ignore_progress,
) -> Audience:
    """Find out who is in an audience, as of the universe's "now".

    Parameters
    ----------
    spec : AudienceSpec
        The audience.
    universe : Universe
        The platform's tables.
    sources : mapping of str to Audience
        By id, at least the audiences that this one is made from.
    base_folder : Path, optional
        What the path of a customer list is relative to; the working directory when absent.
    on_progress : Progress
        Called while a list is read or an actalike is learned; raise ``CancelledError`` in it to stop.

    Returns
    -------
    Audience
        With members, whatever their number: its status says whether an ad can use it. Without, if an audience that it
        is made from is not counted yet.

    Raises
    ------
    InputFileError, ListFileError
        If a customer list cannot be read or breaks a structural rule.
    UnknownAudienceError
        If an audience that it is made from is not among the sources.
    DefinitionError
        If the definition names a tag or segment that the universe does not have, a segment that costs too much, an
        audience that was deleted, or, for an actalike, one that is too small.
    UniverseError
        If the universe lacks a table that this type needs.
    """
    members = _members_of_sources(spec, sources)
    if members is None:
        return Audience(spec)
    population = _population(spec, universe, sources, members, base_folder, on_progress)
    return Audience(spec, population.members, population.details)


def populate_all(
    specs: Iterable[AudienceSpec],
    universe: Universe,
    *,
    base_folder: Path | None = None,
    scheduler_address: str | None = None,
    on_progress: Progress = ignore_progress,
) -> dict[str, Audience]:
    """Populate audiences that may be made from each other; events are gone through once for all of them.

    Parameters
    ----------
    specs : iterable of AudienceSpec
        Each id once, in any order.
    universe, base_folder
        As for `populate`.
    scheduler_address : str, optional
        A Dask scheduler whose workers go through the indexes of events, if the universe has them.
    on_progress : Progress
        Called with the audiences done and all audiences; raise ``CancelledError`` in it to stop.

    Returns
    -------
    dict of str to Audience
        By id, in the order of ``specs``.

    Raises
    ------
    DefinitionError
        If audiences are made from each other in a circle; and as `populate`.
    InputFileError, ListFileError, UnknownAudienceError, UniverseError
        As `populate`.
    ClusterError
        If the scheduler cannot be reached, has no workers, or loses one.
    """
    by_id = {spec.audience_id: spec for spec in specs}
    found = populate_each(
        by_id, universe, base_folder=base_folder, scheduler_address=scheduler_address, on_progress=on_progress
    )
    populated = {audience.spec.audience_id: audience for audience in found}
    return {audience_id: populated[audience_id] for audience_id in by_id}


def populate_each(
    specs: Mapping[str, AudienceSpec],
    universe: Universe,
    *,
    base_folder: Path | None = None,
    scheduler_address: str | None = None,
    on_progress: Progress = ignore_progress,
) -> Iterator[Audience]:
    """Populate audiences and hand over each as soon as it is known, so that a stop loses none of them.

    Parameters
    ----------
    specs : mapping of str to AudienceSpec
        By id.
    universe, base_folder, scheduler_address, on_progress
        As for `populate_all`.

    Yields
    ------
    Audience
        Those that events put people into first, the others behind all that they are made from.

    Raises
    ------
    WorkbenchError
        As `populate_all`.
    """
    order = sources_first(specs)
    on_progress(0, len(specs))
    populated = _populated_by_events(specs, universe, scheduler_address, on_progress)
    yield from populated.values()
    for audience_id in order:
        if audience_id in populated:
            continue
        n_populated = len(populated)

        def tell(*_: int, n_done: int = n_populated) -> None:
            on_progress(n_done, len(specs))

        populated[audience_id] = populate(
            specs[audience_id], universe, sources=populated, base_folder=base_folder, on_progress=tell
        )
        yield populated[audience_id]
        on_progress(len(populated), len(specs))


def _populated_by_events(
    specs: Mapping[str, AudienceSpec], universe: Universe, scheduler_address: str | None, on_progress: Progress
) -> dict[str, Audience]:
    """Populate the audiences that events put people into, all in one pass."""
    visitors: dict[str, QualifyingEvents] = {}
    engaged: dict[str, Engagement] = {}
    for audience_id, spec in specs.items():
        match spec.definition:
            case VisitorDefinition() as definition:
                visitors[audience_id] = visitor_events(definition, universe, created_at=spec.created_at)
            case EngagementDefinition() as definition:
                engaged[audience_id] = understand_engagement(definition, universe, created_at=spec.created_at)
    events = visitors | {audience_id: engagement.events for audience_id, engagement in engaged.items()}

    def tell(n_done: int, n_total: int) -> None:
        on_progress(len(events) * n_done // n_total, len(specs))

    found = accounts_with_each(list(events.values()), universe, scheduler_address=scheduler_address, on_progress=tell)
    populations = {}
    for audience_id, members in zip(events, found, strict=True):
        visited = specs[audience_id].definition
        if isinstance(visited, VisitorDefinition):
            populations[audience_id] = visitor_population(visited, universe, members)
        else:
            populations[audience_id] = engagement_population(engaged[audience_id], members)
    return {
        audience_id: Audience(specs[audience_id], population.members, population.details)
        for audience_id, population in populations.items()
    }


def sources_first(specs: Mapping[str, AudienceSpec]) -> tuple[str, ...]:
    """Return audiences in an order in which each comes behind all that it is made from.

    Parameters
    ----------
    specs : mapping of str to AudienceSpec
        By id.

    Returns
    -------
    tuple of str
        Every id once; the same for the same mapping.

    Raises
    ------
    UnknownAudienceError
        If an audience is made from one that is not among them.
    DefinitionError
        If audiences are made from each other in a circle.
    """
    graph = {audience_id: spec.definition.source_audience_ids for audience_id, spec in specs.items()}
    for audience_id, source_ids in graph.items():
        _require_known(audience_id, source_ids, specs)
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " from ".join(reversed(error.args[1]))
        raise DefinitionError(
            f"expected audiences that are not made from themselves, got a circle: {circle}; break it at one of them"
        ) from None


def _require_known(audience_id: str, source_ids: Iterable[str], known: Iterable[str]) -> None:
    for source_id in source_ids:
        if source_id not in known:
            raise UnknownAudienceError(
                f"audience {audience_id} is made from audience {source_id}, which is not among those given "
                f"({', '.join(known) or 'none'}); add it or correct the id"
            )


def _members_of_sources(spec: AudienceSpec, sources: Mapping[str, Audience]) -> dict[str, AccountSet] | None:
    """Return who is in each of the audiences that one is made from, or None if one is not counted yet."""
    source_ids = spec.definition.source_audience_ids
    _require_known(spec.audience_id, source_ids, sources)
    members = {}
    for source_id in source_ids:
        if sources[source_id].is_deleted:
            raise DefinitionError(
                f"audience {spec.audience_id} is made from audience {source_id}, which was deleted; "
                "restore it or change the definition"
            )
        members[source_id] = sources[source_id].members
    counted = {source_id: found for source_id, found in members.items() if found is not None}
    return counted if len(counted) == len(members) else None


def _population(
    spec: AudienceSpec,
    universe: Universe,
    sources: Mapping[str, Audience],
    members: Mapping[str, AccountSet],
    base_folder: Path | None,
    on_progress: Progress,
) -> Population:
    match spec.definition:
        case CustomerListDefinition() as definition:
            return populate_customer_list(definition, universe, base_folder=base_folder, on_progress=on_progress)
        case VisitorDefinition() as definition:
            return populate_visitor(definition, universe, created_at=spec.created_at)
        case EngagementDefinition() as definition:
            return populate_engagement(definition, universe, created_at=spec.created_at)
        case ThirdPartyDefinition() as definition:
            return populate_third_party(definition, universe)
        case ActalikeDefinition() as definition:
            from workbench.audiences.actalike import populate_actalike  # imported late: it brings sparse matrices

            return populate_actalike(definition, universe, sources, on_progress)
        case CombinationDefinition() as definition:
            return populate_combination(definition, universe, members)
