"""A saved list on disk: a folder of its own, which only its owner may open.

``list.json`` describes the list and names two files of records with their size and SHA-256. An edit writes new files of
records beside the old ones and then replaces ``list.json``, which is the moment it counts from: whoever reads meets the
list before or after it, never in between. Edits follow one upon the other, because each holds a lock that the system
takes back when its program ends, however it ends.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, Field, ValidationError

from workbench.customer_lists.customer_list import CustomerList
from workbench.customer_lists.list_records import RECORD, ListRecords
from workbench.customer_lists.private_file import OWNER_ONLY_FOLDER, private_file
from workbench.customer_lists.source_link import SourceLink
from workbench.errors import InputFileError, WorkbenchError
from workbench.regular_file import opened_regular_file
from workbench.validation import Written

DESCRIPTION_FILE: Final = "list.json"
FORMAT: Final = "audience-workbench customer list"
FORMAT_VERSION: Final = 1

_MOST_DESCRIPTION_BYTES: Final = 1 << 20
_N_ATTEMPTS: Final = 5
_ADVICE: Final = "restore the folder from a backup, or create the list again from its source"


class RecordsFile(Written):
    """A file of records, as it was written."""

    name: str = Field(pattern=r"^[a-z_]+-[0-9]+-[0-9a-f]+\.npy$")
    n_bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Description(Written):
    """What ``list.json`` holds.

    Attributes
    ----------
    format, format_version : str, int
        What it is.
    customer_list : CustomerList
        What the platform would say of the list.
    link : SourceLink or None
        Where it comes from, if it is kept in step with a source.
    terms_acknowledged_time : datetime
        When somebody last said that the platform's terms were read.
    rows, opted_out : RecordsFile
        The two files of records.
    """

    format: Literal["audience-workbench customer list"] = FORMAT
    format_version: Literal[1] = FORMAT_VERSION
    customer_list: CustomerList
    link: SourceLink | None = None
    terms_acknowledged_time: AwareDatetime
    rows: RecordsFile
    opted_out: RecordsFile


def read_description(folder: Path) -> Description:
    """Read what a folder says of its list.

    Parameters
    ----------
    folder : Path
        The folder of a saved list.

    Raises
    ------
    InputFileError
        If there is none, or it is damaged.
    """
    path = folder / DESCRIPTION_FILE
    if not path.is_file():
        found = f"a folder without {DESCRIPTION_FILE}" if folder.is_dir() else "none"
        raise InputFileError(
            f"expected the folder of a saved customer list at {folder}, found {found}; "
            "make one with 'python -m workbench list create'"
        )
    with opened_regular_file(path) as file:
        content = file.read(_MOST_DESCRIPTION_BYTES)
    try:
        return Description.model_validate_json(content)
    except (ValidationError, WorkbenchError):
        raise damaged(folder, f"the description of a list in {DESCRIPTION_FILE}, found something else") from None


def read_list_folder(folder: Path) -> tuple[Description, ListRecords]:
    """Read a saved list.

    Parameters
    ----------
    folder : Path
        The folder of a saved list.

    Returns
    -------
    tuple of Description and ListRecords
        That belong together, also while somebody else edits the list.

    Raises
    ------
    InputFileError
        If there is none, or it is damaged.
    """
    description = read_description(folder)
    for _ in range(_N_ATTEMPTS):
        try:
            return description, ListRecords(_read(folder, description.rows), _read(folder, description.opted_out))
        except InputFileError as damage:
            latest = read_description(folder)  # an edit that ended meanwhile took the files away
            if latest == description:
                raise damage
            description = latest
    raise InputFileError(f"expected to read the list {folder} between two edits, but they never end; try again later")


def write_list_folder(folder: Path, description: dict[str, Any], records: ListRecords) -> Description:
    """Write a saved list into its folder, in place of what was there.

    Parameters
    ----------
    folder : Path
        An existing folder, locked by the caller.
    description : dict
        Fields of `Description` but for the two files.
    records : ListRecords
        All records.

    Returns
    -------
    Description
        As it was written.
    """
    n_batches = description["customer_list"].num_batches
    files = {
        name: _write(folder, f"{name}-{n_batches}-{secrets.token_hex(4)}.npy", rows)
        for name, rows in (("rows", records.rows), ("opted_out", records.opted_out))
    }
    written = Description(**description, **files)
    write_description(folder, written)
    _remove_others(folder, {file.name for file in files.values()})
    return written


def write_description(folder: Path, description: Description) -> None:
    """Replace ``list.json``, whole or not at all."""
    with private_file(folder / DESCRIPTION_FILE, "the list") as file:
        file.write(description.model_dump_json(indent=1).encode() + b"\n")


@contextmanager
def new_list_folder(destination: Path) -> Iterator[Path]:
    """Make a folder that takes its name when it is complete, or goes.

    Parameters
    ----------
    destination : Path
        Where the list will be; nothing may be there.

    Yields
    ------
    Path
        Where to write it.

    Raises
    ------
    InputFileError
        If something is there already, or nothing can be written there.
    """
    if os.path.lexists(destination):
        raise InputFileError(
            f"expected nothing at {destination} yet, found something; name another folder, or add to the list in it"
        )
    unfinished = destination.with_name(f".{secrets.token_hex(8)}.part")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        unfinished.mkdir(mode=OWNER_ONLY_FOLDER)
        yield unfinished
        unfinished.rename(destination)
    except InputFileError:
        raise  # an OSError too
    except OSError as failure:
        reason = os.strerror(failure.errno).lower() if failure.errno else type(failure).__name__
        raise InputFileError(
            f"expected to make the folder {destination}, but: {reason}; choose another place"
        ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def damaged(folder: Path, expectation: str) -> InputFileError:
    """Return the refusal of a folder: what was expected and what was found, in a clause."""
    return InputFileError(f"expected {expectation}, in the saved list {folder}; {_ADVICE}")


def _write(folder: Path, name: str, rows: NDArray[Any]) -> RecordsFile:
    with private_file(folder / name, "the list") as file:
        np.save(file, rows, allow_pickle=False)
    with (folder / name).open("rb") as written:
        return RecordsFile(
            name=name, n_bytes=(folder / name).stat().st_size, sha256=hashlib.file_digest(written, "sha256").hexdigest()
        )


def _read(folder: Path, described: RecordsFile) -> NDArray[Any]:
    with opened_regular_file(folder / described.name) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if sha256 != described.sha256:
            raise damaged(folder, f"{described.name} as it was written, found other bytes")
        file.seek(0)
        rows: NDArray[Any] = np.load(file, allow_pickle=False)
    if rows.dtype != RECORD or rows.ndim != 1:
        raise damaged(folder, f"records in {described.name}, found something else")
    return rows


def _remove_others(folder: Path, kept: set[str]) -> None:
    """Remove what earlier edits left; what cannot be removed is in nobody's way."""
    for path in folder.iterdir():
        if (path.suffix == ".npy" and path.name not in kept) or path.suffix == ".part":
            with contextlib.suppress(OSError):
                path.unlink()
