"""The accounts' digests, ready to be searched.

For each kind of identifier and each hash function there is one `DigestIndex`. In a universe of some hundred thousand
accounts an index is made in no time when it is first needed; in a large one they are built once, into a folder
(`directory_building`), and mapped into the memory of whoever opens it.

An identifier that several accounts share (a family tablet has one advertising id) resolves to the account with the
lowest number, so that one record never counts as several people and the order of the table does not matter.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.identity.digests import DigestKind, Digests, ListType

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.identity.digest_index import DigestIndex
    from workbench.identity.directory_folder import DirectoryFolder

NO_ACCOUNT = -1

COLUMNS = {DigestKind.MD5: "md5", DigestKind.SHA1: "sha1", DigestKind.SHA256: "sha256"}
"""Column of the identifiers table that holds the digests of each kind."""


class IndexSource(Protocol):
    """Where a directory's indexes come from: tables in memory, or a folder."""

    def index(self, list_type: ListType, digest_kind: DigestKind) -> "DigestIndex | None":
        """Return the index of a kind of identifier and a hash function, or None if there are no such digests."""

    def n_identifiers(self, list_type: ListType) -> int:
        """Return how many identifiers of a kind the accounts have."""


class AccountDirectory:
    """Which account has which digest; read-only.

    Parameters
    ----------
    source : IndexSource
        Where the indexes come from; use `build` or `open`.
    n_accounts : int
        Number of accounts in the universe.
    """

    def __init__(self, source: IndexSource, n_accounts: int) -> None:
        self._source = source
        self._n_accounts = n_accounts
        self._indexes: dict[tuple[ListType, DigestKind], DigestIndex | None] = {}

    @classmethod
    def build(cls, identifiers: "pa.Table", n_accounts: int) -> "AccountDirectory":
        """Return the directory of a universe's identifiers, in memory.

        Parameters
        ----------
        identifiers : pyarrow.Table
            Columns ``account`` (int32), ``identifier_kind`` ("EMAIL" or "MAID"), ``md5`` (16 bytes), ``sha1``
            (20 bytes) and ``sha256`` (32 bytes), where a digest may be null. An account may have several rows or none.
        n_accounts : int
            Number of accounts in the universe.

        Raises
        ------
        ValueError
            If a row names an account that is not in the universe.
        """
        import pyarrow.compute as pc  # imported late: checking a list needs no tables

        check_accounts(identifiers["account"], n_accounts)
        kinds = identifiers["identifier_kind"]
        return cls(_Tables({kind: identifiers.filter(pc.equal(kinds, kind.value)) for kind in ListType}), n_accounts)

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> "AccountDirectory":
        """Open a directory that was written to a folder; it is mapped into memory, not read.

        Parameters
        ----------
        folder : path-like
            What `write_directory` made.

        Raises
        ------
        InputFileError
            If there is no such folder.
        UniverseError
            If it is damaged, unfinished or of another version.
        """
        from workbench.identity.directory_folder import DirectoryFolder

        source = DirectoryFolder.open(Path(folder))
        return cls(source, source.description.n_accounts)

    @property
    def n_accounts(self) -> int:
        """Number of accounts in the universe, with identifiers or without."""
        return self._n_accounts

    @property
    def folder(self) -> "DirectoryFolder | None":
        """The folder that the directory was opened from; None if it is in this process's memory."""
        from workbench.identity.directory_folder import DirectoryFolder

        return self._source if isinstance(self._source, DirectoryFolder) else None

    def index(self, list_type: ListType, digest_kind: DigestKind) -> "DigestIndex | None":
        """Return the index of a kind of identifier and a hash function, or None if there are no such digests."""
        # Two threads that both find it missing make the same index twice, which costs time and harms nothing.
        key = (ListType(list_type), digest_kind)
        if key not in self._indexes:
            self._indexes[key] = self._source.index(*key)
        return self._indexes[key]

    def match_digests(self, list_type: ListType, digests: Digests) -> NDArray[np.int64]:
        """Return the account of each digest.

        Parameters
        ----------
        list_type : ListType
            Kind of identifier that was hashed; a digest alone does not tell.
        digests : Digests
            Digests to look up, of any mixture of hash functions.

        Returns
        -------
        int64 array, shape (len(digests),)
            Account, or -1 where no account has the digest.
        """
        from workbench.identity.digest_index import sorted_keys  # imported late: checking a list needs no compiler

        accounts = np.full(len(digests), NO_ACCOUNT, dtype=np.int64)
        for kind, rows in digests.rows_by_kind():
            index = self.index(list_type, kind)
            if index is not None:
                keys = sorted_keys(digests.values, rows, n_partition_bits=index.n_partition_bits)
                accounts[keys.rows] = index.search(keys, np.diff(keys.ends))
        return accounts

    def __reduce__(self) -> tuple[Any, ...]:
        return AccountDirectory, (self._source, self._n_accounts)

    def __repr__(self) -> str:
        n_identifiers = {kind.value: self._source.n_identifiers(kind) for kind in ListType}
        return f"AccountDirectory(n_accounts={self._n_accounts}, n_identifiers={n_identifiers})"


class _Tables:
    """Indexes that are made from tables when they are asked for."""

    def __init__(self, tables: "dict[ListType, pa.Table]") -> None:
        self._tables = tables

    def index(self, list_type: ListType, digest_kind: DigestKind) -> "DigestIndex | None":
        from workbench.identity.digest_index import DigestIndex, build_partition  # imported late, see above

        name = COLUMNS[digest_kind]
        present = self._tables[list_type].select(["account", name]).drop_null().combine_chunks()
        if not present.num_rows:
            return None
        digests, accounts = bytes_of(present[name], digest_kind.n_bytes), present["account"].to_numpy()
        return DigestIndex((build_partition(digests, accounts.astype(np.int32, copy=False)),))

    def n_identifiers(self, list_type: ListType) -> int:
        return int(self._tables[list_type].num_rows)


def check_accounts(accounts: "pa.ChunkedArray", n_accounts: int) -> None:
    """Raise ValueError if a column names an account that is not in the universe.

    Parameters
    ----------
    accounts : pyarrow.ChunkedArray
        Column ``account`` of the identifiers table, or a part of it.
    n_accounts : int
        Number of accounts in the universe.
    """
    import pyarrow.compute as pc

    span = pc.min_max(accounts).as_py()
    if accounts.null_count:
        raise ValueError(
            f"expected an account in every row of the identifiers table, got {accounts.null_count:,} rows without; "
            "build the universe again"
        )
    if span["min"] is not None and not (span["min"] >= 0 and span["max"] < n_accounts):
        raise ValueError(
            f"expected accounts from 0 to {n_accounts - 1} in the identifiers table, "
            f"got {span['min']} to {span['max']}; build the universe again"
        )


def bytes_of(column: "pa.ChunkedArray", n_bytes: int) -> NDArray[np.uint8]:
    """Return a binary column without nulls as a uint8 array, shape (n, n_bytes).

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Of any binary type; one chunk of the fixed-size type is not copied.
    n_bytes : int
        Size of every value.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a value has another size.
    """
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.type != pa.binary(n_bytes):  # whoever wrote the table may know no binary type of a fixed size
        column = column.cast(pa.binary(n_bytes))
    parts = []
    for chunk in column.chunks:
        data = np.frombuffer(chunk.buffers()[1], dtype=np.uint8) if len(chunk) else np.empty(0, dtype=np.uint8)
        parts.append(data[chunk.offset * n_bytes : (chunk.offset + len(chunk)) * n_bytes].reshape(-1, n_bytes))
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([np.empty((0, n_bytes), dtype=np.uint8), *parts])
