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

from pydantic import Field

from workbench.audiences.condition import Sql
from workbench.errors import DefinitionError
from workbench.events import EventQuestion
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
    questions : tuple of (str, EventQuestion)
        The same as questions of indexes of events, by their names: who is in the answer to any of them qualifies. None
        if only SQL can say what qualifies.
    """

    table: str
    where: Sql
    window: Window
    questions: tuple[tuple[str, EventQuestion], ...] = ()


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
