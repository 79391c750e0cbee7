"""What is more or less common among an audience's members: charts by attribute, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from ipywidgets import Box, VBox

from workbench.audiences.affinity import INTEREST
from workbench.charts import affinity_dots
from workbench.widgets.layout import card, row
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.targeting_form import DEVICE_WORDS
from workbench.widgets.vega_chart import VegaChart

ATTRIBUTE_WORDS = {
    "age_bucket": "Age",
    "gender": "Gender",
    "device": "Device",
    "country": "Country",
    INTEREST: "Interests",
}
COLUMNS = (
    Column("label", "What"),
    Column("attribute", "Attribute"),
    Column("share", "In the audience", "figure"),
    Column("population", "Elsewhere", "figure"),
    Column("index", "Index", "figure"),
    Column("interval", "95 % interval", "figure"),
)
ORDERED = ("age_bucket",)


class AudienceProfile(VBox):
    """Charts and table of affinities; charts are made once and redrawn in place."""

    def __init__(self) -> None:
        nothing = affinity_dots(_labelled(pd.DataFrame(columns=["attribute", "value", "index"])), title="")
        self._charts = {attribute: VegaChart(nothing) for attribute in ATTRIBUTE_WORDS}
        self._cards = {attribute: card(chart) for attribute, chart in self._charts.items()}
        *of_people, of_interests = self._cards.values()
        self._grid: Box = row(*of_people, name="two")
        self._table = Table(COLUMNS, title="The same in figures", empty="Nothing may be shown.", has_filter=True)
        super().__init__((self._grid, of_interests, card(self._table)))
        self.add_class("wb-stack")

    def show(self, affinity: pd.DataFrame) -> None:
        """Show affinities.

        Parameters
        ----------
        affinity : DataFrame
            From `workbench.audiences.affinity.shown_affinity`.
        """
        labelled = _labelled(affinity)
        for attribute, chart in self._charts.items():
            rows = labelled[labelled["attribute"] == attribute]
            self._cards[attribute].layout.display = "none" if rows.empty else None
            if not rows.empty:
                title = ATTRIBUTE_WORDS[attribute]
                chart.chart = affinity_dots(rows, title=title, is_by_index=attribute not in ORDERED)
        self._grid.layout.display = "none" if set(labelled["attribute"]) <= {INTEREST} else None
        self._table.show_rows([_row(each) for each in labelled.to_dict("records")])


def _labelled(affinity: pd.DataFrame) -> pd.DataFrame:
    return affinity.assign(label=[DEVICE_WORDS.get(value, _words(value)) for value in affinity["value"]])


def _words(value: str) -> str:
    """Return a value as people write it: ``home_decor`` reads "Home decor"; codes and ages stay."""
    return value.replace("_", " ").capitalize() if value.islower() else value.replace("-", "–")


def _row(each: Mapping[Hashable, Any]) -> dict[str, str | Cell]:
    index, low, high = (each[name] for name in ("index", "low", "high"))
    is_hidden = pd.isna(index)
    return {
        "label": str(each["label"]),
        "attribute": ATTRIBUTE_WORDS[each["attribute"]],
        "share": Cell(each["shown_share"], each["share"]),
        "population": Cell(each["shown_population_share"], each["population_share"]),
        "index": Cell("hidden" if is_hidden else f"{index:,.0f}", index),
        "interval": Cell("–" if is_hidden else f"{low:,.0f} – {high:,.0f}", high - low),
    }
