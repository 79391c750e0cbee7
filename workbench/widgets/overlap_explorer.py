"""How audiences overlap: the matrix, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import traitlets
from ipywidgets import VBox

from workbench.audiences import Audience, overlap_matrix, shown_overlap
from workbench.charts import overlap_heat_map
from workbench.widgets.layout import card, panel, row
from workbench.widgets.notice import Notice
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.vega_chart import VegaChart

COLUMNS = (
    Column("a", "Audience"),
    Column("b", "and audience"),
    Column("both", "In both", "figure"),
    Column("share_a", "of the first", "figure"),
    Column("share_b", "of the second", "figure"),
)


class OverlapExplorer(VBox):
    """Heat map and table of the overlap of audiences.

    Parameters
    ----------
    audiences : sequence of Audience
        Of one universe.

    Attributes
    ----------
    audiences : tuple of Audience
        Set it to compare others.
    """

    audiences = traitlets.Tuple()

    def __init__(self, audiences: Sequence[Audience] = ()) -> None:
        self._chart = VegaChart(overlap_heat_map(shown_overlap(overlap_matrix([]))))
        self._table = Table(COLUMNS, title="Pairs", empty="Pairs of audiences appear here, each with both shares.")
        self._notice = Notice()
        root = panel(self._notice, row(card(self._chart), card(self._table), name="wide-two"), name="overlap")
        super().__init__((root,))
        self.observe(self._notice.guarded(self._on_audiences), names="audiences")
        self.audiences = tuple(audiences)

    def _on_audiences(self, _change: Any) -> None:
        overlaps = shown_overlap(overlap_matrix(self.audiences))
        self._chart.chart = overlap_heat_map(overlaps)
        rows = _pairs(overlaps)
        self._table.show_rows(rows, note=f"{len(rows)} pair{'' if len(rows) == 1 else 's'}")


def _pairs(overlaps: pd.DataFrame) -> list[dict[str, str | Cell]]:
    shown: Iterable[Any] = overlaps.itertuples()
    by_ids = {(row.audience_id_a, row.audience_id_b): row for row in shown}
    order = list(dict.fromkeys(overlaps["audience_id_a"]))
    return [
        {
            "a": there.shown_name_a,
            "b": there.shown_name_b,
            "both": _cell(there.shown_n_overlap, there.n_overlap),
            "share_a": _cell(there.shown_overlap_share, there.overlap_share),
            "share_b": _cell(back.shown_overlap_share, back.overlap_share),
        }
        for n, a in enumerate(order)
        for b in order[n + 1 :]
        for there, back in [(by_ids[a, b], by_ids[b, a])]
    ]


def _cell(text: str, order: Any) -> Cell:
    return Cell(text, 0.0 if pd.isna(order) else float(order))
