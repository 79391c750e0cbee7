"""Finished runs, kept so that nobody has to run them again: in memory, or in a folder that outlives the program.

A run is found by its fingerprint (`simulator.what_if.fingerprints`): the same configuration, seed, people and model.
In a folder each run is one file, named by its fingerprint and written whole or not at all; any number of programs may
read and write at once, because two who write one file write the same. A file that is damaged or of another program is
not believed: the run is done again and takes its place. What is kept are figures as reports show them; nobody can be
told from them.
"""

import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any, Final, Protocol

from simulator.errors import ConfigError
from simulator.what_if.run_figures import RunFigures
from workbench.errors import InputFileError
from workbench.regular_file import opened_regular_file
from workbench.whole_file import write_whole_file

FORMAT: Final = 1
MARK_FILE: Final = "run-store.json"
MAX_RUN_BYTES: Final = 64 * 2**20
"""No run's figures come near it: a file that does is something else."""
_WHAT: Final = "a finished run"


class KeepsRuns(Protocol):
    """Where finished runs are kept."""

    def find(self, fingerprint: str) -> RunFigures | None:
        """Return the figures of a run; None if it is not kept."""

    def keep(self, fingerprint: str, figures: RunFigures) -> None:
        """Keep the figures of a run."""


class KeptRuns:
    """Finished runs in memory, for as long as somebody holds this.

    Parameters
    ----------
    n_kept : int
        How many are kept, at least 1; the one that was kept first goes first.
    """

    def __init__(self, n_kept: int = 10_000) -> None:
        self._n_kept = n_kept
        self._runs: dict[str, RunFigures] = {}
        self._lock = threading.Lock()

    def find(self, fingerprint: str) -> RunFigures | None:
        """Return the figures of a run; None if it is not kept."""
        return self._runs.get(fingerprint)

    def keep(self, fingerprint: str, figures: RunFigures) -> None:
        """Keep the figures of a run."""
        with self._lock:
            if len(self._runs) >= self._n_kept:
                del self._runs[next(iter(self._runs))]
            self._runs[fingerprint] = figures

    def __len__(self) -> int:
        return len(self._runs)


class RunStore:
    """Finished runs in a folder.

    Parameters
    ----------
    folder : path-like
        An empty folder, one that is made here, or a store of before.

    Attributes
    ----------
    folder : Path
        Where the runs are.
    n_not_believed : int
        Files that were found damaged or foreign since this was opened.

    Raises
    ------
    InputFileError
        If the folder cannot be made or written, or holds something else.
    ConfigError
        If a later version of the program wrote it.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.n_not_believed = 0
        _open_folder(self.folder)

    def find(self, fingerprint: str) -> RunFigures | None:
        """Return the figures of a run; None if it is not kept, or its file is not to be believed."""
        path = self._path(fingerprint)
        try:
            with opened_regular_file(path) as file:
                content = file.read(MAX_RUN_BYTES)
            return _believed(content, fingerprint)
        except InputFileError:
            self.n_not_believed += os.path.lexists(path)
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
            self.n_not_believed += 1
        return None

    def keep(self, fingerprint: str, figures: RunFigures) -> None:
        """Keep the figures of a run.

        Raises
        ------
        InputFileError
            If its file cannot be written.
        """
        run = {"fingerprint": fingerprint, "figures": figures.payload()}
        document = {"format": FORMAT, "sha256": _checksum(run), "run": run}
        write_whole_file(self._path(fingerprint), json.dumps(document, allow_nan=False), _WHAT)

    def _path(self, fingerprint: str) -> Path:
        # A folder of a million files is slow to list; 256 of them are not.
        return self.folder / fingerprint[:2] / f"{fingerprint}.json"


def _open_folder(folder: Path) -> None:
    """Make a store of an empty folder, or see that the folder is one."""
    mark = folder / MARK_FILE
    try:
        is_new = not folder.exists() or (folder.is_dir() and all(map(_is_unfinished, folder.iterdir())))
    except OSError as failure:
        reason = os.strerror(failure.errno).lower() if failure.errno else type(failure).__name__
        raise InputFileError(
            f"expected a folder for finished runs at {folder}, but: {reason}; choose another"
        ) from None
    if is_new:
        write_whole_file(
            mark, json.dumps({"what": "finished runs", "format": FORMAT}) + "\n", "a store of finished runs"
        )
        return
    if not mark.is_file():
        raise InputFileError(
            f"expected an empty folder or a store of finished runs at {folder}, found something else; choose another"
        )
    try:
        with opened_regular_file(mark) as file:
            found = int(json.loads(file.read(MAX_RUN_BYTES))["format"])
    except (LookupError, RecursionError, TypeError, ValueError):
        raise InputFileError(
            f"expected {mark.name} to say of what format the store is, got something else; choose another folder"
        ) from None
    if found > FORMAT:
        raise ConfigError(
            f"expected a store of finished runs of format {FORMAT} or earlier, got {found}; update this program or "
            "choose another folder"
        )


def _is_unfinished(path: Path) -> bool:
    """Return whether a file is one that somebody writes just now, or was killed while writing."""
    return path.name.startswith(".") and path.suffix == ".part"


def _believed(content: bytes, fingerprint: str) -> RunFigures:
    """Return the figures in a file.

    Raises
    ------
    ValueError, LookupError, TypeError, AttributeError
        If it is not the whole file of this run.
    """
    document = json.loads(content)
    run = document["run"]
    if document["format"] != FORMAT or document["sha256"] != _checksum(run) or run["fingerprint"] != fingerprint:
        raise ValueError("not the whole file of this run")
    return RunFigures.from_payload(run["figures"])


def _checksum(run: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(run, allow_nan=False).encode()).hexdigest()
