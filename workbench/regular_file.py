"""Opening a file that somebody else named: a regular file or a refusal, never a wait and never half a file.

A path can lead to a folder, to a pipe that nobody writes to, or to a file that another program is still writing. Each
of these is refused in one sentence.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from workbench.errors import InputFileError


@contextmanager
def opened_regular_file(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file for reading bytes.

    Parameters
    ----------
    path : Path
        File to open.

    Yields
    ------
    binary file
        The open file.

    Raises
    ------
    InputFileError
        If there is no such file, it cannot be read, or it is not a regular file; and at the end, if it was changed
        in the meantime.
    """
    try:
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - closed below; Path.open has no opener
    except (OSError, ValueError) as error:
        raise InputFileError(f"expected a file that can be read, got {_reason(path, error)}") from error
    with file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise InputFileError(f"expected a regular file, got a pipe or device at {path}; write it to a file first")
        fault: ValueError | None = None
        try:
            yield file
        except ValueError as error:
            fault = error  # what looks wrong may be the half of two versions
        after = os.fstat(file.fileno())
        is_unchanged = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        try:
            if is_unchanged and fault is not None:
                raise fault
        finally:
            del fault  # or it and this frame would hold each other
    if not is_unchanged:
        raise InputFileError(
            f"expected a file that stays as it is, but {path} changed while it was read; "
            "wait until it is complete and try again"
        )


def _without_waiting(path: str, flags: int) -> int:
    # Opening a pipe would wait for somebody to write to it. For regular files the flag changes nothing.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _reason(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"none at {path}; check the path"
    if isinstance(error, IsADirectoryError):
        return f"the folder {path}; name a file inside it"
    if isinstance(error, PermissionError):
        return f"no permission to read {path}; ask its owner for it"
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"{path} ({reason}); check the path"
