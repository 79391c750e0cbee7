"""How many of the people one looks for an actalike should find, by how large it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.charts.theme import colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TITLE = "How much better than chance"
HEIGHT = 220


def actalike_forecast_band(forecast: Sequence[Mapping[str, Any]], *, percentage: int) -> AnyChart:
    """Draw the recall to expect of every percentage with its interval, and what chance would find.

    Parameters
    ----------
    forecast : sequence of mapping
        The detail ``forecast`` of a populated actalike: percentage, recall, low, high, random_recall.
    percentage : int
        The one that was chosen.

    Returns
    -------
    alt.LayerChart
        A line in its band; a sentence if there is no forecast.
    """
    if not forecast:
        return empty_chart(TITLE, "The source is too small to tell how good its actalike will be.")
    from workbench.charts.light_altair import alt

    rows = pd.DataFrame([dict(row) for row in forecast])
    x = alt.X("percentage:Q", title="% of the country", axis=alt.Axis(tickCount=10, grid=False))
    share = alt.Axis(format="%", tickCount=4)
    tooltip = [
        alt.Tooltip("percentage:Q", title="% of the country"),
        alt.Tooltip("recall:Q", title="should find", format=".0%"),
        alt.Tooltip("low:Q", title="at least", format=".0%"),
        alt.Tooltip("high:Q", title="at most", format=".0%"),
        alt.Tooltip("random_recall:Q", title="by chance", format=".0%"),
    ]
    base = alt.Chart(rows).encode(x=x, tooltip=tooltip)
    band = base.mark_area(color=colour("accent-soft"), opacity=1).encode(y=alt.Y("low:Q", axis=share), y2="high:Q")
    recall = alt.Y("recall:Q", title="of people like them", axis=share)
    line = base.mark_line(color=colour("accent"), strokeWidth=2).encode(y=recall)
    chance = base.mark_line(color=colour("base"), strokeDash=[4, 4]).encode(y="random_recall:Q")
    chosen = alt.Chart(rows[rows["percentage"] == percentage]).mark_circle(size=90, color=colour("accent"), opacity=1)
    return finish(
        alt.layer(band, chance, line, chosen.encode(x=x, y="recall:Q")).properties(width="container", height=HEIGHT),
        title=TITLE,
        subtitle="share of people like the source that it should find, 95 % band; dashed: by chance",
        description=f"Expected recall for 1 to 10 per cent of a country; {percentage} per cent is chosen.",
    )
