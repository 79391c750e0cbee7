"""One small form for each audience type; each gives one definition and can be filled from one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from ipywidgets import Widget

from workbench.audiences import (
    AudienceType,
    ThirdPartyDefinition,
    VisitorDefinition,
)
from workbench.audiences.visitor import known_tags
from workbench.data_fee import is_coverable
from workbench.universe import Universe
from workbench.universe.schema import TAG_EVENTS
from workbench.widgets.customer_list_form import CustomerListForm
from workbench.widgets.definition_sentence import EVENT_WORDS
from workbench.widgets.engagement_form import EngagementForm
from workbench.widgets.layout import check_field, choice_field, text_field
from workbench.widgets.page_words import page_words, pages_of
from workbench.widgets.slider import Slider

ANY_EVENT = "any"
_KEPT = ("events", "event_data", "event_source", "ingestion_source")


class DefinitionForm(Protocol):
    """Fields of one audience type."""

    fields: tuple[Widget, ...]

    def definition(self) -> Any:
        """Return what the fields say; DefinitionError if they do not say enough."""

    def fill(self, definition: Any) -> None:
        """Make the fields say ``definition``."""

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when a field changes."""


class _Form:
    fields: tuple[Any, ...] = ()

    def on_change(self, callback: Callable[[Any], None]) -> None:
        for field in self.fields:
            field.observe(callback, names="value")


class VisitorForm(_Form):
    """Tag, event, pages and window; what else a definition says stays until another event is chosen."""

    def __init__(self, universe: Universe) -> None:
        events = [("Any event", ANY_EVENT)]
        events += [(f"{EVENT_WORDS[event].capitalize()}", event) for event in TAG_EVENTS]
        self._tag = choice_field("Tag on your site", [(f"Tag {tag}", tag) for tag in _tag_ids(universe)])
        self._event = choice_field("People who", events)
        self._urls = text_field("or saw a page (optional)", placeholder="as the tag reports it, or *part of it*")
        self._days = Slider(label="In the last", per="days", low=1, high=540, step=1, value=180)
        self._prefill = check_field("Include past traffic", value=True)
        self.fields = (self._tag, self._event, self._urls, self._days, self._prefill)
        self._filled: VisitorDefinition | None = None

    def definition(self) -> VisitorDefinition:
        """Return what the fields say, and what they do not show of the definition that was filled in."""
        events: tuple[str, ...] = () if self._event.value == ANY_EVENT else (self._event.value,)
        said: dict[str, Any] = {
            "visitor_source_id": self._tag.value or "",
            "retention_days": round(self._days.value),
            "prefill": self._prefill.value,
        }
        filled = self._filled
        if filled is None or events != filled.events[:1]:
            return VisitorDefinition(events=events, urls=pages_of(self._urls.value), **said)
        is_same = self._urls.value == (page_words(filled.urls) or "")
        said["urls"] = filled.urls if is_same else pages_of(self._urls.value)
        return VisitorDefinition(**{name: getattr(filled, name) for name in _KEPT}, **said)

    def fill(self, definition: VisitorDefinition) -> None:
        """Make the fields say ``definition``, of several events the first."""
        self._filled = definition
        self._tag.value = definition.visitor_source_id
        self._event.value = definition.events[0] if definition.events else ANY_EVENT
        self._urls.value = page_words(definition.urls) or ""
        self._days.value, self._prefill.value = definition.retention_days, definition.prefill


class ThirdPartyForm(_Form):
    """A segment of the catalogue."""

    def __init__(self, universe: Universe) -> None:
        self._segment = choice_field("Segment", _segments(universe))
        self.fields = (self._segment,)

    def definition(self) -> ThirdPartyDefinition:
        """Return what the field says."""
        return ThirdPartyDefinition(segment_id=self._segment.value or "")

    def fill(self, definition: ThirdPartyDefinition) -> None:
        """Make the field say ``definition``."""
        self._segment.value = definition.segment_id


FORMS: dict[AudienceType, Callable[[Universe], DefinitionForm]] = {
    AudienceType.CUSTOMER_LIST: lambda _universe: CustomerListForm(),
    AudienceType.VISITOR: VisitorForm,
    AudienceType.ENGAGEMENT: EngagementForm,
    AudienceType.THIRD_PARTY: ThirdPartyForm,
}


def _tag_ids(universe: Universe) -> list[str]:
    return known_tags(universe) if universe.has_table("tag_events") else []


def _segments(universe: Universe) -> Sequence[tuple[str, str]]:
    segments: Iterable[Any] = universe.segments().itertuples()
    return [
        (f"{segment.name} · {segment.provider} · fee {segment.data_fee_rate_bp / 100:.0f} %", segment.segment_id)
        for segment in segments
        if is_coverable(segment.data_fee_rate_bp)
    ]
