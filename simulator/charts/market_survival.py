"""The market price of a bid log as a survival curve: which share of auctions costs more than a bid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.charts.theme import PRICE, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "What the market costs"
HEIGHT = 280
MAX_POINTS = 400
ESTIMATE, LOGNORMAL = "Without an assumption", "Log-normal"


def market_survival(curve: pd.DataFrame, lost: pd.DataFrame) -> AnyChart:
    """Draw the share of auctions above each price, its band, and where bids were lost.

    Parameters
    ----------
    curve : pd.DataFrame
        ``price`` (float; dollars CPM, ascending), ``above`` (share of auctions above it), ``low``, ``high`` (95 %
        interval), ``lognormal`` (the same share of a log-normal market).
    lost : pd.DataFrame
        ``price`` (bids that were lost), ``above`` (the curve there), ``n`` (how many): censored, the price was higher.

    Returns
    -------
    alt.LayerChart
        A sentence if there is no curve.
    """
    if curve.empty:
        return empty_chart(TITLE, "No market price – no bid log was given.")
    from workbench.charts.light_altair import alt

    thinned = curve.iloc[np.unique(np.linspace(0, len(curve) - 1, MAX_POINTS).astype(int))]
    prices = alt.X("price:Q", title="price, dollars CPM", axis=alt.Axis(labelExpr=PRICE, tickCount=7, grid=False))
    shares = alt.Y(
        "value:Q", title="share of auctions above", axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, 1])
    )
    lines = thinned.melt(id_vars="price", value_vars=["above", "lognormal"], var_name="series").assign(
        series=lambda rows: rows["series"].map({"above": ESTIMATE, "lognormal": LOGNORMAL})
    )
    by_series = alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=[ESTIMATE, LOGNORMAL], range=[colour("scenario"), colour("base")]),
    )
    band = alt.Chart(thinned).mark_area(opacity=0.18, interpolate="step-after")
    steps = alt.Chart(lines[lines["series"] == ESTIMATE]).mark_line(strokeWidth=2.25, interpolate="step-after")
    smooth = alt.Chart(lines[lines["series"] == LOGNORMAL]).mark_line(strokeWidth=1.75, strokeDash=[5, 4])
    ticks = alt.Chart(lost).mark_point(shape="stroke", angle=90, size=220, strokeWidth=2, color=colour("ink"))
    known = float(curve["price"].max())
    end = alt.Chart(alt.InlineData([{"price": known}])).mark_rule(strokeDash=[2, 3], color=colour("ink-soft"))
    layers = (
        band.encode(prices, y="low:Q", y2="high:Q", color=alt.value(colour("scenario"))),
        smooth.encode(prices, shares, by_series),
        steps.encode(prices, shares, by_series),
        ticks.encode(prices, y="above:Q", tooltip=[alt.Tooltip("n:Q", title="lost with this bid", format=",")]),
        end.encode(x="price:Q"),
    )
    unknown = float(curve["above"].iloc[-1])
    return finish(
        alt.layer(*layers).properties(width="container", height=HEIGHT),
        title=TITLE,
        subtitle="band: 95 % interval; strokes: bids that lost (censored); right of the dotted line nothing is known",
        description=f"Survival curve of the market price; {unknown:.0%} of auctions are above every bid that was made.",
    )
