"""How many people are reached at least once, twice, three times … by what is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simulator.charts.figures import shown_figure
from workbench.charts.theme import SHORT_COUNT, SHORT_DOLLARS, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "How many people, how often"
HEIGHT = 280
COLOURS = ("scenario", "series-3", "series-4", "series-5")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])


def reach_lines(rows: pd.DataFrame) -> AnyChart:
    """Draw a line for each frequency, with its band.

    Parameters
    ----------
    rows : pd.DataFrame
        ``spend`` (float; dollars), ``at_least`` (int; impressions), ``mean``, ``low``, ``high`` (float; people, and the
        95 % interval). Up to four frequencies; rows without a mean are left out.

    Returns
    -------
    alt.LayerChart
        Lines and bands; a sentence if nobody may be shown.
    """
    known = rows[rows["mean"].notna()] if len(rows) else rows
    if known.empty:
        return empty_chart(TITLE, "Nobody to show – fewer than 100 people are reached.")
    from workbench.charts.light_altair import alt

    numbers = sorted(known["at_least"].unique().tolist())
    names = ["once" if n == 1 else f"{n} times" for n in numbers]
    shown = known.assign(
        often=["once" if n == 1 else f"{n} times" for n in known["at_least"]],
        people=[shown_figure(mean, "people") for mean in known["mean"]],
        money=[shown_figure(spend, "dollars") for spend in known["spend"]],
    )
    base = alt.Chart(
        shown
    ).encode(
        x=alt.X(
            "spend:Q",
            title="spend in the flight, dollars",
            axis=alt.Axis(labelExpr=SHORT_DOLLARS, tickCount=7, grid=False),
            scale=alt.Scale(zero=False, nice=False, padding=14),
        ),
        color=alt.Color(
            "often:N",
            legend=None,  # the lines carry their names
            scale=alt.Scale(domain=names, range=[colour(name) for name in COLOURS[: len(names)]]),
        ),
    )
    band = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", title="people", axis=alt.Axis(labelExpr=SHORT_COUNT, tickCount=5), scale=alt.Scale(zero=True)),
        y2="high:Q",
    )
    line = base.mark_line(strokeWidth=2.25).encode(
        y="mean:Q",
        strokeDash=alt.StrokeDash(
            "often:N", legend=None, scale=alt.Scale(domain=names, range=list(DASHES[: len(names)]))
        ),
    )
    points = base.mark_point(filled=True, size=44, opacity=1).encode(
        y="mean:Q",
        tooltip=[
            alt.Tooltip("often:N", title="at least"),
            alt.Tooltip("money:N", title="spend"),
            alt.Tooltip("people:N", title="people"),
        ],
    )
    last = (
        shown[shown["spend"] == shown["spend"].max()]
        .drop_duplicates("often")
        .assign(words=lambda ends: "at least " + ends["often"])
    )
    names_at_end = (
        alt.Chart(last)
        .mark_text(align="right", dy=-11, fontSize=11.5, fontWeight=600)
        .encode(x="spend:Q", y="mean:Q", text="words:N", color="often:N")
    )
    return finish(
        alt.layer(band, line, points, names_at_end).properties(width="container", height=HEIGHT),
        title=TITLE,
        subtitle="people reached at least so often, by spend; bands: 95 % intervals",
        description="; ".join(
            f"{row['people']} at least {row['often']} for {row['money']}" for row in shown.to_dict("records")
        ),
    )
