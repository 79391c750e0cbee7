"""What a sweep says of a figure, in a sentence or two: its range, its best point, where more stops being worth it."""

import math

import numpy as np

from simulator.charts import shown_figure
from simulator.sweeps import OfferedLever, SweepResult, best_point, saturation_point
from simulator.sweeps.curves import Saturation
from simulator.sweeps.highlights import SweptFigure, lever_shares
from simulator.sweeps.intervals import Interval, Readings, mean_interval
from workbench.charts import shown_percent

LOW_IS_GOOD = ("ecpm", "ecpc", "cpa")
COUNTED = ("impressions", "reach", "clicks", "views", "conversions")
"""Figures of which more is bought."""

FOR_A_CURVE = 3


def sweep_sentence(result: SweepResult, figure: SweptFigure, levers: tuple[OfferedLever, ...]) -> str:
    """Say what a sweep tells of a figure.

    Parameters
    ----------
    result : SweepResult
        Any.
    figure : SweptFigure
        Of `simulator.sweeps.highlights.swept_figures`.
    levers : tuple of OfferedLever
        What the levers are called.

    Returns
    -------
    str
        One sentence or more.
    """
    readings = result.readings(figure.metric)
    known = np.flatnonzero(~np.isnan(readings).any(axis=1))
    if not known.size:
        return f"{figure.label}: hidden or without a value at every point."
    sentences = [_best(result, figure, levers, known)]
    bend = _saturation(result, figure, levers[0], readings) if len(levers) == 1 else None
    sentences += [bend] if bend else []
    shares = lever_shares(result, figure.metric)
    if shares is not None and shares["first_order"].notna().all():
        most = int(shares["first_order"].argmax())
        share = shown_percent(float(shares["first_order"].iloc[most]))
        sentences.append(f"{levers[most].name} alone makes {share} of the differences between the points.")
    return " ".join(sentences)


def point_words(result: SweepResult, levers: tuple[OfferedLever, ...], point: int) -> str:
    """Write the values of a point: "New people: bid $4.00, Third-party data off"."""
    values = zip(levers, result.design.points[point], strict=True)
    return ", ".join(f"{lever.name} {lever.shown(value)}" for lever, value in values)


def _best(
    result: SweepResult, figure: SweptFigure, levers: tuple[OfferedLever, ...], known: "np.typing.NDArray[np.intp]"
) -> str:
    readings = result.readings(figure.metric)[known]
    if np.ptp(readings.mean(axis=1)) == 0:
        return f"{figure.label}: the same at every point, {_with_interval(readings[0], figure.unit)}."
    is_low_good = figure.metric in LOW_IS_GOOD
    means = readings.mean(axis=1)
    place, shares = best_point(-readings if is_low_good else readings)
    n_equal = int((means == means[place]).sum()) - 1
    equals = f" (and the same at {n_equal} more)" if n_equal else ""
    words = point_words(result, levers, int(known[place]))
    return (
        f"{figure.label}: {'lowest' if is_low_good else 'highest'} at {words}{equals}, "
        f"{_with_interval(readings[place], figure.unit)}; so it is in {shown_percent(float(shares[place]))} of "
        "resamples of the runs."
    )


def _with_interval(values: Readings, unit: str) -> str:
    mean, low, high = mean_interval(values)
    if math.isnan(low) or low == high:
        return shown_figure(mean, unit)
    return f"{shown_figure(mean, unit)} (95 %: {shown_figure(low, unit)} to {shown_figure(high, unit)})"


def _saturation(result: SweepResult, figure: SweptFigure, lever: OfferedLever, readings: Readings) -> str | None:
    levels = np.array([lever.level(value) for (value,) in result.design.points])
    is_curve = levels.dtype.kind == "f" and len(levels) >= FOR_A_CURVE and bool((np.diff(levels) > 0).all())
    if figure.metric not in COUNTED or not is_curve or np.isnan(readings).any():
        return None
    verdict, at = saturation_point(levels, readings)
    if verdict is Saturation.NOT_REACHED:
        return "As far as the sweep goes, one step more still brings more than half of what the first step did."
    if verdict is Saturation.FROM_THE_START:
        return "More of the lever brings nothing from the first step on."
    return (
        f"From about {_shown_level(lever, at.value)}{_bounds(lever, at)} on, one step more brings less than half of "
        "what the first step did."
    )


def _bounds(lever: OfferedLever, at: Interval) -> str:
    low, high = (_shown_level(lever, bound) if math.isfinite(bound) else None for bound in (at.low, at.high))
    match (low, high):
        case (None, None):
            return " (how sure that is, the runs do not tell)"
        case (_, None):
            return f" (95 %: {low} or more)"
        case (None, _):
            return f" (95 %: {high} or less)"
    return f" (95 %: {low} to {high})"


def _shown_level(lever: OfferedLever, level: float) -> str:
    about = float(f"{level:.3g}")  # an estimate; more digits would say nothing
    value = about * lever.scale
    return lever.shown(round(value) if lever.scale > 1 else value)
