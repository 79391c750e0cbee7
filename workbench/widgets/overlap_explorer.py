"""How audiences overlap: pair by pair, or all combinations at once; what is chosen can be made an audience.

Its state is one value, ``.view``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import traitlets
from ipywidgets import VBox

from workbench.audiences import Audience, AudienceStatus, overlap_matrix, shown_overlap
from workbench.audiences.overlap_combinations import exclusive_combinations, shown_combinations
from workbench.charts import overlap_upset
from workbench.widgets.audience_options import audience_options
from workbench.widgets.follows_state import FollowsState
from workbench.widgets.layout import card, panel, row, stack
from workbench.widgets.notice import Notice
from workbench.widgets.overlap_choice import OverlapChoice
from workbench.widgets.overlap_view import COMBINATIONS, PAIRS, OverlapView
from workbench.widgets.picks import Option, PickMany, PickOne
from workbench.widgets.share_grid import ShareCell, ShareGrid
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.vega_chart import VegaChart

MOST_AT_FIRST = 6
COLUMNS = (Column("people", "In exactly these audiences", "words"), Column("size", "How many", "figure"))


class OverlapExplorer(FollowsState, VBox):
    """Heat map of pairs and UpSet plot of all combinations, with an audience to create from each.

    Parameters
    ----------
    shelf : AudienceShelf
        Audiences to compare; what is created here goes there.
    view : OverlapView, optional
        What to look at to begin with.

    Attributes
    ----------
    view : OverlapView
        What is looked at. Set it and the panel follows.
    """

    view = traitlets.Instance(OverlapView)

    def __init__(self, shelf: AudienceShelf, view: OverlapView | None = None) -> None:
        self._shelf = shelf
        self._compared = PickMany("Compare", [], "pills", empty="No audiences yet – create two first.")
        options = [Option(PAIRS, "Pair by pair"), Option(COMBINATIONS, "All combinations")]
        self._shown = PickOne("What to show", options, "segments")
        self._grid = ShareGrid(
            title="Audience overlap",
            note="How much of each row’s audience is also in the column’s; sizes on the diagonal.",
            empty="Nothing to compare yet – choose at least two audiences.",
        )
        self._chart = VegaChart(overlap_upset(_combinations(())))
        self._table = Table(COLUMNS, title="All combinations", empty="Choose at least two audiences.", has_filter=True)
        self._choice, self._notice = OverlapChoice(shelf), Notice()
        self._combinations = _combinations(())
        super().__init__((self._root(),), view=view or OverlapView())
        self._watch()
        self._follow()

    @property
    def compared(self) -> tuple[Audience, ...]:
        """The audiences that are compared."""
        by_id = self._shelf.by_id
        ready = [one for one, audience in by_id.items() if audience.status is AudienceStatus.READY]
        ids = self.view.audience_ids or tuple(ready[:MOST_AT_FIRST])
        return tuple(by_id[one] for one in ids if one in by_id)

    def _root(self) -> VBox:
        self._pairs = card(self._grid)
        self._all = stack(card(self._chart), card(self._table))
        top = card(self._compared, self._shown, self._notice)
        shown = stack(self._pairs, self._all)
        return panel(top, row(shown, self._choice, name="master-detail"), name="overlap")

    def _watch(self) -> None:
        guarded, when_moved = self._notice.guarded, self._when_moved
        self._compared.observe(when_moved(self._on_compared), names="value")
        self._shown.observe(when_moved(self._on_shown), names="value")
        self._grid.observe(when_moved(self._on_cell), names="chosen")
        self._chart.observe(when_moved(self._on_key), names="picked")
        self._table.observe(when_moved(self._on_key), names="selected")
        self.observe(guarded(self._on_view), names="view")
        self._shelf.observe(guarded(self._on_audiences), names="audiences")

    def _on_compared(self, change: Any) -> None:
        self.view = OverlapView(audience_ids=change.new, shown=self.view.shown)

    def _on_shown(self, change: Any) -> None:
        self.view = OverlapView(audience_ids=self.view.audience_ids, shown=change.new)

    def _on_cell(self, change: Any) -> None:
        if change.new:
            ids = [self.compared[place].spec.audience_id for place in change.new]
            self._look_at(tuple(dict.fromkeys(ids)))

    def _on_key(self, change: Any) -> None:
        if change.new:
            include = tuple(change.new.split("+"))
            ids = (audience.spec.audience_id for audience in self.compared)
            self._look_at(include, tuple(one for one in ids if one not in include))

    def _look_at(self, include: tuple[str, ...], exclude: tuple[str, ...] = ()) -> None:
        self.view = self.view.model_copy(update={"include": include, "exclude": exclude})

    def _on_view(self, change: Any) -> None:
        before = change.old.model_copy(update={"include": (), "exclude": ()})
        if before == change.new.model_copy(update={"include": (), "exclude": ()}):
            self._show_chosen()
        else:
            self._follow()

    def _on_audiences(self, _change: Any) -> None:
        self._follow()

    def _follow(self) -> None:
        with self._following():
            compared = self.compared
            self._compared.offer([option._replace(hint="") for option in audience_options(self._shelf)])
            self._compared.value = tuple(audience.spec.audience_id for audience in compared)
            self._shown.value = self.view.shown
            is_pairs = self.view.shown == PAIRS
            self._pairs.layout.display, self._all.layout.display = (None, "none") if is_pairs else ("none", None)
            if is_pairs:
                self._show_pairs(compared)
            else:
                self._combinations = _combinations(compared)
                self._show_table()
        self._show_chosen()

    def _show_pairs(self, compared: Sequence[Audience]) -> None:
        overlaps = shown_overlap(overlap_matrix(compared))
        self._grid.show(list(dict.fromkeys(overlaps["shown_name_a"])), _cells(overlaps))

    def _show_table(self) -> None:
        shown: Iterable[Any] = self._combinations.itertuples()
        rows: list[dict[str, str | Cell]] = [
            {
                "people": " and ".join(f"“{name}”" for name in each.names),
                "size": Cell(each.shown_n_members, 0.0 if pd.isna(each.n_members) else float(each.n_members)),
            }
            for each in shown
        ]
        self._table.show_rows(rows, note=f"{len(rows)} in all", keys=list(self._combinations["key"]))

    def _show_chosen(self) -> None:
        """Show who was chosen, and mark them where they were."""
        view, by_id = self.view, self._shelf.by_id
        include = [one for one in view.include if one in by_id]
        key = "+".join(include)
        if view.shown == COMBINATIONS:
            self._chart.chart = overlap_upset(self._combinations, chosen=key)
        with self._following():
            self._chart.picked = ""
            self._table.selected = key if key in self._table.row_keys else ""
            ids = [audience.spec.audience_id for audience in self.compared]
            places = [ids.index(one) for one in include if one in ids]
            self._grid.chosen = [places[0], places[-1]] if places and view.shown == PAIRS else []
        self._describe(include, [one for one in view.exclude if one in by_id])

    def _describe(self, include: list[str], exclude: list[str]) -> None:
        by_id = self._shelf.by_id
        found = self._combinations[self._combinations["key"] == "+".join(include)]
        if not include:
            self._choice.show_nothing()
        elif self.view.shown == PAIRS:
            self._choice.show_pair(by_id[include[0]], by_id[include[-1]])
        elif not found.empty:
            self._choice.show_combination(include, exclude, str(found["shown_n_members"].iloc[0]))
        else:
            self._choice.show_nothing()


def _combinations(audiences: Sequence[Audience]) -> pd.DataFrame:
    return shown_combinations(exclusive_combinations(audiences if len(audiences) > 1 else ()))


def _cells(overlaps: pd.DataFrame) -> list[list[ShareCell]]:
    """Return the cells of a heat map, row by row; how it is shown is decided already."""
    shown: Iterable[Any] = overlaps.itertuples()
    cells: dict[str, list[ShareCell]] = {}
    for pair in shown:
        is_self = pair.audience_id_a == pair.audience_id_b
        share = None if pd.isna(pair.overlap_share) else float(pair.overlap_share)
        if is_self:
            cell = ShareCell(pair.shown_n_overlap, None, f"“{pair.shown_name_a}” has {pair.shown_n_overlap} members")
        else:
            words = f"of “{pair.shown_name_a}” are also in “{pair.shown_name_b}” ({pair.shown_n_overlap})"
            cell = ShareCell(pair.shown_overlap_share, share, f"{pair.shown_overlap_share} {words}")
        cells.setdefault(pair.audience_id_a, []).append(cell)
    return list(cells.values())
