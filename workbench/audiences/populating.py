"""Finding out who is in an audience, whatever its type."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from workbench.audiences.actalike_definition import ActalikeDefinition
from workbench.audiences.audience import Audience, AudienceSpec
from workbench.audiences.base import Population
from workbench.audiences.combination import CombinationDefinition, populate_combination
from workbench.audiences.customer_list import CustomerListDefinition, populate_customer_list
from workbench.audiences.engagement import populate_engagement
from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.audiences.source_order import require_known_sources
from workbench.audiences.third_party import ThirdPartyDefinition, populate_third_party
from workbench.audiences.visitor import VisitorDefinition, populate_visitor
from workbench.errors import DefinitionError
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


def _members_of_sources(spec: AudienceSpec, sources: Mapping[str, Audience]) -> dict[str, AccountSet] | None:
    """Return who is in each of the audiences that one is made from, or None if one is not counted yet."""
    source_ids = spec.definition.source_audience_ids
    require_known_sources(spec.audience_id, source_ids, sources)
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
