"""What a directory of accounts on disk says of itself: ``directory.json``.

It names every file with its size and its SHA-256, ends with the SHA-256 of all that it says, and is written last: a
folder without it is unfinished.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from workbench.array_file import ArrayFile, checksum_of_fields
from workbench.errors import UniverseError
from workbench.identity.digests import DigestKind, ListType

DESCRIPTION_FILE: Final = "directory.json"
FORMAT: Final = "audience-workbench directory of accounts"
FORMAT_VERSION: Final = 1

FIELD_TYPES: Final = {"first": np.uint32, "remainders": np.uint32, "accounts": np.uint32, "tails": np.uint64}
"""The arrays of an index and the type of each."""

ADVICE: Final = "build it with 'python -m workbench universe index FOLDER --overwrite'"
"""What to do about a folder that is refused."""


Partition = Mapping[str, ArrayFile]
"""The files of one partition, by the field of the index that they hold."""


class Description(NamedTuple):
    """What ``directory.json`` holds.

    Parameters
    ----------
    n_accounts : int
        Number of accounts in the universe.
    source : str
        `fingerprint` of the identifiers that the directory was built from.
    n_identifiers : mapping
        How many identifiers of each kind were indexed.
    indexes : mapping
        For each kind of identifier and hash function the files of each partition.
    """

    n_accounts: int
    source: str
    n_identifiers: Mapping[ListType, int]
    indexes: Mapping[tuple[ListType, DigestKind], list[Partition]]

    @property
    def sha256(self) -> str:
        """SHA-256 of all that is said here, in hexadecimal; through the checksums of the files, of all the bytes."""
        return checksum_of_fields(_fields(self))

    def files(self) -> list[ArrayFile]:
        """Return the files of all indexes."""
        return [file for partitions in self.indexes.values() for partition in partitions for file in partition.values()]


def write_description(folder: Path, description: Description) -> None:
    """Write ``directory.json``; the folder is complete with it.

    Parameters
    ----------
    folder : Path
        A folder that holds all the files.
    description : Description
        What to write.
    """
    fields = _fields(description)
    text = json.dumps(fields | {"sha256": description.sha256}, indent=1)
    (folder / DESCRIPTION_FILE).write_text(text + "\n", encoding="utf-8")


def read_description(folder: Path) -> Description:
    """Read ``directory.json``.

    Parameters
    ----------
    folder : Path
        The folder of a directory.

    Raises
    ------
    UniverseError
        If there is none, or it is damaged or of another version.
    """
    path = folder / DESCRIPTION_FILE
    if not path.is_file():
        raise damaged(folder, f"{DESCRIPTION_FILE}, found none: it was not finished")
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        is_ours, version = fields["format"] == FORMAT, fields["format_version"]
    except (ValueError, LookupError, TypeError, RecursionError):
        is_ours, version = False, None
    if not is_ours:
        raise damaged(folder, f"a description in {DESCRIPTION_FILE}, found something else")
    if version != FORMAT_VERSION:
        raise damaged(folder, f"format_version {FORMAT_VERSION}, found {version!r:.20}")
    try:
        n_identifiers = {kind: int(fields["n_identifiers"][kind.value]) for kind in ListType}
        indexes = _indexes(fields["indexes"])
        description = Description(int(fields["n_accounts"]), str(fields["source"]), n_identifiers, indexes)
        is_as_written = fields.pop("sha256") == checksum_of_fields(fields)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise damaged(folder, f"all fields in {DESCRIPTION_FILE}, found others") from None
    if not is_as_written:
        raise damaged(folder, f"{DESCRIPTION_FILE} as it was written, found another value in it")
    return description


def damaged(folder: Path, expectation: str) -> UniverseError:
    """Return the refusal of a folder: what was expected of it and what was found, in a clause."""
    return UniverseError(f"expected {expectation}, in the directory of accounts {folder}; {ADVICE}")


def _fields(description: Description) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "n_accounts": description.n_accounts,
        "source": description.source,
        "n_identifiers": dict(description.n_identifiers),
        "indexes": {
            f"{list_type}-{kind}": [{field: file._asdict() for field, file in part.items()} for part in partitions]
            for (list_type, kind), partitions in description.indexes.items()
        },
    }


def _indexes(fields: Mapping[str, Any]) -> dict[tuple[ListType, DigestKind], list[Partition]]:
    indexes: dict[tuple[ListType, DigestKind], list[Partition]] = {}
    for name, partitions in fields.items():
        list_type, _, digest_kind = name.partition("-")
        if not partitions or len(partitions) & (len(partitions) - 1):
            raise ValueError("partitions come in powers of two")
        indexes[ListType(list_type), DigestKind(digest_kind)] = [
            {field: ArrayFile.from_fields(partition[field]) for field in FIELD_TYPES} for partition in partitions
        ]
    return indexes
