"""Building the directory of accounts on disk, from Parquet, in bounded memory, complete or not at all.

The identifiers are read in batches and set down by partition, so memory holds one partition and not the universe. Each
column of digests is read once. The folder grows beside its destination and takes its name at the end.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from workbench.array_file import fingerprint, write_array
from workbench.identity.digest_index import build_partition, sorted_keys
from workbench.identity.digests import DigestKind, ListType
from workbench.identity.directory import COLUMNS, bytes_of, check_accounts
from workbench.identity.directory_description import (
    DESCRIPTION_FILE,
    FIELD_TYPES,
    Description,
    Partition,
    write_description,
)
from workbench.progress import Progress, ignore_progress
from workbench.whole_folder import whole_folder

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

# 64 partitions hold five hundred million digests, and more when they grow beyond their usual size. Each takes four of
# the files that a process may have open.
MAX_PARTITION_BITS: Final = 6
_DIGESTS_PER_PARTITION: Final = 1 << 23  # some 0.5 GB while it is built, 0.15 GB when it is done

_KEY: Final = np.dtype("V16")  # what an index needs of a digest, as one thing: NumPy copies it faster than 16 numbers
_FILE_NAME: Final = re.compile(rf"{re.escape(DESCRIPTION_FILE)}|[A-Z]+-[A-Z0-9]+-\d{{3}}-[a-z]+\.npy")
_BATCH_ROWS: Final = 1 << 20
_STREAM_BYTES: Final = 1 << 20


def write_directory(
    identifiers: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    n_accounts: int,
    *,
    n_partition_bits: int | None = None,
    overwrite: bool = False,
    on_progress: Progress = ignore_progress,
) -> None:
    """Build the directory of a universe's identifiers in a folder.

    Parameters
    ----------
    identifiers : path-like
        Parquet file with the columns that `AccountDirectory.build` takes.
    folder : path-like
        Where the directory will be, once it is complete.
    n_accounts : int
        Number of accounts in the universe.
    n_partition_bits : int, optional
        Partition by that many leading bits of the digest, 0 to 6; by as many as keep a partition below some 8 million
        digests when absent. The matches are the same.
    overwrite : bool
        Replace a directory that is there already.
    on_progress : Progress
        Called with the rows done and all rows; raise ``CancelledError`` in it to stop, which leaves nothing behind.

    Raises
    ------
    InputFileError
        If the folder exists and shall not be replaced, or is something else.
    UniverseError
        If a row names an account that is not in the universe.
    """
    import pyarrow.parquet as pq  # imported late: opening needs no tables

    with whole_folder(Path(folder), "directory of accounts", _FILE_NAME.fullmatch, overwrite=overwrite) as unfinished:
        source = fingerprint(Path(identifiers))  # first: a file that changes meanwhile shall not fit
        # Read as a stream, or a row group would be in memory as a whole, however large it is.
        with pq.ParquetFile(identifiers, buffer_size=_STREAM_BYTES, pre_buffer=False) as file:
            bits = _enough_bits(file.metadata.num_rows) if n_partition_bits is None else n_partition_bits
            if not 0 <= bits <= MAX_PARTITION_BITS:
                raise ValueError(f"expected 0 to {MAX_PARTITION_BITS} partition bits, got {bits}")
            builder = _Builder(file, unfinished, n_accounts, bits, on_progress)
            indexes = builder.build()
        write_description(unfinished, Description(n_accounts, source, builder.n_identifiers, indexes))


class _Builder:
    """One building of one folder."""

    def __init__(
        self, file: "pq.ParquetFile", folder: Path, n_accounts: int, n_bits: int, on_progress: Progress
    ) -> None:
        self._file, self._folder, self._n_accounts, self._n_bits = file, folder, n_accounts, n_bits
        self._on_progress = on_progress
        self._n_done, self._n_total = 0, 2 * len(DigestKind) * file.metadata.num_rows
        self._n_digests = dict.fromkeys(product(ListType, DigestKind), 0)

    @property
    def n_identifiers(self) -> dict[ListType, int]:
        """Identifiers of each kind: who has one has a digest of it, but perhaps not of every kind."""
        return {list_type: max(self._n_digests[list_type, kind] for kind in DigestKind) for list_type in ListType}

    def build(self) -> dict[tuple[ListType, DigestKind], list[Partition]]:
        """Return the files of each index that has digests."""
        built = {}
        for kind in DigestKind:
            spilled = {list_type: self._parts(list_type, kind) for list_type in ListType}
            self._spill(kind, spilled)
            for list_type, parts in spilled.items():
                if self._n_digests[list_type, kind]:
                    built[list_type, kind] = [self._build_part(part) for part in parts]
                for part in parts:
                    part.remove()
            n_placed = sum(self._n_digests[list_type, kind] for list_type in ListType)
            self._step(self._file.metadata.num_rows - n_placed)
        return built

    def _parts(self, list_type: ListType, digest_kind: DigestKind) -> "list[_Part]":
        name = f"{list_type}-{digest_kind}"
        return [_Part(self._folder / f"{name}-{number:03d}") for number in range(1 << self._n_bits)]

    def _spill(self, digest_kind: DigestKind, spilled: "Mapping[ListType, Sequence[_Part]]") -> None:
        """Set down the digests of a kind by partition, in the order of the table."""
        for table in self._batches(COLUMNS[digest_kind]):
            check_accounts(table["account"], self._n_accounts)
            for list_type, parts in spilled.items():
                digests, accounts = _rows_of(table, list_type, digest_kind)
                self._n_digests[list_type, digest_kind] += accounts.size
                for part, rows in zip(parts, _rows_by_partition(digests, self._n_bits), strict=True):
                    part.append(digests.view(_KEY)[:, 0][rows], accounts[rows])
            self._step(table.num_rows)

    def _batches(self, column: str) -> "Iterator[pa.Table]":
        import pyarrow as pa

        metadata = self._file.metadata
        groups = [number for number in range(metadata.num_row_groups) if not self._is_empty(number, column)]
        columns = ["account", "identifier_kind", column]
        for batch in self._file.iter_batches(_BATCH_ROWS, row_groups=groups, columns=columns):
            yield pa.Table.from_batches([batch])
        self._step(metadata.num_rows - sum(metadata.row_group(number).num_rows for number in groups))

    def _is_empty(self, row_group: int, column: str) -> bool:
        """Tell whether the file says that a row group has no digest of a kind; it need not say anything."""
        described = self._file.metadata.row_group(row_group)
        statistics = described.column(self._file.schema.names.index(column)).statistics
        return statistics is not None and statistics.null_count == described.num_rows

    def _build_part(self, part: "_Part") -> Partition:
        digests, accounts = part.read()
        index = build_partition(digests, accounts, self._n_bits)
        files = {
            field: write_array(part.path.with_name(f"{part.path.name}-{field}.npy"), getattr(index, field))
            for field in FIELD_TYPES
        }
        part.remove()  # at once: what follows needs the disk, too
        self._step(accounts.size)
        return files

    def _step(self, n_rows: int) -> None:
        self._n_done += n_rows
        self._on_progress(self._n_done, self._n_total)


def _rows_of(
    table: "pa.Table", list_type: ListType, digest_kind: DigestKind
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Return the beginnings of digests of one kind of identifier in a part of the table, and their accounts."""
    import pyarrow.compute as pc

    column = COLUMNS[digest_kind]
    is_wanted = pc.and_(pc.equal(table["identifier_kind"], list_type.value), pc.is_valid(table[column]))
    rows = table.filter(is_wanted).combine_chunks()
    accounts = rows["account"].to_numpy().astype(np.int32, copy=False)
    return np.ascontiguousarray(bytes_of(rows[column], digest_kind.n_bytes)[:, : _KEY.itemsize]), accounts


