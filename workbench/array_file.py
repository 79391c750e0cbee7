"""Arrays in files of their own, each described by its name, size and checksum, and mapped by whoever opens them."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.errors import InputFileError, UniverseError
from workbench.progress import Progress

_FOOTER_BYTES: Final = 1 << 16


Damaged = Callable[[Path, str], UniverseError]
"""What makes the refusal of a folder, given what was expected of it and what was found, in a clause."""


class ArrayFile(NamedTuple):
    """One file of a folder, as it was written.

    Parameters
    ----------
    name : str
        Its name in the folder.
    n_bytes : int
        Its size.
    sha256 : str
        SHA-256 of its bytes, in hexadecimal.
    """

    name: str
    n_bytes: int
    sha256: str

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "ArrayFile":
        """Return what JSON said of a file; LookupError, TypeError or ValueError if it says something else."""
        file = cls(str(fields["name"]), int(fields["n_bytes"]), str(fields["sha256"]))
        if Path(file.name).name != file.name:
            raise ValueError("a file of the folder has no path")
        return file

    @classmethod
    def of_written(cls, path: Path) -> "ArrayFile":
        """Describe a file that has been written."""
        return cls(path.name, path.stat().st_size, checksum(path))


def write_array(path: Path, array: NDArray[Any]) -> ArrayFile:
    """Write an array into a file and describe it."""
    np.save(path, array, allow_pickle=False)
    return ArrayFile.of_written(path)


def map_array(path: Path) -> NDArray[Any]:
    """Map the array in a file, read-only; an empty one of floats if the file holds none.

    Raises
    ------
    InputFileError
        If the system refuses, because too many files are open, for example.
    """
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (ValueError, EOFError):
        return np.empty(0)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else "no reason given"
        raise InputFileError(f"expected to map {path}, but the system refused ({reason}); see to the file") from None


def sizes_of_files(folder: Path) -> dict[str, int]:
    """Return the size in bytes of every file in a folder, by name; one that goes meanwhile may be left out."""
    sizes = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                if entry.is_file():
                    sizes[entry.name] = entry.stat().st_size
    return sizes


def require_sizes(folder: Path, files: Iterable[ArrayFile], damaged: Damaged) -> None:
    """Refuse a folder in which a file is missing or of another size, without reading any.

    Parameters
    ----------
    folder : Path
        Where the files are.
    files : iterable of ArrayFile
        As they were written.
    damaged : callable
        Makes the refusal of the folder and of what was expected of it.

    Raises
    ------
    UniverseError
        What ``damaged`` made.
    """
    sizes = sizes_of_files(folder)
    for file in files:
        n_bytes = sizes.get(file.name)
        if n_bytes != file.n_bytes:
            found = "none" if n_bytes is None else f"{n_bytes:,}"
            raise damaged(folder, f"{file.n_bytes:,} bytes in {file.name}, found {found}")


def require_bytes(folder: Path, files: Sequence[ArrayFile], damaged: Damaged, on_progress: Progress) -> None:
    """Refuse a folder in which a byte is not as it was written, reading all of them.

    Parameters
    ----------
    folder, files, damaged
        As for `require_sizes`.
    on_progress : Progress
        Called with the bytes read and all bytes.

    Raises
    ------
    UniverseError
        What ``damaged`` made; it names the file.
    """
    n_total, n_done = sum(file.n_bytes for file in files), 0
    for file in files:
        if checksum(folder / file.name) != file.sha256:
            raise damaged(folder, f"{file.name} as it was written, found other bytes")
        n_done += file.n_bytes
        on_progress(n_done, n_total)


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksum_of_fields(fields: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what JSON can hold, in hexadecimal, whatever the order of the keys."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def fingerprint(path: Path) -> str:
    """Return what tells one Parquet file from another at a glance: its size and the SHA-256 of its end.

    The end of a Parquet file holds the number of rows and, for every block of every column, where it lies, how large it
    is and its lowest and highest value. Another table would have to agree in all of that.

    Parameters
    ----------
    path : Path
        A Parquet file.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, n_bytes - _FOOTER_BYTES))
        return f"{n_bytes}:{hashlib.sha256(file.read()).hexdigest()}"
