"""The planned course of a budget: proportional to the traffic expected while the ad group may run."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import HOURS_PER_DAY, BudgetType


class TrafficPlan(NamedTuple):
    """Expected traffic of each tick, in one unit for the whole flight.

    The unit is the expected traffic of a whole period: of the flight, or of the day that has most. A day on which the
    ad group may run for some hours only is less than 1, so that a rate of spend learned on one day holds on the next.

    Attributes
    ----------
    last_share : float64 array, shape (n_hours,)
        Of the tick before; 0 for the first and where the ad group may not run in that.
    coming_share : float64 array, shape (n_hours,)
        Of this tick; 0 where the ad group may not run.
    remaining_share : float64 array, shape (n_hours,)
        Of this tick and all later ones of its period.
    unit : float
        What the shares are of: expected traffic of a whole period, in the unit that was given.
    """

    last_share: NDArray[np.float64]
    coming_share: NDArray[np.float64]
    remaining_share: NDArray[np.float64]
    unit: float


def traffic_plan(
    hourly_weights: NDArray[np.float64], may_run: NDArray[np.bool_], budget_type: BudgetType
) -> TrafficPlan:
    """Share the expected traffic out over the ticks of a flight.

    Every sum is taken term by term from the last hour to the first, so it is the same on every machine, and the last
    tick of a period in which the ad group may run has exactly what remains.

    Parameters
    ----------
    hourly_weights : float64 array, shape (n_hours,)
        Expected opportunities of each hour of the flight, in any unit; not negative.
    may_run : bool array, shape (n_hours,)
        Hours in which the ad group may run: its schedule and its hours of the day.
    budget_type : BudgetType
        Whether a period is a day or the flight.

    Returns
    -------
    TrafficPlan
        All 0 if there is no traffic while the ad group may run.
    """
    n_hours = len(hourly_weights)
    weights = np.where(may_run, hourly_weights, 0.0)
    period_hours = HOURS_PER_DAY if budget_type is BudgetType.DAILY else n_hours
    remaining = np.zeros(n_hours)
    for start in range(0, n_hours, period_hours):
        hours = slice(start, start + period_hours)
        remaining[hours] = np.cumsum(weights[hours][::-1])[::-1]
    unit = float(np.max(remaining, initial=0.0))
    if unit > 0:
        weights, remaining = weights / unit, remaining / unit
    last_share = np.concatenate((np.zeros(1), weights))[:n_hours]
    return TrafficPlan(last_share, weights, remaining, unit)
