"""The market: once a tick it clears every auction of the tick with one call of the kernel."""

from collections.abc import Generator, Sequence

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.delivery import Delivery
from simulator.processes.traffic import Arrival
from workbench.progress import Progress


def market(
    env: simpy.Environment,
    delivery: Delivery,
    n_opportunities: Sequence[int],
    class_cuts: NDArray[np.uint64],
    on_progress: Progress,
) -> Generator[simpy.Event, None, None]:
    """Clear what traffic brings until the flight ends."""
    n_ticks = len(n_opportunities)
    for tick, n_in_tick in enumerate(n_opportunities):
        yield Arrival(env, hour=tick)
        delivery.clear(tick, n_in_tick, class_cuts[tick])
        on_progress(tick + 1, n_ticks)
