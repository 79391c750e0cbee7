"""Traffic: how many opportunities to show an ad each tick brings."""

import math
from collections.abc import Generator

import numpy as np
import simpy

from simulator.config import RunConfig
from simulator.kernels.draws import Stream, stream_key
from simulator.traffic_classes import TrafficClasses, expected_opportunities


def traffic(
    env: simpy.Environment, config: RunConfig, classes: TrafficClasses, arrivals: simpy.Store
) -> Generator[simpy.Event, None, None]:
    """Bring the opportunities of each tick, which is an hour, to the market, as pairs of tick and number."""
    for tick in range(config.flight.n_hours):
        yield arrivals.put((tick, n_opportunities_in_tick(config, classes, tick)))
        yield env.timeout(1)


def n_opportunities_in_tick(config: RunConfig, classes: TrafficClasses, tick: int) -> int:
    """Draw how many opportunities a tick brings: Poisson around the expected traffic of all classes together.

    The draw is a function of the run seed and the tick alone, so the same people show up in every scenario.
    """
    expected = math.fsum(expected_opportunities(config, classes, tick))
    key = int(stream_key(config.rng_seed, Stream.TRAFFIC))
    return int(np.random.Generator(np.random.Philox(key=[key, tick])).poisson(expected))
