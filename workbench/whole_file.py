"""Writing a file: all of it, or nothing.

The text grows in a hidden file beside the destination, which takes the destination's name when it is complete. Whatever
stops the work before that, the hidden file goes and an older file at the destination stays as it was.
"""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from workbench.errors import InputFileError


def check_file_destination(path: str | os.PathLike[str], what: str) -> Path:
    """Find out whether a file can be written, before the work whose result it shall hold.

    Parameters
    ----------
    path : path-like
        Where; a symbolic link is followed to where it leads.
    what : str
        What to call the file's content in a refusal, such as "the report".

    Returns
    -------
    Path
        Where the file will be.

    Raises
    ------
    InputFileError
        If that is a folder or a device, or lies where nothing can be written.
    """
    if not os.fspath(path):
        raise InputFileError(f"expected a file name for {what}, got an empty one; name a file")
    try:
        destination = Path(os.path.realpath(path))
        _refuse_irregular(destination, what)
        folder = next(parent for parent in destination.parents if os.path.lexists(parent))
        if not folder.is_dir():
            raise _refusal(path, what, f"{folder.name} is not a folder")
    except InputFileError:
        raise  # an OSError too
    except (OSError, ValueError) as failure:
        raise _refusal(path, what, _reason(failure)) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _refusal(path, what, "permission denied")
    return destination


def write_whole_file(path: str | os.PathLike[str], text: str, what: str) -> None:
    """Write a text file as UTF-8, replacing an older one whole or not at all.

    Parameters
    ----------
    path : path-like
        As for `check_file_destination`; missing folders are made.
    text : str
        All of it.
    what : str
        What to call it in a refusal.

    Raises
    ------
    InputFileError
        If the file cannot be written.
    """
    write_whole_bytes(path, text.encode(), what)


def write_whole_bytes(path: str | os.PathLike[str], content: bytes, what: str) -> None:
    """Write a file of any kind, replacing an older one whole or not at all; see `write_whole_file`."""
    destination = check_file_destination(path, what)
    unfinished = destination.with_name(f".{secrets.token_hex(8)}.part")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        # Opened and not made by tempfile, so that others may read the file as far as the user's umask lets them.
        with unfinished.open("xb") as file:
            file.write(content)
        unfinished.replace(destination)
    except OSError as failure:
        raise _refusal(path, what, _reason(failure)) from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _refuse_irregular(destination: Path, what: str) -> None:
    try:
        mode = destination.stat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise InputFileError(f"expected a file name for {what}, got a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise InputFileError(f"expected a file name for {what}, got a pipe or device; name a regular file")


def _reason(failure: OSError | ValueError) -> str:
    return str(getattr(failure, "strerror", None) or "it cannot be the name of a file").lower()


def _refusal(path: str | os.PathLike[str], what: str, reason: str) -> InputFileError:
    return InputFileError(f"expected to write {what} to {os.fspath(path)}, but: {reason}; choose another place")
