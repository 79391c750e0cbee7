"""The market: once a tick it clears every auction of the tick with one call of the kernel."""

from collections.abc import Generator

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.delivery import Delivery
from workbench.progress import Progress


def market(
    delivery: Delivery, class_cuts: NDArray[np.uint64], arrivals: simpy.Store, on_progress: Progress
) -> Generator[simpy.Event, tuple[int, int], None]:
    """Clear what traffic brings until the flight ends."""
    n_ticks = len(delivery.ledger.n_opportunities)
    for n_done in range(1, n_ticks + 1):
        tick, n_opportunities = yield arrivals.get()
        delivery.clear(tick, n_opportunities, class_cuts[tick])
        on_progress(n_done, n_ticks)
