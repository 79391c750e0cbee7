"""Matching: which accounts the valid records of a list belong to.

Records are counted by distinct digest, people by distinct account. Two records that name one person in two ways (an
address in plain form and its MD5 digest, say) cannot be told to be one until they match, so they are two records and
one member.
"""

from dataclasses import dataclass

import numpy as np

from workbench.identity.account_set import AccountSet
from workbench.identity.checked_list import CheckedList
from workbench.identity.digests import DigestKind, Digests
from workbench.identity.directory import NO_ACCOUNT, AccountDirectory


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
    distinct = distinct_digests(checked.digests)
    accounts = directory.match_digests(checked.list_type, distinct)
    matched = accounts[accounts != NO_ACCOUNT]
    members = AccountSet.from_indices(matched, directory.n_accounts)
    return MatchResult(members, len(distinct), matched.size)


def distinct_digests(digests: Digests) -> Digests:
    """Return every digest once, by kind and then by value.

    Sorted digests are also searched faster: neighbours in the list are neighbours in the directory.
    """
    parts = []
    for kind in DigestKind:
        _, values = digests.select(kind)
        # As byte strings of one length they sort many times faster than as rows of numbers.
        in_order = np.sort(values.view(f"S{kind.n_bytes}").ravel()).view(np.uint8).reshape(-1, kind.n_bytes)
        is_first = np.ones(len(in_order), dtype=np.bool_)
        is_first[1:] = (in_order[1:] != in_order[:-1]).any(axis=1)
        parts.append(Digests.of_kind(kind, in_order[is_first]))
    return Digests(np.concatenate([part.kinds for part in parts]), np.concatenate([part.values for part in parts]))
