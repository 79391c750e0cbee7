"""Values that people write down: frozen, strict about their fields, and refused in one sentence.

Definitions, targetings and configurations are pydantic models, which gives JSON in and out and a JSON schema for
nothing. What pydantic does not give is a refusal that an analyst can read, so a `Written` model that is built in code
raises `DefinitionError` with one sentence; what comes from JSON is refused in the same words through `complaint`.
"""

import difflib
import re
from collections.abc import Sequence
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from workbench.errors import FieldError

# [0-9] and not \d: the latter also takes the digits of other scripts.
DIGIT_ID_PATTERN = r"^[0-9]{1,18}$"
DIGIT_ID_MEANING = "an id of 1 to 18 digits, as text"
DigitId = Annotated[str, Field(pattern=DIGIT_ID_PATTERN, description=DIGIT_ID_MEANING)]
"""An id of the platform: digits, kept as text because a number would lose leading zeros."""

LARGEST_SHOWN = 10**18


def is_digit_id(text: str) -> bool:
    """Tell whether a text is an id of the platform."""
    return re.fullmatch(DIGIT_ID_PATTERN, text) is not None


EXPECTED = {
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "an object"),
    **dict.fromkeys(("list_type", "tuple_type"), "a list"),
    "string_type": "a text",
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), "a time such as 2026-11-02T00:00:00Z"
    ),
    "finite_number": "a finite number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    **dict.fromkeys(("enum", "literal_error"), "{expected}"),
}
"""What was expected, by pydantic's type of error, in the words of JSON and not of Python."""


class Written(BaseModel):
    """A frozen value that knows no other fields than its own.

    Raises
    ------
    FieldError
        When a field is missing, unknown, mistyped or out of range: which one, what it may be and what came.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as refusal:
            # None: pydantic's own text repeats the input, which may be private.
            raise _field_error(refusal, type(self)) from None


def complaint(refusal: ValidationError, model: type[BaseModel] | None = None) -> str:
    """Put the first of pydantic's complaints into one sentence.

    Parameters
    ----------
    refusal : ValidationError
        What pydantic raised.
    model : type of BaseModel, optional
        The model that was being built: its field's description says what is allowed, its names what was meant.

    Returns
    -------
    str
        The way to the field, what was expected and what came; a text that came is left out, it may be private.
    """
    return str(_field_error(refusal, model))


def _field_error(refusal: ValidationError, model: type[BaseModel] | None) -> FieldError:
    errors = _causes(refusal)
    place = _place(errors[0])
    inner = {_place(error): error.get("ctx", {}).get("error") for error in errors}
    n_faults = sum(1 + (cause.n_more if isinstance(cause, FieldError) else 0) for cause in inner.values())
    cause = inner[place]
    if isinstance(cause, FieldError):  # a value inside was refused, and has said all but the way to it
        return FieldError((*place, *cause.place), cause.fault, n_faults - 1)
    field = _field(model, place)
    fault = _fault([error for error in errors if _place(error) == place], field, model)
    meaning = field.description if field else None
    return FieldError(place, fault if not meaning or meaning in fault else f"{fault} ({meaning})", n_faults - 1)


def _causes(refusal: ValidationError) -> list[ErrorDetails]:
    """Return pydantic's complaints without those that only follow from one further inside.

    A list counts as too short when its members fail, and a list with a wrong member is also no number where a number
    would do.
    """
    errors = refusal.errors(include_url=False)
    places = [_place(error) for error in errors]
    return [
        error
        for error, place in zip(errors, places, strict=True)
        if not any(len(other) > len(place) and other[: len(place)] == place for other in places)
    ]


def _place(error: ErrorDetails) -> tuple[str | int, ...]:
    """Return the way to a value as its JSON has it: a field, then positions; pydantic adds which type it tried."""
    return tuple(part for n, part in enumerate(error["loc"]) if n == 0 or isinstance(part, int))


def _field(model: type[BaseModel] | None, place: Sequence[str | int]) -> FieldInfo | None:
    fields = model.model_fields if model and place else {}
    return next((field for name, field in fields.items() if place[0] in (name, field.alias)), None)


def _fault(errors: list[ErrorDetails], field: FieldInfo | None, model: type[BaseModel] | None) -> str:
    """Say what is wrong at one place; there are several errors where several types were tried."""
    first, known = errors[0], list(model.model_fields if model else ())
    match first["type"]:
        case "extra_forbidden":
            return f"unknown field; {_suggestion(str(first['loc'][-1]), known)}"
        case "union_tag_invalid":
            tag, tags = first["ctx"]["tag"], _quoted(first["ctx"]["expected_tags"])
            return f"unknown {_quoted(first['ctx']['discriminator'])[0]}; {_suggestion(tag, tags)}"
        case "union_tag_not_found":
            return f"expected a {_quoted(first['ctx']['discriminator'])[0]}; known are: {', '.join(_tags(field))}"
        case "string_pattern_mismatch":
            return f"expected {_pattern_meaning(first['ctx']['pattern'], field)}, got another text"
    expected = [EXPECTED[error["type"]].format(**error.get("ctx", {})) for error in errors if error["type"] in EXPECTED]
    if expected:
        is_nullable = field is not None and len(_place(first)) == 1 and type(None) in get_args(field.annotation)
        return f"expected {_one_of(expected, is_nullable=is_nullable)}, got {_got(first)}"
    is_number = isinstance(first["input"], int | float)
    return first["msg"].removeprefix("Value error, ") + (f", got {_got(first)}" if is_number else "")


def _one_of(expected: list[str], *, is_nullable: bool) -> str:
    choices = dict.fromkeys(expected)
    if len(choices) > 1 and {"a number", "a finite number"} & set(choices):
        choices.pop("a whole number", None)  # is a number as well
    if is_nullable:
        choices["null"] = None
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def _got(error: ErrorDetails) -> str:
    """Name what came: a number as it is, of anything else only its kind."""
    if error["type"] in ("too_short", "too_long"):
        return str(error["ctx"]["actual_length"])
    match error["input"]:
        case None:
            return "null"
        case bool(truth):
            return str(truth).lower()
        case int(number) if abs(number) >= LARGEST_SHOWN:
            return "a larger number" if number > 0 else "a smaller number"
        case int(number) | float(number):
            return str(number)
        case str():
            return "another text" if error["type"] in ("enum", "literal_error") else "a text"
        case dict() | BaseModel():
            return "an object"
        case list() | tuple() | set() | frozenset():
            return "a list"
        case other:
            return f"a {type(other).__name__}"


def _pattern_meaning(pattern: str, field: FieldInfo | None) -> str:
    if pattern == DIGIT_ID_PATTERN:
        return DIGIT_ID_MEANING
    return (field.description if field else None) or f"a text that matches {pattern}"


def _tags(field: FieldInfo | None) -> list[str]:
    """Return the words by which the members of a union are told apart."""
    if field is None or field.discriminator is None:
        return []
    members = [member.model_fields[str(field.discriminator)] for member in get_args(field.annotation)]
    return [str(tag) for member in members for tag in get_args(member.annotation)]


def _quoted(text: str) -> list[str]:
    """Return the names in quotation marks: pydantic writes an enum's members as code."""
    return re.findall(r"'(\w+)'", text)


def _suggestion(name: str, known: list[str]) -> str:
    """Say which known name was probably meant, or else which there are."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are: {', '.join(known) or 'none'}"
