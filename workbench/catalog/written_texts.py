"""What people may write into a catalogue: anything but the identifiers of customers.

Plain e-mail addresses and advertising ids live in memory only (see `workbench.identity.hashing`), so a note that names
a customer by one is refused before it reaches a file. What is refused is not repeated.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from workbench.audiences import AudienceDefinition, AudienceSpec
from workbench.errors import FieldError

LONGEST_TAG: Final = 100

_EMAIL: Final = re.compile(r"[^\s@/\"'<>(),;:\\]+@[^\s@/\"'<>(),;:\\]+\.[^\s@/\"'<>(),;:\\.]+")
_AAID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_INVISIBLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def require_no_identifier(place: str, text: str, *, is_product: bool = False) -> None:
    """Refuse a text that holds an identifier, or that cannot be kept.

    Parameters
    ----------
    place : str
        Where it would stand, such as "note".
    text : str
        The text.
    is_product : bool
        That ids in the shape of an advertising id may stand there, because products and orders have them too.

    Raises
    ------
    FieldError
        If it holds one.
    """
    if _EMAIL.search(text):
        raise FieldError(
            (place,), "expected no e-mail address, found one; leave it out, a catalogue keeps no customers"
        )
    if not is_product and _AAID.search(text):
        raise FieldError(
            (place,), "expected no advertising id, found one; leave it out, a catalogue keeps no customers"
        )
    if _INVISIBLE.search(text):
        raise FieldError((place,), "expected a text that can be printed, found a control character; leave it out")


def require_shareable(spec: AudienceSpec) -> None:
    """Refuse an audience whose name, description or definition holds an identifier.

    Raises
    ------
    FieldError
        If one does.
    """
    require_no_identifier("name", spec.name)
    require_no_identifier("description", spec.description)
    for text in _texts_in(spec.definition.model_dump(mode="json")):
        require_no_identifier("definition", text, is_product=True)


def tidy_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags, each once and sorted, without white space around them.

    Raises
    ------
    FieldError
        If one is empty, too long or holds an identifier.
    """
    if isinstance(tags, str):
        raise FieldError(("tags",), "expected a list of texts, got a text; write [tag]")
    tidied = sorted({tag.strip() for tag in tags})
    for tag in tidied:
        if not 1 <= len(tag) <= LONGEST_TAG:
            raise FieldError(("tags",), f"expected tags of 1 to {LONGEST_TAG} characters, got one of {len(tag)}")
        require_no_identifier("tags", tag)
    return tuple(tidied)


def definition_json(definition: AudienceDefinition) -> str:
    """Return a definition as it is kept: JSON in ASCII, the same for the same definition."""
    return json.dumps(definition.model_dump(mode="json"), sort_keys=True)


def _texts_in(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts_in(part)
