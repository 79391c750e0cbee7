"""A figure over two levers at once: one cell a point of a grid, the stronger its colour the more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simulator.charts.figures import shown_figure
from workbench.charts.theme import colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

ROW_HEIGHT = 34
MAX_WITH_FIGURES = 10
"""Columns from which on cells are too narrow to be written on."""

STRONG = 0.6
"""Share of the way from the least to the most from which on a cell needs letters of the page's colour."""


def sweep_heat_map(cells: pd.DataFrame, *, title: str, across: str, down: str, unit: str) -> AnyChart:
    """Draw a figure over two levers.

    Parameters
    ----------
    cells : pd.DataFrame
        One row a point, in the order of the levers' values: ``across``, ``down`` (str; the values), ``mean``, ``low``,
        ``high`` (float; in the unit), ``key`` (str; what a click on the cell picks).
    title : str
        What is drawn.
    across, down : str
        The levers.
    unit : str
        As `simulator.charts.shown_figure` takes it.

    Returns
    -------
    alt.LayerChart
        Cells with their figures; a sentence if no run has the figure.
    """
    known = cells[cells["mean"].notna()]
    if known.empty:
        return empty_chart(title, "No run has this figure.")
    from workbench.charts.light_altair import alt

    shown = _with_words(cells, unit)
    columns, rows = (list(dict.fromkeys(cells[name])) for name in ("across", "down"))
    base = alt.Chart(shown).encode(
        x=alt.X("across:N", title=across, sort=columns, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("down:N", title=down, sort=rows[::-1]),
        tooltip=[
            alt.Tooltip("across:N", title=across),
            alt.Tooltip("down:N", title=down),
            alt.Tooltip("text:N", title=title),
            alt.Tooltip("interval:N", title="95 % of the mean"),
        ],
    )
    tiles = base.mark_rect(cornerRadius=3, stroke=colour("surface"), strokeWidth=2, cursor="pointer").encode(
        color=alt.Color(
            "share:Q",
            legend=None,
            scale=alt.Scale(domain=[0, 1], range=[colour("sunken"), colour("scenario")]),
        )
    )
    layers = [tiles]
    if len(columns) <= MAX_WITH_FIGURES:
        ink = alt.condition(f"datum.share > {STRONG}", alt.value(colour("surface")), alt.value(colour("ink")))
        layers.append(base.mark_text(fontSize=11.5, fontWeight=600).encode(text="text:N", color=ink))
    ends = known.sort_values("mean").iloc[[0, -1]].to_dict("records")
    return finish(
        alt.layer(*layers).properties(width="container", height=max(3, len(rows)) * ROW_HEIGHT),
        title=title,
        subtitle="mean of the runs; the stronger the colour, the more; point at a cell for its 95 % interval",
        description=f"{title} from "
        + " to ".join(
            f"{shown_figure(cell['mean'], unit)} at {across} {cell['across']} and {down} {cell['down']}"
            for cell in ends
        ),
    )


def _with_words(cells: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Add the texts of the cells, and where each lies between the least and the most."""
    least, most = cells["mean"].min(), cells["mean"].max()
    bounds = zip(cells["low"], cells["high"], strict=True)
    return cells.assign(
        text=[shown_figure(mean, unit) for mean in cells["mean"]],
        interval=[
            "" if pd.isna(low) else f"{shown_figure(low, unit)} to {shown_figure(high, unit)}" for low, high in bounds
        ],
        share=((cells["mean"] - least) / (most - least)).fillna(0) if most > least else 0.0,
    )
