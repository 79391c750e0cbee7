"""The form of an audience of site visitors: which tag, what people did, on which pages, and how long ago."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.audiences import VisitorDefinition
from workbench.audiences.visitor import known_tags
from workbench.universe.schema import TAG_EVENTS
from workbench.widgets.definition_sentence import EVENT_WORDS
from workbench.widgets.layout import check_field, choice_field, text_field
from workbench.widgets.page_words import page_words, pages_of
from workbench.widgets.picks import Option, PickMany
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.slider import Slider

_KEPT = ("event_data", "event_source", "ingestion_source")


class VisitorForm:
    """Tag, events, pages and window; what else a definition says stays until other events are chosen.

    Parameters
    ----------
    shelf : AudienceShelf
        Whose universe knows the tags.

    Attributes
    ----------
    fields : tuple of Widget
        From top to bottom.
    """

    def __init__(self, shelf: AudienceShelf) -> None:
        universe = shelf.universe
        tags = known_tags(universe) if universe.has_table("tag_events") else []
        events = [Option(event, EVENT_WORDS[event].capitalize()) for event in TAG_EVENTS]
        self._tag = choice_field("Tag on your site", [(f"Tag {tag}", tag) for tag in tags])
        self._events = PickMany("People who", events, "pills", hint="Any of them; none picked means any visit.")
        self._urls = text_field("or saw a page (optional)", placeholder="as the tag reports it, or *part of it*")
        self._days = Slider(label="In the last", per="days", low=1, high=540, step=1, value=180)
        self._prefill = check_field("Include past traffic", value=True)
        self.fields: tuple[Any, ...] = (self._tag, self._events, self._urls, self._days, self._prefill)
        self._filled: VisitorDefinition | None = None

    def definition(self) -> VisitorDefinition:
        """Return what the fields say, and what they do not show of the definition that was filled in."""
        said: dict[str, Any] = {
            "visitor_source_id": self._tag.value or "",
            "events": self._events.value,
            "retention_days": round(self._days.value),
            "prefill": self._prefill.value,
        }
        filled = self._filled
        if filled is None or self._events.value != filled.events:
            return VisitorDefinition(urls=pages_of(self._urls.value), **said)
        is_same = self._urls.value == (page_words(filled.urls) or "")
        said["urls"] = filled.urls if is_same else pages_of(self._urls.value)
        return VisitorDefinition(**{name: getattr(filled, name) for name in _KEPT}, **said)

    def fill(self, definition: VisitorDefinition) -> None:
        """Make the fields say ``definition``."""
        self._filled = definition
        self._tag.value, self._events.value = definition.visitor_source_id, definition.events
        self._urls.value = page_words(definition.urls) or ""
        self._days.value, self._prefill.value = definition.retention_days, definition.prefill

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when a field changes."""
        for field in self.fields:
            field.observe(callback, names="value")
