"""Audiences as requests: created with all that they are made from, changed, or removed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.audiences import (
    ActalikeDefinition,
    AudienceSpec,
    AudienceType,
    CombinationDefinition,
    CustomerListDefinition,
    EngagementDefinition,
    ThirdPartyDefinition,
    VisitorDefinition,
)
from workbench.audiences.engagement_sources import find_source
from workbench.errors import FieldError
from workbench.export.actalike_rules import actalike_rule
from workbench.export.api_object import ApiObject, Body
from workbench.export.audience_bodies import (
    ActalikeAudience,
    AudienceUpdate,
    CustomerListAudience,
    CustomerListRule,
    EngagementAudience,
    VisitorAudience,
)
from workbench.export.audience_book import AudienceBook, given_names, sources_first
from workbench.export.engagement_rules import engagement_rule
from workbench.export.explaining import explain_export, require_exportable
from workbench.export.findings import Finding, FindingKind
from workbench.export.list_requests import ListExporter
from workbench.export.list_source import local_list_id, records_to_share
from workbench.export.platform_ids import PlatformIds
from workbench.export.request import ApiRequest, Export, placeholder
from workbench.export.visitor_rules import Part, visitor_parts
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe

_NAMED_ONLY = frozenset({AudienceType.THIRD_PARTY, AudienceType.COMBINATION})
_BODIES: dict[str, type[ApiObject]] = {
    "CUSTOMER_LIST": CustomerListAudience,
    "VISITOR": VisitorAudience,
    "ENGAGEMENT": EngagementAudience,
    "ACTALIKE": ActalikeAudience,
}


@dataclass(frozen=True, slots=True)
class AudienceExporter:
    """Makes the requests that create, change and remove audiences.

    Parameters
    ----------
    book : AudienceBook
        The audiences.
    lists : ListExporter
        How customer lists are uploaded, each by the rules that its definition names.
    base_folder : Path
        What paths of customer lists are relative to.
    universe : Universe, optional
        Tells what a definition alone does not: people who opted out are found by account where digests cannot be
        compared, and pins, ads, campaigns and sites have to be the account's own.
    on_progress : Progress
        Called while lists are read.
    """

    book: AudienceBook
    lists: ListExporter
    base_folder: Path = Path()
    universe: Universe | None = None
    on_progress: Progress = ignore_progress

    def create(self, audience_ids: Iterable[str], *, is_skipping: bool = False) -> Export:
        """Create audiences on the platform, behind the lists and audiences that they are made from (P1, P3 to P5).

        Parameters
        ----------
        audience_ids : iterable of str
            Local ids; those that the platform has already need no request.
        is_skipping : bool
            Whether an audience that cannot be exported is left out and reported instead of refused.

        Raises
        ------
        FieldError
            If one cannot be exported, or all of them were skipped.
        DefinitionError, InputFileError, ListFileError
            If a list may not be shared or cannot be read.
        """
        asked = tuple(audience_ids)
        export = Export()
        refused: list[AudienceSpec] = []
        for audience_id in sources_first(asked, self.book.specs):
            spec = self.book.specs[audience_id]
            if audience_id not in asked and spec.audience_type in _NAMED_ONLY:
                continue  # whoever is made from it names its parts, or its id
            if self.book.is_on_platform(audience_id):
                export += Export((), (_is_there(spec),))
            elif is_skipping and any(f.kind is FindingKind.REFUSED for f in explain_export(spec)):
                refused.append(spec)
                export += Export((), _for_audience(spec, explain_export(spec)))
            else:
                export += self._created(spec)
        if refused and len(refused) == len(asked):
            require_exportable(refused[0])
        return export

    def update(self, before: AudienceSpec, after: AudienceSpec) -> Export:
        """Tell the platform what has changed in an audience that it has, and nothing else (P6).

        Raises
        ------
        FieldError
            If the type changed, the audience is not on the platform, or it would become more or fewer audiences there.
        """
        if before.audience_type is not after.audience_type:
            raise FieldError(
                ("definition", "type"),
                f"expected {before.audience_type.value}, because the type of an audience cannot be changed, got "
                f"{after.audience_type.value}; make a new audience (P6)",
            )
        findings = _for_audience(after, require_exportable(after))
        audience_ids = self._ids_there(after)
        old, new = self._parts(before), self._parts(after)
        if not len(old) == len(new) == len(audience_ids):
            raise FieldError(
                ("definition",),
                f"expected as many audiences as the platform has of it, {len(audience_ids)}, got {len(new)}; make a "
                "new audience and remove the old one (P6, Q10)",
            )
        changes = [_changes(_body(before, o), _body(after, n)) for o, n in zip(old, new, strict=True)]
        requests = [
            self._patch(platform_id, AudienceUpdate(**change))
            for platform_id, change in zip(audience_ids, changes, strict=True)
            if change
        ]
        return Export(tuple(requests), findings)

    def remove(self, audience_id: str) -> Export:
        """Remove an audience from the platform, all parts of it; the API has no DELETE (P6, S7).

        Raises
        ------
        FieldError
            If it is not on the platform.
        """
        if not self.book.is_on_platform(audience_id):
            raise FieldError(("audiences",), _no_id(audience_id))
        dependants = tuple(
            Finding(
                FindingKind.ADVICE,
                "source_audience_ids",
                "Q23",
                f"Audience {spec.audience_id} ({spec.name}) is made from audience {audience_id}; look after it first.",
            )
            for spec in self.book.specs.values()
            if audience_id in spec.definition.source_audience_ids
        )
        never_everybody = Finding(
            FindingKind.ADVICE,
            "AUDIENCE_INCLUDE",
            "Q23",
            "Stop each ad group that includes this audience alone: without an include the platform reaches everybody.",
        )
        removal = AudienceUpdate(operation_type="REMOVE")
        requests = tuple(self._patch(platform_id, removal) for platform_id in self.book.ids.audiences[audience_id])
        return Export(requests, (*dependants, never_everybody))

    def _created(self, spec: AudienceSpec) -> Export:
        findings = _for_audience(spec, require_exportable(spec))
        if isinstance(spec.definition, ActalikeDefinition):
            findings += _for_audience(spec, self.book.source_findings(spec))
        uploaded = Export()
        if isinstance(spec.definition, CustomerListDefinition):
            uploaded = self._uploaded(spec, spec.definition)
        requests = tuple(
            ApiRequest("POST", self.book.ids.path("audiences"), "audiences/create", _body(spec, part), gives=name)
            for part, name in zip(self._parts(spec), given_names(spec), strict=True)
        )
        return uploaded + Export(requests, findings)

    def _uploaded(self, spec: AudienceSpec, definition: CustomerListDefinition) -> Export:
        list_id = local_list_id(definition, spec.audience_id, self.base_folder)
        if list_id in self.book.ids.customer_lists:
            return Export()
        directory = None if self.universe is None else self.universe.directory
        records = records_to_share(definition, self.base_folder, directory, self.on_progress)
        return replace(self.lists, profile=definition.profile).create(list_id, spec.name, records)

    def _parts(self, spec: AudienceSpec) -> list[Part]:
        match spec.definition:
            case CustomerListDefinition() as definition:
                list_id = local_list_id(definition, spec.audience_id, self.base_folder)
                known = self.book.ids.customer_lists
                platform_id = known.get(list_id) or placeholder(f"customer_list:{list_id}")
                return [Part("", CustomerListRule(customer_list_id=platform_id))]
            case VisitorDefinition() as definition:
                return visitor_parts(definition, self.book.ids)
            case EngagementDefinition() as definition:
                self._require_own(definition)
                return [Part("", engagement_rule(spec, definition, self.book.ids))]
            case ActalikeDefinition() as definition:
                return [Part("", actalike_rule(definition, self.book.seed_ids(definition.seed_audience_ids)))]
            case ThirdPartyDefinition() | CombinationDefinition():
                require_exportable(spec)  # which it never is
                return []

    def _require_own(self, definition: EngagementDefinition) -> None:
        """Refuse a source that is not the account's own, as far as a universe is there to tell."""
        if self.universe is not None:
            find_source(definition, self.universe)

    def _ids_there(self, spec: AudienceSpec) -> tuple[str, ...]:
        if not self.book.is_on_platform(spec.audience_id):
            raise FieldError(("audiences",), _no_id(spec.audience_id))
        return self.book.ids.audiences[spec.audience_id]

    def _patch(self, platform_id: str, update: AudienceUpdate) -> ApiRequest:
        path = self.book.ids.path("audiences", platform_id)
        body = update.body()
        return ApiRequest("PATCH", path, "audiences/update", body)


