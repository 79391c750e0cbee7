"""Building the directory of accounts on disk, from Parquet, in bounded memory, complete or not at all.

The identifiers are read a row group at a time and set down by partition, so memory holds one partition and not the
universe. The folder grows beside its destination and takes its name at the end.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from workbench.errors import InputFileError
from workbench.identity.digest_index import build_partition
from workbench.identity.digests import DigestKind, ListType
from workbench.identity.directory import COLUMNS, bytes_of, check_accounts
from workbench.identity.directory_description import (
    DESCRIPTION_FILE,
    FIELD_TYPES,
    ArrayFile,
    Description,
    Partition,
    checksum,
    fingerprint,
    write_description,
)
from workbench.progress import Progress, ignore_progress

if TYPE_CHECKING:
    import pyarrow.parquet as pq

# 64 partitions hold two thousand million digests; each open one takes four of the files that a process may open.
MAX_PARTITION_BITS: Final = 6
_DIGESTS_PER_PARTITION: Final = 1 << 25  # some 2 GB while it is built, 0.6 GB when it is done

_KEY_BYTES: Final = 16  # of a digest; the index needs no more


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
        Partition by that many leading bits of the digest, 0 to 6; by as many as keep a partition below some 33 million
        digests when absent. The matches are the same.
    overwrite : bool
        Replace a directory that is there already.
    on_progress : Progress
        Called with the steps done and all steps; raise ``CancelledError`` in it to stop, which leaves nothing behind.

    Raises
    ------
    InputFileError
        If the folder exists and shall not be replaced, or is something else.
    UniverseError
        If a row names an account that is not in the universe.
    """
    import pyarrow.parquet as pq  # imported late: opening needs no tables

    destination = Path(folder)
    _check_destination(destination, overwrite=overwrite)
    destination.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{destination.name}.", suffix=".part", dir=destination.parent))
    try:
        with pq.ParquetFile(identifiers) as file:
            bits = _enough_bits(file.metadata.num_rows) if n_partition_bits is None else n_partition_bits
            if not 0 <= bits <= MAX_PARTITION_BITS:
                raise ValueError(f"expected 0 to {MAX_PARTITION_BITS} partition bits, got {bits}")
            builder = _Builder(file, unfinished, n_accounts, bits, on_progress)
            indexes = builder.build()
        source = fingerprint(Path(identifiers))
        write_description(unfinished, Description(n_accounts, source, builder.n_identifiers, indexes))
        unfinished.chmod(0o755 & ~_umask())  # mkdtemp keeps others out; a directory is for many to read
        _put_in_place(unfinished, destination)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


