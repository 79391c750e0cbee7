"""Building a folder: all of it, or nothing.

The files grow in a hidden folder beside the destination, which takes the destination's name when it is complete.
Whatever stops the work before that, the hidden folder goes and an older one stays as it was. Whoever has files of the
older one open goes on with them.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import InputFileError


@contextmanager
def whole_folder(destination: Path, what: str, is_part: Callable[[str], object], *, overwrite: bool) -> Iterator[Path]:
    """Make a folder that takes its name when it is complete, or goes.

    Parameters
    ----------
    destination : Path
        Where it will be.
    what : str
        What to call it in a refusal, such as "directory of accounts".
    is_part : callable
        Tells of the name of a file whether such a folder may hold it: one that holds another is never replaced.
    overwrite : bool
        Replace one that is there already, at the very end.

    Yields
    ------
    Path
        Where to write the files.

    Raises
    ------
    InputFileError
        If something is at the destination that may not be replaced.
    """
    _check_destination(destination, what, is_part, overwrite=overwrite)
    destination.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{destination.name}.", suffix=".part", dir=destination.parent))
    try:
        yield unfinished
        unfinished.chmod(0o755 & ~_umask())  # mkdtemp keeps others out; such a folder is for many to read
        _put_in_place(unfinished, destination)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _check_destination(destination: Path, what: str, is_part: Callable[[str], object], *, overwrite: bool) -> None:
    if not destination.exists():
        return
    # An unfinished or damaged one may be replaced, too, so nothing is asked of it but that it holds nothing else.
    if not destination.is_dir() or not all(is_part(path.name) for path in destination.iterdir()):
        raise InputFileError(f"expected no other folder or file at {destination}, found one; choose another place")
    if not overwrite:
        raise InputFileError(f"expected no {what} at {destination} yet, found one; ask to replace it (--overwrite)")


def _put_in_place(unfinished: Path, destination: Path) -> None:
    if not destination.exists():
        unfinished.rename(destination)
        return
    # The old one leaves under another name, so that whoever has it mapped goes on, and is there again if need be.
    old = Path(tempfile.mkdtemp(prefix=f".{destination.name}.", suffix=".old", dir=destination.parent))
    destination.replace(old)
    try:
        unfinished.rename(destination)
    except OSError:
        old.replace(destination)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
