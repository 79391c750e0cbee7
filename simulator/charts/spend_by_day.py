"""Spend day by day, as it is and as it would be, with the band that holds 95 % of the replications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.theme import colour, empty_chart, finish

if TYPE_CHECKING:
    import altair as alt

    from workbench.charts.theme import AnyChart

TITLE = "Spend by day"
HEIGHT = 250


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
    import altair as alt

    shown = by_day.assign(
        series=by_day["scenario"].map({"base": "Base", "alternative": "Scenario"}),
        # Noon, because a bare date is midnight UTC and a browser west of Greenwich would draw it on the day before.
        day=pd.to_datetime(by_day["day"]).dt.strftime("%Y-%m-%dT12:00:00"),
    )
    n_days = shown["day"].nunique()
    base = alt.Chart(shown).encode(
        x=alt.X("day:T", title=None, axis=_day_axis(n_days)),
        color=alt.Color(
            "series:N",
            title=None,
            scale=alt.Scale(domain=["Base", "Scenario"], range=[colour("base"), colour("scenario")]),
        ),
    )
    band = base.mark_area(opacity=0.16, interpolate="monotone").encode(
        y=alt.Y("low:Q", title="dollars a day", axis=alt.Axis(format="$~s", tickCount=5), scale=alt.Scale(zero=True)),
        y2="high:Q",
    )
    line = base.mark_line(strokeWidth=2.25, interpolate="monotone").encode(
        y="mean:Q",
        strokeDash=alt.StrokeDash(
            "series:N", title=None, legend=None, scale=alt.Scale(domain=["Base", "Scenario"], range=[[5, 4], [1, 0]])
        ),
    )
    points = base.mark_point(filled=True, size=44, opacity=1).encode(
        y="mean:Q",
        tooltip=[
            alt.Tooltip("series:N", title="run"),
            alt.Tooltip("day:T", title="day", format="%a %-d %b"),
            alt.Tooltip("mean:Q", title="spend", format="$,.2f"),
            alt.Tooltip("low:Q", title="95 % from", format="$,.2f"),
            alt.Tooltip("high:Q", title="to", format="$,.2f"),
        ],
    )
    return finish(
        alt.layer(band, line, points).properties(width="container", height=HEIGHT),
        title=TITLE,
        subtitle="dollars; mean of the replications, band: 95 % of them",
        description=f"Spend on {n_days} days, base and scenario, with 95 % bands.",
    )


def _day_axis(n_days: int) -> alt.Axis:
    import altair as alt

    # At most one label a day and about ten in all, else they run into each other.
    step = max(1, -(-n_days // 10))
    return alt.Axis(
        labelExpr="[timeFormat(datum.value, '%a'), timeFormat(datum.value, '%-d %b')]"
        if n_days <= 10
        else "timeFormat(datum.value, '%-d %b')",
        tickCount={"interval": "day", "step": step},
        grid=False,
        labelOverlap=True,
    )
