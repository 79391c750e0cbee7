"""Where opportunities went: won, or lost to what, ad group by ad group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.audiences import tell_apart
from workbench.charts import shown_count, shown_percent
from workbench.charts.theme import colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "Where opportunities went"
ROW_HEIGHT = 46
OUTCOMES = {
    "auctions_won": ("won", "scenario"),
    "lost_to_rank": ("outbid", "base"),
    "lost_to_pacing": ("pacing", "series-3"),
    "lost_to_budget": ("budget spent", "series-4"),
    "lost_to_cap": ("frequency cap", "series-5"),
    "lost_to_floor": ("below the floor", "ink-soft"),
    "lost_to_own_ad_group": ("own ad group", "line-strong"),
}
"""Columns of a report, in the order of the bars, each with its words and colour."""


def lost_opportunities(report: pd.DataFrame) -> AnyChart:
    """Draw for each ad group which part of its opportunities was won, and what became of the others.

    Parameters
    ----------
    report : pd.DataFrame
        From `simulator.reports.report_by_ad_group`: ``AD_GROUP_ID``, ``AD_GROUP_NAME``, ``opportunities``,
        ``auctions_won`` and the columns ``lost_to_…``.

    Returns
    -------
    alt.Chart
        One bar an ad group, the parts adding up to all its opportunities; a sentence if it had none.
    """
    if report.empty or not report["opportunities"].sum():
        return empty_chart(TITLE, "No opportunities yet – nobody could be bid for.")
    from workbench.charts.light_altair import alt

    rows = _parts(report)
    met = [words for words, _ in OUTCOMES.values() if words in set(rows["outcome"])]
    colours = {words: colour(name) for words, name in OUTCOMES.values()}
    chart = (
        alt.Chart(rows)
        .mark_bar(height=20, stroke=colour("surface"), strokeWidth=1)
        .encode(
            y=alt.Y("ad_group:N", sort=None, title=None, axis=alt.Axis(labelLimit=150, labelColor=colour("ink-soft"))),
            x=alt.X(
                "share:Q",
                title="share of the opportunities that it could bid for",
                stack="zero",
                axis=alt.Axis(format=".0%", tickCount=5),
                scale=alt.Scale(domain=[0, 1], nice=False),
            ),
            color=alt.Color(
                "outcome:N",
                title=None,
                legend=alt.Legend(columns=3, symbolStrokeWidth=0),
                scale=alt.Scale(domain=met, range=[colours[words] for words in met]),
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("ad_group:N", title="ad group"),
                alt.Tooltip("outcome:N", title="outcome"),
                alt.Tooltip("shown:N", title="opportunities"),
            ],
        )
        .properties(width="container", height=ROW_HEIGHT * rows["ad_group"].nunique())
    )
    return finish(
        chart,
        title=TITLE,
        subtitle="share of each ad group’s opportunities; each has one outcome",
        description="; ".join(f"{row.ad_group}: {row.outcome} {row.shown}" for row in rows.itertuples()),
    )


def _parts(report: pd.DataFrame) -> pd.DataFrame:
    """Return one row an ad group and outcome that it met; ad groups without opportunities are left out."""
    names = tell_apart(dict(zip(report["AD_GROUP_ID"], report["AD_GROUP_NAME"], strict=True)))
    return pd.DataFrame(
        [
            {
                "ad_group": names[row["AD_GROUP_ID"]],
                "outcome": words,
                "place": place,
                "share": row[column] / row["opportunities"],
                "shown": f"{shown_count(row[column])} ({shown_percent(row[column] / row['opportunities'])})",
            }
            for row in report.to_dict("records")
            for place, (column, (words, _)) in enumerate(OUTCOMES.items())
            if row["opportunities"] and row[column]
        ]
    )
