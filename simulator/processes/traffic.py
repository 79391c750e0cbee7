"""Traffic: opportunities to show an ad arrive once a tick."""

from typing import Final

import simpy
from simpy.events import EventPriority

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
