"""From the bid to what is paid: the reduction for the data fee, what competition leaves on the table, the fee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.theme import colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "From bid to charge"
ROW_HEIGHT = 40


def price_waterfall(stages: pd.DataFrame) -> AnyChart:
    """Draw the stages of a price as floating bars.

    Parameters
    ----------
    stages : pd.DataFrame
        In order: ``stage`` (str), ``from_dollars``, ``to_dollars`` (float; CPM), ``is_total`` (bool; a bar from zero
        rather than a step).

    Returns
    -------
    alt.LayerChart
        A waterfall; a sentence if there are no stages.
    """
    if stages.empty:
        return empty_chart(TITLE, "No price yet – nothing was won.")
    import altair as alt

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
            "from_dollars:Q", title="dollars for 1,000 impressions (CPM)", axis=alt.Axis(format="$.2f", tickCount=5)
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
        subtitle="dollars CPM; averages over the impressions won",
        description="; ".join(f"{row.stage} {row.shown}" for row in shown.itertuples()),
    )
