"""What an event has to be about: the API's ``event_data``, as conditions on the columns of tag events.

The API asks for single values and for equality; here every field takes a condition as well, so that "an order of 50 or
more" or "any product whose name contains lamp" can be said. What the API cannot say, the export refuses by name.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from workbench.audiences.condition import AnyRule, NumberRule, Sql, TextRule, sql_of
from workbench.validation import Written

_MICROS: Final = 1_000_000
_COLUMNS_IN_MICROS: Final = {"value": "value_micros", "product_price": "product_price_micros"}


def _digits(value: object) -> object:
    """Read a product's number as text: the API has whole numbers here, shops have numbers of any kind."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class LineItem(Written):
    """The product that an event is about; every field given has to hold.

    Attributes
    ----------
    product_id, product_name, product_category, product_brand : str or TextCondition
        As the advertiser calls it.
    product_variant, product_variant_id : str or TextCondition
        As the advertiser calls it.
    product_price : Decimal or NumberCondition
        Of one piece, in units of the currency.
    product_quantity : Decimal or NumberCondition
        Pieces.
    """

    product_id: Annotated[TextRule | None, BeforeValidator(_digits)] = None
    product_name: TextRule | None = None
    product_category: TextRule | None = None
    product_brand: TextRule | None = None
    product_variant: TextRule | None = None
    product_variant_id: TextRule | None = None
    product_price: NumberRule | None = None
    product_quantity: NumberRule | None = None


class EventData(Written):
    """What an event says of itself; every field given has to hold.

    Attributes
    ----------
    currency, lead_type, order_id, page_name, promo_code, property, search_query, video_title : str or TextCondition
        As the tag reports it.
    order_quantity : Decimal or NumberCondition
        Pieces in the cart or order.
    value : Decimal or NumberCondition
        Of the cart or order, in units of its currency.
    line_items : LineItem
        The product; one object, as in the API's schema.
    """

    currency: TextRule | None = None
    lead_type: TextRule | None = None
    line_items: LineItem | None = None
    order_id: TextRule | None = None
    order_quantity: NumberRule | None = None
    page_name: TextRule | None = None
    promo_code: TextRule | None = None
    property: TextRule | None = None
    search_query: TextRule | None = None
    value: NumberRule | None = Field(default=None, description="an amount in units of the currency, such as 49.95")
    video_title: TextRule | None = None

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not list(self.rules()):
            raise ValueError(f"expected what the event has to say, one of {', '.join(sorted(EVENT_DATA))}, got nothing")
        return self

    def rules(self) -> Iterator[tuple[str, AnyRule]]:
        """Yield name and rule of each field that is given, a product's among them."""
        for model in (self, self.line_items):
            for name in type(model).model_fields if model is not None else ():
                rule = getattr(model, name)
                if rule is not None and name != "line_items":
                    yield name, rule

    def conditions(self) -> Iterator[Sql]:
        """Yield each field's rule in SQL over the table ``tag_events``."""
        for name, rule in self.rules():
            yield rule_sql(name, rule)


EVENT_DATA: Final = (*(name for name in EventData.model_fields if name != "line_items"), *LineItem.model_fields)
"""All that can be asked of an event, by name."""


def column_of(name: str) -> str:
    """Return the column of ``tag_events`` that holds one of `EVENT_DATA`."""
    return _COLUMNS_IN_MICROS.get(name, name)


def rule_sql(name: str, rule: AnyRule) -> Sql:
    """Write the rule of one of `EVENT_DATA` in SQL over the table ``tag_events``."""
    column = column_of(name)
    return sql_of(column, rule, unit=_MICROS if column != name else 1)
