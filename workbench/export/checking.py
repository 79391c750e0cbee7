"""Holding a request body, whoever wrote it, to the API's schema and to the rules that the schema leaves out."""

import difflib
from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import Field, create_model

from workbench.errors import DefinitionError, FieldError
from workbench.export.audience_bodies import AudienceCreate, AudienceUpdate
from workbench.export.conversion_bodies import ConversionEvents
from workbench.export.list_requests import CustomerListCreate, CustomerListUpdate
from workbench.export.targeting_bodies import (
    AdGroup,
    AudienceSizing,
    BidFloorQuestion,
    CampaignMultipliers,
    TargetingTemplate,
)
from workbench.export.targeting_requests import MAX_AD_GROUPS
from workbench.validation import Written

_AD_GROUPS = Annotated[tuple[AdGroup, ...], Field(min_length=1, max_length=MAX_AD_GROUPS)]
OPERATIONS: Final[dict[str, Any]] = {
    "customer_lists/create": CustomerListCreate,
    "customer_lists/update": CustomerListUpdate,
    "audiences/create": AudienceCreate,
    "audiences/update": AudienceUpdate,
    "ad_groups/create": _AD_GROUPS,
    "campaigns/update": Annotated[tuple[CampaignMultipliers, ...], Field(min_length=1, max_length=MAX_AD_GROUPS)],
    "ad_groups/audience_sizing": AudienceSizing,
    "ad_groups_bid_floor/get": BidFloorQuestion,
    "targeting_template/create": TargetingTemplate,
    "events/create": ConversionEvents,
}
_NULLABLE_TARGETING: Final = frozenset(
    {"AUDIENCE_INCLUDE", "AUDIENCE_EXCLUDE", "LOCATION", "GEO", "GENDER", "AGE_BUCKET", "LOCALE", "APPTYPE"}
    | {"SHOPPING_RETARGETING", "TARGETING_STRATEGY"}
)
_NULLABLE: Final[dict[str, frozenset[str]]] = {
    "ad_groups/create": _NULLABLE_TARGETING
    | {"bid_in_micro_currency", "bid_strategy_type", "budget_in_micro_currency", "start_time", "end_time"}
    | {"targeting_template_ids"},
    "ad_groups/audience_sizing": _NULLABLE_TARGETING | {"creative_types", "keywords"},
    "ad_groups_bid_floor/get": _NULLABLE_TARGETING,
    "targeting_template/create": _NULLABLE_TARGETING,
    "events/create": frozenset({"event_source_url", "currency", "value", "order_id", "search_string"}),
}
"""The fields for which the API's schema takes null; for all others a field that is not meant is left out."""
_CHECKS: Final[dict[str, type[Written]]] = {
    operation_id: create_model("Request", __base__=Written, body=(body, ...))
    for operation_id, body in OPERATIONS.items()
}


def check_body(operation_id: str, body: object) -> None:
    """Refuse a body that the API's schema does not take, or that would mean nothing or something prohibited.

    Parameters
    ----------
    operation_id : str
        As the API's description names the request, such as ``audiences/create``.
    body : object
        Plain values, as JSON has them.

    Raises
    ------
    FieldError
        Naming the first field that is wrong, what it may be, and the rule.
    DefinitionError
        If the operation is none that the workbench exports.
    """
    if operation_id not in _CHECKS:
        close = difflib.get_close_matches(operation_id, _CHECKS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known are: {', '.join(_CHECKS)}"
        raise DefinitionError(f"expected an operation that the workbench exports, got {operation_id!r}; {hint}")
    try:
        _CHECKS[operation_id](body=body)
    except FieldError as refusal:
        raise FieldError(refusal.place[1:], refusal.fault, refusal.n_more) from None
    for place in _nulls(body):
        if place[-1] not in _NULLABLE.get(operation_id, ()):
            raise FieldError(place, "expected a value, got null; leave the field out instead")


def _nulls(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    match value:
        case None:
            yield place
        case dict():
            for name, inner in value.items():
                yield from _nulls(inner, (*place, name))
        case list():
            for number, inner in enumerate(value):
                yield from _nulls(inner, (*place, number))
