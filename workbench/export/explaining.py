"""What an export will lose or change, told before it is made: one sentence each."""

from collections.abc import Iterator

from workbench.audiences import (
    ActalikeDefinition,
    AudienceSpec,
    CombinationDefinition,
    CustomerListDefinition,
    EngagementDefinition,
    ThirdPartyDefinition,
    VisitorDefinition,
)
from workbench.errors import FieldError
from workbench.export.actalike_rules import actalike_findings
from workbench.export.engagement_rules import engagement_findings
from workbench.export.findings import Finding, FindingKind
from workbench.export.include_exclude import InexpressibleError, include_exclude
from workbench.export.visitor_rules import visitor_findings
from workbench.identity import ListProfile


def explain_export(spec: AudienceSpec) -> tuple[Finding, ...]:
    """Tell what the platform will not know, or will know in another form, of an audience that is exported.

    Parameters
    ----------
    spec : AudienceSpec
        The audience.

    Returns
    -------
    tuple of Finding
        Empty if it is exported as it is. One that is REFUSED says why it cannot be exported at all.
    """
    return (*_of_definition(spec), *_of_label(spec))


def require_exportable(spec: AudienceSpec) -> tuple[Finding, ...]:
    """Return what `explain_export` tells, or refuse.

    Raises
    ------
    FieldError
        If the audience cannot be exported.
    """
    findings = explain_export(spec)
    for finding in findings:
        if finding.kind is FindingKind.REFUSED:
            why = finding.sentence[0].lower() + finding.sentence[1:].removesuffix(".")
            raise FieldError(
                (finding.field,), f"audience {spec.audience_id} cannot be exported: {why} ({finding.rule})"
            )
    return findings


def _of_label(spec: AudienceSpec) -> Iterator[Finding]:
    if spec.is_compare_only:
        yield Finding(
            FindingKind.LOST,
            "is_compare_only",
            "P3",
            "On the platform every ad group can use the audience; that it is for comparison only is known here alone.",
        )
    if spec.created_at is not None:
        yield Finding(
            FindingKind.LOST,
            "created_at",
            "P3, Q11",
            "The platform counts from the moment the audience is created there, not from created_at.",
        )


def _of_definition(spec: AudienceSpec) -> Iterator[Finding]:
    match spec.definition:
        case CustomerListDefinition() as definition:
            yield from _of_customer_list(definition)
        case VisitorDefinition() as definition:
            yield from visitor_findings(definition)
        case EngagementDefinition() as definition:
            yield from engagement_findings(spec, definition)
        case ActalikeDefinition() as definition:
            yield from actalike_findings(definition)
        case ThirdPartyDefinition():
            yield Finding(
                FindingKind.REFUSED,
                "definition.type",
                "S66, S70",
                "The API has no type for third-party data: the platform's sales contact makes the segment available, "
                "and an ad group includes it by the id that it has there.",
            )
        case CombinationDefinition() as definition:
            yield _of_combination(definition)


def _of_customer_list(definition: CustomerListDefinition) -> Iterator[Finding]:
    if definition.profile is ListProfile.API:
        yield Finding(
            FindingKind.ASSUMED,
            "definition.profile",
            "Q13",
            "SHA-1 digests of e-mail addresses go out as the API allows, although the help page does not name them.",
        )
    if definition.suppression_file is not None:
        yield Finding(
            FindingKind.CHANGED,
            "definition.suppression_file",
            "S20, Q17",
            "People who opted out are left out of the records; the platform is not told who they are.",
        )


def _of_combination(definition: CombinationDefinition) -> Finding:
    why = "The API has no type for combinations"
    try:
        form = include_exclude(definition.rule, {})
    except InexpressibleError as refusal:
        sentence = f"{why}, and an ad group cannot say it: {refusal}."
        return Finding(FindingKind.REFUSED, "definition.rule", "Q10, Q22", sentence)
    include = "everybody" if form.include is None else ", ".join(form.include)
    exclude = f" and excludes {', '.join(form.exclude)}" if form.exclude else ""
    return Finding(
        FindingKind.REFUSED,
        "definition.rule",
        "Q10, Q22",
        f"{why}; an ad group that targets it includes {include}{exclude}, which means the same.",
    )
