"""A folder that can be looked through and that nobody gets out of: not by "..", an absolute path or a symbolic link.

What is outside is neither shown nor named, so a person who picks a file on a server learns nothing else of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from workbench.errors import InputFileError

MOST_ENTRIES: Final = 2_000
_OUTSIDE: Final = "expected a file inside the folder that is open here, got another place; pick one from the list"


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A file or folder.

    Parameters
    ----------
    path : str
        From the root on, with slashes.
    is_folder : bool
        What it is.
    n_bytes : int
        Size of a file; 0 of a folder.
    changed_at : datetime
        When its content last changed, UTC.
    """

    path: str
    is_folder: bool
    n_bytes: int
    changed_at: datetime

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


class RootedFolder:
    """A folder and what is in it.

    Parameters
    ----------
    root : Path
        The folder; need not be there yet.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def entries(self, folder: str = "") -> tuple[FolderEntry, ...]:
        """Return what is in a folder: folders first, in the order of their names; hidden files are left out.

        Parameters
        ----------
        folder : str
            From the root on; the root itself when empty.

        Raises
        ------
        InputFileError
            If it is outside, is no folder, or cannot be read.
        """
        path = self.inside(folder)
        try:
            found = [each for each in path.iterdir() if not each.name.startswith(".") and self._holds(each)]
            entries = [self._entry(each) for each in found if each.is_dir() or each.is_file()]
        except OSError as error:
            shown = folder or "that is open here"
            raise InputFileError(f"expected a folder {shown} that can be read, got none; pick another one") from error
        return tuple(sorted(entries, key=lambda entry: (not entry.is_folder, entry.name.casefold()))[:MOST_ENTRIES])

    def inside(self, path: str) -> Path:
        """Return the real path of something in the folder, there or not; InputFileError if it is outside."""
        try:
            whole = (self._root / path).resolve()
        except (OSError, ValueError, RuntimeError):  # a circle of links, a null character
            raise InputFileError(_OUTSIDE) from None
        if not whole.is_relative_to(self._root):
            raise InputFileError(_OUTSIDE)
        return whole

    def relative(self, path: Path) -> str:
        """Return a path inside from the root on, with slashes; empty for the root, and for what is outside."""
        whole = path.resolve()
        is_below = whole != self._root and whole.is_relative_to(self._root)
        return whole.relative_to(self._root).as_posix() if is_below else ""

    def _holds(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self._root)
        except (OSError, RuntimeError):
            return False

    def _entry(self, path: Path) -> FolderEntry:
        about = path.stat()
        changed_at = datetime.fromtimestamp(about.st_mtime, UTC)
        is_folder = path.is_dir()
        return FolderEntry(
            path.relative_to(self._root).as_posix(), is_folder, 0 if is_folder else about.st_size, changed_at
        )
