"""Events by the million, for benchmarks: two million accounts, 500 sources with a long tail, 180 days."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N_ACCOUNTS, N_SOURCES, N_DAYS = 2_000_000, 500, 180
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ACTIONS = ("pin_click", "closeup", "save", "outbound_click", "video_view", "comment")
ACTION_SHARES = (0.45, 0.2, 0.15, 0.1, 0.07, 0.03)
FIRST_SOURCE = 800_000_000_000
BLOCK = 5_000_000
SCHEMA = pa.schema(
    [
        ("account", pa.int32()),
        ("source", pa.dictionary(pa.int32(), pa.string())),
        ("action", pa.dictionary(pa.int32(), pa.string())),
        ("event_time", pa.timestamp("us", tz="UTC")),
    ]
)


def source_ids(ranks: range | list[int]) -> list[str]:
    """Return the ids of sources by their rank, the most frequent first."""
    return [str(FIRST_SOURCE + rank) for rank in ranks]


def write_events(path: Path, n_events: int, *, n_sources: int = N_SOURCES, exponent: float = 1.1) -> Path:
    """Write events as Parquet in the order of time; some accounts are far more active than others."""
    rng = np.random.default_rng(1)
    weights = 1 / (np.arange(n_sources) + 1.0) ** exponent
    until_source, until_action = np.cumsum(weights / weights.sum()), np.cumsum(ACTION_SHARES)
    end = int(NOW.timestamp())
    bounds = np.linspace(end - N_DAYS * 86_400, end, -(-n_events // BLOCK) + 1).astype(np.int64)
    sources, actions = pa.array(source_ids(range(n_sources))), pa.array(ACTIONS)
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", use_dictionary=["source", "action"]) as writer:
        for number, first in enumerate(range(0, n_events, BLOCK)):
            n = min(BLOCK, n_events - first)
            source = np.searchsorted(until_source, rng.random(n)).clip(0, n_sources - 1).astype(np.int32)
            action = np.searchsorted(until_action, rng.random(n)).clip(0, len(ACTIONS) - 1).astype(np.int32)
            account = (N_ACCOUNTS * rng.random(n) ** 1.5).astype(np.int32)
            seconds = np.sort(rng.integers(bounds[number], bounds[number + 1], n))
            columns = [
                pa.array(account),
                pa.DictionaryArray.from_arrays(source, sources),
                pa.DictionaryArray.from_arrays(action, actions),
                pa.array(seconds * 1_000_000, pa.timestamp("us", tz="UTC")),
            ]
            writer.write_table(pa.table(columns, schema=SCHEMA), row_group_size=1_000_000)
    return path


def days_ago(n: int) -> datetime:
    """Return the instant so many days before now."""
    return NOW - timedelta(days=n)
