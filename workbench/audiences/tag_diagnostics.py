"""Whether a tag does what its owner thinks: what it reports, since when, from where, and what it never did.

A tag that is silent makes an audience small without a word. Here is the word: events that were never seen, pages
without base code, and rules that nothing ever met.
"""

from datetime import datetime, timedelta
from typing import Final

import pandas as pd

from workbench.audiences.disclosure import shown_share, shown_size
from workbench.audiences.visitor import known_tags
from workbench.universe import Universe
from workbench.universe.schema import PAGE_LOAD, TAG_EVENTS

SILENT_AFTER: Final = timedelta(days=7)
_COUNTS: Final = ("n_last_day", "n_last_7_days", "n_last_30_days", "n_events", "n_matched", "n_in_future")
_NEVER: Final = "never"


def tag_event_diagnostics(universe: Universe, *, as_of: datetime | None = None) -> pd.DataFrame:
    """Count what each tag reported, event by event, those it never reported too.

    Parameters
    ----------
    universe : Universe
        Needs the table ``tag_events``.
    as_of : datetime, optional
        Another "now" than the universe's, with its zone.

    Returns
    -------
    DataFrame, 10 rows a tag: the base code's page loads, and nine events
        tag_id, event : str
        first_fired, last_fired : datetime64[us, UTC]
            Up to "now"; missing when it never fired.
        n_last_day, n_last_7_days, n_last_30_days, n_events : int64
            Events in the 24, 168 and 720 hours before "now" and in all, up to "now".
        n_matched : int64
            Of all those, the ones whose visitor was recognised as an account.
        n_in_future : int64
            Events that claim to be after "now": a clock is wrong, and no audience counts them.

        Exact figures, for computing; `shown_tag_events` makes the table that people may see.

    Raises
    ------
    UniverseError
        If the universe has no tag events.
    """
    now = as_of or universe.as_of
    found = universe.query(
        """
        SELECT tag_id::VARCHAR AS tag_id, event::VARCHAR AS event,
               min(event_time) FILTER (event_time <= $1) AS first_fired,
               max(event_time) FILTER (event_time <= $1) AS last_fired,
               count(*) FILTER (event_time BETWEEN $2 AND $1) AS n_last_day,
               count(*) FILTER (event_time BETWEEN $3 AND $1) AS n_last_7_days,
               count(*) FILTER (event_time BETWEEN $4 AND $1) AS n_last_30_days,
               count(*) FILTER (event_time <= $1) AS n_events,
               count(account) FILTER (event_time <= $1) AS n_matched,
               count(*) FILTER (event_time > $1) AS n_in_future
        FROM tag_events GROUP BY ALL
        """,
        (now, *(now - timedelta(days=days) for days in (1, 7, 30))),
    )
    every = pd.MultiIndex.from_product([known_tags(universe), (PAGE_LOAD, *TAG_EVENTS)], names=["tag_id", "event"])
    table = found.set_index(["tag_id", "event"]).reindex(every).reset_index()
    return table.astype(dict.fromkeys(("first_fired", "last_fired"), "datetime64[us, UTC]")).assign(
        **{name: table[name].fillna(0).astype("int64") for name in _COUNTS}
    )


def pages_without_base_code(universe: Universe) -> pd.DataFrame:
    """Find the pages that a tag belongs on and from which it never reported anything.

    Event code does not work without base code, so a page that reported an event has both.

    Parameters
    ----------
    universe : Universe
        Needs the tables ``tag_events`` and ``site_pages``.

    Returns
    -------
    DataFrame
        Columns tag_id and url, in the order of both.

    Raises
    ------
    UniverseError
        If the universe does not know which pages there are.
    """
    return universe.query(
        """
        SELECT DISTINCT tag_id, url FROM site_pages AS page
        WHERE NOT EXISTS (
            SELECT 1 FROM tag_events AS seen WHERE seen.tag_id = page.tag_id AND seen.url = page.url
               AND coalesce(seen.ingestion_source, 'tag') = 'tag')
        ORDER BY ALL
        """
    )


def shown_tag_events(diagnostics: pd.DataFrame, *, as_of: datetime) -> pd.DataFrame:
    """Make diagnostics fit to be seen: counts as `workbench.audiences.disclosure` says, and a verdict in words.

    Parameters
    ----------
    diagnostics : DataFrame
        From `tag_event_diagnostics`.
    as_of : datetime
        The "now" that they were made for, with its zone.

    Returns
    -------
    DataFrame of str
        Columns Tag, Event, State, First fired, Last fired, Last day, 7 days, 30 days, Recognised; times are days (UTC).
    """
    shown = {
        "Tag": diagnostics["tag_id"],
        "Event": [_event_words(event) for event in diagnostics["event"]],
        "State": [_state(row, as_of) for row in diagnostics.itertuples()],
        "First fired": [_day(time) for time in diagnostics["first_fired"]],
        "Last fired": [_day(time) for time in diagnostics["last_fired"]],
        **{
            title: [_count(n) for n in diagnostics[name]]
            for title, name in (("Last day", "n_last_day"), ("7 days", "n_last_7_days"), ("30 days", "n_last_30_days"))
        },
        "Recognised": [
            shown_share(int(part), int(whole) or None)
            for part, whole in zip(diagnostics["n_matched"], diagnostics["n_events"], strict=True)
        ],
    }
    return pd.DataFrame(shown, dtype="str")


def _event_words(event: str) -> str:
    return "page load (base code)" if event == PAGE_LOAD else event


def _state(row: object, as_of: datetime) -> str:
    """Say how it is with an event: fires, silent, never seen; and whether a clock is wrong."""
    last_fired, n_in_future = getattr(row, "last_fired", None), int(getattr(row, "n_in_future", 0))
    clock = f"; {_count(n_in_future)} in the future, see to the clock" if n_in_future else ""
    if last_fired is None or pd.isna(last_fired):
        return f"never seen{clock}"
    silence = as_of - last_fired
    return f"{'fires' if silence <= SILENT_AFTER else f'silent for {silence.days} days'}{clock}"


def _day(time: datetime) -> str:
    return _NEVER if pd.isna(time) else f"{time:%Y-%m-%d}"


def _count(n: int) -> str:
    """Return a count as it may be shown; that there was nothing at all says nothing of anybody."""
    return "0" if n == 0 else shown_size(int(n))
