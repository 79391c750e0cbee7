"""All combinations of audiences at once: an UpSet plot, bars above a matrix of dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.theme import SHORT_COUNT, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.light_altair import alt
    from workbench.charts.theme import AnyChart

TITLE = "Who is in exactly which audiences"
BAR_HEIGHT = 170
GAP = 22
ROW_HEIGHT = 28
MOST_COMBINATIONS = 20
INSIDE, OUTSIDE, CHOSEN = "inside", "outside", "chosen"
TONES = {INSIDE: "accent", OUTSIDE: "sunken", CHOSEN: "series-4"}


def overlap_upset(combinations: pd.DataFrame, *, chosen: str = "") -> AnyChart:
    """Draw a bar for every combination of audiences, and below it dots at the audiences that make it.

    Lex and others, "UpSet: Visualization of Intersecting Sets" (2014): beyond three sets, circles stop being legible.

    Parameters
    ----------
    combinations : pd.DataFrame
        From `workbench.audiences.overlap_combinations.shown_combinations`, which decides what may be shown.
    chosen : str
        Key of the combination to stress, if any.

    Returns
    -------
    alt.LayerChart
        The largest 20 that may be shown; every mark has the combination's ``key``. A sentence if there are none.
    """
    shown = combinations[combinations["n_members"].notna()].head(MOST_COMBINATIONS)
    names = list(dict.fromkeys(name for each in combinations["names"] for name in each))
    if shown.empty:
        return empty_chart(TITLE, "Nothing to show yet – choose at least two audiences with people in common or not.")
    from workbench.charts.light_altair import alt

    bars, dots = _bars(shown, chosen), _dots(shown, names, chosen)
    x = alt.X("key:N", sort=list(shown["key"]), axis=None, scale=alt.Scale(paddingInner=0.35, paddingOuter=0.2))
    height = BAR_HEIGHT + GAP + ROW_HEIGHT * len(names)
    # Two scales share the height: the bars have its upper part, the matrix the rest.
    length = alt.Y(
        "length:Q",
        title=None,
        scale=alt.Scale(range=[BAR_HEIGHT, 0], nice=True),
        axis=alt.Axis(orient="left", labelExpr=SHORT_COUNT, tickCount=3),
    )
    place = alt.Y(
        "name:N",
        sort=names,
        title=None,
        scale=alt.Scale(type="point", domain=names, range=[BAR_HEIGHT + GAP, height], padding=0.5),
        axis=alt.Axis(orient="left", grid=False, labelLimit=190, labelColor=colour("ink-soft"), labelFontSize=12),
    )
    tooltip = [alt.Tooltip("sentence:N", title="\N{ZERO WIDTH SPACE}")]
    tone = _tones()
    above = alt.Chart(bars).encode(x=x, y=length, tooltip=tooltip)
    below = alt.Chart(dots).encode(x=x, y=place, tooltip=tooltip)
    upper = alt.layer(
        above.mark_bar(cornerRadiusEnd=3, cursor="pointer").encode(color=tone),
        above.mark_text(dy=-8, fontSize=11, color=colour("ink-soft")).encode(text="shown:N"),
    )
    circles = below.mark_circle(size=110, opacity=1, cursor="pointer").encode(color=tone)
    lower = alt.layer(
        circles.transform_filter("!datum.is_inside"),
        _links(dots, x, names, place),
        circles.transform_filter("datum.is_inside"),
    )
    chart = alt.layer(upper, lower).resolve_scale(y="independent").properties(width="container", height=height)
    n_hidden = int(combinations["n_members"].isna().sum())
    hidden = f"; {n_hidden} with fewer than 100 each are not drawn" if n_hidden else ""
    return finish(
        chart,
        title=TITLE,
        subtitle=f"people in all dotted audiences and in none of the others{hidden}",
        description=f"Sizes of {len(shown)} combinations of {len(names)} audiences; the table holds the same figures.",
    )


def combination_sentence(names: tuple[str, ...], n_audiences: int) -> str:
    """Say which people a combination is: ``in A and B only``."""
    words = " and ".join(f"“{name}”" for name in names)
    return f"in {words}" if len(names) == n_audiences else f"in {words} only"


def _bars(shown: pd.DataFrame, chosen: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "key": shown["key"],
            "length": shown["n_members"].astype("float64"),
            "shown": shown["shown_n_members"],
            "tone": [_tone(key, chosen) for key in shown["key"]],
            "sentence": _sentences(shown),
        }
    )


def _dots(shown: pd.DataFrame, names: list[str], chosen: str) -> pd.DataFrame:
    """Return a dot for every audience of every combination, faint where it is not part of it."""
    sentences = _sentences(shown)
    return pd.DataFrame(
        [
            (key, name, name in inside, _tone(key, chosen) if name in inside else OUTSIDE, sentence)
            for key, inside, sentence in zip(shown["key"], shown["names"], sentences, strict=True)
            for name in names
        ],
        columns=["key", "name", "is_inside", "tone", "sentence"],
    )


def _links(dots: pd.DataFrame, x: alt.X, names: list[str], place: alt.Y) -> alt.Chart:
    """Draw the line from the first to the last dot of each combination."""
    from workbench.charts.light_altair import alt

    inside = dots[dots["is_inside"]].assign(order=lambda frame: frame["name"].map(names.index))
    ends = inside.sort_values(["key", "order"]).groupby("key", sort=False)
    lines = ends.agg(name=("name", "first"), last=("name", "last"), tone=("tone", "first")).reset_index()
    chart: alt.Chart = alt.Chart(lines).mark_rule(strokeWidth=2.5).encode(x=x, y=place, y2="last:N")
    linked: alt.Chart = chart.encode(color=_tones())
    return linked


def _tone(key: str, chosen: str) -> str:
    return CHOSEN if key == chosen else INSIDE


def _tones() -> alt.Color:
    """Return what colours the marks: by names, because a page looks colours up in the chart and not in its data."""
    from workbench.charts.light_altair import alt

    hues = alt.Scale(domain=list(TONES), range=[colour(name) for name in TONES.values()])
    return alt.Color("tone:N", legend=None, scale=hues)


def _sentences(shown: pd.DataFrame) -> list[str]:
    n_audiences = len({name for each in shown["names"] for name in each})
    return [
        f"{size} people {combination_sentence(names, n_audiences)}"
        for size, names in zip(shown["shown_n_members"], shown["names"], strict=True)
    ]
