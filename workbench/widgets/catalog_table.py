"""The catalogue as a table, with the story of one audience beside it; its state is one value, ``.view``."""

from __future__ import annotations

from typing import Any

import traitlets
from ipywidgets import VBox

from workbench.audiences import AudienceStatus, AudienceType, safe_size, tell_apart
from workbench.catalog import Choice, SavedAudience
from workbench.charts import shown_people
from workbench.errors import CatalogError
from workbench.widgets.catalog_details import CatalogDetails
from workbench.widgets.catalog_view import CatalogView
from workbench.widgets.catalog_words import shown_day
from workbench.widgets.follows_state import FollowsState
from workbench.widgets.layout import card, check_field, choice_field, panel, row
from workbench.widgets.notice import Notice
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.status import STATUS_WORDS, TYPE_WORDS
from workbench.widgets.table import Cell, Column, Table

COLUMNS = (
    Column("name", "Audience"),
    Column("type", "Type"),
    Column("size", "Size", "figure"),
    Column("status", "Status"),
    Column("uses", "Used by", "figure"),
    Column("changed", "Changed"),
)
ANY = ""
NONE_FOUND = "No audiences like these – change the choice, or create one."


class CatalogTable(FollowsState, VBox):
    """The audiences of a catalogue: find one, see its history and where it is used, delete it, bring it back.

    Parameters
    ----------
    shelf : AudienceShelf
        One with a catalogue. What changes here, its other panels see.
    view : CatalogView, optional
        What to look at to begin with.
    is_read_only : bool
        For people who look only: nothing can be changed.

    Attributes
    ----------
    view : CatalogView
        What is looked at. Set it and the table follows.

    Raises
    ------
    CatalogError
        If the shelf has no catalogue.
    """

    view = traitlets.Instance(CatalogView)

    def __init__(self, shelf: AudienceShelf, view: CatalogView | None = None, *, is_read_only: bool = False) -> None:
        if shelf.catalog is None:
            raise CatalogError("expected a shelf with a catalogue, got one without; give AudienceShelf a catalog")
        self._shelf, self._catalog = shelf, shelf.catalog
        self._type = choice_field("Type", [("Any", ANY), *((TYPE_WORDS[kind], kind) for kind in AudienceType)])
        self._status = choice_field(
            "Status", [("Any", ANY), *((STATUS_WORDS[each][0], each) for each in AudienceStatus)]
        )
        self._deleted = check_field("Show deleted", value=False)
        self._table = Table(COLUMNS, title="Catalogue", empty=NONE_FOUND, has_filter=True)
        self._notice = Notice()
        self._details = CatalogDetails(shelf, self._catalog, self.refresh, is_read_only=is_read_only)
        super().__init__((self._root(),), view=view or CatalogView())
        self._watch()
        self._follow()

    def refresh(self) -> None:
        """Read the catalogue anew, which others may have changed; an audience that is gone from it stays in sight."""
        with self._following():
            self._show()

    def _show(self) -> None:
        view = self.view
        choice = Choice(audience_type=view.audience_type, status=view.status, has_deleted=view.has_deleted)
        found = self._catalog.audiences(choice)
        uses = self._catalog.use_counts()
        names = tell_apart({saved.audience_id: saved.spec.name for saved in found})
        rows = [_row(saved, names[saved.audience_id], uses.get(saved.audience_id, 0)) for saved in found]
        keys = [saved.audience_id for saved in found]
        self._table.show_rows(rows, note=f"{len(rows)} audience{'' if len(rows) == 1 else 's'}", keys=keys)
        self._table.selected = view.audience_id if view.audience_id in keys else ""
        self._details.show(view.audience_id)

    def _root(self) -> VBox:
        choice = row(self._type, self._status, self._deleted, name="row")
        return panel(self._notice, row(card(choice, self._table), self._details, name="master-detail"), name="catalog")

    def _watch(self) -> None:
        guarded = self._notice.guarded
        for field in (self._type, self._status, self._deleted):
            field.observe(self._when_moved(self._on_choice), names="value")
        self._table.observe(self._when_moved(self._on_choice), names=["selected", "filter", "sorting"])
        self.observe(guarded(self._on_view), names="view")
        self._shelf.observe(guarded(self._on_audiences), names="audiences")

    def _on_choice(self, _change: Any) -> None:
        sorting = self._table.sorting
        self.view = CatalogView(
            text=self._table.filter,
            audience_type=self._type.value or None,
            status=self._status.value or None,
            has_deleted=self._deleted.value,
            sorted_by=sorting["column"],
            is_descending=sorting["is_descending"],
            audience_id=self._table.selected or None,
        )

    def _on_view(self, _change: Any) -> None:
        self._follow()

    def _on_audiences(self, _change: Any) -> None:
        self.refresh()

    def _follow(self) -> None:
        view = self.view
        with self._following():
            self._type.value, self._status.value = view.audience_type or ANY, view.status or ANY
            self._deleted.value, self._table.filter = view.has_deleted, view.text
            self._table.sorting = {"column": view.sorted_by, "is_descending": view.is_descending}
            self._show()


def _row(saved: SavedAudience, name: str, n_uses: int) -> dict[str, str | Cell]:
    word, tone = STATUS_WORDS[saved.status]
    size = saved.audience_size
    return {
        "name": name,
        "type": TYPE_WORDS[saved.audience_type],
        # Sorted by what may be shown, or the order would tell small audiences apart.
        "size": Cell(shown_people(size), safe_size(size) or 0),
        "status": Cell(word, tone=tone) if saved.deleted_at is None else Cell("Deleted", tone="plain"),
        "uses": Cell(str(n_uses) if n_uses else "–", n_uses),
        "changed": Cell(shown_day(saved.updated_at), saved.updated_at.timestamp()),
    }
