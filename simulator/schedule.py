"""When ad groups may run by their own times, whatever review, status and budgets say."""

import numpy as np
from numpy.typing import NDArray

from simulator.config import HOURS_PER_DAY, AdGroup, Flight, RunConfig


def hours_to_run(config: RunConfig) -> NDArray[np.bool_]:
    """Return in which hours of the flight each ad group may run.

    Returns
    -------
    bool array, shape (n_hours, n_all_ad_groups)
        A start or end inside an hour counts from the next full hour on.
    """
    return np.stack([_hours_of(ad_group, config.flight) for ad_group in config.all_ad_groups], axis=1)


def _hours_of(ad_group: AdGroup, flight: Flight) -> NDArray[np.bool_]:
    hours = np.arange(flight.n_hours)
    may_run = np.ones(flight.n_hours, dtype=np.bool_)
    if ad_group.start_time is not None:
        may_run &= hours >= flight.hour_of(ad_group.start_time)
    if ad_group.end_time is not None:
        may_run &= hours < flight.hour_of(ad_group.end_time)
    if ad_group.active_hours is not None:
        may_run &= np.isin(hours % HOURS_PER_DAY, ad_group.active_hours)
    return may_run
