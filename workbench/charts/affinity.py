"""What is more or less common in an audience than elsewhere: an index with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.theme import colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

ROW_HEIGHT = 26
MOST_ROWS = 18
TONES = {"more common": "series-3", "less common": "series-4", "no clear difference": "base"}

SUBTITLE = "index with 95 % interval: \u25b8 more, \u25c2 less common than elsewhere, \u25cf no clear difference"
SHAPES = {"more common": "triangle-right", "less common": "triangle-left", "no clear difference": "circle"}


def affinity_dots(affinity: pd.DataFrame, *, title: str, is_by_index: bool = True) -> AnyChart:
    """Draw a dot for the index of each value, a line for its interval, and the two shares beside it.

    Parameters
    ----------
    affinity : pd.DataFrame
        From `workbench.audiences.affinity.shown_affinity`, which decides what may be shown; ``label``, if there is such
        a column, takes the place of ``value``.
    title : str
        What is compared.
    is_by_index : bool
        The most different first; else in the order of the rows, such as ages.

    Returns
    -------
    alt.LayerChart
        At most 18 rows; hidden ones are left out and counted in the subtitle. A sentence if nothing may be shown.
    """
    seen = affinity[affinity["index"].notna()]
    if seen.empty:
        return empty_chart(title, "Too few people have each of these in common to be shown.")
    from workbench.charts.light_altair import alt

    ordered = seen.sort_values("index", ascending=False, kind="stable") if is_by_index else seen
    cut = _ends(ordered) if is_by_index else ordered
    rows = _rows(cut)
    y = alt.Y(
        "label:N", sort=list(rows["label"]), title=None, axis=alt.Axis(labelLimit=170, labelColor=colour("ink-soft"))
    )
    most = max(200.0, min(float(rows["high"].max()) * 1.02, 1_000.0))
    x = alt.Scale(domain=[0, most], clamp=True)
    base = alt.Chart(rows).encode(
        y=y,
        tooltip=[
            alt.Tooltip("label:N", title="people"),
            alt.Tooltip("shown:N", title="index, 95 %"),
            alt.Tooltip("shares:N", title="in the audience, elsewhere"),
        ],
    )
    tone = alt.Color(
        "tone:N", legend=None, scale=alt.Scale(domain=list(TONES), range=list(map(colour, TONES.values())))
    )
    shape = alt.Shape("tone:N", legend=None, scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())))
    index = alt.X("index:Q", title=None, scale=x, axis=alt.Axis(tickCount=5))
    lines = base.mark_rule(strokeWidth=2.5, opacity=0.55).encode(x=alt.X("low:Q", scale=x), x2="high:Q", color=tone)
    dots = base.mark_point(size=75, filled=True, opacity=1).encode(x=index, color=tone, shape=shape)
    middle = alt.Chart(pd.DataFrame({"same": [100]})).mark_rule(color=colour("line-strong"), strokeDash=[3, 3])
    n_hidden = int(affinity["index"].isna().sum())
    hidden = f"; {n_hidden} hidden, under 100 people" if n_hidden else ""
    return finish(
        alt.layer(middle.encode(x=alt.X("same:Q", scale=x)), lines, dots).properties(
            width="container", height=ROW_HEIGHT * len(rows)
        ),
        title=title,
        subtitle=f"{SUBTITLE}{hidden}",
        description=f"How common {len(rows)} values are in the audience against elsewhere; the table has the figures.",
    )


def _ends(ordered: pd.DataFrame) -> pd.DataFrame:
    """Return the rows at both ends if there are too many: those in the middle are nothing special."""
    if len(ordered) <= MOST_ROWS:
        return ordered
    half = MOST_ROWS // 2
    return pd.concat([ordered.head(half), ordered.tail(half)])


def _rows(affinity: pd.DataFrame) -> pd.DataFrame:
    label = affinity["label"] if "label" in affinity else affinity["value"]
    is_more, is_less = affinity["low"] > 100, affinity["high"] < 100
    tone = (
        pd.Series("no clear difference", index=affinity.index).mask(is_more, "more common").mask(is_less, "less common")
    )
    rounded = affinity[["index", "low", "high"]].round().astype(int).astype(str)
    return pd.DataFrame(
        {
            "label": label,
            "index": affinity["index"],
            "low": affinity["low"],
            "high": affinity["high"],
            "tone": tone,
            "shown": rounded["index"] + " (" + rounded["low"] + "–" + rounded["high"] + ")",
            "shares": affinity["shown_share"] + ", " + affinity["shown_population_share"],
        }
    )
