"""Building an index of events on disk, complete or not at all, adding events to it, and merging its runs."""

import contextlib
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.array_file import fingerprint
from workbench.errors import DefinitionError
from workbench.events.index import EventIndex
from workbench.events.index_description import (
    DESCRIPTION_FILE,
    FIELDS,
    Description,
    RunDescription,
    read_description,
    write_description,
)
from workbench.events.merging import merge_runs, n_runs_due
from workbench.events.sorting import EventColumns, count_keys, view_of_events, write_sorted
from workbench.folder_lock import LOCK_FILE, locked
from workbench.progress import Progress, ignore_progress
from workbench.sql import connect, parquet_source
from workbench.whole_folder import whole_folder

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

EventFiles = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""A Parquet file of events, or several that are one table."""

MAX_SHARDS: Final = 4096
_TABLE: Final = "added"
_FILE_NAME: Final = re.compile(
    rf"{re.escape(DESCRIPTION_FILE)}|{LOCK_FILE}|\.[0-9a-f]+\.part|run-\d{{6,}}-({'|'.join(FIELDS)})\.npy"
)
_WHAT: Final = "the index of events"
_MEMORY: Final = "4GB"  # beyond it DuckDB sorts on disk
_STEPS_OF_A_RUN: Final = 300  # hundredths of counting, sorting and writing


class _Added(NamedTuple):
    """Events to add.

    Parameters
    ----------
    origins : tuple of str
        Fingerprint of each file they come from; empty for a table in memory.
    relations : mapping of str to collection of str
        What SQL reads from, and the names of its columns.
    columns : EventColumns
        Which columns to take.
    table : pyarrow.Table, optional
        The table in memory, for SQL to read from.
    """

    origins: tuple[str, ...]
    relations: Mapping[str, Collection[str]]
    columns: EventColumns
    table: "pa.Table | None" = None


def write_event_index(
    events: EventFiles,
    folder: str | os.PathLike[str],
    columns: EventColumns,
    n_accounts: int,
    *,
    n_shards: int = 1,
    overwrite: bool = False,
    on_progress: Progress = ignore_progress,
) -> None:
    """Build the index of a table of events in a folder.

    Parameters
    ----------
    events : path-like or sequence of path-like
        Parquet file, or several that are one table, the rows in any order.
    folder : path-like
        Where the index will be, once it is complete.
    columns : EventColumns
        Names of the columns that hold source, action, time and account.
    n_accounts : int
        Number of accounts in the universe.
    n_shards : int
        Into how many parts to divide the accounts, for as many workers of a cluster; the answers are the same.
    overwrite : bool
        Replace an index that is there already.
    on_progress : Progress
        Called with the steps done and all steps; raise ``CancelledError`` in it to stop, which leaves nothing behind.

    Raises
    ------
    InputFileError
        If the folder exists and shall not be replaced, or is something else.
    UniverseError
        If a source, an action or a time is missing, or an account is not in the universe.
    DefinitionError
        If the number of shards makes no sense.
    """
    if not 1 <= n_shards <= MAX_SHARDS:
        raise DefinitionError(f"n_shards: expected 1 to {MAX_SHARDS}, got {n_shards}")
    with whole_folder(Path(folder), "index of events", _FILE_NAME.fullmatch, overwrite=overwrite) as unfinished:
        empty = Description(n_accounts, (), n_shards, (), 0, ())
        write_description(unfinished, _with_runs(empty, unfinished, _of_files(events, columns), on_progress))


def append_events(
    folder: str | os.PathLike[str],
    events: "EventFiles | pa.Table",
    columns: EventColumns,
    *,
    on_progress: Progress = ignore_progress,
) -> None:
    """Add events to an index, as runs of their own: what is there already is not touched.

    Readers that have the index open go on with what they saw. A program that ends in the middle, however it ends, has
    added nothing. When runs have become many, the small ones are merged; `compact_events` merges all.

    Parameters
    ----------
    folder : path-like
        The index.
    events : path-like, sequence of path-like or pyarrow.Table
        Parquet files or table of the new events, in any order; they may be earlier than those that are there.
    columns : EventColumns
        Names of the columns that hold source, action, time and account.
    on_progress : Progress
        Called with the steps done and all steps; raise ``CancelledError`` in it to stop, which adds nothing.

    Raises
    ------
    InputFileError
        If another program is adding to it now.
    UniverseError
        If the index is damaged, a source, an action or a time is missing, or an account is not in the universe.
    """
    with _edited(Path(folder)) as before:
        if isinstance(events, str | os.PathLike | Sequence):
            added = _of_files(events, columns)
        else:
            added = _Added(("",), {_TABLE: events.column_names}, columns, events)
        after = _with_runs(before, Path(folder), added, on_progress)
        write_description(Path(folder), after)
        if n_runs_due(_sizes(after)):
            write_description(Path(folder), _merged(after, Path(folder), ignore_progress, is_due_only=True))


def compact_events(folder: str | os.PathLike[str], *, on_progress: Progress = ignore_progress) -> None:
    """Merge the runs of an index into one, or into one for each shard: questions are faster, the answers the same.

    Parameters
    ----------
    folder : path-like
        The index.
    on_progress : Progress
        Called with the events merged and all events; raise ``CancelledError`` in it to stop, which changes nothing.

    Raises
    ------
    InputFileError
        If another program is adding to it now.
    UniverseError
        If the index is damaged.
    """
    with _edited(Path(folder)) as before:
        write_description(Path(folder), _merged(before, Path(folder), on_progress, is_due_only=False))


@contextlib.contextmanager
def _edited(folder: Path) -> Iterator[Description]:
    """Lock an index; files that an edit before this one left behind go, and those that this one makes unneeded."""
    before = read_description(folder)
    with locked(folder, _WHAT):
        before = read_description(folder)
        _remove_others(folder, before)
        try:
            yield before
        finally:
            _remove_others(folder, read_description(folder))


def _with_runs(before: Description, folder: Path, added: _Added, on_progress: Progress) -> Description:
    """Write the added events, a run for each shard that has some, and return the description with them."""
    actions, runs, number = list(before.actions), list(before.runs), before.n_runs_made
    n_total = before.n_shards * _STEPS_OF_A_RUN
    for shard in range(before.n_shards):
        report = _Part(on_progress, shard * _STEPS_OF_A_RUN, n_total)
        with connect() as connection:
            _show_events(connection, added, shard, before.n_shards)
            keys = count_keys(connection, actions, before.n_accounts, report)
            if keys is not None:
                number += 1
                runs.append(write_sorted(connection, keys, folder, (shard, number), report.later(100)))
    on_progress(n_total, n_total)
    origins = before.origins + added.origins
    return before._replace(origins=origins, actions=tuple(actions), n_runs_made=number, runs=tuple(runs))


def _show_events(connection: "duckdb.DuckDBPyConnection", added: _Added, shard: int, n_shards: int) -> None:
    connection.execute("SET memory_limit = ?", [_MEMORY])
    connection.execute("SET preserve_insertion_order = false")
    if added.table is not None:
        connection.register(_TABLE, added.table)
    connection.execute(view_of_events(added.relations, added.columns, shard, n_shards))


def _of_files(events: EventFiles, columns: EventColumns) -> _Added:
    import pyarrow.parquet as pq  # imported late: opening needs no tables

    paths = [Path(events)] if isinstance(events, str | os.PathLike) else [Path(each) for each in events]
    origins = tuple(fingerprint(path) for path in paths)  # first: a file that changes meanwhile shall not fit
    return _Added(origins, {parquet_source(path): pq.read_schema(path).names for path in paths}, columns)


class _Part(NamedTuple):
    """The progress of a part of the work, which begins when some steps of all are done."""

    on_progress: Progress
    n_before: int
    n_total: int

    def __call__(self, n_done: int, _n_total: int, /) -> None:
        self.on_progress(self.n_before + n_done, self.n_total)

    def later(self, n_steps: int) -> "_Part":
        """Return the progress of what follows after some steps."""
        return self._replace(n_before=self.n_before + n_steps)


def _merged(before: Description, folder: Path, on_progress: Progress, *, is_due_only: bool) -> Description:
    """Merge the latest runs of each shard, or all; a shard with one run keeps it."""
    index = EventIndex.open(folder)
    kept: list[RunDescription] = []
    number, n_done = before.n_runs_made, 0
    for shard in range(before.n_shards):
        of_shard = [i for i, run in enumerate(before.runs) if run.shard == shard]
        n_merged = n_runs_due([before.runs[i].n_events for i in of_shard]) if is_due_only else len(of_shard)
        due = of_shard[len(of_shard) - n_merged :] if n_merged > 1 else []
        kept += [before.runs[i] for i in of_shard if i not in due]
        if due:
            number += 1
            report = _Part(on_progress, n_done, index.n_events)
            kept.append(merge_runs([index.runs[i] for i in due], folder, (shard, number), report))
        n_done += sum(before.runs[i].n_events for i in of_shard)
    on_progress(index.n_events, index.n_events)
    return before._replace(n_runs_made=number, runs=tuple(kept))


def _sizes(description: Description) -> list[int]:
    """Return the events of the runs of the shard that has most runs."""
    sizes = [[run.n_events for run in description.runs if run.shard == shard] for shard in range(description.n_shards)]
    return max(sizes, key=len)


def _remove_others(folder: Path, description: Description) -> None:
    """Remove the files of runs that are not there; what cannot be removed is in nobody's way."""
    needed = {file.name for file in description.files()} | {DESCRIPTION_FILE, LOCK_FILE}
    for path in folder.iterdir():
        if path.name not in needed and _FILE_NAME.fullmatch(path.name):
            with contextlib.suppress(OSError):
                path.unlink()
