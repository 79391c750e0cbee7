"""What a reader of a sweep looks at first: figures along levers, the front of reach and cost, which lever matters."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.sweeps.design import Method
from simulator.sweeps.intervals import mean_interval
from simulator.sweeps.outcomes import ADDING_UP, NET_WORTH
from simulator.sweeps.pareto import pareto_front
from simulator.sweeps.sensitivity import main_effects, sobol_indices
from simulator.sweeps.sweep import SweepResult
from simulator.what_if import METRICS

MAX_SERIES = 5
FIRST_LOOKED_AT = ("clicks", "impressions")


class SweptFigure(NamedTuple):
    """A figure that a sweep tells something about: its metric, label and unit."""

    metric: str
    label: str
    unit: str


def swept_figures(result: SweepResult) -> list[SweptFigure]:
    """Return the figures that say something about any point of a sweep."""
    configs = result.outcomes.configs
    found = [
        SweptFigure(metric.metric, metric.label, _unit(metric.metric, metric.unit))
        for metric in METRICS
        if any(metric.is_told_of(config) for config in configs)
    ]
    more = {NET_WORTH: "Net worth", "worth": "Worth of conversions", "redundant_data_spend": "Redundant data fees"}
    for name, label in more.items():
        readings = result.readings(name)
        if (
            not np.isnan(readings).all()
            and np.nansum(np.abs(readings)) > 0
            and (name in ADDING_UP or name == NET_WORTH)
        ):
            found.append(SweptFigure(name, label, "dollars"))
    return found


def first_looked_at(told: Sequence[SweptFigure]) -> SweptFigure:
    """Return the figure that a reader looks at first, of those that a sweep tells."""
    by_metric = {figure.metric: figure for figure in told}
    return next((by_metric[metric] for metric in FIRST_LOOKED_AT if metric in by_metric), told[0])


def along_lever(result: SweepResult, metric: str) -> pd.DataFrame:
    """Return a figure along the first lever, a series for each value of the second; others and more are averaged over.

    Returns
    -------
    DataFrame
        ``level``, ``series`` (str), ``mean``, ``low``, ``high``: each the mean over the points that have both;
        ``key`` (str): the number of that point, empty where there are several.
    """
    readings, points = result.readings(metric), result.design.points
    n_series = len({str(point[1]) for point in points}) if len(result.design.levers) > 1 else 0
    has_series = 1 < n_series <= MAX_SERIES
    sign = "×" if has_series and result.design.levers[1].is_factor else ""
    places: dict[tuple[object, str], list[int]] = {}
    for place, point in enumerate(points):
        level = point[0] if isinstance(point[0], int | float) and not isinstance(point[0], bool) else str(point[0])
        series = f"{sign}{point[1]}" if has_series else ""
        places.setdefault((level, series), []).append(place)
    rows = [
        {
            "level": level,
            "series": series,
            "key": str(own[0]) if len(own) == 1 else "",
            **mean_interval(readings[own].mean(axis=0))._asdict(),
        }
        for (level, series), own in places.items()
    ]
    found = pd.DataFrame(rows).rename(columns={"value": "mean"})
    is_number = found["level"].map(lambda level: isinstance(level, int | float)).all()
    return found.astype({"level": "float64"}).sort_values("level", ignore_index=True) if is_number else found


def front_of(result: SweepResult) -> pd.DataFrame:
    """Return the Pareto front of reach and cost, with the name of each point; see `pareto_front`."""
    front = pareto_front(result.readings("spend"), result.readings("reach"))
    return front.assign(name=[result.design.point_name(point) for point in result.design.points])


def lever_shares(result: SweepResult, metric: str) -> pd.DataFrame | None:
    """Return which lever matters to a figure; None where a design cannot tell, or has one lever."""
    means = result.readings(metric).mean(axis=1)
    if len(result.design.levers) < 2 or result.design.method is Method.LATIN_HYPERCUBE:
        return None
    if result.design.method is Method.GRID:
        return main_effects(result.design, means)
    if np.isnan(means).any():
        return None
    return sobol_indices(result.design, means)


def _unit(metric: str, unit: str) -> str:
    return "price" if metric in ("ecpc", "cpa") else unit
