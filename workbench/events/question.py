"""What can be asked of events on disk: who did some things, with some sources, within a window of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from workbench.errors import DefinitionError

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
EARLIEST_MICROS: Final = -(1 << 62)
LATEST_MICROS: Final = (1 << 62) - 1
"""Microseconds since 1970 before and after every time that a calendar has, with room to add."""


@dataclass(frozen=True, slots=True)
class EventQuestion:
    """Which events count, and how many of them an account needs.

    Parameters
    ----------
    sources : sequence of str, optional
        Ids of tags, pins or whatever the events are of, any of which qualifies; every source if absent. One that has
        no events finds nobody.
    actions : sequence of str, optional
        Things that were done, any of which qualifies; every action if absent.
    since, until : datetime, optional
        First and last instant that count, with their zone; without bound if absent.
    min_count : int
        Least number of qualifying events, 1 or more.

    Raises
    ------
    DefinitionError
        If a text stands where several are expected, a time has no zone, or the number is none.
    """

    sources: Sequence[str] | None = None
    actions: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_count: int = 1

    def __post_init__(self) -> None:
        for name in ("sources", "actions"):
            texts = getattr(self, name)
            if texts is not None:
                if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
                    raise DefinitionError(f"{name}: expected several texts, got something else; put it into a tuple")
                object.__setattr__(self, name, tuple(texts))
        for name in ("since", "until"):
            time = getattr(self, name)
            if time is not None and (not isinstance(time, datetime) or time.tzinfo is None):
                raise DefinitionError(f"{name}: expected a time with its zone, got one without; add tzinfo=UTC")
        if isinstance(self.min_count, bool) or not isinstance(self.min_count, int) or self.min_count < 1:
            raise DefinitionError(f"min_count: expected a whole number of 1 or more, got {self.min_count!r:.40}")

    @property
    def window_micros(self) -> tuple[int, int]:
        """First and last instant that count, microseconds since 1970."""
        since = EARLIEST_MICROS if self.since is None else micros_of(self.since)
        until = LATEST_MICROS if self.until is None else micros_of(self.until)
        return since, until


def micros_of(time: datetime) -> int:
    """Return microseconds since 1970; exact, which floats of seconds would not be."""
    return (time - EPOCH) // _MICROSECOND
