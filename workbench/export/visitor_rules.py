"""Site visitors as rules of the API: one for each event, and one for the pages.

The API's schema asks for one event, for equality, and for whole pages. What the workbench can ask besides is split into
several audiences where that means the same, and refused by name where it does not.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple, get_args

from workbench.audiences import VisitorDefinition
from workbench.audiences.condition import AnyRule, NumberCondition, TextCondition
from workbench.audiences.event_data import LineItem
from workbench.export.api_object import ApiObject
from workbench.export.audience_bodies import Currency, VisitorRule
from workbench.export.findings import Finding, FindingKind
from workbench.export.platform_ids import PlatformIds

_WHOLE_NUMBERS: Final = frozenset({"product_id", "product_quantity", "order_quantity"})


class Part(NamedTuple):
    """One audience of the platform; the words tell it from the other parts of the same audience, if there are any."""

    words: str
    rule: ApiObject


def n_visitor_parts(definition: VisitorDefinition) -> int:
    """Return how many audiences of the platform a visitor audience becomes."""
    return max(1, len(set(definition.events)) + bool(definition.urls))


def visitor_parts(definition: VisitorDefinition, ids: PlatformIds) -> list[Part]:
    """Return the rules of a visitor audience that can be exported; see `visitor_findings`."""
    shared: dict[str, Any] = {
        "visitor_source_id": ids.tags.get(definition.visitor_source_id, definition.visitor_source_id),
        "retention_days": definition.retention_days,
        "prefill": definition.prefill,
    }
    for name in ("event_source", "ingestion_source"):
        if getattr(definition, name):
            shared[name] = {"=": getattr(definition, name)}
    data = {"event_data": _event_data(definition)} if definition.event_data is not None else {}
    parts = [Part(event, VisitorRule(event=event, **data, **shared)) for event in dict.fromkeys(definition.events)]
    if definition.urls:
        pages = dict.fromkeys(page for rule in definition.urls for page in _values(rule))
        parts.append(Part("pages", VisitorRule(url=tuple(pages), **shared)))
    return parts or [Part("", VisitorRule(**shared))]


def visitor_findings(definition: VisitorDefinition) -> Iterator[Finding]:
    """Tell what becomes of a visitor audience that is exported."""
    yield from _unsayable(definition)
    n_events = len(set(definition.events))
    if n_visitor_parts(definition) > 1:
        parts = f"{n_events} for events" + (" and 1 for pages" if definition.urls else "")
        yield Finding(
            FindingKind.CHANGED,
            "definition.events",
            "P4, Q10",
            f"It becomes {n_visitor_parts(definition)} audiences ({parts}), because a rule of the API holds one event; "
            "an ad group names all of them, which means the same.",
        )
    if definition.urls:
        yield Finding(
            FindingKind.ASSUMED,
            "definition.urls",
            "P4",
            "The API's schema takes a list of pages without saying how they are compared; each is sent as the whole "
            "page that a visit has to be to, and any of them will do.",
        )
    data = definition.event_data
    if data is not None and (data.value is not None or (data.line_items and data.line_items.product_price is not None)):
        yield Finding(
            FindingKind.ASSUMED,
            "definition.event_data",
            "P4",
            "The API takes amounts as texts, so an amount is sent as it is written here, with no zeros added.",
        )
    if not definition.prefill:
        yield Finding(
            FindingKind.ADVICE,
            "definition.prefill",
            "P4, Q11",
            "Past traffic does not count, so the audience starts empty on the day it is created on the platform.",
        )


def _unsayable(definition: VisitorDefinition) -> Iterator[Finding]:
    """Yield what the API's schema has no room for, field by field."""
    for page in definition.urls:
        operators = _operators_beside_equality(page)
        if operators:
            yield _refusal(
                "urls",
                f"The API's schema takes whole pages alone, and {operators} fits only its prose; name the pages",
            )
    for name, rule in () if definition.event_data is None else definition.event_data.rules():
        fault = _fault_of_datum(name, rule)
        if fault:
            yield _refusal(f"event_data.{name}", fault)


def _refusal(field: str, sentence: str) -> Finding:
    return Finding(FindingKind.REFUSED, f"definition.{field}", "P4", f"{sentence}.")


def _fault_of_datum(name: str, rule: AnyRule) -> str:
    """Say why the API cannot hold what is asked of an event, or nothing."""
    operators = _operators_beside_equality(rule)
    if operators:
        return f"The API compares for equality alone, and {operators} cannot be said; name the value"
    values = _values(rule)
    if len(values) > 1:
        return f"The API holds one value, and {len(values)} are asked for; make an audience for each"
    if name in _WHOLE_NUMBERS and not (values[0].isascii() and values[0].isdigit()):
        return "The API takes a whole number here; ask for one, or for another field"
    if name == "currency" and values[0] not in get_args(Currency):
        return f"The API knows the currencies {', '.join(get_args(Currency))}; ask for one of them"
    return ""


def _operators_beside_equality(rule: AnyRule) -> str:
    if not isinstance(rule, TextCondition | NumberCondition):
        return ""
    return " and ".join(operator for operator in rule.operators if operator != "=")


def _values(rule: AnyRule) -> list[str]:
    """Return the values of a rule that asks for equality, as the API's texts."""
    match rule:
        case TextCondition():
            return list(rule.equal)
        case NumberCondition():
            return [] if rule.equal is None else [_written(rule.equal)]
        case Decimal():
            return [_written(rule)]
        case _:
            return [rule]


def _written(number: Decimal) -> str:
    return format(number, "f")


def _event_data(definition: VisitorDefinition) -> dict[str, Any]:
    data: dict[str, Any] = {}
    items: dict[str, Any] = {}
    for name, rule in () if definition.event_data is None else definition.event_data.rules():
        value = _values(rule)[0]
        place = items if name in LineItem.model_fields else data
        place[name] = int(value) if name in _WHOLE_NUMBERS else value
    return data | ({"line_items": items} if items else {})
