"""Traffic: how many opportunities to show an ad each tick brings."""

from collections.abc import Generator, Sequence

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.kernels.draws import Stream, stream_key


def traffic(
    env: simpy.Environment, n_opportunities: Sequence[int], arrivals: simpy.Store
) -> Generator[simpy.Event, None, None]:
    """Bring the opportunities of each tick, which is an hour, to the market, as pairs of tick and number."""
    for tick, n_in_tick in enumerate(n_opportunities):
        yield arrivals.put((tick, n_in_tick))
        yield env.timeout(1)


def draw_opportunities(rng_seed: int, expected: NDArray[np.float64]) -> list[int]:
    """Draw how many opportunities each tick of a flight brings: Poisson around what is expected of it.

    Each draw is a function of the run seed and the tick alone, so the same people show up in every scenario.

    Parameters
    ----------
    rng_seed : int
        Of the run.
    expected : float64 array, shape (n_ticks,)
        Opportunities of all classes together.
    """
    key = int(stream_key(rng_seed, Stream.TRAFFIC))
    numbers = np.random.Philox(key=[key, 0])
    poisson = np.random.Generator(numbers).poisson
    start = numbers.state
    drawn = []
    for tick, mean in enumerate(expected.tolist()):
        start["state"]["key"][1] = tick  # a generator for every tick, without what making one costs
        numbers.state = start
        drawn.append(int(poisson(mean)))
    return drawn
