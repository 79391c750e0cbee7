"""Which audiences there are, here and on the platform."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from workbench.audiences import AnyOf, AudienceSpec, AudienceStatus, AudienceType, VisitorDefinition
from workbench.errors import DefinitionError, FieldError
from workbench.export.actalike_rules import SOURCES
from workbench.export.explaining import require_exportable
from workbench.export.findings import Finding, FindingKind
from workbench.export.include_exclude import InexpressibleError, include_exclude
from workbench.export.platform_ids import PlatformIds
from workbench.export.request import placeholder
from workbench.export.visitor_rules import n_visitor_parts


@dataclass(frozen=True, slots=True)
class AudienceBook:
    """Audiences by local id, with the ids that the platform gave them so far.

    Parameters
    ----------
    ids : PlatformIds
        What is on the platform already.
    specs : mapping of str to AudienceSpec
        What is known here; may be empty if all that is named is on the platform.
    statuses : mapping of str to AudienceStatus
        Whether an ad group can use them, as far as that is known.
    """

    ids: PlatformIds
    specs: Mapping[str, AudienceSpec] = field(default_factory=dict)
    statuses: Mapping[str, AudienceStatus] = field(default_factory=dict)

    def is_on_platform(self, audience_id: str) -> bool:
        """Return whether the platform has given an audience its id already."""
        return audience_id in self.ids.audiences

    def platform_ids(self, audience_id: str, named_by: str) -> tuple[str, ...]:
        """Return the ids of an audience on the platform, or what stands for them until it is created there.

        Parameters
        ----------
        audience_id : str
            Local id.
        named_by : str
            The field that names it, for a refusal.

        Raises
        ------
        FieldError
            If it is neither on the platform nor known here, or cannot be exported.
        """
        if self.is_on_platform(audience_id):
            return self.ids.audiences[audience_id]
        if audience_id not in self.specs:
            raise FieldError(
                (named_by,),
                f"expected audiences that are on the platform or defined here, got {audience_id}, which is neither; "
                "give its definition, or the id that the platform gave it (P3)",
            )
        spec = self.specs[audience_id]
        if spec.audience_type is AudienceType.THIRD_PARTY:
            raise FieldError(
                (named_by,),
                f"expected the id that third-party audience {audience_id} has on the platform, got none; ask the "
                "platform's sales contact for it, since the API can name a segment but not make one (S66, S70)",
            )
        require_exportable(spec)
        return tuple(placeholder(name) for name in given_names(spec))

    def union_of(self, audience_ids: tuple[str, ...], named_by: str) -> tuple[str, ...]:
        """Return the ids on the platform of audiences that are meant together; combinations stand for their parts.

        Raises
        ------
        FieldError
            As `platform_ids`; or if a combination is no union, which a list of ids alone cannot say.
        """
        try:
            form = include_exclude(AnyOf(any_of=audience_ids), self.specs)
        except InexpressibleError as inexpressible:
            raise FieldError((named_by,), f"{inexpressible} (Q22)") from None
        if form.include is None or form.exclude:
            raise FieldError(
                (named_by,), "expected audiences or unions of them, got a combination that leaves people out (Q22, Q24)"
            )
        found = (platform_id for local in form.include for platform_id in self.platform_ids(local, named_by))
        return tuple(dict.fromkeys(found))

    def source_findings(self, spec: AudienceSpec) -> Iterator[Finding]:
        """Tell what is special about the sources of an actalike."""
        for audience_id in spec.definition.source_audience_ids:
            source = self.specs.get(audience_id)
            if source is not None and source.audience_type is AudienceType.ACTALIKE:
                yield Finding(
                    FindingKind.ADVICE,
                    SOURCES,
                    "Q24",
                    f"Source {audience_id} is an actalike itself; the API's guide names lists and visitors as sources.",
                )
            is_waiting = self.statuses.get(audience_id) is AudienceStatus.INITIALIZING
            if is_waiting or not self.is_on_platform(audience_id):
                yield Finding(
                    FindingKind.ADVICE,
                    SOURCES,
                    "S63, Q24",
                    f"Source {audience_id} is not counted yet, so the actalike takes up to 72 hours.",
                )

    def seed_ids(self, audience_ids: tuple[str, ...]) -> tuple[str, ...]:
        """Return the ids on the platform of an actalike's sources.

        Raises
        ------
        FieldError
            As `union_of`; or if a source is known to be too small.
        """
        for audience_id in audience_ids:
            if self.statuses.get(audience_id) is AudienceStatus.TOO_SMALL:
                raise FieldError(
                    (SOURCES,),
                    f"expected sources of at least 100 people, got {audience_id}, which is TOO_SMALL; widen it "
                    "(Q24, S33)",
                )
        return self.union_of(audience_ids, SOURCES)

    def require_usable(self, audience_id: str, named_by: str) -> None:
        """Refuse an audience that an ad group cannot use.

        Raises
        ------
        FieldError
            If it is for comparison only, or known not to be READY.
        """
        spec, status = self.specs.get(audience_id), self.statuses.get(audience_id)
        if spec is not None and spec.is_compare_only:
            raise FieldError(
                (named_by,),
                f"expected audiences that an ad group may use, got {audience_id}, which is for comparison only",
            )
        if status is not None and status is not AudienceStatus.READY:
            raise FieldError(
                (named_by,),
                f"expected audiences that are READY, with at least 100 people, got {audience_id}, which is "
                f"{status.value}; leave it out, or wait until it is counted and large enough (P7, S32, S33)",
            )


def given_names(spec: AudienceSpec) -> tuple[str, ...]:
    """Return the names of the ids that the platform gives when an audience is created; see `n_parts`."""
    name, n = f"audience:{spec.audience_id}", n_parts(spec)
    return (name,) if n == 1 else tuple(f"{name}.{part}" for part in range(1, n + 1))


def n_parts(spec: AudienceSpec) -> int:
    """Return how many audiences of the platform one of the workbench becomes: one for each event, one for the pages."""
    if isinstance(spec.definition, VisitorDefinition):
        return n_visitor_parts(spec.definition)
    return 1


def sources_first(audience_ids: Iterable[str], specs: Mapping[str, AudienceSpec]) -> tuple[str, ...]:
    """Return audiences behind all that they are made from, as far as it is known here: the rest is on the platform.

    Raises
    ------
    DefinitionError
        If audiences are made from each other in a circle.
    """
    graph: dict[str, tuple[str, ...]] = {}
    waiting = [audience_id for audience_id in audience_ids if audience_id in specs]
    while waiting:
        audience_id = waiting.pop()
        if audience_id not in graph:
            sources = specs[audience_id].definition.source_audience_ids
            graph[audience_id] = tuple(source for source in sources if source in specs)
            waiting += graph[audience_id]
    in_order_of_file = {audience_id: graph[audience_id] for audience_id in specs if audience_id in graph}
    try:
        return tuple(TopologicalSorter(in_order_of_file).static_order())
    except CycleError as error:
        circle = " from ".join(reversed(error.args[1]))
        raise DefinitionError(
            f"expected audiences that are not made from themselves, got a circle: {circle}; break it at one of them"
        ) from None
