"""Charts of a sweep by the names that people have for its levers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.answers.words import listed
from simulator.charts import lever_bars, pareto_scatter, sweep_heat_map, sweep_lines
from simulator.sweep_sentence import point_words
from simulator.sweeps import OfferedLever, SweepResult
from simulator.sweeps.highlights import SweptFigure, along_lever, front_of, lever_shares
from simulator.sweeps.intervals import mean_interval

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart


def lines_drawing(result: SweepResult, figure: SweptFigure, levers: tuple[OfferedLever, ...]) -> AnyChart:
    """Draw a figure along the first lever, a line for each value of the second where those are few.

    Parameters
    ----------
    result : SweepResult
        A sweep.
    figure : SweptFigure
        Of `simulator.sweeps.highlights.swept_figures`.
    levers : tuple of OfferedLever
        What its levers are called.
    """
    rows, points = along_lever(result, figure.metric), result.design.points
    first, *others = levers
    levels = {_as_written(point[0]): first.level(point[0]) for point in points}
    rows = rows.assign(level=[levels[_as_written(level)] for level in rows["level"]])
    n_told = int(rows["series"].ne("").any())
    if n_told:
        words = {_series(others[0], point[1]): others[0].shown(point[1]) for point in points}
        rows = rows.assign(series=[words[series] for series in rows["series"]])
    averaged = [
        lever.name
        for place, lever in enumerate(others, start=1)
        if place > n_told and len({str(point[place]) for point in points}) > 1
    ]
    title = f"{figure.label}, over all values of {listed(averaged)}" if averaged else figure.label
    other_title = others[0].title if others else ""
    return sweep_lines(rows, title=title, lever=first.title, unit=figure.unit, other=other_title)


def map_drawing(result: SweepResult, figure: SweptFigure, levers: tuple[OfferedLever, ...]) -> AnyChart:
    """Draw a figure of a sweep over two levers as a map; parameters are those of `lines_drawing`."""
    across, down = levers
    readings = result.readings(figure.metric)
    cells = [
        {"across": across.shown(one), "down": down.shown(other), "key": str(point)}
        | dict(zip(("mean", "low", "high"), mean_interval(readings[point]), strict=True))
        for point, (one, other) in enumerate(result.design.points)
    ]
    return sweep_heat_map(
        pd.DataFrame(cells), title=figure.label, across=across.title, down=down.title, unit=figure.unit
    )


def front_drawing(result: SweepResult, levers: tuple[OfferedLever, ...]) -> AnyChart:
    """Draw reach against cost, point by point; parameters are those of `lines_drawing`."""
    names = [point_words(result, levers, point) for point in range(len(result.design.points))]
    return pareto_scatter(front_of(result).assign(name=names))


def shares_drawing(result: SweepResult, figure: SweptFigure, levers: tuple[OfferedLever, ...]) -> AnyChart | None:
    """Draw which lever matters to a figure; None where the design cannot tell. See `lines_drawing`."""
    shares = lever_shares(result, figure.metric)
    if shares is None:
        return None
    return lever_bars(shares.assign(lever=[lever.name for lever in levers]), figure=figure.label.lower())


def _as_written(value: Any) -> str:
    """Return what tells values apart, whether or not a table has made floats of them."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return repr(float(value)) if is_number else str(value)


def _series(lever: OfferedLever, value: Any) -> str:
    return f"{'×' if lever.usual.is_factor else ''}{value}"
