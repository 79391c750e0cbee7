"""How many people a campaign reaches as the days go by, and how often they see its ads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simulator.charts.days import day_axis, day_texts
from workbench.audiences import tell_apart
from workbench.charts.theme import SHORT_COUNT, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

REACH_TITLE = "Reach so far"
FREQUENCY_TITLE = "How often people saw an ad"
HEIGHT = 240
SERIES = ("scenario", "series-4", "series-3", "series-5", "base")
MAX_LINES = len(SERIES)
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4])


def reach_so_far(report: pd.DataFrame) -> AnyChart:
    """Draw how reach grows, one line an ad group; of many ad groups those that reach the most.

    Parameters
    ----------
    report : pd.DataFrame
        From `simulator.reports.reach_by_day`: ``DATE``, ``AD_GROUP_ID``, ``AD_GROUP_NAME``, ``reach_so_far`` (missing
        under 100).

    Returns
    -------
    alt.Chart
        Lines; a sentence if nobody may be shown.
    """
    rows = report.dropna(subset=["reach_so_far"])
    if rows.empty:
        return empty_chart(REACH_TITLE, "Nobody yet, or fewer than 100 people – too few to be shown.")
    from workbench.charts.light_altair import alt

    most = rows.groupby("AD_GROUP_ID")["reach_so_far"].max().sort_values(ascending=False, kind="stable")
    shown_ids = most.index[:MAX_LINES]
    rows = rows[rows["AD_GROUP_ID"].isin(shown_ids)]
    names = tell_apart(dict(zip(rows["AD_GROUP_ID"], rows["AD_GROUP_NAME"], strict=True)))
    days = pd.to_datetime(rows["DATE"], utc=True)
    data = pd.DataFrame(
        {
            **day_texts(days),
            "reach": rows["reach_so_far"].astype("float64"),
            "ad_group": rows["AD_GROUP_ID"].map(names),
        }
    )
    order = [names[an_id] for an_id in shown_ids]
    chart = (
        alt.Chart(data)
        .mark_line(strokeWidth=2.25, point=alt.OverlayMarkDef(filled=True, size=40))
        .encode(
            x=alt.X("day:T", title=None, axis=day_axis(days), scale=alt.Scale(type="utc")),
            y=alt.Y("reach:Q", title="people", axis=alt.Axis(labelExpr=SHORT_COUNT, tickCount=5)),
            color=alt.Color(
                "ad_group:N",
                title=None,
                scale=alt.Scale(domain=order, range=[colour(name) for name in SERIES[: len(order)]]),
                legend=alt.Legend(columns=2, labelLimit=220),
            ),
            strokeDash=alt.StrokeDash(
                "ad_group:N", title=None, scale=alt.Scale(domain=order, range=list(DASHES[: len(order)]))
            ),
            tooltip=[
                alt.Tooltip("ad_group:N", title="ad group"),
                alt.Tooltip("day_name:N", title="until the end of"),
                alt.Tooltip("reach:Q", title="people", format=",.0f"),
            ],
        )
        .properties(width="container", height=HEIGHT)
    )
    n_more = len(most) - len(shown_ids)
    rest = f"; {n_more} smaller ones are not drawn" if n_more else ""
    return finish(
        chart,
        title=REACH_TITLE,
        subtitle=f"different people with an impression, rounded down to tens; one run{rest}",
        description="; ".join(f"{names[an_id]}: {most[an_id]:,.0f} people in the end" for an_id in shown_ids),
    )


def frequency_bars(table: pd.DataFrame) -> AnyChart:
    """Draw how many people saw an ad once, twice …, all ad groups together.

    Parameters
    ----------
    table : pd.DataFrame
        From `simulator.reports.frequency_table`: ``impressions`` (int; the last is "or more"), ``accounts`` (missing
        under 100).

    Returns
    -------
    alt.Chart
        Bars; a sentence if nothing may be shown.
    """
    known = table.dropna(subset=["accounts"])
    if known.empty:
        return empty_chart(FREQUENCY_TITLE, "Fewer than 100 people at every frequency – too few to be shown.")
    from workbench.charts.light_altair import alt

    last = int(table["impressions"].max())
    by_frequency = known.groupby("impressions", as_index=False)["accounts"].sum()
    data = pd.DataFrame(
        {
            "impressions": [f"{n}+" if n == last else str(n) for n in by_frequency["impressions"]],
            "people": by_frequency["accounts"].astype("float64"),
        }
    )
    chart = (
        alt.Chart(data)
        .mark_bar(color=colour("scenario"), cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "impressions:O",
                sort=None,
                title="impressions of one ad group to one person",
                axis=alt.Axis(labelAngle=0),
                scale=alt.Scale(paddingInner=0.25),
            ),
            y=alt.Y("people:Q", title="people", axis=alt.Axis(labelExpr=SHORT_COUNT, tickCount=5)),
            tooltip=[
                alt.Tooltip("impressions:O", title="impressions"),
                alt.Tooltip("people:Q", title="people", format=",.0f"),
            ],
        )
        .properties(width="container", height=HEIGHT)
    )
    return finish(
        chart,
        title=FREQUENCY_TITLE,
        subtitle="people by ad group, rounded down to tens, under 100 left out; one run",
        description="; ".join(f"{row.impressions}: {row.people:,.0f} people" for row in data.itertuples()),
    )
