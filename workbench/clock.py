"""What time it is, as something that callers hand in.

Whoever records when something happened takes a `Clock`; a test or a replay hands in its own, and nothing waits for real
hours. The data has a "now" of its own, `workbench.universe.Universe.as_of`, which no clock moves.
"""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A callable that says what time it is."""

    def __call__(self) -> datetime:
        """Return the time, with its zone."""


def system_clock() -> datetime:
    """Return the machine's time in UTC, to the second, as the API tells times: the default of every ``clock``."""
    return datetime.now(UTC).replace(microsecond=0)
