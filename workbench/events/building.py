"""Building an index of events on disk, complete or not at all, and adding events to it."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workbench.array_file import fingerprint
from workbench.errors import DefinitionError
from workbench.events.index_description import (
    DESCRIPTION_FILE,
    FIELDS,
    Description,
    read_description,
    write_description,
)
from workbench.events.sorting import EventColumns, count_keys, view_of_events, write_run
from workbench.folder_lock import LOCK_FILE, locked
from workbench.progress import Progress, ignore_progress
from workbench.sql import connect, parquet_source
from workbench.whole_folder import whole_folder

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_FILE_NAME: Final = re.compile(
    rf"{re.escape(DESCRIPTION_FILE)}|{LOCK_FILE}|\.[0-9a-f]+\.part|run-\d{{6,}}-({'|'.join(FIELDS)})\.npy"
)
_WHAT: Final = "the index of events"
_MEMORY: Final = "4GB"  # beyond it DuckDB sorts on disk


def write_event_index(
    events: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    columns: EventColumns,
    n_accounts: int,
    *,
    shard: tuple[int, int] = (0, 1),
    overwrite: bool = False,
    on_progress: Progress = ignore_progress,
) -> None:
    """Build the index of a table of events in a folder.

    Parameters
    ----------
    events : path-like
        Parquet file, its rows in any order.
    folder : path-like
        Where the index will be, once it is complete.
    columns : EventColumns
        Names of the columns that hold source, action, time and account.
    n_accounts : int
        Number of accounts in the universe.
    shard : tuple of int
        Take the accounts only whose number leaves the first when divided by the second.
    overwrite : bool
        Replace an index that is there already.
    on_progress : Progress
        Called with the steps done and all steps; raise ``CancelledError`` in it to stop, which leaves nothing behind.

    Raises
    ------
    InputFileError
        If the folder exists and shall not be replaced, or is something else.
    UniverseError
        If a value is missing, or an account is not in the universe.
    """
    if not 0 <= shard[0] < shard[1]:
        raise DefinitionError(f"shard: expected a number below the number of shards, got {shard[0]} of {shard[1]}")
    source = Path(events)
    with whole_folder(Path(folder), "index of events", _FILE_NAME.fullmatch, overwrite=overwrite) as unfinished:
        origin = fingerprint(source)  # first: a file that changes meanwhile shall not fit
        empty = Description(n_accounts, origin, *shard, (), 0, ())
        with connect() as connection:
            connection.execute(view_of_events(parquet_source(source), columns, *shard))
            write_description(unfinished, _with_run(empty, unfinished, connection, on_progress))


def append_events(
    folder: str | os.PathLike[str],
    events: "str | os.PathLike[str] | pa.Table",
    columns: EventColumns,
    *,
    on_progress: Progress = ignore_progress,
) -> None:
    """Add events to an index, as a run of their own: what is there already is not touched.

    Readers that have the index open go on with what they saw. A program that ends in the middle, however it ends, has
    added nothing.

    Parameters
    ----------
    folder : path-like
        The index.
    events : path-like or pyarrow.Table
        Parquet file or table of the new events, in any order; they may be earlier than those that are there.
    columns : EventColumns
        Names of the columns that hold source, action, time and account.
    on_progress : Progress
        Called with the steps done and all steps; raise ``CancelledError`` in it to stop, which adds nothing.

    Raises
    ------
    InputFileError
        If another program is adding to it now.
    UniverseError
        If the index is damaged, a value is missing, or an account is not in the universe.
    """
    place = Path(folder)
    before = read_description(place)
    with locked(place, _WHAT):
        before = read_description(place)
        with connect() as connection:
            if isinstance(events, str | os.PathLike):
                source = parquet_source(Path(events))
            else:
                connection.register("added", events)
                source = "added"
            connection.execute(view_of_events(source, columns, before.shard, before.n_shards))
            write_description(place, _with_run(before, place, connection, on_progress))


def _with_run(
    before: Description, folder: Path, connection: "duckdb.DuckDBPyConnection", on_progress: Progress
) -> Description:
    """Write the view ``events`` as a run, and return the description with it; as it was if there are no events."""
    connection.execute("SET memory_limit = ?", [_MEMORY])
    connection.execute("SET preserve_insertion_order = false")
    actions = list(before.actions)
    keys = count_keys(connection, actions, before.n_accounts, lambda done, _: on_progress(done, 300))
    if keys is None:
        on_progress(300, 300)
        return before
    number = before.n_runs_made + 1
    run = write_run(connection, keys, folder, number, lambda done, _: on_progress(100 + done, 300))
    return before._replace(actions=tuple(actions), n_runs_made=number, runs=(*before.runs, run))
