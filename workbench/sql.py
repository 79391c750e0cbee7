"""DuckDB as the workbench uses it: connections that see files, never the network, and can be stopped."""

import atexit
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from workbench.progress import Progress

if TYPE_CHECKING:
    import duckdb

_SECONDS_BETWEEN_REPORTS: Final = 0.2  # so that a user who cancels is heard while DuckDB is busy
_Result = TypeVar("_Result")
_LOCK: Final = Lock()
_KEPT: "Final[dict[int, duckdb.DuckDBPyConnection]]" = {}
"""The database of this process, by its id."""


@contextmanager
def connect() -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open a database of its own in memory; what does not fit there spills to a folder that goes with it."""
    with _spill_folder() as folder, _database(folder) as database:
        _settle(database)
        yield database


@contextmanager
def asking() -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open a connection of its own to a database that this process keeps: most questions take less than making one.

    It is for reading files: settings and lasting tables would be everybody's, temporary views are its own.
    """
    with _kept_database().cursor() as connection:
        _settle(connection)
        yield connection


def _settle(connection: "duckdb.DuckDBPyConnection") -> None:
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")


def _kept_database() -> "duckdb.DuckDBPyConnection":
    """Return the database of this process, made on first use: a fork has no threads of the one before it."""
    with _LOCK:
        process_id = os.getpid()
        if process_id not in _KEPT:
            _KEPT.clear()
            folder = _spill_folder()
            _KEPT[process_id] = _database(folder.name)
            atexit.register(_forget, folder)
        return _KEPT[process_id]


def _forget(folder: "tempfile.TemporaryDirectory[str]") -> None:
    kept = _KEPT.pop(os.getpid(), None)
    if kept is not None:
        kept.close()
        folder.cleanup()


def _spill_folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="workbench-query-")


def _database(spill_folder: str) -> "duckdb.DuckDBPyConnection":
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,  # either would download
        "autoload_known_extensions": False,
        "enable_external_file_cache": False,  # a file that was replaced is another one, whatever its time says
        "temp_directory": spill_folder,  # the default is the folder one happens to be in
    }
    return duckdb.connect(config=config)


def parquet_source(path: Path) -> str:
    """Return the SQL that reads exactly one Parquet file, whatever letters its path has."""
    literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)).replace("'", "''")
    return f"read_parquet('{literal}', hive_partitioning=false)"


def reporting(connection: "duckdb.DuckDBPyConnection", work: Callable[[], _Result], on_progress: Progress) -> _Result:
    """Let DuckDB work on another thread, so that this one can report how far it is, and stop it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The one that works.
    work : callable
        Asks it something, and returns the answer.
    on_progress : Progress
        Called with hundredths now and then; raise ``CancelledError`` in it to stop.

    Returns
    -------
    object
        The answer.
    """
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work)
        try:
            on_progress(0, 100)
            while not wait_for([future], timeout=_SECONDS_BETWEEN_REPORTS).done:
                on_progress(min(max(int(connection.query_progress()), 0), 100), 100)
        except BaseException:
            connection.interrupt()
            raise
        return future.result()
