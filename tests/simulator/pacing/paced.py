"""A controller together with the pace that it sets, as a run has them."""

import numpy as np

from simulator.pacing import Observed, Pace, full_pace


class Paced:
    """A controller of ``n`` ad groups, which bid in full until it has set what they bid with."""

    def __init__(self, controller_class, n: int = 1):
        self.controller = controller_class(np.ones(n, dtype=bool))
        self._pace = full_pace(n)

    def start_period(self, is_new: np.ndarray) -> None:
        self.controller.start_period(is_new)

    def pace(self, observed: Observed, is_active: np.ndarray) -> Pace:
        self.controller.pace(Observed(*(part.astype(float) for part in observed)), is_active, self._pace)
        return Pace(*(column.copy() for column in self._pace))
