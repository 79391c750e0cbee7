"""Spend day by day, as it is and as it would be, with the band that holds at least 95 % of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simulator.charts.days import day_axis, day_texts
from workbench.charts.theme import SHORT_DOLLARS, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "Spend by day"
HEIGHT = 290


def spend_by_day(by_day: pd.DataFrame) -> AnyChart:
    """Draw two lines with bands: base and scenario.

    Parameters
    ----------
    by_day : pd.DataFrame
        ``scenario`` ("base" or "alternative"), ``day`` (date), ``mean``, ``low``, ``high`` (float; dollars).

    Returns
    -------
    alt.LayerChart
        Lines and bands; a sentence if there are no rows.
    """
    if by_day.empty:
        return empty_chart(TITLE, "No days yet – run a comparison.")
    from workbench.charts.light_altair import alt

    days = pd.to_datetime(by_day["day"], utc=True)
    shown = by_day.assign(
        series=by_day["scenario"].map({"base": "Base", "alternative": "Scenario"}),
        **day_texts(days),
    )
    n_days = days.nunique()
    base = alt.Chart(shown).encode(
        x=alt.X("day:T", title=None, axis=day_axis(days), scale=alt.Scale(type="utc")),
        color=alt.Color(
            "series:N",
            title=None,
            scale=alt.Scale(domain=["Base", "Scenario"], range=[colour("base"), colour("scenario")]),
        ),
    )
    band = base.mark_area(opacity=0.16, interpolate="monotone").encode(
        y=alt.Y(
            "low:Q",
            title="dollars a day",
            axis=alt.Axis(labelExpr=SHORT_DOLLARS, tickCount=5),
            scale=alt.Scale(zero=True),
        ),
        y2="high:Q",
    )
    line = base.mark_line(strokeWidth=2.25, interpolate="monotone").encode(
        y="mean:Q",
        strokeDash=alt.condition("datum.series == 'Base'", alt.value([5, 4]), alt.value([1, 0])),
    )
    points = base.mark_point(filled=True, size=44, opacity=1).encode(
        y="mean:Q",
        tooltip=[
            alt.Tooltip("series:N", title="run"),
            alt.Tooltip("day_name:N", title="day"),
            alt.Tooltip("mean:Q", title="spend", format="$,.2f"),
            alt.Tooltip("low:Q", title="≥ 95 % from", format="$,.2f"),
            alt.Tooltip("high:Q", title="to", format="$,.2f"),
        ],
    )
    return finish(
        alt.layer(band, line, points).properties(width="container", height=HEIGHT),
        title=TITLE,
        subtitle="dollars; mean of the runs, band: at least 95 % of the runs",
        description=f"Spend on {n_days} days, base and scenario, with bands of at least 95 % of the runs.",
    )
