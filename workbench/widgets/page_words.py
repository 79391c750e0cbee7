"""Pages of a rule as words in a field: ``https://shop.example/cart``, ``*/product/*``, ``!*/sale*``.

A word between stars is a part that the page contains, an exclamation mark in front turns a word round. Conditions of
several operators are not said in a word.
"""

from collections.abc import Iterable

from workbench.audiences.condition import TextCondition

_SIGNS = {"contains": "*{}*", "not_equal": "!{}", "not_contains": "!*{}*"}


def page_words(urls: Iterable[str | TextCondition]) -> str | None:
    """Return pages as words between blanks; None when one of them takes more than a word."""
    words = [url if isinstance(url, str) else _word(url) for url in urls]
    is_said = all(word and not any(letter.isspace() for letter in word) for word in words)
    text = " ".join(word or "" for word in words)
    return text if is_said and pages_of(text) == tuple(urls) else None


def pages_of(text: str) -> tuple[str | TextCondition, ...]:
    """Return the pages that words say."""
    return tuple(_page(word) for word in text.split())


def _word(url: TextCondition) -> str | None:
    given = {name: getattr(url, name) for name in ("equal", *_SIGNS) if getattr(url, name)}
    name, values = next(iter(given.items()))
    return _SIGNS[name].format(values[0]) if len(given) == len(values) == 1 and name in _SIGNS else None


def _page(word: str) -> str | TextCondition:
    is_negative, rest = word.startswith("!") and len(word) > 1, word.removeprefix("!")
    is_part = len(rest) > 2 and rest.startswith("*") and rest.endswith("*")
    if is_part:
        return TextCondition(**{"not_contains" if is_negative else "contains": (rest[1:-1],)})
    return TextCondition(not_equal=(rest,)) if is_negative else word
