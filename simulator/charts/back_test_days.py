"""A back-test day by day: what was predicted, what was, and what one would have said without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simulator.charts.days import day_axis, day_texts
from workbench.charts.theme import PRICE, SHORT_COUNT, SHORT_DOLLARS, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

HEIGHT = 260
PREDICTED, ACTUAL, BASELINE = "Predicted", "What was", "Without a model"
TITLES = {
    "spend": "Spend: predicted and what was",
    "impressions": "Impressions: predicted and what was",
    "clicks": "Clicks: predicted and what was",
}


def back_test_days(days: pd.DataFrame, metric: str = "spend") -> AnyChart:
    """Draw the band of the prediction, points of what was, and a line of the baseline.

    Parameters
    ----------
    days : pd.DataFrame
        ``day`` (datetime), ``metric`` (str), ``actual``, ``predicted``, ``low``, ``high``, ``baseline`` (float).
    metric : str
        Which metric: ``spend``, ``impressions`` or ``clicks``.

    Returns
    -------
    alt.LayerChart
        A sentence if there are no such rows.
    """
    own = days[days["metric"] == metric] if len(days) else days
    if own.empty:
        return empty_chart(TITLES[metric], "No days to show – the report has no such column, or too few days.")
    from workbench.charts.light_altair import alt

    dates = pd.to_datetime(own["day"], utc=True)
    shown = own.assign(**day_texts(dates))
    lines = shown.melt(
        id_vars=["day", "day_name"], value_vars=["predicted", "actual", "baseline"], var_name="series"
    ).assign(series=lambda rows: rows["series"].map({"predicted": PREDICTED, "actual": ACTUAL, "baseline": BASELINE}))
    by_series = alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(
            domain=[PREDICTED, ACTUAL, BASELINE], range=[colour("scenario"), colour("ink"), colour("base")]
        ),
    )
    money = PRICE if max(own["high"].max(), own["actual"].max()) < 100 else SHORT_DOLLARS
    labels = money if metric == "spend" else SHORT_COUNT
    axis = alt.X("day:T", title=None, scale=alt.Scale(type="utc", padding=10), axis=day_axis(dates))
    number = alt.Y(
        "value:Q",
        title="dollars a day" if metric == "spend" else f"{metric} a day",
        axis=alt.Axis(labelExpr=labels, tickCount=5),
    )
    tint = alt.value(colour("scenario"))
    band = alt.Chart(shown).mark_area(opacity=0.18).encode(axis, y="low:Q", y2="high:Q", color=tint)
    tooltip = [alt.Tooltip("day_name:N", title="day"), alt.Tooltip("series:N"), alt.Tooltip("value:Q", format=",.2f")]
    base = alt.Chart(lines).encode(axis, number, by_series, tooltip=tooltip)
    drawn = base.transform_filter(f"datum.series != '{ACTUAL}'").mark_line(strokeWidth=2.25)
    dashed = drawn.encode(
        strokeDash=alt.condition(f"datum.series == '{BASELINE}'", alt.value([5, 4]), alt.value([1, 0]))
    )
    points = base.transform_filter(f"datum.series == '{ACTUAL}'").mark_point(filled=True, size=52, opacity=1)
    n_within = int(((own["low"] <= own["actual"]) & (own["actual"] <= own["high"])).sum())
    return finish(
        alt.layer(band, dashed, points).properties(width="container", height=HEIGHT),
        title=TITLES[metric],
        subtitle="day by day; band: 95 % interval of the prediction",
        description=f"{metric} of {len(own)} days: {n_within} lie within the 95 % band of the prediction.",
    )
