"""What an index of events on disk says of itself: ``events.json``.

It names the runs and every file of theirs with its size and its SHA-256, ends with the SHA-256 of all that it says,
and is replaced whole: whoever reads it sees the events before or after an addition, never in between. A folder without
it is unfinished, and a file that it does not name is one that was never finished, or is needed no more.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from workbench.array_file import ArrayFile, checksum_of_fields
from workbench.errors import UniverseError
from workbench.whole_file import write_whole_file

DESCRIPTION_FILE: Final = "events.json"
FORMAT: Final = "audience-workbench index of events"
FORMAT_VERSION: Final = 1
FIELDS: Final = ("sources", "key_begins", "key_actions", "offsets", "times", "accounts")
"""The arrays of a run; see `workbench.events.run`."""

MAX_ACTIONS: Final = 256
ADVICE: Final = "build it with 'python -m workbench universe index FOLDER --overwrite'"
"""What to do about a folder that is refused."""


class RunDescription(NamedTuple):
    """One sorted run of events.

    Parameters
    ----------
    shard : int
        Of which accounts: those whose number leaves it when divided by the number of shards.
    n_events : int
        How many there are, at least one.
    origin_micros : int
        The time 0 of the run, microseconds since 1970.
    unit_micros : int
        Microseconds in one unit of its times: 1,000,000, 1,000 or 1, the longest that states every time exactly.
    files : mapping of str to ArrayFile
        Its arrays, by field.
    """

    shard: int
    n_events: int
    origin_micros: int
    unit_micros: int
    files: Mapping[str, ArrayFile]


class Description(NamedTuple):
    """What ``events.json`` holds.

    Parameters
    ----------
    n_accounts : int
        Number of accounts in the universe.
    origins : tuple of str
        `fingerprint` of every file that events came from, in the order in which they did; empty for a table in memory.
    n_shards : int
        Into how many parts the accounts are divided, for as many workers: an account's events are all in one.
    actions : tuple of str
        Names of the actions, by their code.
    n_runs_made : int
        How many runs there ever were: names of files are never used twice.
    runs : tuple of RunDescription
        The runs, the oldest first.
    """

    n_accounts: int
    origins: tuple[str, ...]
    n_shards: int
    actions: tuple[str, ...]
    n_runs_made: int
    runs: tuple[RunDescription, ...]

    @property
    def sha256(self) -> str:
        """SHA-256 of all that is said here, in hexadecimal; through the checksums of the files, of all the bytes."""
        return checksum_of_fields(_fields(self))

    def files(self) -> list[ArrayFile]:
        """Return the files of all runs."""
        return [file for run in self.runs for file in run.files.values()]


def write_description(folder: Path, description: Description) -> None:
    """Write or replace ``events.json``; what it names counts from then on.

    Parameters
    ----------
    folder : Path
        A folder that holds all the files.
    description : Description
        What to write.
    """
    fields = _fields(description) | {"sha256": description.sha256}
    write_whole_file(folder / DESCRIPTION_FILE, json.dumps(fields, indent=1) + "\n", "the index of events")


def read_description(folder: Path) -> Description:
    """Read ``events.json``.

    Parameters
    ----------
    folder : Path
        The folder of an index.

    Raises
    ------
    UniverseError
        If there is none, or it is damaged or of another version.
    """
    path = folder / DESCRIPTION_FILE
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise damaged(folder, f"{DESCRIPTION_FILE}, found none: it was not finished") from None
    try:
        fields = json.loads(text)
        is_ours, version = fields["format"] == FORMAT, fields["format_version"]
    except (ValueError, LookupError, TypeError, RecursionError):
        is_ours, version = False, None
    if not is_ours:
        raise damaged(folder, f"a description in {DESCRIPTION_FILE}, found something else")
    if version != FORMAT_VERSION:
        raise damaged(folder, f"format_version {FORMAT_VERSION}, found {version!r:.20}")
    try:
        description = _description(fields)
        is_as_written = fields.pop("sha256") == checksum_of_fields(fields)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise damaged(folder, f"all fields in {DESCRIPTION_FILE}, found others") from None
    if not is_as_written:
        raise damaged(folder, f"{DESCRIPTION_FILE} as it was written, found another value in it")
    return description


def damaged(folder: Path, expectation: str) -> UniverseError:
    """Return the refusal of a folder: what was expected of it and what was found, in a clause."""
    return UniverseError(f"expected {expectation}, in the index of events {folder}; {ADVICE}")


def _fields(description: Description) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        **description._asdict(),
        "origins": list(description.origins),
        "actions": list(description.actions),
        "runs": [
            run._asdict() | {"files": {field: file._asdict() for field, file in run.files.items()}}
            for run in description.runs
        ],
    }


def _description(fields: Mapping[str, Any]) -> Description:
    runs = tuple(_run(run) for run in fields["runs"])
    n_accounts, n_shards, n_runs_made = (int(fields[name]) for name in ("n_accounts", "n_shards", "n_runs_made"))
    actions = tuple(str(action) for action in fields["actions"])
    origins = tuple(str(origin) for origin in fields["origins"])
    return Description(n_accounts, origins, n_shards, actions, n_runs_made, runs)


def _run(fields: Mapping[str, Any]) -> RunDescription:
    shard, n_events, origin, unit = (int(fields[name]) for name in RunDescription._fields[:-1])
    files = {field: ArrayFile.from_fields(fields["files"][field]) for field in FIELDS}
    return RunDescription(shard, n_events, origin, unit, files)
