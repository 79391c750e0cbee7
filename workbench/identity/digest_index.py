"""The digests of one kind, ready to be searched: from arrays of digests to an index, and from a list to accounts.

The work is done in `kernels.radix_index`, on bits and arrays; here it is given what it needs. An index may be in
*partitions*, by the leading bits of the digest, each a whole index of its own. A partition is what a machine has to
hold at least, and what a worker of a cluster is given.

How sure a match is
-------------------
At least 104 bits of a digest are compared: those that choose the bucket (8 or more), the 32 after them, and 64 more,
with which the bits in between are mixed. By chance, then, a stranger passes for one of 50 million accounts once in
2**78 times: a list of 10 million would have to be matched 10**16 times before it happened. Somebody who *searches* for
an address that passes for anybody must try as many, which is out of reach. With a bare 64-bit key it would take 2**38
tries, which is an afternoon's work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import UniverseError
from workbench.identity.kernels.radix_index import (
    Index,
    Keys,
    fill_index,
    keep_distinct,
    mark_parts,
    n_bucket_bits,
    n_part_bits,
    search_parts,
    sort_into_parts,
)

_EVERY_ROW = np.empty(0, dtype=np.int64)

# Kernels multiply modulo 2**64. NumPy warns of that where they are not compiled and run as ordinary Python.
_modulo_2_to_the_64 = np.errstate(over="ignore")


@dataclass(frozen=True, slots=True)
class DigestIndex:
    """The digests of one kind, in partitions by their leading bits.

    Parameters
    ----------
    partitions : sequence of Index
        Partition p holds the digests whose leading bits are p; a power of two of them.
    """

    partitions: Sequence[Index]

    @property
    def n_partition_bits(self) -> int:
        """Number of leading bits that choose the partition."""
        return len(self.partitions).bit_length() - 1

    @_modulo_2_to_the_64
    def search(self, keys: Keys, kept: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the account of each key.

        Parameters
        ----------
        keys : Keys
            Sorted by at least as many bits as choose the partition.
        kept : int64 array, shape (n_parts,)
            How many keys of each part to search for, from its front.

        Returns
        -------
        int64 array, shape (n,)
            The lowest account with this digest, or -1, at the place of each key; anything where none was searched for.
        """
        found = np.empty(keys.high.size, dtype=np.int64)
        for partition, parts in self.partitions_for(kept):
            search_parts(keys, parts, kept, self.n_partition_bits, partition, found)
        return found

    def partitions_for(self, kept: NDArray[np.int64]) -> Iterator[tuple[Index, tuple[int, int]]]:
        """Yield the partitions that have to be searched, and which parts of sorted keys belong to each.

        Parameters
        ----------
        kept : int64 array, shape (n_parts,)
            As `search` takes it.

        Yields
        ------
        Index
            A partition.
        tuple of int
            From which part up to but not including which.
        """
        n_each = kept.size // len(self.partitions)
        for number in np.flatnonzero(kept.reshape(-1, n_each).any(axis=1)).tolist():
            yield self.partitions[number], (number * n_each, (number + 1) * n_each)


