"""Cards, rows, fields and buttons in the house look; what every panel is put together from."""

import html
from collections.abc import Sequence
from typing import Any

from ipywidgets import HTML, Box, Button, Checkbox, Dropdown, FloatText, Text, VBox, Widget

from workbench.widgets.page import page
from workbench.widgets.table import Tone


def panel(*children: Widget, name: str) -> VBox:
    """Return the root of a panel, named by the class ``wb-<name>``; it brings the style sheet along."""
    page()
    root = VBox(children)
    root.add_class("wb")
    root.add_class("wb-panel")
    root.add_class(f"wb-{name}")
    return root


def card(*children: Widget, title: str = "", note: str = "") -> VBox:
    """Return a card, with a heading if ``title`` is given."""
    heading = (HTML(heading_html(title, note)),) if title else ()
    box = VBox((*heading, *children))
    box.add_class("wb-card")
    return box


def row(*children: Widget, name: str = "row") -> Box:
    """Return children side by side, wrapping where there is no room; ``wb-<name>`` decides how."""
    box = Box(children)
    box.add_class(f"wb-{name}")
    return box


def stack(*children: Widget) -> VBox:
    """Return children one beneath the other, with the distance that cards have."""
    box = VBox(children)
    box.add_class("wb-stack")
    return box


def text_field(label: str, value: str = "", *, placeholder: str = "") -> Text:
    """Return a line of text with its label above."""
    field = Text(value=value, description=label, placeholder=placeholder, continuous_update=False)
    field.add_class("wb-field")
    return field


def number_field(label: str, value: float) -> FloatText:
    """Return a number to type with its label above; it changes when the field is left."""
    field = FloatText(value=value, description=label, step=None, continuous_update=False)
    field.add_class("wb-field")
    return field


def choice_field(label: str, options: Sequence[tuple[str, Any]]) -> Dropdown:
    """Return a choice of ``(text, value)`` options with its label above."""
    field = Dropdown(options=list(options), description=label)
    field.add_class("wb-field")
    return field


def check_field(label: str, *, value: bool) -> Checkbox:
    """Return a tick box with its label beside it."""
    field = Checkbox(value=value, description=label, indent=False)
    field.add_class("wb-check")
    return field


def button(label: str, *, is_primary: bool = False) -> Button:
    """Return a button; a card has at most one primary button."""
    made = Button(description=label)
    made.add_class("wb-button")
    if is_primary:
        made.add_class("wb-primary")
    return made


def heading_html(title: str, note: str = "") -> str:
    """Return a card's heading as HTML, with a note on the other side."""
    beside = f'<span class="wb-note">{html.escape(note)}</span>' if note else ""
    return f'<div class="wb-card-head"><h2>{html.escape(title)}</h2>{beside}</div>'


def pill_html(word: str, tone: Tone) -> str:
    """Return a status as HTML: a word, a dot and a colour, so that the colour is never the only sign."""
    return f'<span class="wb-pill wb-{tone}">{html.escape(word)}</span>'


def figures_html(figures: Sequence[tuple[str, str]], *, status: str = "") -> str:
    """Return labelled numbers side by side as HTML.

    Parameters
    ----------
    figures : sequence of (label, number)
        Plain text.
    status : str
        HTML of a pill to end with, or nothing.
    """
    pairs = "".join(
        f"<div><dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd></div>" for label, value in figures
    )
    return f'<div class="wb-figures"><dl>{pairs}</dl>{status}</div>'


def empty_html(sentence: str) -> str:
    """Return what stands in place of a result that is not there yet."""
    return f'<p class="wb-empty">{html.escape(sentence)}</p>'


def progress_html(label: str, share: float | None) -> str:
    """Return a progress bar as HTML; ``share`` is 0–1, or None while the end cannot be told."""
    text = html.escape(label)
    if share is None:
        return f'<div class="wb-progress wb-busy" role="progressbar" aria-label="{text}"><i></i></div>'
    pct = round(100 * min(max(share, 0.0), 1.0))
    return (
        f'<div class="wb-progress" role="progressbar" aria-label="{text}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{pct}"><i style="width:{pct}%"></i></div>'
    )
