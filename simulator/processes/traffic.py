"""Traffic: how many opportunities to show an ad each tick brings."""

from collections.abc import Generator

import numpy as np
import simpy

from simulator.config import HOURS_PER_DAY, RunConfig
from simulator.delivery import TICK_HOURS
from simulator.kernels.draws import Stream, stream_key


def traffic(
    env: simpy.Environment, config: RunConfig, n_accounts: int, arrivals: simpy.Store
) -> Generator[simpy.Event, None, None]:
    """Bring each tick's opportunities to the market, as pairs of tick and number."""
    for tick in range(config.flight.n_hours // TICK_HOURS):
        yield arrivals.put((tick, n_opportunities_in_tick(config, n_accounts, tick)))
        yield env.timeout(TICK_HOURS)


def n_opportunities_in_tick(config: RunConfig, n_accounts: int, tick: int) -> int:
    """Draw how many opportunities a tick brings: Poisson around the expected traffic of its hour of the day.

    The draw is a function of the run seed and the tick alone, so the same people show up in every scenario.
    """
    share = config.traffic.share_of_day(tick * TICK_HOURS % HOURS_PER_DAY)
    expected = n_accounts * config.traffic.opportunities_per_account_day * share
    key = int(stream_key(config.rng_seed, Stream.TRAFFIC))
    return int(np.random.Generator(np.random.Philox(key=[key, tick])).poisson(expected))
