import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, rule

from workbench.identity import AccountSet

N_ACCOUNTS = 131  # two whole words and three bits of a third
ACCOUNTS = st.integers(0, N_ACCOUNTS - 1)


class AgainstPythonSets(RuleBasedStateMachine):
    """Every operation on account sets gives what the same operation on Python sets gives."""

    pairs = Bundle("pairs")

    @rule(target=pairs, members=st.sets(ACCOUNTS))
    def from_indices(self, members):
        return AccountSet.from_indices(members, N_ACCOUNTS), frozenset(members)

    @rule(target=pairs, mask=st.lists(st.booleans(), min_size=N_ACCOUNTS, max_size=N_ACCOUNTS))
    def from_mask(self, mask):
        return AccountSet.from_mask(np.array(mask)), frozenset(i for i, is_member in enumerate(mask) if is_member)

    @rule(target=pairs)
    def extremes(self):
        everyone = frozenset(range(N_ACCOUNTS))
        return multiple((AccountSet.empty(N_ACCOUNTS), frozenset()), (AccountSet.full(N_ACCOUNTS), everyone))

    @rule(target=pairs, left=pairs, right=pairs)
    def union(self, left, right):
        return left[0] | right[0], left[1] | right[1]

    @rule(target=pairs, left=pairs, right=pairs)
    def intersection(self, left, right):
        return left[0] & right[0], left[1] & right[1]

    @rule(target=pairs, left=pairs, right=pairs)
    def difference(self, left, right):
        return left[0] - right[0], left[1] - right[1]

    @rule(target=pairs, left=pairs, right=pairs)
    def symmetric_difference(self, left, right):
        return left[0] ^ right[0], left[1] ^ right[1]

    @rule(target=pairs, include=st.lists(pairs, min_size=1, max_size=4), exclude=st.lists(pairs, max_size=3))
    def combination(self, include, exclude):
        members = frozenset().union(*(one[1] for one in include)).difference(*(one[1] for one in exclude))
        return AccountSet.combined([one[0] for one in include], [one[0] for one in exclude]), members

    @rule(pair=pairs, accounts=st.lists(ACCOUNTS))
    def membership_of_many(self, pair, accounts):
        are_members = pair[0].has_members(np.array(accounts, dtype=np.int64))
        assert are_members.tolist() == [account in pair[1] for account in accounts]

    @rule(target=pairs, pair=pairs)
    def there_and_back(self, pair):
        return AccountSet.from_bytes(pair[0].to_bytes()), pair[1]

    @rule(left=pairs, right=pairs)
    def comparisons(self, left, right):
        assert (left[0] == right[0]) == (left[1] == right[1])
        assert (left[0] <= right[0]) == (left[1] <= right[1])
        assert (left[0] >= right[0]) == (left[1] >= right[1])
        assert left[0].isdisjoint(right[0]) == left[1].isdisjoint(right[1])
        assert left[0].n_overlap(right[0]) == len(left[1] & right[1])
        assert left[1] != right[1] or hash(left[0]) == hash(right[0])

    @rule(pair=pairs, account=st.integers(-3, N_ACCOUNTS + 3))
    def reading(self, pair, account):
        accounts, members = pair
        assert (account in accounts) == (account in members)
        assert len(accounts) == len(members)
        assert list(accounts) == sorted(members)
        assert accounts.indices().tolist() == sorted(members)
        assert np.flatnonzero(accounts.mask()).tolist() == sorted(members)
        assert accounts.mask().shape == (N_ACCOUNTS,)


TestAgainstPythonSets = AgainstPythonSets.TestCase
TestAgainstPythonSets.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


@given(n_accounts=st.integers(0, 200))
def test_full_has_every_account_whatever_the_last_word_holds(n_accounts):
    full = AccountSet.full(n_accounts)
    assert list(full) == list(range(n_accounts))
    assert full - full == AccountSet.empty(n_accounts)


def test_words_are_what_the_docstring_says():
    accounts = AccountSet.from_indices([0, 63, 64, 130], N_ACCOUNTS)
    assert accounts.words.dtype == np.uint64
    assert accounts.words.tolist() == [1 | 1 << 63, 1, 1 << 2]
    assert AccountSet(accounts.words, N_ACCOUNTS) == accounts