class _Builder:
    """One building of one folder."""

    def __init__(
        self, file: "pq.ParquetFile", folder: Path, n_accounts: int, n_bits: int, on_progress: Progress
    ) -> None:
        self._file, self._folder, self._n_accounts, self._n_bits = file, folder, n_accounts, n_bits
        self._on_progress = on_progress
        self._n_steps = len(ListType) * len(DigestKind) * (file.num_row_groups + (1 << n_bits))
        self._n_done = 0
        self.n_identifiers = dict.fromkeys(ListType, 0)

    def build(self) -> dict[tuple[ListType, DigestKind], list[Partition]]:
        """Return the files of each index that has digests."""
        built = {}
        for list_type, digest_kind in product(ListType, DigestKind):
            partitions = self._build_index(list_type, digest_kind)
            if partitions is not None:
                built[list_type, digest_kind] = partitions
        return built

    def _build_index(self, list_type: ListType, digest_kind: DigestKind) -> list[Partition] | None:
        name = f"{list_type}-{digest_kind}"
        parts = [_Part(self._folder / f"{name}-{number:03d}") for number in range(1 << self._n_bits)]
        n_digests = 0
        for digests, accounts in self._rows(list_type, digest_kind):
            n_digests += accounts.size
            for number, part in enumerate(parts):
                is_in_part = digests[:, 0] >> (8 - self._n_bits) == number if self._n_bits else slice(None)
                part.append(digests[is_in_part], accounts[is_in_part])
        # Who has an identifier has a digest of it, but perhaps not of every kind.
        self.n_identifiers[list_type] = max(self.n_identifiers[list_type], n_digests)
        if n_digests:
            return [self._build_part(part) for part in parts]
        self._step(len(parts))
        return None

    def _rows(
        self, list_type: ListType, digest_kind: DigestKind
    ) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int32]]]:
        """Yield the beginnings of digests and their accounts, in the order of the table."""
        import pyarrow.compute as pc

        column = COLUMNS[digest_kind]
        for number in range(self._file.num_row_groups):
            if not self._is_empty(number, column):
                table = self._file.read_row_group(number, columns=["account", "identifier_kind", column])
                is_wanted = pc.and_(pc.equal(table["identifier_kind"], list_type.value), pc.is_valid(table[column]))
                rows = table.filter(is_wanted).combine_chunks()
                check_accounts(rows["account"], self._n_accounts)
                accounts = rows["account"].to_numpy().astype(np.int32, copy=False)
                yield bytes_of(rows[column], digest_kind.n_bytes)[:, :_KEY_BYTES], accounts
            self._step()

    def _is_empty(self, row_group: int, column: str) -> bool:
        """Tell whether the file says that a row group has no digest of a kind; it need not say anything."""
        described = self._file.metadata.row_group(row_group)
        statistics = described.column(self._file.schema.names.index(column)).statistics
        return statistics is not None and statistics.null_count == described.num_rows

    def _build_part(self, part: "_Part") -> Partition:
        index = build_partition(*part.take(), self._n_bits)
        files = {
            field: _write_array(part.path.with_name(f"{part.path.name}-{field}.npy"), getattr(index, field))
            for field in FIELD_TYPES
        }
        self._step()
        return files

    def _step(self, n_steps: int = 1) -> None:
        self._n_done += n_steps
        self._on_progress(self._n_done, self._n_steps)


def _enough_bits(n_digests: int) -> int:
    return min(max((n_digests - 1) // _DIGESTS_PER_PARTITION, 0).bit_length(), MAX_PARTITION_BITS)


class _Part:
    """Digests of one partition and their accounts, on disk until they are all known."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digests, self._accounts = path.with_suffix(".digests"), path.with_suffix(".accounts")

    def append(self, digests: NDArray[np.uint8], accounts: NDArray[np.int32]) -> None:
        """Set down more of them."""
        for path, array in ((self._digests, digests), (self._accounts, accounts)):
            with path.open("ab") as file:
                np.ascontiguousarray(array).tofile(file)  # one row at a time otherwise

    def take(self) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """Return all of them and free the disk."""
        digests = np.fromfile(self._digests, dtype=np.uint8).reshape(-1, _KEY_BYTES)
        accounts = np.fromfile(self._accounts, dtype=np.int32)
        self._digests.unlink()
        self._accounts.unlink()
        return digests, accounts


def _write_array(path: Path, array: NDArray[Any]) -> ArrayFile:
    np.save(path, array, allow_pickle=False)
    return ArrayFile(path.name, path.stat().st_size, checksum(path))


def _check_destination(destination: Path, *, overwrite: bool) -> None:
    if not destination.exists():
        return
    if not (destination / DESCRIPTION_FILE).is_file():
        raise InputFileError(f"expected no other folder or file at {destination}, found one; choose another place")
    if not overwrite:
        raise InputFileError(f"expected no directory of accounts at {destination} yet, found one; allow to replace it")


def _put_in_place(unfinished: Path, destination: Path) -> None:
    if not destination.exists():
        unfinished.rename(destination)
        return
    # The old one leaves under another name, so that whoever has it mapped goes on, and is there again if need be.
    old = Path(tempfile.mkdtemp(prefix=f".{destination.name}.", suffix=".old", dir=destination.parent))
    destination.replace(old)
    try:
        unfinished.rename(destination)
    except OSError:
        old.replace(destination)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
