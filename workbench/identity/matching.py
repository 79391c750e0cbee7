"""Matching: which accounts the valid records of a list belong to.

Records are counted by distinct digest, people by distinct account. Two records that name one person in two ways (an
address in plain form and its MD5 digest, say) cannot be told to be one until they match, so they are two records and
one member.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.identity.account_set import AccountSet
from workbench.identity.checked_list import CheckedList
from workbench.identity.digests import MAX_DIGEST_BYTES, Digests, ListType
from workbench.identity.directory import AccountDirectory

_WHOLE: Final = np.dtype(f"V{MAX_DIGEST_BYTES}")  # a digest as one thing: NumPy copies it faster than 32 numbers


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The accounts that a list matched.

    Parameters
    ----------
    members : AccountSet
        Distinct matched accounts.
    n_distinct_valid_records : int
        Valid records without repeats.
    n_matched_records : int
        Those among them that belong to an account.
    """

    members: AccountSet
    n_distinct_valid_records: int
    n_matched_records: int

    @property
    def match_rate(self) -> float:
        """Share of the distinct valid records that matched, 0 to 1; 0 when there are none."""
        if not self.n_distinct_valid_records:
            return 0.0
        return self.n_matched_records / self.n_distinct_valid_records


def match(checked: CheckedList, directory: AccountDirectory) -> MatchResult:
    """Match a list against the accounts of a universe.

    Parameters
    ----------
    checked : CheckedList
        What `read_list` returned.
    directory : AccountDirectory
        The accounts' digests.

    Returns
    -------
    MatchResult
        Members and counts.
    """
    return match_digests(checked.list_type, checked.digests, directory)


def match_digests(list_type: ListType, digests: Digests, directory: AccountDirectory) -> MatchResult:
    """Match digests against the accounts of a universe.

    Parameters
    ----------
    list_type : ListType
        Kind of identifier that was hashed; a digest alone does not tell.
    digests : Digests
        Of any mixture of hash functions, repeats included.
    directory : AccountDirectory
        The accounts' digests.

    Returns
    -------
    MatchResult
        Members and counts.
    """
    from workbench.identity.digest_index import DistinctKeys  # imported late: checking a list needs no compiler

    words = np.zeros(-(-directory.n_accounts // 64), dtype=np.uint64)
    n_distinct = n_matched = 0
    for kind, rows in digests.rows_by_kind():
        index = directory.index(list_type, kind)
        n_partition_bits = 0 if index is None else index.n_partition_bits
        keys = DistinctKeys(digests.values, rows, n_partition_bits=n_partition_bits)
        n_distinct += keys.n_distinct
        if index is not None:
            n_matched += keys.mark_members(index, directory.n_accounts, words)
    return MatchResult(AccountSet(words, directory.n_accounts), n_distinct, n_matched)


def distinct_digests(digests: Digests) -> Digests:
    """Return every digest once, by kind and then by value."""
    parts = [Digests.empty()]
    for kind, rows in digests.rows_by_kind():
        whole = digests.values.view(_WHOLE).ravel()
        distinct = _sorted_distinct(whole if rows is None else whole[rows])
        values = distinct.view(np.uint8).reshape(-1, MAX_DIGEST_BYTES)
        parts.append(Digests(np.full(len(values), kind.code, dtype=np.uint8), values))
    if len(parts) == 2:
        return parts[1]
    return Digests(np.concatenate([part.kinds for part in parts]), np.concatenate([part.values for part in parts]))


def _sorted_distinct(digests: NDArray[np.void]) -> NDArray[np.void]:
    """Sort digests as numbers by their first eight bytes, which is many times as fast as sorting them whole."""
    beginnings = (
        digests.view(np.uint8).reshape(-1, MAX_DIGEST_BYTES)[:, :8].copy().view(">u8").ravel().astype(np.uint64)
    )
    order = np.argsort(beginnings)
    in_order, beginnings = digests.take(order), beginnings[order]
    again = np.flatnonzero(beginnings[1:] == beginnings[:-1]) + 1
    words = in_order.view(np.uint64).reshape(-1, MAX_DIGEST_BYTES // 8)
    if (words[again] != words[again - 1]).any():  # two digests that begin alike: by chance once in 2**64 pairs
        return np.unique(digests.view(f"S{MAX_DIGEST_BYTES}")).view(_WHOLE)
    return np.delete(in_order, again)
