"""How large the audiences are, and which of them can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.theme import SHORT_COUNT, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "Audience sizes"
ROW_HEIGHT = 34
STATUS_COLOURS = {"Ready": "series-3", "Too small": "series-4", "Populating": "base"}


def audience_size_bars(sizes: pd.DataFrame) -> AnyChart:
    """Draw one bar for each audience, coloured and lettered by whether it is usable.

    Parameters
    ----------
    sizes : pd.DataFrame
        ``name`` (str), ``length`` (float; members, rounded as far as ``shown`` is), ``shown`` (str; the size as it may
        be shown) and ``status`` (str; "Ready", "Too small" or "Populating").

    Returns
    -------
    alt.LayerChart
        Bars with sizes; a sentence if there are no audiences.
    """
    if sizes.empty:
        return empty_chart(TITLE, "No audiences yet – build one above.")
    from workbench.charts.light_altair import alt

    statuses = {word: name for word, name in STATUS_COLOURS.items() if word in set(sizes["status"])}
    base = alt.Chart(sizes).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=190, labelColor=colour("ink-soft"))),
        x=alt.X("length:Q", title="members", axis=alt.Axis(labelExpr=SHORT_COUNT, tickCount=4)),
        tooltip=[
            alt.Tooltip("name:N", title="audience"),
            alt.Tooltip("shown:N", title="members"),
            alt.Tooltip("status:N", title="status"),
        ],
    )
    bars = base.mark_bar(height=16, cornerRadiusEnd=3).encode(
        color=alt.Color(
            "status:N",
            title=None,
            scale=alt.Scale(domain=list(statuses), range=[colour(name) for name in statuses.values()]),
        )
    )
    numbers = base.mark_text(align="left", dx=6, fontSize=11.5, color=colour("ink-soft")).encode(text="shown:N")
    return finish(
        alt.layer(bars, numbers).properties(width="container", height=ROW_HEIGHT * len(sizes)),
        title=TITLE,
        subtitle="members; an audience of fewer than 100 cannot be used",
        description=f"Sizes of {len(sizes)} audiences; the table beside it holds the same figures.",
    )
