"""The mix: cautious with few members, right with many, never against a candidate."""

import numpy as np
import pytest

from workbench.actalike.mixing import PRIOR_SLOPE, _caught, learn_mix, safe_mix

N_HEADS, N_MORE, CAUTIOUS = 3, 1, 1


def people(n_members, lifts, rng_seed=1, n_others=4_000):
    """Return scores in which members lie higher by some number of spreads, score by score."""
    rng = np.random.default_rng(rng_seed)
    is_member = np.arange(n_members + n_others) < n_members
    return rng.normal(size=(len(is_member), len(lifts))) + is_member[:, None] * np.array(lifts), is_member


@pytest.mark.parametrize("n_members", [1, 50, 5_000])
def test_the_safe_mix_sums_to_its_slope_and_is_cautious_with_few(n_members):
    mix = safe_mix(N_HEADS, N_MORE, CAUTIOUS, n_members)
    assert mix.sum() == pytest.approx(PRIOR_SLOPE)
    assert mix[CAUTIOUS] == max(mix)
    assert mix[-1] == 0
    assert mix[CAUTIOUS] / PRIOR_SLOPE == pytest.approx(50 / (50 + n_members) + n_members / (50 + n_members) / N_HEADS)


def test_what_tells_members_apart_counts_and_noise_does_not():
    scores, is_member = people(1_000, [2, 0, 0, 0])
    mix = learn_mix(scores, is_member, safe_mix(N_HEADS, N_MORE, CAUTIOUS, 1_000), N_HEADS)
    assert mix[0] > 5 * max(mix[1], mix[2], abs(mix[3]))


def test_a_candidate_that_looks_wrong_counts_for_nothing_and_activity_may_count_against():
    scores, is_member = people(1_000, [1, -1, 0, -1])
    mix = learn_mix(scores, is_member, safe_mix(N_HEADS, N_MORE, CAUTIOUS, 1_000), N_HEADS)
    assert mix[:N_HEADS].min() >= 0
    assert mix[1] < 0.1 * mix[0]
    assert mix[3] < -0.1 * mix[0]


def test_few_members_hardly_move_the_mix():
    prior = safe_mix(N_HEADS, N_MORE, CAUTIOUS, 6)
    scores, is_member = people(6, [0.5, 0.5, 0.5, 0])
    mix = learn_mix(scores, is_member, prior, N_HEADS)
    assert mix[CAUTIOUS] > mix[0]
    assert mix[CAUTIOUS] > mix[2]


def test_the_mix_catches_at_least_what_the_best_candidate_does_when_all_help():
    scores, is_member = people(2_000, [1, 1, 1, 0])
    mix = learn_mix(scores, is_member, safe_mix(N_HEADS, N_MORE, CAUTIOUS, 2_000), N_HEADS)
    unseen, is_fan = people(2_000, [1, 1, 1, 0], rng_seed=2)
    alone = max(_caught(unseen[:, head], is_fan).mean() for head in range(N_HEADS))
    assert _caught(unseen @ mix, is_fan).mean() > 1.3 * alone


def test_caught_is_the_share_of_sizes_that_a_member_is_in():
    mixed = np.concatenate([[1000.5, 0.5, 950.5], np.arange(1, 1001)])
    np.testing.assert_allclose(_caught(mixed, np.arange(1003) < 3), [1, 0, 3 / 6])
