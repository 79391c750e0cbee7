"""The audiences there are: a table to sort and a chart of their sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import traitlets
from ipywidgets import VBox

from workbench.audiences import Audience, safe_size, shown_size, tell_apart
from workbench.charts import audience_size_bars
from workbench.widgets.definition_sentence import definition_sentence
from workbench.widgets.layout import card, panel, row
from workbench.widgets.status import STATUS_WORDS, TYPE_WORDS
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.vega_chart import VegaChart

COLUMNS = (
    Column("name", "Audience"),
    Column("type", "Type"),
    Column("size", "Size", "figure"),
    Column("status", "Status"),
    Column("rule", "Who is in it", "words"),
)


class AudienceTable(VBox):
    """Audiences with type, size, status and rule.

    Parameters
    ----------
    audiences : sequence of Audience
        In the order to show them.

    Attributes
    ----------
    audiences : tuple of Audience
        Set it to show others.
    """

    audiences = traitlets.Tuple()

    def __init__(self, audiences: Sequence[Audience] = ()) -> None:
        self._table = Table(COLUMNS, title="Audiences", empty="No audiences yet – build one above.")
        self._chart = VegaChart(audience_size_bars(pd.DataFrame()))
        root = panel(row(card(self._table), card(self._chart), name="wide-two"), name="audience-table")
        super().__init__((root,))
        self.observe(self._on_audiences, names="audiences")
        self.audiences = tuple(audiences)

    def _on_audiences(self, _change: Any) -> None:
        names = tell_apart({audience.spec.audience_id: audience.spec.name for audience in self.audiences})
        rows = [_row(audience, names[audience.spec.audience_id]) for audience in self.audiences]
        self._table.show_rows(rows, note=_note(len(self.audiences)))
        self._chart.chart = audience_size_bars(_sizes(self.audiences, names))


def _note(n_audiences: int) -> str:
    return f"{n_audiences} audience{'' if n_audiences == 1 else 's'}"


def _row(audience: Audience, name: str) -> dict[str, str | Cell]:
    word, tone = STATUS_WORDS[audience.status]
    size = audience.audience_size
    return {
        "name": name,
        "type": TYPE_WORDS[audience.spec.definition.type],
        # Sorted by what may be shown, or the order would tell small audiences apart.
        "size": Cell(shown_size(size), safe_size(size) or 0),
        "status": Cell(word, tone=tone),
        "rule": definition_sentence(
            audience.spec.definition, segment_name=str(audience.details.get("segment_name", ""))
        ),
    }


def _sizes(audiences: Sequence[Audience], names: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [names[audience.spec.audience_id] for audience in audiences],
            "length": [float(safe_size(audience.audience_size) or 0) for audience in audiences],
            "shown": [shown_size(audience.audience_size) for audience in audiences],
            "status": [STATUS_WORDS[audience.status][0] for audience in audiences],
        }
    )
