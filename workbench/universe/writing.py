"""Writing a universe to disk: all of it or nothing.

The tables grow in a hidden folder beside the destination, one row group per block, and take the destination's name only
when the last one is closed. Whatever stops the work before that, the hidden folder goes and the destination stays as it
was. Writer settings are constants and no time of day is written, so the same rows are the same bytes.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import InputFileError, UniverseError
from workbench.universe.schema import DESCRIPTION_FILE, FORMAT_VERSION, TABLES

_DIGEST_COLUMNS = ("md5", "sha1", "sha256")


class UniverseWriter:
    """Appends rows to the tables of a universe that is being built; made by `new_universe`.

    Parameters
    ----------
    folder : Path
        Where the tables grow.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._n_rows = dict.fromkeys(TABLES, 0)
        self._open_files = ExitStack()
        for table in TABLES.values():  # opened at once, so that a table without rows is a file all the same
            repeated = [column.name for column in table.columns if pa.types.is_dictionary(column.type)]
            writer = pq.ParquetWriter(
                folder / table.file_name,
                table.arrow_schema,
                compression={column.name: _codec(column.name) for column in table.columns},
                use_dictionary=repeated,
                write_statistics=True,  # opening reads ranges and missing values from them
                store_schema=True,
                version="2.6",
            )
            self._writers[table.name] = self._open_files.enter_context(writer)

    def append(self, name: str, rows: pa.Table) -> None:
        """Write rows of a table as one row group; none is no row group."""
        if rows.num_rows:
            self._writers[name].write_table(rows, row_group_size=rows.num_rows)
            self._n_rows[name] += rows.num_rows

    def close(self) -> None:
        """Close the files."""
        self._open_files.close()

    def describe(self, as_of: datetime, provenance: Mapping[str, Any]) -> None:
        """Write ``universe.json``: when "now" is, how many rows there are, and where they come from."""
        description = {
            "format_version": FORMAT_VERSION,
            "as_of": as_of.isoformat().replace("+00:00", "Z"),
            "n_accounts": self._n_rows["accounts"],
            "n_rows": self._n_rows,
            "provenance": dict(provenance),
        }
        text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
        (self._folder / DESCRIPTION_FILE).write_text(text, encoding="utf-8")


@contextmanager
def new_universe(destination: Path, *, overwrite: bool) -> Iterator[UniverseWriter]:
    """Build a universe that appears at its destination only when it is complete.

    Parameters
    ----------
    destination : Path
        Folder of the universe to be.
    overwrite : bool
        Replace a universe that is there already, at the very end.

    Yields
    ------
    UniverseWriter
        Where to append rows; call ``describe`` before leaving.

    Raises
    ------
    UniverseError
        If something is at the destination that may not be replaced, or the disk refuses.
    """
    # Of a link the target is replaced: the link itself is somebody's choice of where universes lie.
    destination = Path(os.path.realpath(destination))
    check_destination(destination, overwrite=overwrite)
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        # Cut short: with what is added, the longest name that a folder may have would be too long.
        folder = Path(tempfile.mkdtemp(prefix=f".{destination.name[:40]}.", dir=destination.parent))
    except OSError as error:
        raise _disk_refusal(destination, error) from error
    try:
        writer = UniverseWriter(folder)
        try:
            yield writer
        finally:
            writer.close()
        folder.chmod(0o755)  # mkdtemp makes it private; a universe is readable like any other data
        _put_in_place(folder, destination)
    except InputFileError:
        raise  # an OSError too, but about a file that was read
    except OSError as error:
        raise _disk_refusal(destination, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_destination(destination: Path, *, overwrite: bool) -> None:
    """Refuse a destination that holds something else, or a universe that is to stay.

    Raises
    ------
    UniverseError
        Saying what is there and how to go on.
    """
    for above in destination.absolute().parents:
        if os.path.lexists(above) and not above.is_dir():
            raise UniverseError(
                f"expected a folder to write to, but {above} is a file, not a folder; choose another destination"
            )
    if not os.path.lexists(destination) or (destination.is_dir() and not any(destination.iterdir())):
        return
    if not (destination / DESCRIPTION_FILE).is_file():
        raise UniverseError(
            f"expected a new folder or a universe at {destination}, found something else; choose another destination"
        )
    if not overwrite:
        raise UniverseError(
            f"expected nothing at {destination}, found a universe; choose another destination or ask to overwrite it"
            " (--overwrite)"
        )


def check_disk_space(destination: Path, n_bytes: int) -> None:
    """Refuse to start what cannot fit on the disk.

    Parameters
    ----------
    destination : Path
        Folder of the universe to be.
    n_bytes : int
        Estimated size of the universe.

    Raises
    ------
    UniverseError
        Saying how much is needed and how much is free.
    """
    folder = destination.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if n_bytes > 0.95 * free:
        raise UniverseError(
            f"expected about {_in_words(n_bytes)} of free disk space at {folder} for a universe of this size, found"
            f" {_in_words(free)}; ask for fewer accounts or choose another destination"
        )


def _in_words(n_bytes: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if n_bytes < 1000:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:,.1f} GB"


def _codec(column: str) -> str:
    return "NONE" if column in _DIGEST_COLUMNS else "ZSTD"  # digests are noise and do not shrink


def _put_in_place(folder: Path, destination: Path) -> None:
    if not destination.exists():
        folder.rename(destination)
        return
    # A folder cannot replace a full one in a single step: the old one steps aside, and comes back if the new one fails.
    old = folder.with_name(folder.name + ".old")
    destination.rename(old)
    try:
        folder.rename(destination)
    except OSError:
        old.rename(destination)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _disk_refusal(destination: Path, error: OSError) -> UniverseError:
    reason = os.strerror(error.errno).lower() if error.errno else type(error).__name__
    return UniverseError(
        f"expected to write a universe at {destination}, but the system refused ({reason}); choose another destination"
    )
