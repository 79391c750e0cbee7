"""One writer at a time: a lock on a folder, which the system takes back when its holder ends, however it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from workbench.errors import InputFileError

LOCK_FILE: Final = "lock"
_OWNER_ONLY: Final = 0o600


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Keep every other program from editing what is in a folder.

    Parameters
    ----------
    folder : Path
        An existing folder; a file called ``lock`` stays in it.
    what : str
        What to call the content in a refusal, such as "the list".

    Raises
    ------
    InputFileError
        If another program is editing it now, or this one may not.
    """
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    except OSError as failure:
        reason = os.strerror(failure.errno).lower() if failure.errno else type(failure).__name__
        raise InputFileError(f"expected to edit {what} {folder}, but: {reason}; ask its owner") from None
    try:
        if not _try_lock(descriptor):
            raise InputFileError(
                f"expected to edit {what} {folder} alone, but another program is editing it; wait until it is done"
            )
        yield
    finally:
        os.close(descriptor)  # which unlocks


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
