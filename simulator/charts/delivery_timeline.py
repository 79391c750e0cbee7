"""Spend and impressions day by day as a campaign is flown again and again, with the band that luck alone gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from simulator.charts.days import day_axis, day_texts
from workbench.charts.theme import SHORT_COUNT, SHORT_DOLLARS, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

HEIGHT = 240


class _Words(NamedTuple):
    title: str
    unit: str
    axis: str
    number: str


_WORDS = {
    "spend": _Words("Spend by day", "dollars", SHORT_DOLLARS, "$,.2f"),
    "impressions": _Words("Impressions by day", "impressions", SHORT_COUNT, ",.0f"),
}


def delivery_timeline(by_day: pd.DataFrame, metric: str = "spend") -> AnyChart:
    """Draw the mean of the runs as a line, and the range of at least 95 % of them as a band.

    Parameters
    ----------
    by_day : pd.DataFrame
        `Forecast.by_day`: ``day`` (date), ``metric``, ``mean``, ``low``, ``high`` (float).
    metric : {"spend", "impressions"}
        Which of its metrics.

    Returns
    -------
    alt.LayerChart
        Line and band; a sentence if there are no days.
    """
    words = _WORDS[metric]
    rows = by_day[by_day["metric"] == metric]
    if rows.empty:
        return empty_chart(words.title, "No days yet – the campaign has not been simulated.")
    from workbench.charts.light_altair import alt

    days = pd.to_datetime(rows["day"], utc=True)
    base = alt.Chart(rows.drop(columns="metric").assign(**day_texts(days))).encode(
        x=alt.X("day:T", title=None, axis=day_axis(days), scale=alt.Scale(type="utc"))
    )
    band = base.mark_area(opacity=0.18, interpolate="monotone", color=colour("scenario")).encode(
        y=alt.Y(
            "low:Q",
            title=f"{words.unit} a day",
            axis=alt.Axis(labelExpr=words.axis, tickCount=5),
            scale=alt.Scale(zero=True),
        ),
        y2="high:Q",
    )
    line = base.mark_line(strokeWidth=2.25, interpolate="monotone", color=colour("scenario")).encode(y="mean:Q")
    points = base.mark_point(filled=True, size=44, opacity=1, color=colour("scenario")).encode(
        y="mean:Q",
        tooltip=[
            alt.Tooltip("day_name:N", title="day"),
            alt.Tooltip("mean:Q", title=f"{metric}, mean", format=words.number),
            alt.Tooltip("low:Q", title="≥ 95 % of runs from", format=words.number),
            alt.Tooltip("high:Q", title="to", format=words.number),
        ],
    )
    return finish(
        alt.layer(band, line, points).properties(width="container", height=HEIGHT),
        title=words.title,
        subtitle=f"{words.unit}; mean of the runs, band: at least 95 % of the runs",
        description=f"{words.title} over {days.nunique()} days with a band of at least 95 % of the runs.",
    )
