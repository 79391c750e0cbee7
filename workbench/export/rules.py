"""From a definition of the workbench to the rules of the API: one for each audience that it becomes there."""

from typing import NamedTuple

from workbench.audiences import VisitorDefinition
from workbench.export.api_object import ApiObject
from workbench.export.audience_bodies import CustomerListRule, VisitorRule
from workbench.export.platform_ids import PlatformIds


class Part(NamedTuple):
    """One audience of the platform; the words tell it from the other parts of the same audience, if there are any."""

    words: str
    rule: ApiObject


def list_parts(list_id: str) -> list[Part]:
    """Return the rule of an audience of a customer list, by the list's id on the platform or what stands for it."""
    return [Part("", CustomerListRule(customer_list_id=list_id))]


def visitor_parts(definition: VisitorDefinition, ids: PlatformIds) -> list[Part]:
    """Return the rules of a visitor audience: one for each event, and one for the pages."""
    shared = {
        "visitor_source_id": ids.tags.get(definition.visitor_source_id, definition.visitor_source_id),
        "retention_days": definition.retention_days,
        "prefill": definition.prefill,
    }
    parts = [Part(event, VisitorRule(event=event, **shared)) for event in dict.fromkeys(definition.events)]
    if definition.urls:
        parts.append(Part("pages", VisitorRule(url=definition.urls, **shared)))
    return parts or [Part("", VisitorRule(**shared))]
