"""Events that put people into an audience, and the window in which they count.

Visitors and engagement differ in what counts as an event and in nothing else::

    members = accounts with a qualifying event in [since, until]       both ends included
    since   = now - N · 24 h, or the instant after creation when past events do not count, whichever is later
    until   = now

A member stays for N days from the *last* qualifying event: an event exactly N × 24 hours old still counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from workbench.audiences.condition import Sql
from workbench.errors import DefinitionError
from workbench.identity import AccountSet
from workbench.universe import Universe

MAX_RETENTION_DAYS: Final = 540
DEFAULT_RETENTION_DAYS: Final = 180
_INSTANT: Final = timedelta(microseconds=1)

RetentionDays = Annotated[
    int,
    Field(
        ge=1,
        le=MAX_RETENTION_DAYS,
        strict=True,
        description=f"days a person stays a member, a whole number from 1 to {MAX_RETENTION_DAYS}",
    ),
]


class Window(NamedTuple):
    """The time in which events count, both ends included; empty when ``since`` is after ``until``."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class QualifyingEvents:
    """Events of a table that put people into an audience.

    Parameters
    ----------
    table : str
        ``tag_events`` or ``pin_engagements``.
    where : (str, tuple)
        Which of its rows qualify, in SQL, and the values of the question marks.
    window : Window
        When.
    """

    table: str
    where: Sql
    window: Window


class LastTimes(NamedTuple):
    """When each member last did what keeps them in an audience.

    Parameters
    ----------
    accounts : int64 array, shape (n,)
        The members, ascending.
    times : datetime64[us] array, shape (n,)
        Last qualifying event of each, UTC.
    """

    accounts: NDArray[np.int64]
    times: NDArray[np.datetime64]


def membership_window(
    universe: Universe,
    *,
    retention_days: int,
    prefill: bool,
    created_at: datetime | None = None,
    as_of: datetime | None = None,
) -> Window:
    """Return when events have to have happened to count.

    Parameters
    ----------
    universe : Universe
        Whose "now" it is.
    retention_days : int
        How many days a person stays.
    prefill : bool
        Whether events from before the audience was created count.
    created_at : datetime, optional
        When that was; "now" when absent, so that without past events nobody is in it yet.
    as_of : datetime, optional
        Another "now", with its zone.

    Raises
    ------
    DefinitionError
        If a time has no zone.
    """
    for name, time in (("created_at", created_at), ("as_of", as_of)):
        if time is not None and time.tzinfo is None:
            raise DefinitionError(f"{name}: expected a time with its zone, got one without; add tzinfo=UTC")
    now = as_of or universe.as_of
    since = now - timedelta(days=retention_days)
    if prefill:
        return Window(since, now)
    # The instant of creation itself is past: an audience that is looked at when it is created is empty.
    return Window(max(since, (created_at or now) + _INSTANT), now)


def accounts_with(events: QualifyingEvents, universe: Universe) -> AccountSet:
    """Return who has a qualifying event.

    Raises
    ------
    UniverseError
        If the universe lacks the table.
    """
    condition, values = _bounded(events)
    found = universe.query(f"SELECT DISTINCT account FROM {events.table} WHERE {condition}", values)  # noqa: S608
    return AccountSet.from_indices(found["account"].to_numpy(dtype=np.int64), universe.n_accounts)


def last_times(events: QualifyingEvents, universe: Universe) -> LastTimes:
    """Return when each account last had a qualifying event; those without one are left out.

    Raises
    ------
    UniverseError
        If the universe lacks the table.
    """
    condition, values = _bounded(events)
    found = universe.query(
        f"SELECT account, max(event_time) AS last FROM {events.table} WHERE {condition}"  # noqa: S608
        " GROUP BY account ORDER BY account",
        values,
    )
    times = found["last"].dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return LastTimes(found["account"].to_numpy(dtype=np.int64), times)


def _bounded(events: QualifyingEvents) -> Sql:
    """Return the whole condition: who was recognised, did something that qualifies, within the window."""
    condition, values = events.where
    bounded = f"account IS NOT NULL AND event_time BETWEEN ? AND ? AND {condition}"
    return bounded, (events.window.since, events.window.until, *values)
