"""Conditions on what an event says: a text that equals or contains others, a number within bounds.

A condition is a value, or an object of the API's operators, all of which have to hold::

    "https://shop.example/cart"                                 is that text
    {"contains": "/product/", "not_contains": ["/sale", "/b"]}  has the one and neither of the others
    {">=": 50, "<": 100}                                        of numbers

Of several values of one operator, ``=`` and ``contains`` ask for any, ``!=`` and ``not_contains`` for none. Texts are
compared letter by letter, capitals included. An event that does not say what is asked for meets no condition, also no
negative one: nobody knows whether it would.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt, ne
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, model_serializer, model_validator

from workbench.validation import Written

Sql = tuple[str, tuple[object, ...]]
"""A condition in SQL and the values of its question marks."""

_SQL_OF_TEXTS: Final = {
    "=": "{0} IN (SELECT unnest(?::VARCHAR[]))",
    "!=": "{0} NOT IN (SELECT unnest(?::VARCHAR[]))",
    "contains": "len(list_filter(?::VARCHAR[], lambda part: contains({0}, part))) > 0",
    "not_contains": "len(list_filter(?::VARCHAR[], lambda part: contains({0}, part))) = 0",
}
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "!=": ne}
_LEAST_STEP: Final = Decimal("0.000001")
_MOST: Final = Decimal(10) ** 12


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _number(value: object) -> Decimal:
    """Read a number exactly, also one that JSON wrote with a point."""
    try:
        number = Decimal(str(value)) if isinstance(value, int | float | str | Decimal) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or not 0 <= number < _MOST or number % _LEAST_STEP:
        what = "" if isinstance(value, int | float) else ", got a text" if isinstance(value, str) else ", got no number"
        raise ValueError(f"expected a number from 0 to 10^12 with up to six decimals, or an object of operators{what}")
    return number


Several = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_several)]
Number = Annotated[Decimal, BeforeValidator(_number)]


class _Condition(Written, populate_by_name=True):
    """Operators, by the API's signs; at least one of them is given."""

    @model_serializer
    def _as_the_api_writes_it(self) -> dict[str, Any]:
        return self.operators

    @model_validator(mode="before")
    @classmethod
    def _known_operators(cls, fields: Any) -> Any:
        signs = [str(field.alias or name) for name, field in cls.model_fields.items()]
        unknown = [name for name in fields if name not in signs and name not in cls.model_fields]
        if unknown:
            raise ValueError(f"unknown operator; known are: {', '.join(signs)}")
        return fields

    @property
    def operators(self) -> dict[str, Any]:
        """Values by operator, those that are given."""
        given = {str(field.alias or name): getattr(self, name) for name, field in type(self).model_fields.items()}
        return {operator: values for operator, values in given.items() if values not in (None, ())}

    @model_validator(mode="after")
    def _with_an_operator(self) -> Self:
        if not self.operators:
            known = ", ".join(str(field.alias or name) for name, field in type(self).model_fields.items())
            raise ValueError(f"expected an operator, one of {known}, got none")
        return self


class TextCondition(_Condition):
    """What a text has to be like; every operator given has to hold.

    Attributes
    ----------
    equal, not_equal : tuple of str
        The text is one of them; is none of them. ``=`` and ``!=`` in JSON.
    contains, not_contains : tuple of str
        The text contains one of them; contains none of them.
    """

    equal: Several = Field(default=(), alias="=")
    not_equal: Several = Field(default=(), alias="!=")
    contains: Several = Field(default=())
    not_contains: Several = Field(default=())

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.equal and not any(self.admits(text) for text in self.equal):
            raise ValueError("no text can meet this: each one under = is refused by another operator; drop one of them")
        return self

    def admits(self, text: str | None) -> bool:
        """Tell whether a text meets the condition; a missing one never does."""
        if text is None:
            return False
        is_one = not self.equal or text in self.equal
        has_one = not self.contains or any(part in text for part in self.contains)
        return is_one and has_one and text not in self.not_equal and not any(part in text for part in self.not_contains)


