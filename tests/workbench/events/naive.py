"""The naive twin of the index of events: plain loops over a list of events."""

from datetime import datetime
from typing import NamedTuple


class Event(NamedTuple):
    """One event, as somebody would write it down."""

    source: str
    action: str
    time: datetime
    account: int | None


def qualifies(event, question):
    return (
        (question.sources is None or event.source in question.sources)
        and (question.actions is None or event.action in question.actions)
        and (question.since is None or event.time >= question.since)
        and (question.until is None or event.time <= question.until)
    )


def times_by_account(events, question):
    times = {}
    for event in events:
        if event.account is not None and qualifies(event, question):
            times.setdefault(event.account, []).append(event.time)
    return times


def members(events, question):
    return {
        account for account, times in times_by_account(events, question).items() if len(times) >= question.min_count
    }


def last_event_times(events, question):
    """The min_count-th last qualifying event of each member."""
    return {
        account: sorted(times)[-question.min_count]
        for account, times in times_by_account(events, question).items()
        if len(times) >= question.min_count
    }


def fired(events, question):
    found = {}
    for event in events:
        if qualifies(event, question):
            found.setdefault((event.source, event.action), []).append(event.time)
    return [(*key, len(times), min(times), max(times)) for key, times in sorted(found.items())]
