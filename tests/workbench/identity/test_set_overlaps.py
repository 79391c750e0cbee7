import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.identity import AccountSet
from workbench.identity.set_overlaps import exclusive_overlaps, pairwise_overlaps

# Where words, chunks of 64 words and blocks of 1,024 words end.
N_ACCOUNTS = [0, 1, 63, 64, 65, 4_095, 4_096, 4_097, 70_000]


def random_sets(n_sets, n_accounts, rng_seed, densities=(0.5, 0.01, 0.2, 0.0, 1.0)):
    rng = np.random.default_rng(rng_seed)
    return [AccountSet.from_mask(rng.random(n_accounts) < densities[i % len(densities)]) for i in range(n_sets)]


def naive_pairs(sets):
    members = [set(one) for one in sets]
    return [[len(a & b) for b in members] for a in members]


def naive_masks(sets):
    """Return how many accounts are in each exact combination, one account at a time."""
    members = [set(one) for one in sets]
    masks = Counter(
        sum(1 << i for i, one in enumerate(members) if account in one) for account in range(sets[0].n_accounts)
    )
    return dict(masks)


def as_dictionary(overlaps):
    assert (np.diff(overlaps.masks.astype(object)) > 0).all()
    return dict(zip(overlaps.masks.tolist(), overlaps.counts.tolist(), strict=True))


@pytest.mark.parametrize("n_accounts", N_ACCOUNTS)
@pytest.mark.parametrize("n_sets", [1, 2, 7])
def test_pairs_agree_with_python_sets(n_accounts, n_sets):
    sets = random_sets(n_sets, n_accounts, rng_seed=n_accounts)
    assert pairwise_overlaps(sets).tolist() == naive_pairs(sets)


@pytest.mark.parametrize("n_accounts", N_ACCOUNTS)
@pytest.mark.parametrize("n_sets", [1, 2, 6, 20, 21, 33, 64])
def test_combinations_agree_with_python_sets(n_accounts, n_sets):
    sets = random_sets(n_sets, min(n_accounts, 5_000), rng_seed=n_sets)
    assert as_dictionary(exclusive_overlaps(sets)) == naive_masks(sets)


@settings(max_examples=50)
@given(st.lists(st.sets(st.integers(0, 299)), min_size=1, max_size=30), st.data())
def test_any_sets_agree_with_python_sets(members, data):
    sets = [AccountSet.from_indices(one, 300) for one in members]
    overlaps = exclusive_overlaps(sets)
    assert as_dictionary(overlaps) == naive_masks(sets)
    assert pairwise_overlaps(sets).tolist() == naive_pairs(sets)
    include = data.draw(st.sets(st.integers(0, len(sets) - 1)))
    exclude = data.draw(st.sets(st.integers(0, len(sets) - 1)))
    wanted = set().union(*(members[i] for i in include)) - set().union(*(members[i] for i in exclude))
    assert overlaps.n_accounts_in(include, exclude) == len(wanted)


def test_a_table_of_many_combinations_grows():
    sets = random_sets(40, 60_000, rng_seed=1, densities=(0.5,))
    overlaps = exclusive_overlaps(sets)
    assert overlaps.masks.size > 59_000  # nearly every account is in a combination of its own
    assert overlaps.counts.sum() == 60_000
    assert as_dictionary(overlaps) == naive_masks(sets)


def test_no_sets_have_no_pairs():
    assert pairwise_overlaps([]).shape == (0, 0)


@pytest.mark.parametrize("n_sets", [0, 65])
def test_combinations_of_none_or_too_many_sets_are_refused(n_sets):
    with pytest.raises(ValueError, match="expected 1 to 64 sets"):
        exclusive_overlaps([AccountSet.empty(10)] * n_sets)


@pytest.mark.parametrize("count", [pairwise_overlaps, exclusive_overlaps])
def test_sets_of_two_universes_are_refused(count):
    with pytest.raises(ValueError, match="got 10 and 11 accounts"):
        count([AccountSet.empty(10), AccountSet.empty(11)])


def test_where_nothing_is_compiled_the_counts_are_the_same():
    code = (
        "from tests.workbench.identity.test_set_overlaps import *\n"
        "sets = random_sets(22, 130, 5)\n"
        "assert as_dictionary(exclusive_overlaps(sets)) == naive_masks(sets)\n"
        "assert pairwise_overlaps(sets).tolist() == naive_pairs(sets)\n"
    )
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)  # noqa: S603 - our own code