class NumberCondition(_Condition):
    """Bounds of a number; every one given has to hold.

    Attributes
    ----------
    equal, not_equal, less, at_most, more, at_least : Decimal or None
        ``=``, ``!=``, ``<``, ``<=``, ``>`` and ``>=`` in JSON.
    """

    equal: Number | None = Field(default=None, alias="=")
    not_equal: Number | None = Field(default=None, alias="!=")
    less: Number | None = Field(default=None, alias="<")
    at_most: Number | None = Field(default=None, alias="<=")
    more: Number | None = Field(default=None, alias=">")
    at_least: Number | None = Field(default=None, alias=">=")

    def admits(self, number: Decimal | int | None) -> bool:
        """Tell whether a number meets the condition; a missing one never does."""
        return number is not None and all(_ORDERS[sign](number, bound) for sign, bound in self.operators.items())

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        bounds = [bound for sign, bound in self.operators.items() if sign != "!="]
        # Between any two bounds there is room for a number of six decimals, or there is none for any.
        tried = {max(bound + step, Decimal(0)) for bound in bounds for step in (-_LEAST_STEP, Decimal(0), _LEAST_STEP)}
        if bounds and not any(self.admits(number) for number in tried):
            raise ValueError("no number can meet this: the bounds contradict each other; drop one of them")
        return self


def _text_rule(value: object) -> object:
    if isinstance(value, dict):
        return TextCondition(**value)
    if value == "" or not isinstance(value, str | TextCondition):
        raise ValueError("expected a text of at least one character, or an object of operators")
    return value


def _number_rule(value: object) -> object:
    if isinstance(value, dict):
        return NumberCondition(**value)
    return value if isinstance(value, NumberCondition) else _number(value)


TextRule = Annotated[str | TextCondition, BeforeValidator(_text_rule)]
"""A text that has to be met exactly, or a condition on it."""
NumberRule = Annotated[Decimal | NumberCondition, BeforeValidator(_number_rule)]
"""A number that has to be met exactly, or bounds."""
AnyRule = str | Decimal | TextCondition | NumberCondition


def condition_of(rule: AnyRule) -> TextCondition | NumberCondition:
    """Return a rule as a condition: a bare value is one it has to equal."""
    match rule:
        case str():
            return TextCondition(equal=(rule,))
        case Decimal():
            return NumberCondition(equal=rule)
        case _:
            return rule


def sql_of(column: str, rule: AnyRule, *, unit: int = 1) -> Sql:
    """Write a rule in SQL.

    Parameters
    ----------
    column : str
        Column of the table, a name of the schema.
    rule : str, Decimal, TextCondition or NumberCondition
        What its values have to be like.
    unit : int
        What the column's whole numbers count, as parts of one: 1,000,000 where it holds millionths.

    Returns
    -------
    (str, tuple)
        A condition that is never NULL, and the values of its question marks.
    """
    condition = condition_of(rule)
    parts, values = [f"{column} IS NOT NULL"], []
    for operator, wanted in condition.operators.items():
        if isinstance(condition, TextCondition):
            parts.append(_SQL_OF_TEXTS[operator].format(column))
            values.append(list(wanted))
        else:
            parts.append(f"{column} {operator} ?::DECIMAL(38, 6)")
            values.append(wanted * unit)
    return f"({' AND '.join(parts)})", tuple(values)


def any_of(conditions: Iterable[Sql]) -> Sql:
    """Join conditions in SQL so that one of them has to hold."""
    return _joined(" OR ", conditions)


def all_of(conditions: Iterable[Sql]) -> Sql:
    """Join conditions in SQL so that all of them have to hold."""
    return _joined(" AND ", conditions)


def _joined(word: str, conditions: Iterable[Sql]) -> Sql:
    texts, values = zip(*conditions, strict=True)
    return f"({word.join(texts)})", tuple(value for each in values for value in each)
