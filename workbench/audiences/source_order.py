"""Which audiences are made from which, and in what order that lets them be worked out."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from workbench.audiences.audience import AudienceSpec
from workbench.errors import DefinitionError, UnknownAudienceError


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
        require_known_sources(audience_id, source_ids, specs)
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " from ".join(reversed(error.args[1]))
        raise DefinitionError(
            f"expected audiences that are not made from themselves, got a circle: {circle}; break it at one of them"
        ) from None


def require_known_sources(audience_id: str, source_ids: Iterable[str], known: Iterable[str]) -> None:
    """Refuse an audience that is made from one that is not known.

    Raises
    ------
    UnknownAudienceError
        Saying which are known.
    """
    for source_id in source_ids:
        if source_id not in known:
            raise UnknownAudienceError(
                f"audience {audience_id} is made from audience {source_id}, which is not among those given "
                f"({', '.join(known) or 'none'}); add it or correct the id"
            )
