"""The directory of accounts on disk, mapped by whoever opens it.

Opening looks at names, sizes and headers, which takes milliseconds at any size; `DirectoryFolder.verify` reads every
byte, which does not. A wrong bit that only `verify` would find can lead to a wrong account, and never outside of the
arrays. The system keeps one copy of what is mapped for all who map it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.errors import InputFileError
from workbench.identity.digest_index import DigestIndex, read_only_index
from workbench.identity.digests import DigestKind, ListType
from workbench.identity.directory_description import (
    ADVICE,
    FIELD_TYPES,
    ArrayFile,
    Description,
    checksum,
    damaged,
    read_description,
)
from workbench.identity.kernels.radix_index import Index
from workbench.progress import Progress, ignore_progress


@dataclass(frozen=True, slots=True)
class DirectoryFolder:
    """An opened folder; its arrays are mapped when they are first needed.

    Parameters
    ----------
    path : Path
        The folder.
    description : Description
        What it says of itself.
    """

    path: Path
    description: Description

    @classmethod
    def open(cls, path: Path) -> "DirectoryFolder":
        """Open a folder after a look at its description and the sizes of its files.

        Parameters
        ----------
        path : Path
            What `write_directory` made.

        Raises
        ------
        InputFileError
            If there is no such folder.
        UniverseError
            If it is damaged, unfinished or of another version.
        """
        if not path.is_dir():
            raise InputFileError(f"expected the directory of accounts at {path}, found none; {ADVICE}")
        opened = cls(path.absolute(), read_description(path))
        for file in opened.description.files():
            n_bytes = (path / file.name).stat().st_size if (path / file.name).is_file() else None
            if n_bytes != file.n_bytes:
                found = "none" if n_bytes is None else f"{n_bytes:,}"
                raise damaged(path, f"{file.n_bytes:,} bytes in {file.name}, found {found}")
        return opened

    def index(self, list_type: ListType, digest_kind: DigestKind) -> DigestIndex | None:
        """Map the index of a kind of identifier and a hash function; None if there are no such digests."""
        partitions = self.description.indexes.get((list_type, digest_kind))
        return None if partitions is None else DigestIndex(tuple(map(self._mapped, partitions)))

    def n_identifiers(self, list_type: ListType) -> int:
        """Return how many identifiers of a kind there are: as many as there are digests of the most frequent kind."""
        indexes = [index for kind in DigestKind if (index := self.index(list_type, kind)) is not None]
        return max((index.n_digests for index in indexes), default=0)

    def verify(self, on_progress: Progress = ignore_progress) -> None:
        """Read every byte and compare it with what was written.

        Parameters
        ----------
        on_progress : Progress
            Called with the bytes read and all bytes.

        Raises
        ------
        UniverseError
            If a file is not as it was written; the message names it.
        """
        files = self.description.files()
        n_total, n_done = sum(file.n_bytes for file in files), 0
        for file in files:
            if checksum(self.path / file.name) != file.sha256:
                raise damaged(self.path, f"{file.name} as it was written, found other bytes")
            n_done += file.n_bytes
            on_progress(n_done, n_total)

    def _mapped(self, files: Mapping[str, ArrayFile]) -> Index:
        arrays = {}
        for field, file in files.items():
            try:
                array = np.load(self.path / file.name, mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError, EOFError):
                array = np.empty(0)
            if array.dtype != FIELD_TYPES[field] or array.ndim != 1:
                raise damaged(
                    self.path, f"an array of {FIELD_TYPES[field].__name__} in {file.name}, found something else"
                )
            arrays[field] = array
        index = Index(**arrays)
        n_buckets = index.first.size - 1
        sizes = {index.remainders.size, index.accounts.size, index.tails.size}
        if n_buckets < 1 or n_buckets & (n_buckets - 1) or sizes != {int(index.first[-1])}:
            raise damaged(self.path, f"arrays that belong together around {files['first'].name}, found others")
        return read_only_index(index)
