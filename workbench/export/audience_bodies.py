"""Bodies of audiences: what the API calls a rule, one model for each type of audience.

The API's schema has one flat rule for all types in which every field is optional, so it takes an empty rule, a
percentage of 55 or the country ZZ. Where its prose and its schema disagree, the schema counts: a number is a number,
one id is a text and several are a list, and a page is given whole, because an operator fits the prose alone.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from workbench.audiences.qualifying_events import DEFAULT_RETENTION_DAYS, MAX_RETENTION_DAYS
from workbench.errors import FieldError
from workbench.export.api_object import ApiObject, Flag, PlatformId, WholeNumber
from workbench.export.places import Country
from workbench.universe.schema import OBJECTIVE_TYPES, TAG_EVENTS

Text = Annotated[str, Field(min_length=1)]
SeveralIds = Annotated[tuple[PlatformId, ...], Field(min_length=1)]
Currency = Literal[
    "UNK", "USD", "GBP", "CAD", "EUR", "AUD", "NZD", "SEK", "ILS", "CHF", "HKD", "JPY", "SGD", "KRW", "NOK", "DKK",
    "PLN", "RON", "HUF", "CZK", "BRL", "MXN", "ARS", "CLP", "COP", "INR", "TRY",
]  # fmt: skip
RetentionDays = Annotated[
    int,
    Field(
        strict=True,
        ge=1,
        le=MAX_RETENTION_DAYS,
        description=f"days, a whole number from 1 to {MAX_RETENTION_DAYS} and not a text; P4, Q11",
    ),
]


def _checked_event(event: str) -> str:
    plain = event.replace("_", "").lower()
    if plain in TAG_EVENTS and event != plain:
        raise ValueError(
            f"expected the event as rules spell it, {plain}, got a spelling of conversion events or of enums (P4)"
        )
    return event


def _no_operator(urls: object) -> object:
    if isinstance(urls, str | Mapping):
        raise ValueError(
            "expected a list of whole pages, got one text or an operator such as contains; the API's prose has them, "
            "but its schema takes a list alone (P4)"
        )
    return urls


TagEvent = Annotated[
    str,
    AfterValidator(_checked_event),
    Field(min_length=1, description=f"one event: {', '.join(TAG_EVENTS)}, or a partner's own; P4, Q10"),
]
Urls = Annotated[tuple[Text, ...], BeforeValidator(_no_operator), Field(min_length=1)]
ObjectiveType = Annotated[str, Field(pattern=f"^(?:{'|'.join(OBJECTIVE_TYPES)})$")]


class LineItem(ApiObject):
    """A product of an event. One, not a list, and its price is a text."""

    product_brand: str | None = None
    product_category: str | None = None
    product_id: WholeNumber | None = Field(default=None, description="a whole number; P4")
    product_name: str | None = None
    product_price: str | None = Field(default=None, description="a text such as '99.99'; P4")
    product_quantity: WholeNumber | None = Field(default=None, description="a whole number; P4")
    product_variant: str | None = None
    product_variant_id: str | None = None


class EventData(ApiObject):
    """What an event has to have told besides its name."""

    currency: Currency | None = None
    lead_type: str | None = None
    line_items: LineItem | None = Field(default=None, description="one object, not a list; P4")
    order_id: str | None = None
    order_quantity: WholeNumber | None = Field(default=None, description="a whole number; P4")
    page_name: str | None = None
    promo_code: str | None = None
    property: str | None = None
    search_query: str | None = None
    value: str | None = Field(default=None, description="a text such as '199.98', not a number; P4")
    video_title: str | None = None


class EventSources(ApiObject):
    """Where events happened, any of which will do."""

    any_of: tuple[Literal["web", "mobile", "offline"], ...] = Field(
        alias="=", min_length=1, description="any of web, mobile, offline; P4"
    )


class IngestionSources(ApiObject):
    """How events reached the platform, any of which will do."""

    any_of: tuple[Literal["tag", "mmp", "file_upload", "conversions_api"], ...] = Field(
        alias="=", min_length=1, description="any of tag, mmp, file_upload, conversions_api; P4"
    )


class CustomerListRule(ApiObject):
    """Rule of a CUSTOMER_LIST audience (P3)."""

    customer_list_id: PlatformId = Field(description="the id of the list, digits as text; P3")


class VisitorRule(ApiObject):
    """Rule of a VISITOR audience (P4)."""

    visitor_source_id: PlatformId = Field(description="one id of a tag, digits as text and not a list; P4, S14")
    event: TagEvent | None = None
    url: Urls | None = None
    event_data: EventData | None = None
    event_source: EventSources | None = None
    ingestion_source: IngestionSources | None = None
    retention_days: RetentionDays = DEFAULT_RETENTION_DAYS
    prefill: Flag = Field(default=True, description="whether past traffic counts, true or false; P4, Q11")

    @model_validator(mode="after")
    def _event_with_its_data(self) -> Self:
        if self.event_data is not None and self.event is None:
            raise FieldError(
                ("event",), "expected the event that event_data is about, got none; the API ignores the data then (P4)"
            )
        return self


class EngagementRule(ApiObject):
    """Rule of an ENGAGEMENT audience (P5a)."""

    engager_type: int = Field(
        strict=True, ge=1, le=2, description="1 for any action or 2 for optimised actions; P5a, Q6"
    )
    engagement_domain: tuple[Text, ...] | None = Field(
        default=None, min_length=1, description="claimed domains, as a list; P5a, Q7"
    )
    pin_id: SeveralIds | None = Field(default=None, description="a list of ids, digits as text; P5a, S49")
    ad_id: SeveralIds | None = Field(default=None, description="a list of ids, digits as text; P5a, S49")
    campaign_id: SeveralIds | None = Field(default=None, description="a list of ids, digits as text; P5a, S49")
    objective_type: tuple[ObjectiveType, ...] | None = Field(
        default=None, min_length=1, description=f"any of {', '.join(OBJECTIVE_TYPES)}; P5a"
    )
    engagement_type: Literal["click", "save", "closeup", "comment", "like"] | None = None
    url: Urls | None = None
    retention_days: RetentionDays = DEFAULT_RETENTION_DAYS

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = {
            "pin_id (or ad_id, campaign_id)": self.pin_id or self.ad_id or self.campaign_id,
            "objective_type": self.objective_type,
            "engagement_domain": self.engagement_domain,
        }
        named = [name for name, values in sources.items() if values]
        if len(named) > 1:
            raise FieldError(
                (named[1].split(maxsplit=1)[0],),
                f"expected one kind of source, got {' and '.join(named)}; the API does not say whether either or both "
                "would count, so make an audience of each (Q8, S51)",
            )
        return self


class ActalikeRule(ApiObject):
    """Rule of an ACTALIKE audience (P5b)."""

    seed_id: tuple[PlatformId, ...] = Field(
        min_length=1, description="at least one source audience, as a list; P5b, Q24"
    )
    country: Country
    percentage: int = Field(
        strict=True, ge=1, le=10, description="percent of the country, a whole number from 1 to 10; P5b, S61, Q1"
    )


class _AudienceCreate(ApiObject):
    name: str = Field(min_length=1, description="at least one character; S6")
    description: str | None = Field(default=None, description="a text, left out where there is none; S6")

    @model_validator(mode="before")
    @classmethod
    def _description_is_no_null(cls, fields: Any) -> Any:
        if isinstance(fields, Mapping) and "description" in fields and fields["description"] is None:
            raise FieldError(("description",), "expected a text, got null; leave it out instead (P3)")
        return fields


class CustomerListAudience(_AudienceCreate):
    """Body of ``audiences/create`` for a customer list (P3)."""

    audience_type: Literal["CUSTOMER_LIST"] = "CUSTOMER_LIST"
    rule: CustomerListRule


class VisitorAudience(_AudienceCreate):
    """Body of ``audiences/create`` for site visitors (P4)."""

    audience_type: Literal["VISITOR"] = "VISITOR"
    rule: VisitorRule


class EngagementAudience(_AudienceCreate):
    """Body of ``audiences/create`` for engagement (P5a)."""

    audience_type: Literal["ENGAGEMENT"] = "ENGAGEMENT"
    rule: EngagementRule


class ActalikeAudience(_AudienceCreate):
    """Body of ``audiences/create`` for an actalike (P5b)."""

    audience_type: Literal["ACTALIKE"] = "ACTALIKE"
    rule: ActalikeRule


AudienceRule = CustomerListRule | VisitorRule | EngagementRule | ActalikeRule
AudienceCreate = Annotated[
    CustomerListAudience | VisitorAudience | EngagementAudience | ActalikeAudience,
    Field(discriminator="audience_type"),
]
"""Body of ``audiences/create``, one for each type that the API can make."""


def _kind_of_rule(rule: object) -> str:
    """Return which type of audience a rule is meant for: no rule says so itself."""
    names = set(rule) if isinstance(rule, Mapping) else set(getattr(rule, "model_fields_set", ()))
    for field, kind in (("customer_list_id", "list"), ("visitor_source_id", "visitor"), ("seed_id", "actalike")):
        if field in names:
            return kind
    return "engagement"


AnyRule = Annotated[
    Annotated[CustomerListRule, Tag("list")]
    | Annotated[VisitorRule, Tag("visitor")]
    | Annotated[EngagementRule, Tag("engagement")]
    | Annotated[ActalikeRule, Tag("actalike")],
    Discriminator(_kind_of_rule),
]


class AudienceUpdate(ApiObject):
    """Body of ``audiences/update`` (P6): what changed, or the word that removes the audience."""

    operation_type: Literal["UPDATE", "REMOVE"] = Field(default="UPDATE", description="UPDATE or REMOVE; P6")
    name: str | None = Field(default=None, min_length=1)
    description: str | None = None
    rule: AnyRule | None = None

    @model_validator(mode="before")
    @classmethod
    def _type_stays(cls, fields: Any) -> Any:
        if isinstance(fields, Mapping) and "audience_type" in fields:
            raise FieldError(
                ("audience_type",), "expected no type, because it cannot be changed, got one; make a new audience (P6)"
            )
        return fields

    @model_validator(mode="after")
    def _changes_or_removes(self) -> Self:
        changed = [name for name in ("name", "description", "rule") if getattr(self, name) is not None]
        if self.operation_type == "REMOVE" and changed:
            raise FieldError(
                (changed[0],), "expected nothing besides REMOVE, got a change; send operation_type alone (P6)"
            )
        if self.operation_type == "UPDATE" and not changed:
            raise FieldError(
                ("operation_type",),
                "expected at least one of name, description and rule to change, got none; the API would take it (P6)",
            )
        return self
