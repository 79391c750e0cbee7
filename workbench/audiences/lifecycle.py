"""The life of an audience: created, counted some hours later, then usable or too small.

::

    created ── INITIALIZING ──▶ counted ──▶ READY      100 members or more
                                        └─▶ TOO_SMALL  fewer

The help page gives bounds only: a list "within 24 to 48 hours", visitors, engagement and actalikes "within 24 hours",
an actalike whose source is new as well "within 72 hours". When within them is a draw that the caller hands in, so a
life can be replayed. Nothing here waits, and nothing asks what time it is.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from workbench.audiences.base import HOURS_PER_DAY, AudienceStatus, AudienceType

LONGEST_DELAY_ON_NEW_SOURCE_HOURS = 3 * HOURS_PER_DAY
"""An actalike whose source is not counted when it is created is known within 72 hours (help page)."""


def population_delay_hours(audience_type: AudienceType, u: float, *, source_delay_hours: float = 0.0) -> float:
    """Return how long after its creation the platform knows an audience's size.

    Parameters
    ----------
    audience_type : AudienceType
        Type of the audience.
    u : float
        Uniform draw, 0 ≤ u < 1.
    source_delay_hours : float
        Hours from the audience's creation until the last of the audiences it is made from is counted; 0 or less if all
        are counted already or there are none.

    Returns
    -------
    float
        Hours: (24, 48] for a customer list, (0, 24] for the types that the platform computes, 0 for third-party data,
        which its provider populates. An actalike on a source that is new too takes up to 72 and never less than its
        source; a combination is counted by the workbench the moment its sources are.

    Raises
    ------
    ValueError
        If ``u`` is outside its range.
    """
    if not 0 <= u < 1:
        raise ValueError(f"expected a uniform draw from 0 up to but not including 1, got {u}")
    waits = max(0.0, source_delay_hours)
    match audience_type:
        case AudienceType.THIRD_PARTY:
            return 0.0
        case AudienceType.COMBINATION:
            return waits
        case AudienceType.CUSTOMER_LIST:
            return HOURS_PER_DAY + HOURS_PER_DAY * (1 - u)
        case AudienceType.ACTALIKE if waits:
            return waits + max(0.0, LONGEST_DELAY_ON_NEW_SOURCE_HOURS - waits) * (1 - u)
        case _:
            return HOURS_PER_DAY * (1 - u)


def populated_at(
    audience_type: AudienceType, created_at: datetime, u: float, *, sources_populated_at: Iterable[datetime] = ()
) -> datetime:
    """Return when the platform knows an audience's size.

    Parameters
    ----------
    audience_type : AudienceType
        Type of the audience.
    created_at : datetime
        When it was created, or a list last edited: the help page states no delay for an edit, so the same holds.
    u : float
        Uniform draw, 0 ≤ u < 1.
    sources_populated_at : iterable of datetime
        When each of the audiences it is made from was or will be counted.

    Returns
    -------
    datetime
        With the zone of ``created_at``.

    Raises
    ------
    ValueError
        If ``u`` is outside its range.
    """
    last_source = max(sources_populated_at, default=created_at)
    waits = (last_source - created_at) / timedelta(hours=1)
    own = created_at + timedelta(hours=population_delay_hours(audience_type, u, source_delay_hours=waits))
    return max(own, last_source)  # hours as floating-point numbers may fall a microsecond short of the source


def status_at(now: datetime, populated: datetime, audience_size: int) -> AudienceStatus:
    """Return the status that people see at a time.

    Parameters
    ----------
    now : datetime
        The time.
    populated : datetime
        When the platform knows the size; see `populated_at`.
    audience_size : int
        Distinct members.
    """
    return AudienceStatus.of_size(audience_size if now >= populated else None)
