"""What is learned from a source: tastes found, masks kept, the same from any number of threads."""

import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_limits

from tests.workbench.actalike.tastes import HABITS, N_KINDS, N_PEOPLE, N_THINGS, engagements, fans, share_of_fans
from workbench.actalike import EngagementMatrix, fit_space, learn_seed, rank_country
from workbench.actalike.heads import CAUTIOUS, HEADS
from workbench.actalike.mixing import safe_mix
from workbench.actalike.seed_model import _mixed_by_others
from workbench.identity import AccountSet


@pytest.mark.parametrize("n_members", [1, 3, 10, 30, 100])
def test_a_taste_is_found_from_few_members_and_from_many(space, n_members):
    source = fans(7, n_members)
    ranking = rank_country(space, learn_seed(space, source, "US"), source)
    by_chance = 1 / N_KINDS
    assert share_of_fans(ranking.members(2), 7) > (3 if n_members < 3 else 6) * by_chance


def test_few_members_give_no_forecast_and_many_a_true_one(space):
    assert learn_seed(space, fans(7, 8), "US").forecast is None
    source = fans(7, 75)
    model = learn_seed(space, source, "US")
    ranking = rank_country(space, model, source)
    unseen = fans(7, N_PEOPLE) - source
    truth = len(ranking.members(3) & unseen) / len(unseen)
    recall, low, high = model.forecast.of(3)
    assert low <= truth <= high
    assert recall == pytest.approx(truth, abs=0.15)


def test_a_source_that_nothing_holds_together_is_not_said_to_be_good(space):
    rng = np.random.default_rng(5)
    recalls = []
    for _ in range(6):
        source = AccountSet.from_indices(rng.choice(N_PEOPLE, 150, replace=False), N_PEOPLE)
        recalls.append(learn_seed(space, source, "US").forecast.of(5)[0])
    assert 0.02 < np.mean(recalls) < 0.065  # by chance it is 0.05


def test_who_is_judged_has_no_say_in_the_mix_that_judges():
    rng = np.random.default_rng(6)
    scores, hand = rng.normal(size=(900, len(HEADS) + 2)), np.arange(900) % 3
    is_member = rng.random(900) < 0.3
    prior = safe_mix(len(HEADS), 2, CAUTIOUS, int(is_member.sum()))
    mixed = _mixed_by_others(scores, is_member, hand, prior)
    otherwise = _mixed_by_others(scores, is_member ^ (hand == 0), hand, prior)
    np.testing.assert_array_equal(mixed[hand == 0], otherwise[hand == 0])
    assert not np.array_equal(mixed[hand == 1], otherwise[hand == 1])


def test_the_mix_is_of_the_candidates_and_sums_to_one(space):
    mix = learn_seed(space, fans(2, 60), "US").mix
    assert list(mix) == [head.name for head in HEADS]
    assert sum(mix.values()) == pytest.approx(1)
    assert min(mix.values()) >= 0


def test_the_same_bytes_whatever_the_number_of_threads():
    models = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            models.append(learn_seed(fit_space(engagements()), fans(2, 60), "US"))
    assert models[0].feature_weights.tobytes() == models[1].feature_weights.tobytes()
    assert models[0].forecast == models[1].forecast


def test_another_rng_seed_deals_otherwise(space):
    first, second = (learn_seed(space, fans(2, 60), "US", rng_seed=rng_seed) for rng_seed in (1, 2))
    assert not np.array_equal(first.feature_weights, second.feature_weights)


def test_masked_features_count_for_nothing_not_even_for_the_length_of_a_row(space):
    is_masked = np.arange(N_THINGS) % N_KINDS == 5
    source = fans(5, 60)
    model = learn_seed(space, source, "US", is_masked=is_masked)
    rows = space.rows[np.arange(200)]
    emptied = sparse.csr_array(rows.toarray() * ~is_masked)
    np.testing.assert_allclose(model.score(rows), model.score(emptied), rtol=1e-6)
    assert not model.feature_weights[is_masked].any()


def test_without_what_defines_a_taste_nothing_tells_it():
    is_masked = np.arange(N_THINGS) % N_KINDS == 5
    liked = engagements().weights.toarray()
    rng = np.random.default_rng(3)
    for person in range(5, N_PEOPLE, N_KINDS):  # as many other things as anybody: else being idle would tell them
        others = np.flatnonzero((liked[person] == 0) & ~is_masked)
        liked[person, rng.choice(others, HABITS // 2, replace=False)] = 1
    space = fit_space(EngagementMatrix.from_sparse(sparse.csr_array(liked)))
    source = fans(5, 60)
    model = learn_seed(space, source, space.countries[0], is_masked=is_masked)
    assert share_of_fans(rank_country(space, model, source).members(10), 5) < 0.25
    assert model.forecast.of(5)[0] < 0.25


def test_a_source_that_did_nothing_is_refused(space):
    idle = AccountSet.from_indices(range(0, N_PEOPLE, 50), N_PEOPLE)
    with pytest.raises(ValueError, match="engagements that count, got none"):
        learn_seed(space, idle, "US")
    with pytest.raises(ValueError, match="engagements that count, got none"):
        learn_seed(space, fans(1, 50), "US", is_masked=np.ones(N_THINGS, dtype=bool))


def test_a_country_without_accounts_is_refused(space):
    with pytest.raises(ValueError, match="accounts live in, got BE; they are: US"):
        learn_seed(space, fans(1, 50), "BE")


def test_members_from_elsewhere_teach_as_well(two_countries):
    source = fans(6, 90)  # all of them live in the US
    assert source.indices().max() < N_PEOPLE * 2 // 3
    model = learn_seed(two_countries, source, "CA")
    ranking = rank_country(two_countries, model, source)
    assert share_of_fans(ranking.members(5), 6) > 0.9
    assert ranking.n_in_country == N_PEOPLE // 3


def test_what_makes_a_country_does_not_make_its_people_alike():
    matrix = engagements(n_countries=2)
    weights = matrix.weights.toarray()
    in_canada = np.arange(N_PEOPLE) >= N_PEOPLE * 2 // 3
    weights[in_canada, :40] = 1  # habits of the whole country
    country = in_canada.astype(np.int32)
    space = fit_space(EngagementMatrix.from_sparse(sparse.csr_array(weights), country, ("US", "CA")))
    source = AccountSet.from_indices(np.flatnonzero(in_canada & (np.arange(N_PEOPLE) % N_KINDS == 6)), N_PEOPLE)
    ranking = rank_country(space, learn_seed(space, source, "US"), source)
    assert share_of_fans(ranking.members(5), 6) > 0.8


def test_a_country_of_one_account_and_a_catalogue_of_one_thing():
    weights = sparse.csr_array(np.ones((30, 1), dtype=np.float32))
    space = fit_space(EngagementMatrix.from_sparse(weights, np.arange(30) // 29, ("US", "CA")))
    source = AccountSet.from_indices(range(12), 30)
    assert len(rank_country(space, learn_seed(space, source, "CA"), source).members(10)) == 1
    assert len(rank_country(space, learn_seed(space, source, "US"), source).members(10)) == 3


def test_the_progress_of_a_space_is_told_and_ends():
    told = []
    fit_space(engagements(), on_progress=lambda n_done, n_total: told.append((n_done, n_total)))
    assert told == [(step, 4) for step in range(5)]
