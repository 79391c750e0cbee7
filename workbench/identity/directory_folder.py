"""The directory of accounts on disk, mapped by whoever opens it.

Opening looks at names, sizes and headers, which takes milliseconds at any size; `DirectoryFolder.verify` reads every
byte, which does not. A wrong bit that only `verify` would find can lead to a wrong account, and never outside of the
arrays. The system keeps one copy of what is mapped for all who map it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from workbench.array_file import map_array, require_bytes, require_sizes
from workbench.errors import InputFileError, UniverseError
from workbench.identity.digests import DigestKind, ListType
from workbench.identity.directory_description import (
    ADVICE,
    DESCRIPTION_FILE,
    FIELD_TYPES,
    Description,
    Partition,
    damaged,
    read_description,
)
from workbench.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from workbench.identity.digest_index import DigestIndex
    from workbench.identity.kernels.radix_index import Index


@dataclass(frozen=True, slots=True)
class DirectoryFolder:
    """An opened folder; its arrays are mapped when they are first needed.

    Parameters
    ----------
    path : Path
        The folder.
    description : Description
        What it says of itself.
    file_id : tuple of int or None
        `_file_id` of the file that said so.
    """

    path: Path
    description: Description
    file_id: tuple[int, ...] | None

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
        file_id = _file_id(path)  # first, so that a folder that is replaced meanwhile is noticed
        opened = cls(path.absolute(), read_description(path), file_id)
        require_sizes(path, opened.description.files(), damaged)
        return opened

    @classmethod
    def open_same(cls, path: Path, sha256: str) -> "DirectoryFolder":
        """Open a folder in another process or on another machine.

        Parameters
        ----------
        path : Path
            The folder.
        sha256 : str
            `Description.sha256` of the one that it must be.

        Raises
        ------
        UniverseError
            If it is another one, or for the same reasons as `open`.
        """
        folder = cls.open(path)
        if folder.description.sha256 != sha256:
            raise UniverseError(
                f"expected the directory of accounts {path} to be the one that was opened before, found another; "
                "open it again, and see that all machines have the same"
            )
        return folder

    def index(self, list_type: ListType, digest_kind: DigestKind) -> "DigestIndex | None":
        """Map the index of a kind of identifier and a hash function; None if there are no such digests."""
        from workbench.identity.digest_index import DigestIndex  # imported late: opening needs no compiler

        partitions = self.description.indexes.get((list_type, digest_kind))
        return None if partitions is None else DigestIndex(_MappedPartitions(self, partitions))

    def n_partition_bits(self, list_type: ListType, digest_kind: DigestKind) -> int:
        """Return how many leading bits choose the partition of an index; 0 if there is no such index."""
        return (len(self.description.indexes.get((list_type, digest_kind), [None])) - 1).bit_length()

    def n_identifiers(self, list_type: ListType) -> int:
        """Return how many identifiers of a kind were indexed."""
        return self.description.n_identifiers[list_type]

    def map_partition(self, files: Partition) -> "Index":
        """Map the files of one partition.

        Parameters
        ----------
        files : Partition
            One of the description's.

        Raises
        ------
        InputFileError
            If the system refuses, because too many files are open, for example.
        UniverseError
            If they do not hold what they should, or the folder was replaced since it was opened.
        """
        from workbench.identity.digest_index import read_only_index
        from workbench.identity.kernels.radix_index import Index

        arrays = {}
        for field, file in files.items():
            try:
                array = map_array(self.path / file.name)
            finally:
                self._check_unchanged()
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

    def _check_unchanged(self) -> None:
        if _file_id(self.path) != self.file_id:
            raise UniverseError(
                f"expected the directory of accounts {self.path} as it was opened, found it built anew since; "
                "open it again"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return DirectoryFolder.open_same, (self.path, self.description.sha256)

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
        require_bytes(self.path, self.description.files(), damaged, on_progress)


def _file_id(path: Path) -> tuple[int, ...] | None:
    """Return what tells a folder from one that took its place: the two were there at one time, so inodes differ."""
    try:
        status = (path / DESCRIPTION_FILE).stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns


class _MappedPartitions(Sequence["Index"]):
    """The partitions of an index, each mapped when it is first searched: a short list needs few of them."""

    def __init__(self, folder: DirectoryFolder, partitions: Sequence[Partition]) -> None:
        self._folder, self._partitions = folder, partitions
        self._mapped: dict[int, Index] = {}

    def __len__(self) -> int:
        return len(self._partitions)

    @overload
    def __getitem__(self, number: int) -> "Index": ...

    @overload
    def __getitem__(self, number: slice) -> "Sequence[Index]": ...

    def __getitem__(self, number: int | slice) -> "Index | Sequence[Index]":
        if isinstance(number, slice):
            return [self[each] for each in range(len(self))[number]]
        # Two threads that both find it missing map it twice, which harms nothing.
        if number not in self._mapped:
            self._mapped[number] = self._folder.map_partition(self._partitions[number])
        return self._mapped[number]
