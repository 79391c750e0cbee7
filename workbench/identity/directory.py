"""The accounts' digests, ready to be searched.

For each kind of identifier and each hash function there is one index: the first eight bytes of every digest as a
number (its *digest key*), sorted. A search finds the keys by bisection and then compares the full digests. The key is
an index, not a proof: among 200,000 accounts two keys hardly ever agree by chance, but somebody could search for an
address whose key collides with another's, and the full comparison makes that useless.

An index is made when it is first needed, since a list is usually of one kind and one hash function.

An identifier that several accounts share (a family tablet has one advertising id) resolves to the account with the
lowest number, so that one record never counts as several people and the order of the table does not matter.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.identity.digests import DigestKind, Digests, ListType

if TYPE_CHECKING:
    import pyarrow as pa

NO_ACCOUNT = -1
KEY_BYTES = 8

_COLUMNS = {DigestKind.MD5: "md5", DigestKind.SHA1: "sha1", DigestKind.SHA256: "sha256"}


class AccountDirectory:
    """Which account has which digest; built once from a universe and read-only from then on.

    Parameters
    ----------
    tables : dict
        One table per `ListType`: the identifiers of that kind.
    n_accounts : int
        Number of accounts in the universe.
    """

    def __init__(self, tables: "dict[ListType, pa.Table]", n_accounts: int) -> None:
        self._tables = tables
        self._n_accounts = n_accounts
        self._indexes: dict[tuple[ListType, DigestKind], _DigestIndex] = {}

    @classmethod
    def build(cls, identifiers: "pa.Table", n_accounts: int) -> "AccountDirectory":
        """Return the directory of a universe's identifiers.

        Parameters
        ----------
        identifiers : pyarrow.Table
            Columns ``account`` (int32), ``identifier_kind`` ("EMAIL" or "MAID"), ``md5`` (16 bytes), ``sha1``
            (20 bytes, null for e-mail addresses) and ``sha256`` (32 bytes). An account may have several rows or none.
        n_accounts : int
            Number of accounts in the universe.

        Raises
        ------
        ValueError
            If a row names an account that is not in the universe.
        """
        import pyarrow.compute as pc  # imported late: checking a list needs no tables

        if identifiers.num_rows:
            span = pc.min_max(identifiers["account"]).as_py()
            if not (span["min"] >= 0 and span["max"] < n_accounts):
                raise ValueError(
                    f"expected accounts from 0 to {n_accounts - 1} in the identifiers table, "
                    f"got {span['min']} to {span['max']}; build the universe again"
                )
        kinds = identifiers["identifier_kind"]
        tables = {kind: identifiers.filter(pc.equal(kinds, kind.value)) for kind in ListType}
        return cls(tables, n_accounts)

    @property
    def n_accounts(self) -> int:
        """Number of accounts in the universe, with identifiers or without."""
        return self._n_accounts

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
        accounts = np.full(len(digests), NO_ACCOUNT, dtype=np.int64)
        for digest_kind in DigestKind:
            positions, values = digests.select(digest_kind)
            if positions.size:
                accounts[positions] = self._index(list_type, digest_kind).search(values)
        return accounts

    def _index(self, list_type: ListType, digest_kind: DigestKind) -> "_DigestIndex":
        # Two threads that both find it missing build the same index twice, which costs time and harms nothing.
        found = self._indexes.get((list_type, digest_kind))
        if found is None:
            found = _DigestIndex.build(self._tables[list_type], digest_kind)
            self._indexes[list_type, digest_kind] = found
        return found

    def __repr__(self) -> str:
        n_identifiers = {kind.value: table.num_rows for kind, table in self._tables.items()}
        return f"AccountDirectory(n_accounts={self._n_accounts}, n_identifiers={n_identifiers})"


class _DigestIndex(NamedTuple):
    """The digests of one kind, sorted.

    keys : uint64 array, shape (n,) - ascending
    digests : uint8 array, shape (n, n_bytes) - in the order of the keys
    accounts : int64 array, shape (n,) - in the order of the keys; ascending where keys are equal
    """

    keys: NDArray[np.uint64]
    digests: NDArray[np.uint8]
    accounts: NDArray[np.int64]

    @classmethod
    def build(cls, table: "pa.Table", digest_kind: DigestKind) -> "_DigestIndex":
        name = _COLUMNS[digest_kind]
        present = table.select(["account", name]).drop_null().combine_chunks()
        digests = _bytes_of(present[name], digest_kind.n_bytes)
        accounts = present["account"].to_numpy().astype(np.int64)
        keys = digest_keys(digests)
        order = np.lexsort((accounts, keys))
        return cls(keys[order], digests[order], accounts[order])

    def search(self, wanted: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Return the account of each wanted digest, or -1."""
        accounts = np.full(len(wanted), NO_ACCOUNT, dtype=np.int64)
        wanted_keys = digest_keys(wanted)
        places = np.searchsorted(self.keys, wanted_keys)
        open_rows = np.arange(len(wanted))
        # One round per digest under the same key: nearly always one, and never a loop over records.
        while True:
            open_rows = open_rows[places[open_rows] < self.keys.size]
            open_rows = open_rows[self.keys[places[open_rows]] == wanted_keys[open_rows]]
            if not open_rows.size:
                return accounts
            is_same = (self.digests[places[open_rows]] == wanted[open_rows]).all(axis=1)
            accounts[open_rows[is_same]] = self.accounts[places[open_rows[is_same]]]
            open_rows = open_rows[~is_same]
            places[open_rows] += 1


def digest_keys(digests: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the first eight bytes of each digest as a number, so that numbers sort as the bytes do.

    Parameters
    ----------
    digests : uint8 array, shape (n, n_bytes)
        Digests of at least eight bytes.

    Returns
    -------
    uint64 array, shape (n,)
        Digest keys.
    """
    leading = np.ascontiguousarray(digests[:, :KEY_BYTES])
    return leading.view(">u8").ravel().astype(np.uint64)


def _bytes_of(column: "pa.ChunkedArray", n_bytes: int) -> NDArray[np.uint8]:
    """Return a fixed-size binary column without nulls as a uint8 array, shape (n, n_bytes)."""
    parts = [np.empty((0, n_bytes), dtype=np.uint8)]
    for chunk in column.chunks:
        data = np.frombuffer(chunk.buffers()[1], dtype=np.uint8) if len(chunk) else np.empty(0, dtype=np.uint8)
        parts.append(data[chunk.offset * n_bytes : (chunk.offset + len(chunk)) * n_bytes].reshape(-1, n_bytes))
    return np.concatenate(parts)
