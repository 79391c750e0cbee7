"""The audience rules in plain Python, one person at a time."""

from collections.abc import Iterable
from datetime import datetime, timedelta

READY_SIZE = 100


def visitors(events: Iterable[dict], definition, as_of: datetime) -> set[int]:
    """Walk through the events and keep who qualifies."""
    members = set()
    for event in events:
        age = as_of - event["event_time"]
        is_inside = timedelta(0) <= age <= timedelta(days=definition.retention_days)
        is_asked = event["event"] in definition.events or event["url"] in definition.urls
        if not definition.events and not definition.urls:
            is_asked = True
        if definition.prefill and is_inside and is_asked and event["tag_id"] == definition.visitor_source_id:
            members.add(event["account"])
    return members


def targeted(everyone: set[int], includes: list[set[int] | None], excludes: list[set[int] | None]) -> set[int]:
    """Ask of every account whether it is reached; None is an audience that is not counted yet."""
    reached = set()
    for account in everyone:
        is_in = any(account in members for members in includes if members is not None and len(members) >= READY_SIZE)
        is_out = any(account in members for members in excludes if members is not None and len(members) >= READY_SIZE)
        if (is_in or not includes) and not is_out:
            reached.add(account)
    return reached


def overlap(a: set[int], b: set[int]) -> tuple[int, float | None, float | None]:
    """Return n_overlap, overlap_share and jaccard."""
    n_overlap = len(a & b)
    return n_overlap, n_overlap / len(a) if a else None, n_overlap / len(a | b) if a | b else None
