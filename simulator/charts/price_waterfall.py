"""From the bid to what is paid: the reduction for the data fee, what competition leaves on the table, the fee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simulator.money import IMPRESSIONS_PER_CPM, MICROS
from workbench.charts.theme import colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "From bid to charge"
ROOM_FOR_FIGURES = 1.35
ROW_HEIGHT = 50


def price_waterfall(stages: pd.DataFrame) -> AnyChart:
    """Draw the stages of a price as floating bars.

    Parameters
    ----------
    stages : pd.DataFrame
        From `price_stages`; in order: ``stage`` (str), ``from_dollars``, ``to_dollars`` (float; CPM), ``is_total``
        (bool; a bar from zero rather than a step).

    Returns
    -------
    alt.LayerChart
        A waterfall; a sentence if there are no stages.
    """
    if stages.empty:
        return empty_chart(TITLE, "No price yet – nothing was won.")
    from workbench.charts.light_altair import alt

    size = (stages["to_dollars"] - stages["from_dollars"]).where(~stages["is_total"], stages["to_dollars"])
    shown = stages.assign(
        kind=[
            "total" if total else "less" if step < 0 else "more"
            for total, step in zip(stages["is_total"], size, strict=True)
        ],
        shown=[f"{'−' if step < 0 else ''}${abs(step):.2f}" for step in size],
        end=stages[["from_dollars", "to_dollars"]].max(axis=1),
    )
    base = alt.Chart(shown).encode(
        y=alt.Y("stage:N", sort=None, title=None, axis=alt.Axis(labelLimit=170, labelColor=colour("ink-soft"))),
        tooltip=[alt.Tooltip("stage:N", title="stage"), alt.Tooltip("shown:N", title="dollars CPM")],
    )
    bars = base.mark_bar(height=18, cornerRadius=3).encode(
        x=alt.X(
            "from_dollars:Q",
            title="dollars CPM",
            axis=alt.Axis(format="$.2~f", tickCount=4),
            # Room for the figure behind the longest bar.
            scale=alt.Scale(domain=[0, ROOM_FOR_FIGURES * float(shown["end"].max())], nice=False),
        ),
        x2="to_dollars:Q",
        color=alt.Color(
            "kind:N",
            legend=None,
            scale=alt.Scale(
                domain=["total", "less", "more"], range=[colour("scenario"), colour("base"), colour("series-4")]
            ),
        ),
    )
    words = base.mark_text(align="left", dx=6, fontSize=11.5, fontWeight=600, color=colour("ink-soft")).encode(
        x="end:Q", text="shown:N"
    )
    return finish(
        alt.layer(bars, words).properties(width="container", height=ROW_HEIGHT * len(shown)),
        title=TITLE,
        subtitle="dollars for 1,000 impressions (CPM); averages over the impressions won",
        description="; ".join(f"{row.stage} {row.shown}" for row in shown.itertuples()),
    )


def price_stages(report: pd.DataFrame) -> pd.DataFrame:
    """Turn a report into the stages of the average price.

    Parameters
    ----------
    report : pd.DataFrame
        Rows of `simulator.reports.report_by_ad_group`, added up.

    Returns
    -------
    pd.DataFrame
        What `price_waterfall` draws; no rows if nothing was won.
    """
    impressions = report["IMPRESSION_1"].sum()
    if not impressions:
        return pd.DataFrame()
    won = report[report["IMPRESSION_1"] > 0]
    weights = won["IMPRESSION_1"] / impressions / MICROS
    bid = float((won["average_bid_cpm_micros"] * weights).sum())
    effective_bid = float((won["average_effective_bid_cpm_micros"] * weights).sum())
    clearing_price, data_fee = (
        float(won[column].sum() / impressions * IMPRESSIONS_PER_CPM / MICROS)
        for column in ("media_spend_micros", "data_spend_micros")
    )
    stages = [
        ("Bid", 0.0, bid, True),
        ("Room for the data fee", bid, effective_bid, False),
        ("Not needed to win", effective_bid, clearing_price, False),
        ("Clearing price", 0.0, clearing_price, True),
        ("Data fee", clearing_price, clearing_price + data_fee, False),
        ("Charge", 0.0, clearing_price + data_fee, True),
    ]
    return pd.DataFrame(stages, columns=["stage", "from_dollars", "to_dollars", "is_total"])
