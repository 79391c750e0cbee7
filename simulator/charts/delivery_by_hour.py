"""At which hour of the day impressions are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.theme import SHORT_COUNT, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "Delivery by hour"
HEIGHT = 220


def delivery_by_hour(report: pd.DataFrame) -> AnyChart:
    """Draw the impressions of each hour of the day.

    Parameters
    ----------
    report : pd.DataFrame
        From `simulator.reports.report_by_hour`: ``DATE`` (the hour's beginning) and ``IMPRESSION_1``.

    Returns
    -------
    alt.Chart
        Bars; a sentence if nothing was delivered.
    """
    if report.empty or report["IMPRESSION_1"].sum() == 0:
        return empty_chart(TITLE, "No deliveries yet – nothing was won in these hours.")
    from workbench.charts.light_altair import alt

    by_hour = _mean_day(report)
    chart = (
        alt.Chart(by_hour)
        .mark_bar(color=colour("scenario"), cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "hour_of_day:O",
                title="hour of the day (UTC)",
                axis=alt.Axis(labelAngle=0, values=[0, 3, 6, 9, 12, 15, 18, 21]),
                scale=alt.Scale(domain=list(range(24)), paddingInner=0.25),
            ),
            y=alt.Y("impressions:Q", title="impressions an hour", axis=alt.Axis(labelExpr=SHORT_COUNT, tickCount=5)),
            tooltip=[
                alt.Tooltip("hour_of_day:O", title="hour"),
                alt.Tooltip("impressions:Q", title="impressions", format=",.0f"),
            ],
        )
        .properties(width="container", height=HEIGHT)
    )
    busiest = by_hour["hour_of_day"].to_numpy()[by_hour["impressions"].to_numpy().argmax()]
    return finish(
        chart,
        title=TITLE,
        subtitle="impressions; mean of the days",
        description=f"Impressions by hour of the day; most are shown at {busiest} o’clock UTC.",
    )


def _mean_day(report: pd.DataFrame) -> pd.DataFrame:
    hours = pd.to_datetime(report["DATE"])
    impressions = report.groupby(hours.dt.hour)["IMPRESSION_1"].sum() / hours.dt.date.nunique()
    return pd.DataFrame({"hour_of_day": impressions.index, "impressions": impressions.to_numpy()})
