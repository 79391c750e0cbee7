"""Listing members and laying out entries, against Python sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from simulator.kernels.entries import count_entries, fill_entries, list_members, mark_members, refill_entries
from workbench.identity import AccountSet

SETS = st.integers(0, 200).flatmap(
    lambda n: st.lists(st.sets(st.integers(0, n - 1)) if n else st.just(set()), min_size=1, max_size=5).map(
        lambda sets: (n, sets)
    )
)


def listed(accounts):
    members = np.empty(len(accounts), dtype=np.int32)
    list_members(accounts.words, members)
    return members


@given(hnp.arrays(np.uint64, st.integers(0, 5)))
def test_members_are_the_places_of_bits(words):
    places = [64 * number + bit for number, word in enumerate(words.tolist()) for bit in range(64) if word >> bit & 1]
    members = np.empty(len(places), dtype=np.int32)
    list_members(words, members)
    assert members.tolist() == places


@given(SETS)
def test_patterns_say_which_sets_hold_an_account(sized):
    n_accounts, (own, *others) = sized
    members = listed(AccountSet.from_indices(own, n_accounts))
    patterns = np.zeros(members.size, dtype=np.uint32)
    for bit, other in enumerate(others):
        mark_members(members, AccountSet.from_indices(other, n_accounts).words, bit, patterns)
    expected = [sum((account in other) << bit for bit, other in enumerate(others)) for account in sorted(own)]
    assert patterns.tolist() == expected


@given(SETS)
def test_entries_of_an_account_lie_side_by_side_in_the_order_of_ad_groups(sized):
    n_accounts, ad_groups = sized
    members = [listed(AccountSet.from_indices(own, n_accounts)) for own in ad_groups]
    first_entry = np.zeros(n_accounts + 1, dtype=np.int64)
    for own in members:
        count_entries(own, first_entry[1:])
    first_entry = first_entry.cumsum()
    entries, next_entry = np.full(first_entry[-1], 99, dtype=np.uint16), first_entry[:-1].copy()
    for number, own in enumerate(members):
        fill_entries(own, (own % 2).astype(np.uint8), 10 * number, next_entry, entries)
    for number, own in list(enumerate(members))[::2]:
        refill_entries(own, (own % 2 + 2).astype(np.uint8), 10 * number, first_entry, entries)
    for account in range(n_accounts):
        # Accounts of even and odd numbers have another offer; that of every other ad group was changed.
        expected = [10 * n + account % 2 + 2 * (n % 2 == 0) for n, own in enumerate(ad_groups) if account in own]
        assert entries[first_entry[account] : first_entry[account + 1]].tolist() == expected
