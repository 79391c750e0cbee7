"""How an audience empties if nobody comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.theme import SHORT_COUNT, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "If nobody comes back"
HEIGHT = 220


def membership_decay_area(decay: pd.DataFrame, *, name: str = "") -> AnyChart:
    """Draw how many members are left on each coming day.

    Parameters
    ----------
    decay : pd.DataFrame
        From `workbench.audiences.expiry.shown_decay`: ``at`` (datetime64, UTC), ``n_members`` (Int64, missing when
        hidden), ``n_leaving`` (Int64) and ``shown_n_members`` (str).
    name : str
        What people call the audience.

    Returns
    -------
    alt.LayerChart
        Steps down to the size below which an audience cannot be used; a sentence if it is too small already.
    """
    from workbench.audiences.base import MIN_AUDIENCE_SIZE

    seen = decay[decay["n_members"].notna()]
    if seen.empty:
        return empty_chart(TITLE, "The audience has fewer than 100 members, so their leaving is not shown.")
    from workbench.charts.light_altair import alt

    rows = seen.assign(
        day=seen["at"].dt.strftime(
            "%Y-%m-%dT00:00:00"
        ),  # without it a date is midnight in UTC, in places the day before
        n_members=seen["n_members"].astype("float64"),
        leaving=["–" if pd.isna(n) else f"{n:,}" for n in seen["n_leaving"]],
    )[["day", "n_members", "shown_n_members", "leaving"]]
    x = alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b", tickCount=6, labelOverlap=True))
    y = alt.Y("n_members:Q", title="members left", axis=alt.Axis(labelExpr=SHORT_COUNT, tickCount=4))
    base = alt.Chart(rows).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("day:T", title="day", format="%-d %B %Y"),
            alt.Tooltip("shown_n_members:N", title="members left"),
            alt.Tooltip("leaving:N", title="left since the day before"),
        ],
    )
    area = base.mark_area(interpolate="step-after", opacity=1, color=colour("accent-soft"), line=False)
    line = base.mark_line(interpolate="step-after", strokeWidth=2, color=colour("accent"))
    least = alt.Chart(pd.DataFrame({"least": [MIN_AUDIENCE_SIZE]})).mark_rule(
        strokeDash=[4, 4], color=colour("series-4")
    )
    whose = f" of “{name}”" if name else ""
    return finish(
        alt.layer(area, line, least.encode(y="least:Q")).properties(width="container", height=HEIGHT),
        title=TITLE,
        subtitle=f"members{whose} still in the audience; under the dashed line, 100, an ad cannot use it",
        description=f"Members left on each of the coming {len(decay) - 1} days{whose}, in tens.",
    )
