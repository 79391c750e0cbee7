"""Amounts side by side, each with the interval that holds it in 95 % of cases: savings, or what audiences bring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.charts.figures import shown_figure
from workbench.charts.theme import SHORT_COUNT, SHORT_DOLLARS, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

ROW_HEIGHT = 46
LINE_HEIGHT = 15
LABEL_WIDTH = 280
LABEL_LETTERS, LABEL_LETTERS_NARROW = 44, 20
"""Of a line of a label; longer ones have several."""

NARROW = 480
"""Pixels under which a page is a phone's. Only the page knows, so labels are broken into lines there."""

_BROKEN = "trim(replace(datum.label, regexp('(.{{1,{letters}}})( |$)', 'g'), '$1\\n'))"
LABEL_LINES = (
    f"split(containerSize()[0] < {NARROW} ? {_BROKEN.format(letters=LABEL_LETTERS_NARROW)}"
    f" : {_BROKEN.format(letters=LABEL_LETTERS)}, '\\n')"
)

UNCLEAR = "could be chance"
SHAPES = ("circle", "square", "diamond")


def interval_forest(
    rows: pd.DataFrame, *, title: str, axis: str, unit: str, verdicts: Sequence[str], empty: str
) -> AnyChart:
    """Draw one point and interval a row.

    Parameters
    ----------
    rows : pd.DataFrame
        ``label`` (str), ``value``, ``low``, ``high`` (float; in the unit); rows without a value are left out.
    title : str
        What the chart is about.
    axis : str
        Title of the axis.
    unit : str
        As `simulator.charts.shown_figure` takes it.
    verdicts : sequence of two str
        What it is called where the interval lies above 0, and where it lies below.
    empty : str
        What is said where there is nothing to draw.

    Returns
    -------
    alt.LayerChart
        A forest plot; a sentence if there is nothing to draw.
    """
    drawable = rows[np.isfinite(rows["value"].to_numpy(dtype="float64"))] if len(rows) else rows
    if drawable.empty:
        return empty_chart(title, empty)
    from workbench.charts.light_altair import alt

    above, below = verdicts
    domain = [above, UNCLEAR, below]
    shown = _with_words(drawable, unit, above, below)
    base = alt.Chart(shown).encode(
        y=alt.Y(
            "label:N",
            sort=None,
            title=None,
            axis=alt.Axis(
                labelLimit=LABEL_WIDTH,
                labelColor=colour("ink-soft"),
                labelExpr=LABEL_LINES,
                labelPadding=10,
            ),
        ),
        color=alt.Color(
            "verdict:N",
            title=None,
            scale=alt.Scale(domain=domain, range=[colour("good"), colour("base"), colour("bad")]),
        ),
        tooltip=[
            alt.Tooltip("label:N", title="what"),
            alt.Tooltip("shown:N", title=axis),
            alt.Tooltip("interval:N", title="95 % interval"),
        ],
    )
    labels = SHORT_DOLLARS if unit == "dollars" else SHORT_COUNT
    intervals = base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(
        x=alt.X("low:Q", title=axis, axis=alt.Axis(labelExpr=labels, tickCount=6), scale=alt.Scale(padding=30)),
        x2="high:Q",
    )
    points = base.mark_point(filled=True, size=95, opacity=1).encode(
        x="value:Q",
        shape=alt.Shape("verdict:N", title=None, scale=alt.Scale(domain=domain, range=list(SHAPES))),
    )
    words = base.mark_text(dy=-13, fontSize=11.5, fontWeight=600).encode(x="value:Q", text="shown:N")
    zero = alt.Chart(alt.InlineData([{"x": 0}])).mark_rule(color=colour("line-strong"), strokeWidth=1.25)
    return finish(
        alt.layer(zero.encode(x="x:Q"), intervals, points, words).properties(
            width="container", height=_row_height(shown["label"]) * len(shown)
        ),
        title=title,
        subtitle=f"{axis}; lines: 95 % intervals",
        description="; ".join(f"{row['label']} {row['shown']}, {row['interval']}" for row in shown.to_dict("records")),
    )


def _row_height(labels: Iterable[str]) -> int:
    """Return pixels enough for the longest label on a phone, and a line between it and the next."""
    return max(ROW_HEIGHT, *(LINE_HEIGHT * (1 + len(wrap(label, LABEL_LETTERS_NARROW))) for label in labels))


def _with_words(rows: pd.DataFrame, unit: str, above: str, below: str) -> pd.DataFrame:
    def write(value: Any) -> str:
        return shown_figure(float(value), unit, is_signed=True)

    return pd.DataFrame(
        {
            "label": rows["label"],
            "value": rows["value"],
            # One run more or less has no interval; then the point stands alone.
            "low": rows["low"].fillna(rows["value"]),
            "high": rows["high"].fillna(rows["value"]),
            "verdict": np.where(rows["low"] > 0, above, np.where(rows["high"] < 0, below, UNCLEAR)),
            "shown": [write(value) for value in rows["value"]],
            "interval": [f"{write(row['low'])} to {write(row['high'])}" for row in rows.to_dict("records")],
        }
    )