def test_a_set_cannot_be_changed():
    words = np.zeros(1, dtype=np.uint64)
    accounts = AccountSet(words, 10)
    words[0] = 1
    assert len(accounts) == 0
    with pytest.raises(ValueError, match="read-only"):
        accounts.words[0] = 1


def test_the_mask_is_a_copy_that_may_be_changed():
    accounts = AccountSet.full(10)
    accounts.mask()[:] = False
    assert len(accounts) == 10


@pytest.mark.parametrize("operate", ["__or__", "__and__", "__sub__", "__le__", "n_overlap", "isdisjoint"])
def test_sets_of_two_universes_do_not_mix(operate):
    with pytest.raises(ValueError, match="same universe"):
        getattr(AccountSet.full(10), operate)(AccountSet.full(11))


def test_sets_of_two_universes_are_not_equal():
    assert AccountSet.empty(10) != AccountSet.empty(11)
    assert AccountSet.empty(10) != set()


@pytest.mark.parametrize("operate", ["__or__", "__and__", "__sub__", "__le__"])
def test_other_collections_are_refused_by_operators(operate):
    assert getattr(AccountSet.full(10), operate)({1}) is NotImplemented


@pytest.mark.parametrize("indices", [[-1], [10], [1.5], np.array([2.0])])
def test_numbers_that_are_no_accounts_are_refused(indices):
    with pytest.raises(ValueError, match="expected account numbers"):
        AccountSet.from_indices(indices, 10)


def test_a_mask_is_not_mistaken_for_account_numbers():
    with pytest.raises(ValueError, match="use from_mask"):
        AccountSet.from_indices(np.ones(3, dtype=bool), 10)
    with pytest.raises(ValueError, match="use from_indices"):
        AccountSet.from_mask(np.array([1, 2]))


def test_no_accounts_at_all_is_a_set_too():
    assert AccountSet.from_indices([], 0) == AccountSet.full(0)
    with pytest.raises(ValueError, match="0 or more"):
        AccountSet.empty(-1)


def test_a_bit_past_the_last_account_is_refused():
    with pytest.raises(ValueError, match="past the last"):
        AccountSet(np.array([1 << 10], dtype=np.uint64), 10)
    with pytest.raises(ValueError, match="expected 1 words"):
        AccountSet(np.zeros(2, dtype=np.uint64), 10)


def test_damaged_bytes_are_refused():
    data = AccountSet.from_indices([97, 98], 131).to_bytes()
    for damaged in (b"", data[:5], data[:-1], data + b"x", b"x" + data[1:]):
        with pytest.raises(ValueError, match="expected"):
            AccountSet.from_bytes(damaged)


def test_it_survives_pickling():
    accounts = AccountSet.from_indices([3, 5], 10)
    assert pickle.loads(pickle.dumps(accounts)) == accounts  # noqa: S301 - our own bytes


def test_what_is_no_number_is_no_member():
    accounts = AccountSet.full(10)
    assert "3" not in accounts
    assert 3.0 not in accounts
    assert np.int32(3) in accounts


def test_repr_shows_sizes_only():
    assert repr(AccountSet.from_indices([3, 5], 10)) == "AccountSet(n_accounts=10, size=2)"


@pytest.mark.parametrize("account", [-1, N_ACCOUNTS])
def test_membership_of_many_refuses_accounts_outside_the_universe(account):
    with pytest.raises(ValueError, match="expected account numbers from 0 to 130"):
        AccountSet.full(N_ACCOUNTS).has_members(np.array([5, account]))


def test_nothing_to_include_is_refused():
    with pytest.raises(ValueError, match="at least one set to include"):
        AccountSet.combined([])


def test_a_combination_of_two_universes_is_refused():
    with pytest.raises(ValueError, match="same universe"):
        AccountSet.combined([AccountSet.empty(5)], [AccountSet.empty(6)])


def test_members_come_in_order_across_pieces():
    members = np.flatnonzero(np.random.default_rng(1).random(200_001) < 0.01)
    assert list(AccountSet.from_indices(members, 200_001)) == members.tolist()
