"""What a customer list holds: valid records, and the invalid ones by the rule they break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.theme import SHORT_COUNT, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "What is in the list"
ROW_HEIGHT = 30


def list_check_bars(records: pd.DataFrame) -> AnyChart:
    """Draw one bar for the valid records and one for each error code.

    Parameters
    ----------
    records : pd.DataFrame
        ``label`` (str; what the bar is called), ``count`` (int; records), ``is_valid`` (bool). Drawn in this order.

    Returns
    -------
    alt.LayerChart
        Bars with their counts; a sentence if there are no records.
    """
    if records.empty or records["count"].sum() == 0:
        return empty_chart(TITLE, "No list checked yet – choose a file and press Check.")
    from workbench.charts.light_altair import alt

    shown = records.assign(
        kind=records["is_valid"].map({True: "valid", False: "invalid"}),
        share=records["count"] / records["count"].sum(),
    )
    base = alt.Chart(shown).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=220, labelColor=colour("ink-soft"))),
        x=alt.X(
            "count:Q", title="records", axis=alt.Axis(labelExpr=SHORT_COUNT, tickCount=4), scale=alt.Scale(nice=True)
        ),
        tooltip=[
            alt.Tooltip("label:N", title="records"),
            alt.Tooltip("count:Q", format=",", title="count"),
            alt.Tooltip("share:Q", format=".1%", title="of the list"),
        ],
    )
    bars = base.mark_bar(height=14, cornerRadiusEnd=3).encode(
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=["valid", "invalid"], range=[colour("series-3"), colour("series-4")]),
            legend=None,
        )
    )
    numbers = base.mark_text(align="left", dx=6, color=colour("ink-soft"), fontSize=11.5).encode(
        text=alt.Text("count:Q", format=",")
    )
    chart = alt.layer(bars, numbers).properties(width="container", height=ROW_HEIGHT * len(shown))
    n_valid = int(shown.loc[shown["is_valid"], "count"].sum())
    n_all = int(shown["count"].sum())
    return finish(
        chart,
        title=TITLE,
        subtitle="records; only valid ones can match anybody",
        description=f"{n_valid:,} of {n_all:,} records are valid; the other bars count what is wrong with the rest.",
    )
