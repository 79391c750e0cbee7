"""Traffic: how many opportunities to show an ad each tick brings."""

from typing import Final

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import EventPriority

from simulator.kernels.draws import Stream, stream_key

AFTER_ALL_ELSE: Final = EventPriority(2)
"""Priority of an event that comes after all others of its time; that of SimPy's own is 1 at most."""


class Arrival(simpy.Event):
    """The opportunities of a tick have arrived: at its full hour, after all else that happens then.

    Parameters
    ----------
    env : Environment
        Where time passes.
    hour : int
        When, hours from the start of the flight; not in the past.
    """

    def __init__(self, env: simpy.Environment, hour: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=AFTER_ALL_ELSE, delay=hour - env.now)


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
