"""What the scenario changes, metric by metric: the difference, and the interval that holds it in 95 % of cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.charts.figures import shown_figure, shown_interval
from workbench.charts.theme import colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "What the scenario changes"
ROW_HEIGHT = 35
CLEAR, UNCLEAR = "clear difference", "could be chance"


def difference_forest(differences: pd.DataFrame) -> AnyChart:
    """Draw one point and interval for each metric, as a share of its base, so that metrics can be compared.

    Parameters
    ----------
    differences : pd.DataFrame
        ``label``, ``unit`` (str), ``base``, ``difference``, ``low``, ``high`` (float; in the metric's unit, interval of
        the difference). Metrics whose base is 0 have no relative difference and are left out.

    Returns
    -------
    alt.LayerChart
        A forest plot; a sentence if nothing can be drawn.
    """
    drawable = differences[(differences["base"] != 0) & np.isfinite(differences["difference"])]
    if drawable.empty:
        return empty_chart(TITLE, "No comparison yet – change something and press Run.")
    if not drawable[["difference", "low", "high"]].any(axis=None):
        return empty_chart(TITLE, "Nothing – base and scenario did exactly the same in every replication.")
    from workbench.charts.light_altair import alt

    rows = _relative(drawable)
    base = alt.Chart(rows).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=150, labelColor=colour("ink-soft"))),
        color=alt.Color(
            "verdict:N",
            title=None,
            scale=alt.Scale(domain=[CLEAR, UNCLEAR], range=[colour("scenario"), colour("base")]),
        ),
        tooltip=[
            alt.Tooltip("label:N", title="metric"),
            alt.Tooltip("shown:N", title="difference"),
            alt.Tooltip("interval:N", title="95 % interval"),
            alt.Tooltip("verdict:N", title="verdict"),
        ],
    )
    percent = alt.Axis(labelExpr="datum.value == 0 ? '0' : format(datum.value, '+.0%')", tickCount=6)
    intervals = base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(
        x=alt.X("low_share:Q", title="difference from base", axis=percent, scale=alt.Scale(padding=34, nice=False)),
        x2="high_share:Q",
    )
    points = base.mark_point(filled=True, size=95, opacity=1).encode(
        x="share:Q",
        shape=alt.Shape("verdict:N", title=None, scale=alt.Scale(domain=[CLEAR, UNCLEAR], range=["circle", "diamond"])),
    )
    words = base.mark_text(dy=-13, fontSize=11.5, fontWeight=600).encode(x="share:Q", text="shown:N")
    zero = (
        alt.Chart(alt.InlineData([{"x": 0}])).mark_rule(color=colour("line-strong"), strokeWidth=1.25).encode(x="x:Q")
    )
    return finish(
        alt.layer(zero, intervals, points, words).properties(width="container", height=ROW_HEIGHT * len(rows)),
        title=TITLE,
        subtitle="scenario minus base, as a share of the base; lines: 95 % intervals",
        description="; ".join(f"{row.label} {row.shown} {row.interval}" for row in rows.itertuples()),
    )


def _relative(differences: pd.DataFrame) -> pd.DataFrame:
    base = differences["base"].abs()
    is_clear = (differences["low"] > 0) | (differences["high"] < 0)
    rows: Iterable[Any] = differences.itertuples()
    texts = [(shown_figure(row.difference, row.unit, is_signed=True), _interval(row)) for row in rows]
    return pd.DataFrame(
        {
            "label": differences["label"],
            "share": differences["difference"] / base,
            "low_share": differences["low"] / base,
            "high_share": differences["high"] / base,
            "verdict": np.where(is_clear, CLEAR, UNCLEAR),
            "shown": [text[0] for text in texts],
            "interval": [text[1] for text in texts],
        }
    )


def _interval(row: Any) -> str:
    return shown_interval(row.difference, row.low, row.high, row.unit)
