"""What a fitted scenario does against what was reported, stretch by stretch, as ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.theme import colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "Fitted against reported"
ROW_HEIGHT = 30
NAMES = {"impressions": "Impressions a day", "ecpm": "eCPM"}
BOUND = "Budget spent"
LEAST_WIDTH = 0.1


def fitted_reported(rows: pd.DataFrame) -> AnyChart:
    """Draw how far each number of the fit is from what was reported.

    Parameters
    ----------
    rows : pd.DataFrame
        ``from_day``, ``ad_group_id``, ``metric`` (``impressions`` or ``ecpm``), ``reported``, ``fitted`` (float) and
        ``is_bound`` (bool).

    Returns
    -------
    alt.LayerChart
        A sentence if nothing was met.
    """
    if rows.empty:
        return empty_chart(TITLE, "Nothing was fitted – no ad group's bids tell about the market.")
    from workbench.charts.light_altair import alt

    shown = rows.assign(
        ratio=rows["fitted"] / rows["reported"] - 1,
        kind=rows["metric"].map(NAMES).where(~rows["is_bound"], BOUND),
        label=rows["ad_group_id"] + " from " + pd.to_datetime(rows["from_day"]).dt.strftime("%d %b"),
        from_day=rows["from_day"].astype(str),
    )
    # A fit that is off by next to nothing is drawn as such, and not blown up to the width of the chart.
    widest = max(LEAST_WIDTH, 1.1 * float(shown["ratio"].abs().max()))
    kinds = [*NAMES.values(), BOUND]
    base = alt.Chart(shown).encode(
        y=alt.Y("label:N", sort=None, title=None),
        x=alt.X(
            "ratio:Q",
            title="fitted over reported",
            axis=alt.Axis(labelExpr="datum.value == 0 ? 'same' : format(datum.value, '+.0%')", tickCount=6),
            scale=alt.Scale(domain=[-widest, widest], padding=30),
        ),
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=kinds, range=[colour("scenario"), colour("series-4"), colour("base")]),
        ),
        shape=alt.Shape(
            "kind:N", title=None, scale=alt.Scale(domain=kinds, range=["circle", "diamond", "triangle-right"])
        ),
        tooltip=[
            alt.Tooltip("kind:N", title="metric"),
            alt.Tooltip("reported:Q", format=",.2f"),
            alt.Tooltip("fitted:Q", format=",.2f"),
        ],
    )
    same = (
        alt.Chart(alt.InlineData([{"x": 0}])).mark_rule(color=colour("line-strong"), strokeWidth=1.25).encode(x="x:Q")
    )
    n_rows = shown["label"].nunique()
    worst = float(shown.loc[~shown["is_bound"], "ratio"].abs().max())
    return finish(
        alt.layer(same, points).properties(width="container", height=max(3 * ROW_HEIGHT, ROW_HEIGHT * n_rows)),
        title=TITLE,
        subtitle="one row an ad group and stretch of days; without budgets, so that spent ones may be passed",
        description=f"{len(shown)} numbers were met; where budgets were left none is off by more than {worst:.0%}.",
    )
