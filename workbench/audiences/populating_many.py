"""Finding out who is in many audiences, made from each other or not, going through the events once for all of them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from workbench.audiences.audience import Audience, AudienceSpec
from workbench.audiences.engagement import Engagement, engagement_population, understand_engagement
from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.audiences.event_answers import accounts_with_each
from workbench.audiences.populating import populate
from workbench.audiences.qualifying_events import QualifyingEvents
from workbench.audiences.source_order import sources_first
from workbench.audiences.visitor import VisitorDefinition, visitor_events, visitor_population
from workbench.errors import DefinitionError, InputFileError, ListFileError
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe

Refusals = dict[str, DefinitionError | ListFileError | InputFileError]
"""Why audiences could not be populated, by their ids."""


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
    """Populate audiences and hand over each as soon as it is known, so that neither a stop nor a refusal loses them.

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
        As `populate_all`. What a definition or a list is refused for is raised behind all others; what is made from a
        refused audience is left out.
    """
    order = sources_first(specs)
    on_progress(0, len(specs))
    populated, refusals = _populated_by_events(specs, universe, scheduler_address, on_progress)
    yield from populated.values()
    for audience_id in order:
        if audience_id in populated or audience_id in refusals:
            continue
        n_worked_out = len(populated) + len(refusals)

        def tell(*_: int, n_done: int = n_worked_out) -> None:
            on_progress(n_done, len(specs))

        tell()
        with _noting_refusal(audience_id, refusals):
            _require_no_refused_source(specs[audience_id], refusals)
            populated[audience_id] = populate(
                specs[audience_id], universe, sources=populated, base_folder=base_folder, on_progress=tell
            )
        if audience_id in populated:
            yield populated[audience_id]
    on_progress(len(specs), len(specs))
    if refusals:
        raise next(iter(refusals.values()))


def _populated_by_events(
    specs: Mapping[str, AudienceSpec], universe: Universe, scheduler_address: str | None, on_progress: Progress
) -> tuple[dict[str, Audience], Refusals]:
    """Populate the audiences that events put people into, all in one pass; return them, and what was refused."""
    visitors: dict[str, QualifyingEvents] = {}
    engaged: dict[str, Engagement] = {}
    refusals: Refusals = {}
    for audience_id, spec in specs.items():
        with _noting_refusal(audience_id, refusals):
            match spec.definition:
                case VisitorDefinition() as definition:
                    visitors[audience_id] = visitor_events(definition, universe, created_at=spec.created_at)
                case EngagementDefinition() as definition:
                    engaged[audience_id] = understand_engagement(definition, universe, created_at=spec.created_at)
    events = visitors | {audience_id: engagement.events for audience_id, engagement in engaged.items()}

    def tell(n_done: int, n_total: int) -> None:
        on_progress(len(events) * n_done // n_total, len(specs))

    found = accounts_with_each(list(events.values()), universe, scheduler_address=scheduler_address, on_progress=tell)
    populated = {}
    for audience_id, members in zip(events, found, strict=True):
        spec = specs[audience_id]
        with _noting_refusal(audience_id, refusals):
            if isinstance(spec.definition, VisitorDefinition):
                population = visitor_population(spec.definition, universe, members)
            else:
                population = engagement_population(engaged[audience_id], members)
            populated[audience_id] = Audience(spec, population.members, population.details)
    return populated, refusals


@contextmanager
def _noting_refusal(audience_id: str, refusals: Refusals) -> Iterator[None]:
    """Take note of what one audience is refused for, and go on with the others."""
    try:
        yield
    except (DefinitionError, ListFileError, InputFileError) as refusal:
        refusals[audience_id] = refusal


def _require_no_refused_source(spec: AudienceSpec, refusals: Refusals) -> None:
    for source_id in spec.definition.source_audience_ids:
        if source_id in refusals:
            raise DefinitionError(
                f"audience {spec.audience_id} is made from audience {source_id}, which was refused: "
                f"{refusals[source_id]}"
            )
