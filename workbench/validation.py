"""Values that people write down: frozen, strict about their fields, and refused in one sentence.

Definitions, targetings and configurations are pydantic models, which gives JSON in and out and a JSON schema for
nothing. What pydantic does not give is a refusal that an analyst can read, so a `Written` model that is built in code
raises `DefinitionError` with one sentence; what comes from JSON is refused in the same words through `complaint`.
"""

import difflib
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from workbench.errors import DefinitionError

# [0-9] and not \d: the latter also takes the digits of other scripts.
DigitId = Annotated[str, Field(pattern=r"^[0-9]{1,18}$", description="id of the platform: 1 to 18 digits, as text")]
"""An id of the platform: digits, kept as text because a number would lose leading zeros."""


class Written(BaseModel):
    """A frozen value that knows no other fields than its own.

    Raises
    ------
    DefinitionError
        When a field is missing, unknown, mistyped or out of range: which one, what it may be and what came.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as refusal:
            # None: pydantic's own text repeats the input, which may be private.
            raise DefinitionError(complaint(refusal, type(self))) from None


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
        Field, what was expected and what came; a text that came is left out, it may be private.
    """
    errors = _causes(refusal)
    first = errors[0]
    where = ".".join(str(part) for part in first["loc"])
    fields = model.model_fields if model else {}
    names = {name: field.description for name, field in fields.items()}
    names |= {field.alias: field.description for field in fields.values() if field.alias}
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden" and where in first["loc"]:
        message = f"unknown field; {_suggestion(where, list(fields))}"
    elif first["type"] == "union_tag_invalid":
        tag, known = first["ctx"]["tag"], _quoted(first["ctx"]["expected_tags"])
        message = f"unknown {_quoted(first['ctx']['discriminator'])[0]}; {_suggestion(tag, known)}"
    elif isinstance(first["input"], bool | int | float):
        message += f", got {first['input']}"
    meaning = names.get(str(first["loc"][0])) if first["loc"] else None
    n_more = len(errors) - 1
    parts = [f"{where}: " if where else "", message, f" ({meaning})" if meaning else ""]
    return "".join(parts) + (f"; and {n_more} more to correct" if n_more else "")


def _causes(refusal: ValidationError) -> list[ErrorDetails]:
    """Return pydantic's complaints without those that only follow: a list counts as too short when its members fail."""
    errors = refusal.errors(include_url=False)
    places = [error["loc"] for error in errors]
    return [
        error
        for error in errors
        if error["type"] != "too_short"
        or not any(len(place) > len(error["loc"]) and place[: len(error["loc"])] == error["loc"] for place in places)
    ]


def _quoted(text: str) -> list[str]:
    """Return the names in quotation marks: pydantic writes an enum's members as code."""
    return re.findall(r"'(\w+)'", text)


def _suggestion(name: str, known: list[str]) -> str:
    """Say which known name was probably meant, or else which there are."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are: {', '.join(known) or 'none'}"
