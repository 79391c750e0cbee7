"""Engagement as a rule of the API: a type, one kind of source, a window."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from workbench.audiences import AudienceSpec, EngagementDefinition
from workbench.audiences.engagement_actions import EngagerType
from workbench.audiences.engagement_conversion import CONVERSION_DAY
from workbench.errors import FieldError
from workbench.export.audience_bodies import EngagementRule
from workbench.export.findings import Finding, FindingKind
from workbench.export.platform_ids import PlatformIds, renamed


def engagement_rule(spec: AudienceSpec, definition: EngagementDefinition, ids: PlatformIds) -> EngagementRule:
    """Return the rule of an engagement audience that can be exported; see `engagement_findings`.

    Raises
    ------
    FieldError
        If the content is not that of the ad account that is exported to.
    """
    account = ids.ad_accounts.get(definition.ad_account_id, definition.ad_account_id)
    if account != ids.ad_account_id:
        raise FieldError(
            ("definition", "ad_account_id"),
            f"expected content of the ad account that is exported to, {ids.ad_account_id}, got that of {account}; "
            "write down which account it is under 'ad_accounts' in the ids (S49, P5a)",
        )
    sources: dict[str, Any] = {
        "pin_id": renamed(definition.pin_ids, ids.pins),
        "ad_id": renamed(definition.ad_ids, ids.ads),
        "campaign_id": renamed(definition.campaign_ids, ids.campaigns),
        "objective_type": definition.objective_types,
        "engagement_domain": definition.engagement_domains,
    }
    return EngagementRule(
        engager_type=(EngagerType.ANY if _is_converted(spec) else definition.engager_type).value,
        retention_days=definition.retention_days,
        **{name: values for name, values in sources.items() if values},
    )


def engagement_findings(spec: AudienceSpec, definition: EngagementDefinition) -> Iterator[Finding]:
    """Tell what becomes of an engagement audience that is exported."""
    if not definition.prefill:
        yield Finding(
            FindingKind.REFUSED,
            "definition.prefill",
            "P5a, Q11",
            "The API knows prefill for site visitors alone, so past engagements would count; let them count here too.",
        )
    if definition.engagement_type is not None and not _is_converted(spec):
        yield Finding(
            FindingKind.REFUSED,
            "definition.engagement_type",
            "S56, Q9",
            "Only audiences from before 2 November 2021 had a kind of engagement; choose engager_type 1 or 2 instead.",
        )
    if _is_converted(spec):
        yield Finding(
            FindingKind.CHANGED,
            "definition.engager_type",
            "S56, Q9",
            "It was created before 2 November 2021, so it is exported as one of any engagement, as the platform does.",
        )
    yield Finding(
        FindingKind.ASSUMED,
        "definition.engager_type",
        "Q6",
        "The API does not say which engager_type is which: 1 is taken to be any engagement, 2 the optimised one.",
    )
    if not definition.engagement_domains:
        yield Finding(
            FindingKind.ASSUMED,
            "definition.engagement_domains",
            "Q7, S55",
            "The API's prose asks for a claimed domain, its schema and the help page do not; none is sent.",
        )


def _is_converted(spec: AudienceSpec) -> bool:
    # The account's own time zone is the platform's to know.
    return spec.created_at is not None and spec.created_at < datetime(*CONVERSION_DAY, tzinfo=UTC)