@_modulo_2_to_the_64
def search_partition(
    partition: Index,
    n_partition_bits: int,
    high: NDArray[np.uint64],
    low: NDArray[np.uint64],
    n_each: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the account of each of some digests, all of one partition.

    Parameters
    ----------
    partition : Index
        Where to search.
    n_partition_bits : int
        Leading bits that all digests of the partition share.
    high, low : uint64 array, shape (n,)
        As in `Keys`, sorted into parts.
    n_each : int64 array, shape (n_parts,)
        Keys in each part.

    Returns
    -------
    int64 array, shape (n,)
        The lowest account with this digest, or -1.
    """
    ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(n_each)])
    # Own arrays: kernels would be compiled anew for those that came over a network and may not be written.
    keys = Keys(np.array(high), np.array(low), np.empty(0, dtype=np.uint32), ends)
    found = np.empty(high.size, dtype=np.int64)
    search_parts(keys, (0, n_each.size), np.diff(ends), n_partition_bits, partition, found)
    return found


class DistinctKeys:
    """What digests of one kind are reduced to for matching: every one once, in parts by its leading bits.

    Parameters
    ----------
    digests : uint8 array, shape (n, 16 or more)
        Digests.
    rows : int64 array, shape (m,), optional
        The rows that are of this kind; all of them when absent.
    n_partition_bits : int
        Leading bits that choose the partition of the index that will be searched.
    """

    @_modulo_2_to_the_64
    def __init__(
        self, digests: NDArray[np.uint8], rows: NDArray[np.int64] | None = None, *, n_partition_bits: int = 0
    ) -> None:
        self.keys = sorted_keys(digests, rows, n_partition_bits=n_partition_bits)
        self.kept = keep_distinct(self.keys)

    @cached_property
    def n_distinct(self) -> int:
        """Number of distinct digests."""
        return int(self.kept.sum())

    @_modulo_2_to_the_64
    def mark_members(self, index: DigestIndex, n_accounts: int, words: NDArray[np.uint64]) -> int:
        """Set the bits of the accounts that these digests belong to.

        Parameters
        ----------
        index : DigestIndex
            Where to search.
        n_accounts : int
            Accounts that there are.
        words : uint64 array, shape (ceil(n_accounts / 64),)
            As in `AccountSet`; changed in place.

        Returns
        -------
        int
            Distinct digests that were found.

        Raises
        ------
        UniverseError
            If the index leads to an account that does not exist.
        """
        n_found = 0
        for partition, parts in index.partitions_for(self.kept):
            n_marked = int(
                mark_parts(self.keys, parts, self.kept, index.n_partition_bits, partition, n_accounts, words)
            )
            if n_marked < 0:
                raise UniverseError(
                    f"expected accounts from 0 to {n_accounts - 1} in the directory, got a higher one: it is damaged; "
                    "build it again"
                )
            n_found += n_marked
        return n_found


def sorted_keys(
    digests: NDArray[np.uint8],
    rows: NDArray[np.int64] | None = None,
    *,
    n_skipped_bits: int = 0,
    n_partition_bits: int = 0,
) -> Keys:
    """Return the keys of digests, sorted into parts that fit the processor's caches.

    Parameters
    ----------
    digests : uint8 array, shape (n, 16 or more)
        Digests.
    rows : int64 array, shape (m,), optional
        The rows to take; all of them when absent.
    n_skipped_bits : int
        Leading bits that all digests share.
    n_partition_bits : int
        Number of bits that the parts must at least tell apart.
    """
    n = len(digests) if rows is None else rows.size
    # Made by NumPy, which asks the system for large pages; a kernel's own memory comes in small ones.
    keys = Keys(
        high=np.empty(n, dtype=np.uint64),
        low=np.empty(n, dtype=np.uint64),
        rows=np.empty(n, dtype=np.uint32),
        ends=np.zeros((1 << n_part_bits(n, n_partition_bits)) + 1, dtype=np.int64),
    )
    selected = _EVERY_ROW if rows is None else rows
    sort_into_parts(_read_only(digests), selected, rows is None, n_skipped_bits, keys)
    return keys


@_modulo_2_to_the_64
def build_partition(digests: NDArray[np.uint8], accounts: NDArray[np.int32], n_shared_bits: int = 0) -> Index:
    """Return the index of digests that share their leading bits.

    Parameters
    ----------
    digests : uint8 array, shape (n, 16 or more)
        Digests, in any order; several accounts may have the same one.
    accounts : int32 array, shape (n,)
        Whose digest each is.
    n_shared_bits : int
        Leading bits that all digests share.
    """
    n_bits = n_bucket_bits(len(digests))
    keys = sorted_keys(digests, n_skipped_bits=n_shared_bits)
    n = len(digests)
    index = Index(
        first=np.zeros((1 << n_bits) + 1, dtype=np.uint32),
        remainders=np.empty(n, dtype=np.uint32),
        accounts=np.empty(n, dtype=np.uint32),
        tails=np.empty(n, dtype=np.uint64),
    )
    fill_index(keys, _read_only(accounts), n_shared_bits, n_bits, index)
    return read_only_index(index)


def read_only_index(index: Index) -> Index:
    """Return an index whose arrays may not be written."""
    return Index(*(_read_only(array) for array in index))


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as one that may not be written, always, or kernels would be compiled for each of the two."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
