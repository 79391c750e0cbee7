"""Charts of sweeps: a figure along a lever, the Pareto front of cost and reach, and which lever matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simulator.charts.figures import shown_figure
from workbench.charts.theme import PRICE, SHORT_COUNT, SHORT_DOLLARS, SHORT_NUMBER, colour, empty_chart, finish

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

HEIGHT = 260
ROW_HEIGHT = 34
MAX_LINES = 5
COLOURS = ("scenario", "base", "series-3", "series-4", "series-5")
LABELS = {"dollars": SHORT_DOLLARS, "price": PRICE, "share": "format(datum.value, '.0%')"}
ON_FRONT, BEATEN = "on the front", "beaten by another"


def sweep_lines(rows: pd.DataFrame, *, title: str, lever: str, unit: str, other: str = "") -> AnyChart:
    """Draw a figure along one lever, a line for each value of another.

    Parameters
    ----------
    rows : pd.DataFrame
        ``level`` (float, or str where the lever is no number), ``series`` (str; value of the other lever, empty without
        one), ``mean``, ``low``, ``high`` (float; in the unit). Up to five series. A click picks their ``key``, if any.
    title : str
        What is drawn.
    lever, other : str
        The levers.
    unit : str
        As `simulator.charts.shown_figure` takes it.

    Returns
    -------
    alt.LayerChart
        Lines with bands; a sentence if no run has the figure.
    """
    known = rows[rows["mean"].notna()]
    if known.empty:
        return empty_chart(title, "No run has this figure.")
    from workbench.charts.light_altair import alt

    is_number = pd.api.types.is_numeric_dtype(known["level"])
    names = list(dict.fromkeys(known["series"]))
    shown = _with_texts(known, unit)
    base = alt.Chart(shown).encode(
        x=alt.X(
            "level:Q" if is_number else "level:N",
            title=lever,
            sort=None,
            axis=alt.Axis(labelExpr=SHORT_NUMBER, tickCount=7, grid=False) if is_number else alt.Axis(labelAngle=0),
            scale=alt.Scale(zero=False, nice=False, padding=14) if is_number else alt.Undefined,
        ),
        color=alt.Color(
            "series:N",
            title=other or None,
            legend=alt.Legend(titleLimit=500) if len(names) > 1 else None,
            scale=alt.Scale(domain=names, range=[colour(name) for name in COLOURS[: len(names)]]),
        ),
    )
    labels = LABELS.get(unit, SHORT_COUNT)
    value = alt.Y(
        "low:Q", title=title.partition(",")[0], axis=alt.Axis(labelExpr=labels, tickCount=5), scale=alt.Scale(zero=True)
    )
    span = base.mark_area(opacity=0.18) if is_number else base.mark_rule(strokeWidth=3, opacity=0.5)
    points = base.mark_point(filled=True, size=44, opacity=1).encode(
        y="mean:Q",
        tooltip=[
            alt.Tooltip("level", title=lever),
            *([alt.Tooltip("series:N", title=other)] if len(names) > 1 else []),
            alt.Tooltip("text:N", title=title),
            alt.Tooltip("interval:N", title="95 % of the mean"),
        ],
    )
    layers = [span.encode(y=value, y2="high:Q"), points]
    if is_number:
        layers.insert(1, base.mark_line(strokeWidth=2.25).encode(y="mean:Q"))
    return finish(
        alt.layer(*layers).properties(width="container", height=HEIGHT),
        title=title,
        subtitle="mean of the runs, with its 95 % interval",
        description="; ".join(f"{row['level']} {row['series']}: {row['text']}" for row in shown.to_dict("records")),
    )


def _with_texts(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    bounds = zip(rows["low"], rows["high"], strict=True)
    return rows.assign(
        text=[shown_figure(mean, unit) for mean in rows["mean"]],
        interval=[
            "" if pd.isna(low) else f"{shown_figure(low, unit)} to {shown_figure(high, unit)}" for low, high in bounds
        ],
    )


def pareto_scatter(front: pd.DataFrame) -> AnyChart:
    """Draw every point of a sweep by what it spends and whom it reaches, those that no other beats joined by a line.

    Parameters
    ----------
    front : pd.DataFrame
        ``name`` (str), ``cost`` (float; dollars), ``reach`` (float; people), ``is_on_front`` (bool),
        ``share_on_front`` (float; share of resamples). What a click picks is the index.

    Returns
    -------
    alt.LayerChart
        Points and the front; a sentence if nobody may be shown.
    """
    title = "Reach and cost"
    known = front[front["reach"].notna() & front["cost"].notna()]
    if known.empty:
        return empty_chart(title, "Nobody to show – fewer than 100 people are reached at every point.")
    from workbench.charts.light_altair import alt

    shown = pd.DataFrame(
        {
            "name": known["name"],
            "key": [str(point) for point in known.index],
            "cost": known["cost"].round(2),  # a scale that runs from one value to the same has that one as its tick
            "reach": known["reach"],
            "kind": [ON_FRONT if on_front else BEATEN for on_front in known["is_on_front"]],
            "people": [shown_figure(reach, "people") for reach in known["reach"]],
            "money": [shown_figure(cost, "dollars") for cost in known["cost"]],
            "sure": [shown_figure(share, "share") for share in known["share_on_front"]],
        }
    )
    base = alt.Chart(shown).encode(
        x=alt.X("cost:Q", title="spend in the flight, dollars", axis=alt.Axis(labelExpr=SHORT_DOLLARS, tickCount=7)),
        y=alt.Y("reach:Q", title="people reached", axis=alt.Axis(labelExpr=SHORT_COUNT, tickCount=5)),
    )
    line = base.transform_filter(f"datum.kind == '{ON_FRONT}'").mark_line(
        interpolate="step-after", strokeWidth=1.5, color=colour("scenario"), opacity=0.6
    )
    points = base.mark_point(filled=True, size=70, opacity=0.9).encode(
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=[ON_FRONT, BEATEN], range=[colour("scenario"), colour("base")]),
        ),
        shape=alt.Shape("kind:N", title=None, scale=alt.Scale(domain=[ON_FRONT, BEATEN], range=["circle", "diamond"])),
        tooltip=[
            alt.Tooltip("name:N", title="point"),
            alt.Tooltip("money:N", title="spend"),
            alt.Tooltip("people:N", title="reach"),
            alt.Tooltip("sure:N", title="on the front in"),
        ],
    )
    best = shown[shown["kind"] == ON_FRONT].sort_values("cost")
    return finish(
        alt.layer(line, points).properties(width="container", height=HEIGHT),
        title=title,
        subtitle="each point of the sweep; no other point reaches more for what one on the front costs",
        description="On the front: "
        + "; ".join(f"{p} for {m}" for p, m in zip(best["people"], best["money"], strict=True)),
    )


def lever_bars(indices: pd.DataFrame, *, figure: str) -> AnyChart:
    """Draw which share of a figure's variance over a sweep each lever makes.

    Parameters
    ----------
    indices : pd.DataFrame
        ``lever`` (str), ``first_order`` (float; 0–1), one row a lever.
    figure : str
        Whose variance.

    Returns
    -------
    alt.LayerChart
        Bars, the largest first; a sentence if no lever moves the figure.
    """
    title = f"Which lever moves {figure}"
    known = indices[indices["first_order"].notna()]
    if known.empty:
        return empty_chart(title, "None – it is the same at every point, or hidden at some.")
    from workbench.charts.light_altair import alt

    shown = known.assign(share=known["first_order"].clip(0, 1)).sort_values("share", ascending=False)
    shown = shown.assign(text=[shown_figure(share, "share") for share in shown["share"]])[["lever", "share", "text"]]
    base = alt.Chart(shown).encode(
        y=alt.Y("lever:N", sort=None, title=None, axis=alt.Axis(labelLimit=260, labelColor=colour("ink-soft"))),
        x=alt.X(
            "share:Q",
            title="share of the variance that the lever alone makes",
            axis=alt.Axis(format=".0%", tickCount=5),
            scale=alt.Scale(domain=[0, 1.08], nice=False),
        ),
    )
    bars = base.mark_bar(height=16, color=colour("scenario"), cornerRadiusEnd=2)
    words = base.mark_text(align="left", dx=5, fontSize=11.5, fontWeight=600, color=colour("ink-soft"))
    return finish(
        alt.layer(bars, words.encode(text="text:N")).properties(width="container", height=ROW_HEIGHT * len(shown)),
        title=title,
        subtitle="what is left to 100 % levers do together",
        description=f"Share of the variance of {figure} that each lever alone makes: "
        + "; ".join(f"{row['lever']} {row['text']}" for row in shown.to_dict("records")),
    )
