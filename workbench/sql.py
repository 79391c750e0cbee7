"""DuckDB as the workbench uses it: a throw-away connection that sees files, never the network, and can be stopped."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from workbench.progress import Progress

if TYPE_CHECKING:
    import duckdb

_SECONDS_BETWEEN_REPORTS: Final = 0.2  # so that a user who cancels is heard while DuckDB is busy
_Result = TypeVar("_Result")


@contextmanager
def connect() -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open a connection of its own in memory; what does not fit there spills to a folder that goes with it."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {  # either would download
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with tempfile.TemporaryDirectory(prefix="workbench-query-") as spill_folder, duckdb.connect(config=config) as it:
        it.execute("SET TimeZone = 'UTC'")
        it.execute("SET temp_directory = ?", [spill_folder])  # the default is the folder one happens to be in
        it.execute("SET enable_progress_bar = false")
        yield it


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
