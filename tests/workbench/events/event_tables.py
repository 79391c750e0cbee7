"""Events for tests: as lists for the naive twin, as Arrow tables and Parquet files for the index."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from tests.workbench.events.naive import Event
from workbench.events import EventColumns, EventQuestion

N_ACCOUNTS = 130  # three words, the last one not full
NOW = datetime(2026, 11, 1, tzinfo=UTC)
COLUMNS = EventColumns("tag_id", "event")
SOURCES = ["1", "2", "12", "800000000001", "9"]
ACTIONS = ["checkout", "pagevisit", "signup"]

SCHEMA = pa.schema(
    [
        ("tag_id", pa.dictionary(pa.int32(), pa.string())),
        ("event", pa.dictionary(pa.int32(), pa.string())),
        ("event_time", pa.timestamp("us", tz="UTC")),
        ("account", pa.int32()),
    ]
)

# Few distinct times, so that bounds are met exactly; steps that need seconds, milliseconds or microseconds.
STEPS = st.sampled_from([timedelta(days=1), timedelta(seconds=1), timedelta(milliseconds=1), timedelta(microseconds=1)])
TIMES = st.builds(lambda step, n: NOW - n * step, STEPS, st.integers(0, 4))
EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(SOURCES),
        st.sampled_from(ACTIONS),
        TIMES,
        st.sampled_from([None, 0, 1, 63, 64, 127, 128, N_ACCOUNTS - 1]),
    ),
    max_size=40,
)
QUESTIONS = st.builds(
    EventQuestion,
    sources=st.none() | st.lists(st.sampled_from([*SOURCES, "", "99", "80000000000100"]), max_size=4),
    actions=st.none() | st.lists(st.sampled_from([*ACTIONS, "search"]), max_size=3),
    since=st.none() | TIMES,
    until=st.none() | TIMES,
    min_count=st.integers(1, 5),
)


def table_of(events):
    columns = zip(*events, strict=True) if events else [[], [], [], []]
    return pa.table([pa.array(list(c), f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def write_events(path, events):
    pq.write_table(table_of(events), path, row_group_size=7)
    return path
