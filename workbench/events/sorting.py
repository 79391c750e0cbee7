"""From events in any order to the files of a run, in bounded memory: DuckDB sorts, on disk where memory does not do.

First each source and action is counted, which gives the keys, where each begins, and the unit that states every time
exactly. Then all events are sorted by key, time and account, and what comes back in order is written as it comes. The
same events give the same bytes, whatever their order and however many threads sort.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.errors import UniverseError
from workbench.events.index_description import MAX_ACTIONS, RunDescription
from workbench.events.run_files import RunFiles
from workbench.progress import Progress
from workbench.sql import reporting

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_UNITS: Final = (1_000_000, 1_000, 1)
_BATCH_ROWS: Final = 1 << 20


class EventColumns(NamedTuple):
    """Names of the columns that an index is made of.

    Parameters
    ----------
    source : str
        Texts: the tag, the pin or whatever the event is of.
    action : str
        Texts: what was done.
    time : str
        Times with their zone: when it was done.
    account : str
        Whole numbers: who did it; missing where the visitor was not recognised, or left out if nobody was.
    is_source_optional : bool
        Whether events without a source are left out; else they are refused.
    """

    source: str
    action: str
    time: str = "event_time"
    account: str = "account"
    is_source_optional: bool = False


class Keys(NamedTuple):
    """The sources and actions of some events, in the order of a run.

    Parameters
    ----------
    sources : bytes array, shape (n_keys,)
        Source of each key, in UTF-8.
    actions : uint8 array, shape (n_keys,)
        Code of its action.
    n_events : int64 array, shape (n_keys,)
        Its events.
    first_micros, last_micros : int
        First and last time of all, microseconds since 1970.
    unit_micros : int
        Longest unit that states every time exactly.
    table : pyarrow.Table
        Columns source, action (texts) and key (its number).
    """

    sources: NDArray[np.bytes_]
    actions: NDArray[np.uint8]
    n_events: NDArray[np.int64]
    first_micros: int
    last_micros: int
    unit_micros: int
    table: "pa.Table"


def view_of_events(relations: Mapping[str, Collection[str]], columns: EventColumns, shard: int, n_shards: int) -> str:
    """Return the SQL of a view ``events`` with the columns source, action, micros and account.

    Parameters
    ----------
    relations : mapping of str to collection of str
        What SQL reads from, and the names of its columns; several are one table.
    columns : EventColumns
        Names of the columns to take.
    shard, n_shards : int
        Which accounts to take: those whose number leaves ``shard`` when divided by ``n_shards``.
    """
    parts = [
        _events_of(relation, stored, columns)
        for relation, stored in relations.items()
        if columns.source in stored or not columns.is_source_optional
    ]
    parts = parts or ["SELECT '' AS source, '' AS action, 0::BIGINT AS micros, 0 AS account WHERE false"]
    # Events of strangers are in the first shard: they are nobody's, but they happened.
    in_shard = f"coalesce(account, 0) % {n_shards} = {shard}" if n_shards > 1 else "true"
    has_source = "source IS NOT NULL" if columns.is_source_optional else "true"
    return f"CREATE TEMP VIEW events AS SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE {in_shard} AND {has_source}"  # noqa: S608


def _events_of(relation: str, stored: Collection[str], columns: EventColumns) -> str:
    account = f'"{columns.account}"' if columns.account in stored else "NULL::INTEGER"
    return (  # the names are the caller's own
        f'SELECT "{columns.source}"::VARCHAR AS source, "{columns.action}"::VARCHAR AS action, '  # noqa: S608
        f'epoch_us("{columns.time}") AS micros, {account} AS account FROM {relation}'
    )


def count_keys(
    connection: "duckdb.DuckDBPyConnection", actions: list[str], n_accounts: int, on_progress: Progress
) -> Keys | None:
    """Count the events of each source and action; None if there are no events.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the view ``events``.
    actions : list of str
        Names of the actions by their code; new ones are added.
    n_accounts : int
        Number of accounts in the universe.
    on_progress : Progress
        Called with hundredths.

    Raises
    ------
    UniverseError
        If a value is missing, an account does not exist, or there are too many actions.
    """
    import pyarrow as pa

    # A last digit that is not 0 somewhere: the unit is the longest that leaves no remainder.
    relation = connection.sql(
        "SELECT source, action, count(*) AS n_events, min(micros) AS first, max(micros) AS last, "
        "bool_and(micros % 1000000 = 0) AS is_seconds, bool_and(micros % 1000 = 0) AS is_millis, "
        "min(coalesce(account, 0)) AS lowest, max(coalesce(account, 0)) AS highest, count(micros) AS n_times "
        "FROM events GROUP BY source, action"
    )
    counted = reporting(connection, relation.to_arrow_table, on_progress)
    if not counted.num_rows:
        return None
    table = counted.to_pydict()
    _check_values(table, n_accounts)
    actions += sorted(set(table["action"]) - set(actions))
    if len(actions) > MAX_ACTIONS:
        raise UniverseError(f"expected at most {MAX_ACTIONS} actions, got {len(actions)}; merge some of them")
    codes = np.array([actions.index(action) for action in table["action"]], dtype=np.uint8)
    sources = np.array([source.encode() for source in table["source"]], dtype=np.bytes_)
    order = np.lexsort((codes, sources))
    key = np.empty(order.size, dtype=np.int64)
    key[order] = np.arange(order.size)
    is_whole = [all(table["is_seconds"]), all(table["is_millis"]), True]
    return Keys(
        sources[order],
        codes[order],
        np.array(table["n_events"], dtype=np.int64)[order],
        min(table["first"]),
        max(table["last"]),
        next(unit for unit, fits in zip(_UNITS, is_whole, strict=True) if fits),
        counted.select(["source", "action"]).append_column("key", pa.array(key)),
    )


def write_sorted(
    connection: "duckdb.DuckDBPyConnection", keys: Keys, folder: Path, run: tuple[int, int], on_progress: Progress
) -> RunDescription:
    """Sort the events and write them as a run.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the view ``events``.
    keys : Keys
        What `count_keys` returned.
    folder : Path
        Where to write.
    run : tuple of int
        Its shard, and its number, for the names of its files.
    on_progress : Progress
        Called with hundredths of sorting, then of writing.
    """
    from workbench.events.kernels.tallies import STRANGER

    connection.register("keys", keys.table)
    n_events = int(keys.n_events.sum())
    relation = connection.sql(
        f"SELECT micros, coalesce(account, {STRANGER}) AS account FROM events JOIN keys USING (source, action) "  # noqa: S608
        "ORDER BY key, micros, account"
    )
    reader, batch = reporting(connection, lambda: _first_of(relation), lambda done, _: on_progress(done, 200))
    files = RunFiles(folder, run, n_events, (keys.last_micros - keys.first_micros) // keys.unit_micros)
    while batch is not None:
        micros, accounts = (batch[name].to_numpy() for name in ("micros", "account"))
        files.append((micros - keys.first_micros) // keys.unit_micros, accounts)
        n_done = 100 + 100 * files.n_done // n_events
        batch = reporting(connection, lambda: next(reader, None), lambda *_, n=n_done: on_progress(n, 200))
    on_progress(200, 200)
    return files.finish(keys.sources, keys.actions, keys.n_events, (keys.first_micros, keys.unit_micros))


def _check_values(table: dict[str, list[Any]], n_accounts: int) -> None:
    for name, values in (("source", table["source"]), ("action", table["action"])):
        if None in values:
            raise UniverseError(f"expected the {name} of every event, found some without; fill them in or drop them")
    if table["n_times"] != table["n_events"]:
        raise UniverseError("expected the time of every event, found some without; drop them")
    lowest, highest = min(table["lowest"]), max(table["highest"])
    if lowest < 0 or highest >= n_accounts:
        raise UniverseError(
            f"expected accounts from 0 to {n_accounts - 1}, got {lowest} to {highest}; drop or renumber the events"
        )
    if any("\0" in source for source in table["source"]):
        raise UniverseError("expected sources without null characters, got one with; correct it")


def _first_of(relation: "duckdb.DuckDBPyRelation") -> "tuple[Iterator[Any], Any]":
    """Return the batches of a sorted relation but for the first one, and that one, which takes the sorting."""
    batches = iter(relation.to_arrow_reader(_BATCH_ROWS))
    return batches, next(batches, None)
