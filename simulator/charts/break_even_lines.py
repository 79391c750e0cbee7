"""Where something begins to pay for itself: its figure along a lift, against the figure without it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from simulator.charts.figures import shown_figure
from workbench.charts.numbers import shown_percent
from workbench.charts.theme import PRICE, SHORT_DOLLARS, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.light_altair import alt
    from workbench.charts.theme import AnyChart

TITLE = "Where the data pays for itself"
HEIGHT = 280
LARGE_PRICE = 100
"""From here on cents on an axis say nothing more."""
WITH, WITHOUT = "with the data", "without it"


def break_even_lines(curve: pd.DataFrame, without: Sequence[float], at: Sequence[float], *, figure: str) -> AnyChart:
    """Draw a figure along the lift with its band, the same figure without the data, and the break-even.

    Parameters
    ----------
    curve : pd.DataFrame
        ``lift`` (float; 1 is none), ``with_data``, ``with_data_low``, ``with_data_high`` (float; dollars),
        ``is_simulated`` (bool; whether runs were done there).
    without : sequence of float
        The figure without the data, and its 95 % interval.
    at : sequence of float
        The lift at the break-even, and its 95 % interval; NaN or infinite where there is none.
    figure : str
        What is drawn, such as "cost of a click".

    Returns
    -------
    alt.LayerChart
        Lines and bands; a sentence if there is nothing to compare.
    """
    known = curve[curve["with_data"].notna()]
    if known.empty or not math.isfinite(without[0]):
        return empty_chart(TITLE, "Nothing to compare – one of the two sides delivered nothing.")
    from workbench.charts.light_altair import alt

    rows = _near(known, at)
    base = alt.Chart(_lines(rows, without)).encode(
        x=alt.X(
            "gain:Q",
            title="lift: how much likelier members of the segment are to act",
            axis=alt.Axis(
                labelExpr="datum.value == 0 ? 'no lift' : format(datum.value, '+.0%')", tickCount=6, grid=False
            ),
            scale=alt.Scale(nice=False),
        ),
        color=alt.Color(
            "side:N",
            title=None,
            scale=alt.Scale(domain=[WITH, WITHOUT], range=[colour("scenario"), colour("base")]),
        ),
    )
    labels = PRICE if rows["with_data"].abs().max() < LARGE_PRICE else SHORT_DOLLARS
    band = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", title=f"{figure}, dollars", axis=alt.Axis(labelExpr=labels, tickCount=5)),
        y2="high:Q",
    )
    line = base.mark_line(strokeWidth=2.25).encode(
        y="figure:Q",
        strokeDash=alt.condition(f"datum.side == '{WITHOUT}'", alt.value([5, 4]), alt.value([1, 0])),
    )
    points = base.transform_filter("datum.is_simulated").mark_point(filled=True, size=44, opacity=1)
    points = points.encode(
        y="figure:Q",
        tooltip=[
            alt.Tooltip("gain:Q", title="lift", format="+.0%"),
            alt.Tooltip("shown:N", title=figure),
            alt.Tooltip("interval:N", title="95 % interval"),
        ],
    )
    return finish(
        alt.layer(*_break_even(rows, at), band, line, points).properties(width="container", height=HEIGHT),
        title=TITLE,
        subtitle=f"{figure} by lift; bands: 95 % intervals",
        description=_in_words(figure, at),
    )


def _lines(rows: pd.DataFrame, without: Sequence[float]) -> pd.DataFrame:
    """Return both lines point by point, with what is told of each point."""
    numbers = rows[["with_data", "with_data_low", "with_data_high"]].to_numpy(dtype="float64").tolist()
    was_run = rows["is_simulated"].tolist()
    points = [(lift, WITH, values, here) for lift, values, here in zip(rows["lift"], numbers, was_run, strict=True)]
    points += [(lift, WITHOUT, list(without), False) for lift in rows["lift"]]
    return pd.DataFrame(
        [
            {
                "gain": lift - 1,
                "side": side,
                "is_simulated": here,
                "figure": value,
                "low": low,
                "high": high,
                "shown": shown_figure(value, "price"),
                "interval": f"{shown_figure(low, 'price')} to {shown_figure(high, 'price')}",
            }
            for lift, side, (value, low, high), here in points
        ]
    )


def _near(curve: pd.DataFrame, at: Sequence[float]) -> pd.DataFrame:
    """Leave out the far end of the lifts where nothing happens, so that what happens is seen."""
    ends = [bound for bound in at if math.isfinite(bound)]
    furthest = max([2.0, *(1.5 * end for end in ends)])
    return curve[curve["lift"] <= furthest]


def _break_even(rows: pd.DataFrame, at: Sequence[float]) -> list[alt.Chart]:
    """Mark the break-even: a line, and the stretch of its interval."""
    if not math.isfinite(at[0]):
        return []
    from workbench.charts.light_altair import alt

    ends = rows["lift"].min() - 1, rows["lift"].max() - 1
    mark = pd.DataFrame(
        {
            "gain": [at[0] - 1],
            "low": [max(ends[0], at[1] - 1)],
            "high": [min(ends[1], at[2] - 1)],
            "words": [f"pays from {shown_percent(at[0] - 1, is_signed=True)}"],
        }
    )
    base = alt.Chart(mark)
    stretch = base.mark_rect(color=colour("good"), opacity=0.12).encode(x="low:Q", x2="high:Q")
    rule = base.mark_rule(color=colour("good"), strokeWidth=1.5).encode(x="gain:Q")
    words = base.mark_text(
        color=colour("good"), align="left", dx=6, dy=8, fontSize=11.5, fontWeight=600, baseline="top"
    )
    return [stretch, rule, words.encode(x="gain:Q", y=alt.value(0), text="words:N")]


def _in_words(figure: str, at: Sequence[float]) -> str:
    if not math.isfinite(at[0]):
        return f"The {figure} by lift, with the data and without it; the two do not meet."
    lift = shown_percent(at[0] - 1, is_signed=True)
    return f"The {figure} by lift, with the data and without it; they meet at a lift of {lift}."
