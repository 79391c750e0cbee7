import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from simulator.kernels.draws import draw
from simulator.kernels.sampling import CUT_SCALE, account_at, build_traffic_table, drawn_place

ONE_CLASS = np.array([CUT_SCALE], dtype=np.uint64)
ACTIVITIES = hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1_000)).filter(lambda a: a.max() > 1e-3)
COUNTRY_KEY, ACCOUNT_KEY = np.uint64(7), np.uint64(9)


def of_one_class(activity):
    return build_traffic_table(activity, np.zeros(len(activity), dtype=np.uint16), 1)


def probabilities(table):
    """Add up, exactly, how much of each column goes to each account; every class is drawn for certain."""
    n = len(table.columns)
    own = np.arange(n) if len(table.accounts) == 0 else table.accounts
    share = np.zeros(n)
    for first, end in zip(table.class_first[:-1], table.class_first[1:], strict=True):
        for column in range(first, end):
            stays = (int(table.columns[column]) >> 32) / 2**32
            share[own[column]] += stays / (end - first)
            share[int(table.columns[column]) & 0xFFFFFFFF] += (1 - stays) / (end - first)
    return share


def drawn_account(opportunity, cuts, table, country_key=COUNTRY_KEY):
    return int(account_at(drawn_place(np.uint64(opportunity), country_key, ACCOUNT_KEY, cuts, table), table))


def drawn_by_the_book(opportunity, cuts, table):
    """Follow the definition in Python integers: a class, a column of it, one of the column's two accounts."""
    bits = int(draw(ACCOUNT_KEY, np.uint64(opportunity)))
    class_bits = int(draw(COUNTRY_KEY, np.uint64(opportunity))) >> 32
    number = next(number for number, cut in enumerate(cuts.tolist()) if class_bits < cut)
    first, end = table.class_first.tolist()[number : number + 2]
    column = first + ((bits >> 32) * (end - first) >> 32)
    threshold, alias = divmod(int(table.columns[column]), 2**32)
    own = column if len(table.accounts) == 0 else int(table.accounts[column])
    return own if bits % 2**32 < threshold else alias


@given(activity=ACTIVITIES)
def test_each_account_is_drawn_in_proportion_to_its_activity(activity):
    np.testing.assert_allclose(probabilities(of_one_class(activity)), activity / activity.sum(), atol=1e-8)


@given(activity=ACTIVITIES, data=st.data())
def test_each_account_is_drawn_in_proportion_to_its_activity_within_its_class(activity, data):
    n_classes = data.draw(st.integers(1, len(activity)))
    others = st.lists(
        st.integers(0, n_classes - 1), min_size=len(activity) - n_classes, max_size=len(activity) - n_classes
    )
    account_class = np.array(data.draw(st.permutations([*range(n_classes), *data.draw(others)])), dtype=np.uint16)
    table = build_traffic_table(activity, account_class, n_classes)
    total = np.bincount(account_class, weights=activity, minlength=n_classes)
    found = probabilities(table)
    for number in range(n_classes):
        inside = account_class == number
        if total[number] > 1e-3:
            np.testing.assert_allclose(found[inside], activity[inside] / total[number], atol=1e-8)
        assert found[inside].sum() == pytest.approx(1)


@given(activity=ACTIVITIES, cut=st.integers(0, CUT_SCALE), first_opportunity=st.integers(0, 2**63), data=st.data())
def test_draws_are_those_of_the_book(activity, cut, first_opportunity, data):
    halves = hnp.arrays(np.uint16, len(activity), elements=st.integers(0, 1))
    account_class = data.draw(halves.filter(lambda found: len(set(found.tolist())) == min(2, len(activity))))
    n_classes = len(set(account_class.tolist()))
    table = build_traffic_table(activity, account_class, n_classes)
    cuts = np.array([cut, CUT_SCALE][-n_classes:], dtype=np.uint64)
    for opportunity in range(first_opportunity, first_opportunity + 20):
        drawn = drawn_account(opportunity, cuts, table)
        assert drawn == drawn_by_the_book(opportunity, cuts, table)


def test_draws_follow_the_table():
    activity = np.array([1.0, 0.0, 3.0, 6.0])
    table = of_one_class(activity)
    n = 40_000
    drawn = [drawn_account(step, ONE_CLASS, table) for step in range(n)]
    counts = np.bincount(drawn, minlength=4)
    assert counts[1] == 0
    np.testing.assert_allclose(counts / n, activity / 10, atol=4 * np.sqrt(0.25 / n))


def test_one_class_is_not_drawn():
    table = of_one_class(np.array([1.0, 2.0, 3.0]))
    for step in range(200):
        of_two_keys = [drawn_account(step, ONE_CLASS, table, np.uint64(key)) for key in (1, 2**60)]
        assert of_two_keys[0] == of_two_keys[1]


def test_a_column_costs_eight_bytes_and_an_account_of_several_classes_four_more():
    activity = np.ones(1_000)
    assert sum(array.nbytes for array in of_one_class(activity)) == 8 * 1_000 + 16
    halves = np.arange(1_000, dtype=np.uint16) % 2
    assert sum(array.nbytes for array in build_traffic_table(activity, halves, 2)) == 12 * 1_000 + 24


@pytest.mark.parametrize("activity", [[], [0.0, 0.0], [1.0, -1.0], [np.nan], [np.inf, 1.0]])
def test_weights_that_mean_nothing_are_refused(activity):
    with pytest.raises(ValueError, match="check the accounts table"):
        of_one_class(np.array(activity))
