"""DuckDB as the workbench uses it: a throw-away connection that sees files, never the network."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


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
