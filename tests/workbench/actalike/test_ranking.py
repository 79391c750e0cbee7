"""Sizes, order and who is never in: golden check 5 on the arrays."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.actalike.tastes import N_PEOPLE, fans, share_of_fans
from workbench.actalike import learn_seed, rank_country
from workbench.actalike.ranking import _best
from workbench.errors import CancelledError
from workbench.identity import AccountSet

PERCENTAGES = range(1, 11)


@pytest.fixture(scope="module")
def ranked(two_countries):
    source = fans(3, 60) | AccountSet.from_indices(range(1_400, 1_440), N_PEOPLE)
    return source, {
        country: rank_country(two_countries, learn_seed(two_countries, source, country), source)
        for country in ("US", "CA")
    }


@pytest.mark.parametrize("country", ["US", "CA"])
def test_golden_check_5_the_source_is_never_in_and_sizes_nest(ranked, country):
    source, rankings = ranked
    sets = [rankings[country].members(percentage) for percentage in PERCENTAGES]
    n_in_country = {"US": 1_000, "CA": 500}[country]
    lives_here = AccountSet.from_mask((np.arange(N_PEOPLE) < 1_000) == (country == "US"))
    for percentage, members in zip(PERCENTAGES, sets, strict=True):
        assert members.isdisjoint(source)
        assert (members - lives_here) == AccountSet.empty(N_PEOPLE)
        assert len(members) == -(-percentage * n_in_country // 100)
    for smaller, larger in pairwise(sets):
        assert (smaller - larger) == AccountSet.empty(N_PEOPLE)


@pytest.mark.parametrize("percentage", [0, 11, 2.5, -1])
def test_golden_check_5_other_percentages_are_refused(ranked, percentage):
    with pytest.raises(ValueError, match=r"from 1 to 10, got"):
        ranked[1]["US"].members(percentage)


def test_a_source_of_nearly_everybody_leaves_whoever_is_left(space):
    source = AccountSet.from_indices(range(N_PEOPLE - 20), N_PEOPLE)
    ranking = rank_country(space, learn_seed(space, source, "US"), source)
    assert ranking.members(10) == AccountSet.from_indices(range(N_PEOPLE - 20, N_PEOPLE), N_PEOPLE)


def test_a_source_of_everybody_leaves_nobody(space):
    source = AccountSet.full(N_PEOPLE)
    assert len(rank_country(space, learn_seed(space, source, "US"), source).members(10)) == 0


def test_people_who_did_nothing_come_last(space):
    source = AccountSet.from_indices(np.flatnonzero(np.arange(N_PEOPLE) % 50 != 0)[:1_400], N_PEOPLE)
    ranking = rank_country(space, learn_seed(space, source, "US"), source)
    idle = ranking.best % 50 == 0
    assert ranking.n_with_features == np.count_nonzero(~idle)
    assert not idle[: ranking.n_with_features].any()


def test_it_can_be_cancelled(space):
    source = fans(1, 60)
    model = learn_seed(space, source, "US")

    def stop(_n_done, _n_total):
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        rank_country(space, model, source, on_progress=stop)
    with pytest.raises(CancelledError):
        learn_seed(space, source, "US", on_progress=stop)


def test_the_best_are_alike(space):
    source = fans(4, 60)
    ranking = rank_country(space, learn_seed(space, source, "US"), source)
    assert share_of_fans(ranking.members(1), 4) == 1
    assert share_of_fans(ranking.members(5), 4) > 0.9


@settings(max_examples=50, deadline=None)
@given(
    scores=st.lists(st.integers(-3, 3), min_size=1, max_size=400),
    share=st.floats(0.01, 1),
    rng_seed=st.integers(0, 5),
)
def test_the_cut_is_that_of_a_plain_sort(scores, share, rng_seed):
    scores = np.array([-np.inf if score == -3 else float(score) for score in scores])
    accounts = np.arange(len(scores)) * 7
    n_best = max(1, int(share * len(scores)))
    best = _best(scores, accounts, n_best, rng_seed)
    whole = _best(scores, accounts, len(scores), rng_seed)
    assert sorted(whole) == list(range(len(scores)))
    np.testing.assert_array_equal(best, whole[:n_best])
    assert (np.diff(scores[whole][np.isfinite(scores[whole])]) <= 0).all()


def test_equal_scores_go_by_a_hash_and_not_by_the_account_number():
    places = _best(np.zeros(1_000), np.arange(1_000), 100, 1)
    assert 350 < places.mean() < 650
    assert not np.array_equal(places, _best(np.zeros(1_000), np.arange(1_000), 100, 2))
