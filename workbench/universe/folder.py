"""The folder of a universe as somebody named it: a path that the system, Arrow and DuckDB can all follow."""

import os
from pathlib import Path
from typing import Final

from workbench.errors import InputFileError

_MAX_NAME_BYTES: Final = 255  # of one folder, on every usual file system
_MAX_SHOWN: Final = 100


def named_folder(path: str | os.PathLike[str]) -> Path:
    """Return a path that leads to a folder, to something else or to nothing yet.

    Parameters
    ----------
    path : path-like
        Folder of a universe that is or is to be.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    InputFileError
        If nothing could ever be there: the name is empty, too long or no text, or its links lead round in circles.
    """
    text = os.fspath(path)
    if not text:
        raise InputFileError("expected the folder of a universe, got an empty name; name the folder")
    reason = _reason_against(text)
    if reason:
        shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
        raise InputFileError(f"expected the folder of a universe, got {shown!r} ({reason}); choose another folder")
    return Path(path)


def _reason_against(text: str) -> str:
    try:
        if any(len(part.encode()) > _MAX_NAME_BYTES for part in Path(text).parts):
            return "a name that is too long"
        Path(text).stat()
    except (FileNotFoundError, NotADirectoryError):
        return ""  # what is to be built is not there yet
    except UnicodeEncodeError:  # Arrow and DuckDB take paths as text
        return "a name that is not in UTF-8"
    except ValueError:
        return "a name with a null character"
    except OSError as error:
        return os.strerror(error.errno).lower() if error.errno else type(error).__name__
    return ""