def list_audience(list_id: str, name: str, ids: PlatformIds) -> Export:
    """Make an audience of a list that has just been uploaded (P3): an ad group names audiences, not lists.

    Parameters
    ----------
    list_id : str
        Local id of the list.
    name : str
        For people.
    ids : PlatformIds
        The ad account.
    """
    rule = CustomerListRule(customer_list_id=placeholder(f"customer_list:{list_id}"))
    body = CustomerListAudience(name=name, rule=rule).body()
    request = ApiRequest("POST", ids.path("audiences"), "audiences/create", body, gives=f"audience:{list_id}")
    return Export((request,))


def _body(spec: AudienceSpec, part: Part) -> Body:
    name = f"{spec.name}: {part.words}" if part.words and len(given_names(spec)) > 1 else spec.name
    fields = {"name": name, "rule": part.rule} | ({"description": spec.description} if spec.description else {})
    return _BODIES[spec.audience_type.value](**fields).body()


def _changes(before: Body, after: Body) -> Body:
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    if "description" in before and "description" not in after:
        changed["description"] = ""  # null is none of the schema's values
    return changed


def _for_audience(spec: AudienceSpec, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        Finding(finding.kind, f"{spec.audience_id}.{finding.field}", finding.rule, finding.sentence)
        for finding in findings
    )


def _is_there(spec: AudienceSpec) -> Finding:
    return Finding(
        FindingKind.ADVICE,
        f"{spec.audience_id}",
        "P6",
        "The platform has this audience already, so nothing is created; export what changed instead.",
    )


def _no_id(audience_id: str) -> str:
    return (
        f"expected the id that the platform gave audience {audience_id}, got none; "
        "write it under 'audiences' in the ids (P6)"
    )
