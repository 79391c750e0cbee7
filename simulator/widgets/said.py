"""What an answer says in words: the sentence above its chart, and the notes below it."""

import html
from collections.abc import Iterable


def said_html(context: str, sentence: str) -> str:
    """Return a sentence under what it answers."""
    return (
        f'<div class="wb-said" role="status"><span>{html.escape(context)}</span>'
        f"<strong>{html.escape(sentence)}</strong></div>"
    )


def notes_html(heading: str, notes: Iterable[str]) -> str:
    """Return notes as a list under a heading; nothing if there are none."""
    items = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    return f'<div class="wb-rests-on"><h3>{html.escape(heading)}</h3><ul>{items}</ul></div>' if items else ""
