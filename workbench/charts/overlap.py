"""How audiences overlap: for each pair, how much of the one is in the other, and that is not the same both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.theme import colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.light_altair import alt
    from workbench.charts.theme import AnyChart

TITLE = "Audience overlap"
CELL_HEIGHT = 52
MOST_OPAQUE = 0.56
"""Of the accent; up to here the page's own ink is legible on a cell, light or dark."""


def overlap_heat_map(overlaps: pd.DataFrame) -> AnyChart:
    """Draw the matrix of overlap shares, the audiences' sizes on its diagonal.

    Parameters
    ----------
    overlaps : pd.DataFrame
        From `workbench.audiences.shown_overlap`, which decides what may be shown: one row for each ordered pair, the
        pair of an audience with itself included.

    Returns
    -------
    alt.LayerChart
        A heat map; a sentence if there are fewer than two audiences.
    """
    n_audiences = overlaps["audience_id_a"].nunique()
    if n_audiences < 2:
        return empty_chart(TITLE, "Nothing to compare yet – choose at least two audiences.")
    from workbench.charts.light_altair import alt

    base = alt.Chart(_cells(overlaps)).encode(
        y=alt.Y("a:N", sort=None, title=None, axis=alt.Axis(labelLimit=170, labelColor=colour("ink-soft"))),
        x=alt.X("b:N", sort=None, title=None, axis=_word_per_line()),
        tooltip=alt.Tooltip("sentence:N", title="\N{ZERO WIDTH SPACE}"),
    )
    squares = base.mark_rect(cornerRadius=5, stroke=colour("surface"), strokeWidth=3).encode(
        color=alt.condition("datum.is_self", alt.value(colour("sunken")), alt.value(colour("accent"))),
        fillOpacity=alt.condition("datum.is_self", alt.value(1), alt.Opacity("opacity:Q", scale=None)),
    )
    texts = base.mark_text(fontSize=13, fontWeight=600).encode(
        text="text:N",
        color=alt.condition("datum.is_hidden", alt.value(colour("ink-faint")), alt.value(colour("ink"))),
    )
    return finish(
        alt.layer(squares, texts).properties(width="container", height=CELL_HEIGHT * n_audiences),
        title=TITLE,
        subtitle="how much of each row’s audience is also in the column’s; sizes on the diagonal",
        description=f"Overlap shares of {n_audiences} audiences; the table of pairs holds the same figures.",
    )


def _cells(overlaps: pd.DataFrame) -> pd.DataFrame:
    is_self = overlaps["audience_id_a"] == overlaps["audience_id_b"]
    share = overlaps["overlap_share"].astype("float64").fillna(0.0)
    a, b = overlaps["shown_name_a"], overlaps["shown_name_b"]
    pair = overlaps["shown_overlap_share"] + " of “" + a + "” are also in “" + b + "”"
    return pd.DataFrame(
        {
            "a": a,
            "b": b,
            "is_self": is_self,
            "is_hidden": overlaps["overlap_share"].isna(),
            "opacity": 0.06 + (MOST_OPAQUE - 0.06) * share,
            "text": overlaps["shown_n_overlap"].where(is_self, overlaps["shown_overlap_share"]),
            "sentence": ("“" + a + "” has " + overlaps["shown_n_overlap"] + " members").where(
                is_self, pair + " (" + overlaps["shown_n_overlap"] + ")"
            ),
        }
    )


def _word_per_line() -> alt.Axis:
    from workbench.charts.light_altair import alt

    return alt.Axis(
        labelAngle=0,
        labelColor=colour("ink-soft"),
        labelExpr="split(datum.label, ' ')",
        labelLimit=90,
        labelPadding=8,
    )
