"""What time it is, as an argument.

Delays, retention windows and statuses depend on "now". Code that needs it takes a `Clock`, so a test or the simulator
can set the time instead of waiting for it.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """Return the current time, always with its time zone."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved.

    Parameters
    ----------
    start : datetime
        Time to begin at, with its time zone.

    Raises
    ------
    ValueError
        If ``start`` has no time zone: a naive time would compare wrongly with event times.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("expected a start with a time zone, got a naive datetime; add tzinfo=UTC")
        self._now = start

    def now(self) -> datetime:
        """Return the time the clock was last moved to."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move forward by ``step``; time never runs backwards, so a negative step is a ValueError."""
        if step < timedelta(0):
            raise ValueError(f"expected a step forward in time, got {step}")
        self._now += step