def _rows_by_partition(digests: NDArray[np.uint8], n_bits: int) -> list[slice | NDArray[np.uint32]]:
    """Return which rows are of each partition, ascending."""
    if not n_bits:
        return [slice(None)]
    keys = sorted_keys(digests, n_partition_bits=n_bits)
    ends = keys.ends[:: (keys.ends.size - 1) >> n_bits].tolist()
    return [keys.rows[begin:end] for begin, end in pairwise(ends)]


def _enough_bits(n_digests: int) -> int:
    return min(max((n_digests - 1) // _DIGESTS_PER_PARTITION, 0).bit_length(), MAX_PARTITION_BITS)


class _Part:
    """Digests of one partition and their accounts, on disk until they are all known."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digests, self._accounts = path.with_suffix(".digests"), path.with_suffix(".accounts")

    def append(self, digests: NDArray[np.void], accounts: NDArray[np.int32]) -> None:
        """Set down more of them."""
        for path, array in ((self._digests, digests), (self._accounts, accounts)):
            with path.open("ab") as file:
                array.tofile(file)

    def read(self) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """Return all of them."""
        digests = np.fromfile(self._digests, dtype=np.uint8).reshape(-1, _KEY.itemsize)
        return digests, np.fromfile(self._accounts, dtype=np.int32)

    def remove(self) -> None:
        """Free the disk."""
        self._digests.unlink(missing_ok=True)
        self._accounts.unlink(missing_ok=True)
