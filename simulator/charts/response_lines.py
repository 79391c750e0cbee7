"""What more of a budget or of a bid brings: results along it, with bands for their mean and for single runs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.charts.figures import shown_figure
from workbench.charts.theme import PRICE, SHORT_COUNT, SHORT_DOLLARS, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.light_altair import alt
    from workbench.charts.theme import AnyChart

HEIGHT = 280
WORDS_HEIGHT = 18
MARK_COLOURS = {"planned": "ink-soft", "saturation": "series-4", "asked": "scenario", "best": "good"}


def response_lines(
    curve: pd.DataFrame, *, title: str, lever: str, result: str, unit: str, marks: Iterable[tuple[str, str, float]] = ()
) -> AnyChart:
    """Draw results along a lever that is an amount of money.

    Parameters
    ----------
    curve : pd.DataFrame
        ``level`` (float; dollars), ``mean``, ``low``, ``high`` (95 % interval), ``run_low``, ``run_high``
        (range of at least 95 % of runs).
    title : str
        What the chart is about.
    lever : str
        Title of the horizontal axis, such as "budget of the flight".
    result : str
        What is counted, such as "clicks".
    unit : str
        Its unit, as `simulator.charts.shown_figure` takes it.
    marks : iterable of (str, str, float)
        Places along the lever: what kind (``planned``, ``saturation``, ``asked``, ``best``), words, and where.

    Returns
    -------
    alt.LayerChart
        A line with two bands and the marks; a sentence if nothing was delivered.
    """
    known = curve[curve["mean"].notna()]
    if known.empty or not known["mean"].abs().sum():
        return empty_chart(title, f"No {result} at all – nothing was won in any of the runs.")
    from workbench.charts.light_altair import alt

    base = alt.Chart(_with_texts(known, unit)).encode(
        x=alt.X(
            "level:Q",
            title=lever,
            axis=alt.Axis(labelExpr=PRICE if known["level"].max() < 100 else SHORT_DOLLARS, tickCount=7, grid=False),
            scale=alt.Scale(zero=False, nice=False, padding=14),
        )
    )
    labels = SHORT_DOLLARS if unit == "dollars" else SHORT_COUNT
    runs = base.mark_area(opacity=0.12, color=colour("scenario")).encode(
        y=alt.Y(
            "run_low:Q",
            title=result,
            axis=alt.Axis(labelExpr=labels, tickCount=5),
            scale=alt.Scale(zero=bool(known["run_low"].min() >= 0)),
        ),
        y2="run_high:Q",
    )
    mean = base.mark_area(opacity=0.25, color=colour("scenario")).encode(y="low:Q", y2="high:Q")
    line = base.mark_line(strokeWidth=2.25, color=colour("scenario")).encode(y="mean:Q")
    points = base.mark_point(filled=True, size=44, opacity=1, color=colour("scenario")).encode(
        y="mean:Q",
        tooltip=[
            alt.Tooltip("level_shown:N", title=lever),
            alt.Tooltip("mean_shown:N", title=result),
            alt.Tooltip("interval:N", title="95 % of the mean"),
            alt.Tooltip("runs:N", title="≥ 95 % of runs"),
        ],
    )
    return finish(
        alt.layer(runs, mean, *_marks(known, marks), line, points).properties(width="container", height=HEIGHT),
        title=title,
        subtitle=f"{result}; dark band: 95 % interval, light band: at least 95 % of the runs",
        description=_in_words(known, lever, result, unit),
    )


def _with_texts(curve: pd.DataFrame, unit: str) -> pd.DataFrame:
    def span(low: Any, high: Any) -> str:
        return f"{shown_figure(low, unit)} to {shown_figure(high, unit)}"

    return curve.assign(
        level_shown=[shown_figure(level, "dollars") for level in curve["level"]],
        mean_shown=[shown_figure(mean, unit) for mean in curve["mean"]],
        interval=[span(low, high) for low, high in zip(curve["low"], curve["high"], strict=True)],
        runs=[span(low, high) for low, high in zip(curve["run_low"], curve["run_high"], strict=True)],
    )


def _marks(curve: pd.DataFrame, marks: Iterable[tuple[str, str, float]]) -> list[alt.Chart | alt.LayerChart]:
    """Draw a line with words at each place that lies on the curve, with their words."""
    from workbench.charts.light_altair import alt

    rules: list[alt.Chart] = []
    texts: list[alt.Chart] = []
    middle = (curve["level"].min() + curve["level"].max()) / 2
    for kind, words, level in marks:
        if not (math.isfinite(level) and curve["level"].min() <= level <= curve["level"].max()):
            continue
        base = alt.Chart(pd.DataFrame({"level": [level], "words": [words]})).encode(x="level:Q")
        tint = colour(MARK_COLOURS[kind])
        rules.append(base.mark_rule(color=tint, strokeWidth=1.5, strokeDash=[2, 2] if kind == "planned" else [1, 0]))
        # Low down, where a curve that rises is not; one above the other, since marks may be close.
        base = base.encode(y=alt.value(HEIGHT - 8 - WORDS_HEIGHT * (len(rules) - 1)), text="words:N")
        is_left = level <= middle
        look: dict[str, Any] = {
            "align": "left" if is_left else "right",
            "dx": 6 if is_left else -6,
            "fontSize": 11.5,
            "fontWeight": 600,
            "baseline": "bottom",
        }
        # A rim keeps words readable that lie on another mark's line.
        texts += [
            base.mark_text(stroke=colour("surface"), strokeWidth=5, strokeJoin="round", **look),
            base.mark_text(color=tint, **look),
        ]
    return [*rules, *texts]


def _in_words(curve: pd.DataFrame, lever: str, result: str, unit: str) -> str:
    first, last = curve.iloc[0], curve.iloc[-1]
    ends = [f"{shown_figure(end['mean'], unit)} at {shown_figure(end['level'], 'dollars')}" for end in (first, last)]
    return f"{result} by {lever}: from {ends[0]} to {ends[1]}."
