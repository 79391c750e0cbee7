"""Where an audience is used, what happened to it, and how large it was: three tables, one at a time."""

from __future__ import annotations

import html
from collections.abc import Callable

from ipywidgets import HTML, VBox

from workbench.audiences import safe_size
from workbench.catalog import Catalog, CatalogEvent, CountedSize, SavedAudience, Use
from workbench.charts import shown_people
from workbench.widgets.catalog_words import event_words, shown_time, use_words
from workbench.widgets.layout import button, row
from workbench.widgets.notice import Notice
from workbench.widgets.picks import Option, PickOne
from workbench.widgets.table import Cell, Column, Table

USES, HISTORY, SIZES = "uses", "history", "sizes"
USE_COLUMNS = (Column("what", "What uses it", "words"),)
HISTORY_COLUMNS = (
    Column("version", "Version"),
    Column("when", "When, UTC"),
    Column("who", "Who"),
    Column("what", "What", "words"),
)
SIZE_COLUMNS = (
    Column("when", "Counted, UTC"),
    Column("size", "Size", "figure"),
    Column("known", "Known from, UTC"),
    Column("version", "Version"),
)


class CatalogStory(VBox):
    """Three tables about one audience.

    Parameters
    ----------
    catalog : Catalog
        Which has it.
    on_restored : callable
        Called with a sentence when an earlier version was taken back.
    is_read_only : bool
        That none can be.
    """

    def __init__(self, catalog: Catalog, on_restored: Callable[[str], None], *, is_read_only: bool) -> None:
        self._catalog, self._on_restored, self._is_read_only = catalog, on_restored, is_read_only
        self._saved: SavedAudience | None = None
        options = [Option(USES, "Where used"), Option(HISTORY, "History"), Option(SIZES, "Sizes")]
        self._choice = PickOne("What to show", options, "segments")
        self._uses = Table(USE_COLUMNS, title="Where used", empty="Nothing uses it.")
        self._history = Table(HISTORY_COLUMNS, title="History", empty="Nothing happened yet.")
        self._sizes = Table(SIZE_COLUMNS, title="Sizes", empty="Not counted yet.")
        self._differences, self._restore, self._notice = HTML(), button("Go back to this version"), Notice()
        self._version = VBox((self._differences, row(self._restore, name="buttons"), self._notice))
        super().__init__((self._choice, self._uses, self._history, self._version, self._sizes))
        self.add_class("wb-story")
        self._version.add_class("wb-stack")
        self._choice.observe(lambda _change: self._show_chosen(), names="value")
        self._history.observe(self._notice.guarded(lambda _change: self._show_version()), names="selected")
        self._restore.on_click(self._notice.guarded(lambda _button: self._go_back()))
        self._show_chosen()

    def show(self, saved: SavedAudience, uses: tuple[Use, ...]) -> None:
        """Show the story of an audience."""
        self._saved = saved
        self._uses.show_rows([{"what": use_words(use)} for use in uses])
        events = self._catalog.history(saved.audience_id)[::-1]
        self._history.show_rows([_event_row(event) for event in events], keys=_keys(events))
        sizes = self._catalog.sizes(saved.audience_id)[::-1]
        self._sizes.show_rows([_size_row(size) for size in sizes])
        labels = [f"Where used ({len(uses)})" if uses else "Where used", "History", "Sizes"]
        self._choice.offer([Option(key, label) for key, label in zip((USES, HISTORY, SIZES), labels, strict=True)])
        self._show_version()

    def _show_chosen(self) -> None:
        chosen = self._choice.value
        for key, table in ((USES, self._uses), (HISTORY, self._history), (SIZES, self._sizes)):
            table.layout.display = None if key == chosen else "none"
        self._version.layout.display = None if chosen == HISTORY else "none"

    def _chosen_version(self) -> int:
        return int(self._history.selected.partition(" ")[0] or 0)

    def _show_version(self) -> None:
        version, saved = self._chosen_version(), self._saved
        is_earlier = saved is not None and 0 < version < saved.version
        can_go = is_earlier and not self._is_read_only
        self._restore.layout.display = None if can_go else "none"
        self._differences.value = ""
        if saved is not None and is_earlier:
            self._differences.value = _differences_html(
                version, self._catalog.differences(saved.audience_id, version, saved.version)
            )

    def _go_back(self) -> None:
        version, saved = self._chosen_version(), self._saved
        if saved is not None and version:
            self._catalog.restore(saved.audience_id, version, expected_version=saved.version)
            self._on_restored(f"Went back to version {version} of “{saved.spec.name}”.")


def _keys(events: list[CatalogEvent]) -> list[str]:
    """Return a key an event: its version, and its place, because a version may have several events."""
    return [f"{event.version} {place}" for place, event in enumerate(events)]


def _event_row(event: CatalogEvent) -> dict[str, str | Cell]:
    return {
        "version": Cell(str(event.version), float(event.version)),
        "when": Cell(shown_time(event.happened_at), event.happened_at.timestamp()),
        "who": event.who,
        "what": event_words(event),
    }


def _size_row(size: CountedSize) -> dict[str, str | Cell]:
    return {
        "when": Cell(shown_time(size.recorded_at), size.recorded_at.timestamp()),
        "size": Cell(shown_people(size.audience_size), safe_size(size.audience_size) or 0),
        "known": Cell(shown_time(size.known_at), size.known_at.timestamp()),
        "version": str(size.definition_version),
    }


def _differences_html(version: int, differences: tuple[str, ...]) -> str:
    items = "".join(f"<li>{html.escape(one)}</li>" for one in differences) or "<li>nothing</li>"
    return f'<div class="wb-changes"><h3>Changed since version {version}</h3><ul>{items}</ul></div>'
