"""How much traffic there is, and when: against the configuration itself, not against the code that draws it."""

from itertools import pairwise
from math import fsum

import numpy as np
import pytest

from simulator.countries import Countries
from simulator.kernels.draws import Stream, stream_key
from simulator.traffic_classes import (
    TrafficClasses,
    class_cuts,
    class_numbers,
    draw_opportunities,
    expected_opportunities,
    flight_traffic,
    hourly_weights,
)
from tests.simulator.worlds import ad_group, run_config

N_ACCOUNTS = 50_000
COUNTRIES = Countries(("CA", "DE", "FR", "US"), np.arange(N_ACCOUNTS, dtype=np.uint16) % 4)
ACTIVITY = np.tile(np.array([0.5, 1.0, 0.0, 2.5]), N_ACCOUNTS // 4)
"""Of the whole activity CA has an eighth, DE a quarter, FR nothing and US five eighths."""
NIGHT_AND_DAY = [1] * 12 + [3] * 12


def classes_of(config, activity=ACTIVITY):
    return TrafficClasses.build(class_numbers(config.traffic, COUNTRIES), COUNTRIES, activity)


def arrivals(n_days=20, **settings) -> np.ndarray:
    config = run_config(ad_group(), flight={"n_days": n_days}, **settings)
    return np.array(drawn_in(config)).reshape(n_days, 24)


def drawn_in(config) -> list[int]:
    return draw_opportunities(config.rng_seed, flight_traffic(config, classes_of(config)).expected)


def test_a_day_brings_the_traffic_that_was_asked_for():
    expected = N_ACCOUNTS * 0.5
    # The mean of 20 Poisson days has a standard error of sqrt(expected / 20).
    assert arrivals().sum(axis=1).mean() == pytest.approx(expected, abs=4 * (expected / 20) ** 0.5)


def test_hours_follow_the_profile():
    hours = arrivals(traffic={"opportunities_per_account_day": 2, "hourly_profile": NIGHT_AND_DAY}).mean(axis=0)
    expected = np.array(NIGHT_AND_DAY) / sum(NIGHT_AND_DAY) * N_ACCOUNTS * 2
    np.testing.assert_allclose(hours, expected, atol=5 * (expected.max() / 20) ** 0.5)


def test_an_hour_without_traffic_brings_none():
    assert arrivals(traffic={"hourly_profile": [0] * 23 + [1]})[:, :23].sum() == 0


def test_days_differ_as_poisson_days_do():
    days = arrivals(n_days=200).sum(axis=1)
    assert len(set(days.tolist())) > 100
    # Variance over mean is 1 for Poisson; its estimate from 200 days has a standard error of 0.1.
    assert days.var(ddof=1) / days.mean() == pytest.approx(1, abs=0.4)


def test_seeds_have_traffic_of_their_own():
    assert (arrivals(rng_seed=1) != arrivals(rng_seed=2)).any()


def test_countries_that_are_alike_leave_the_traffic_as_it_was_without_any():
    # The number is Poisson around accounts times opportunities times the hour's share, whatever countries there are.
    config = run_config(ad_group(), traffic={"opportunities_per_account_day": 1.7})
    assert classes_of(config).n_classes == 1
    found = drawn_in(config)
    for tick in range(config.flight.n_hours):
        key = int(stream_key(config.rng_seed, Stream.TRAFFIC))
        expected = N_ACCOUNTS * 1.7 * config.traffic.share_of_day(tick % 24)
        drawn = np.random.Generator(np.random.Philox(key=[key, tick])).poisson(expected)
        assert found[tick] == drawn


def test_countries_that_share_profile_and_weight_are_one_class():
    traffic = {
        "hourly_profiles": {"DE": NIGHT_AND_DAY, "FR": NIGHT_AND_DAY, "JP": NIGHT_AND_DAY},
        "country_weights": {"FR": 2, "US": 1},
    }
    config = run_config(ad_group(), traffic=traffic)
    assert class_numbers(config.traffic, COUNTRIES) == (0, 1, 2, 0)  # CA and US have what is usual
    assert classes_of(config).examples == ("CA", "DE", "FR")


def test_a_weight_multiplies_the_traffic_of_its_country_and_of_no_other():
    usual = run_config(ad_group(), traffic={"country_weights": {"DE": 1.5}})
    doubled = run_config(ad_group(), traffic={"country_weights": {"DE": 3}})
    classes = classes_of(usual)
    others, germany = expected_opportunities(usual, classes, 20)
    assert others == pytest.approx(3 * germany / 1.5)  # DE has a quarter of the activity
    np.testing.assert_array_equal(expected_opportunities(doubled, classes, 20), [others, 2 * germany])
    assert hourly_weights(doubled, classes).sum() == pytest.approx(0.75 + 0.25 * 3)


def test_hours_of_a_class_follow_its_own_profile():
    config = run_config(
        ad_group(), traffic={"hourly_profiles": {"US": NIGHT_AND_DAY}, "opportunities_per_account_day": 1}
    )
    classes = classes_of(config)
    expected = np.array([expected_opportunities(config, classes, tick) for tick in range(24, 48)])
    np.testing.assert_allclose(expected[:, 1], np.array(NIGHT_AND_DAY) / 48 * N_ACCOUNTS * 5 / 8)
    np.testing.assert_allclose(expected.sum(axis=1) / N_ACCOUNTS, hourly_weights(config, classes))


def test_cuts_share_the_draws_out_in_proportion_to_the_hour():
    traffic = {"hourly_profiles": {"DE": NIGHT_AND_DAY}, "hourly_profile": [1] * 24, "country_weights": {"US": 2}}
    config = run_config(ad_group(), traffic=traffic)
    cuts = class_cuts(config, classes_of(config), 3)
    # CA and FR: 0.125 of the activity, 1/24 of it in this hour. DE: 0.25, 1/48. US: 0.625, twice 1/24.
    amounts = np.array([0.125 / 24, 0.25 / 48, 2 * 0.625 / 24])
    np.testing.assert_allclose(cuts / 2**32, amounts.cumsum() / amounts.sum(), atol=1e-9)
    assert cuts[-1] == 2**32


LAST_HOUR = [0] * 23 + [1]


@pytest.mark.parametrize(
    ("traffic", "tick", "drawn"),
    [
        ({"hourly_profiles": {"FR": NIGHT_AND_DAY}}, 0, {0}),  # nobody there is active
        ({"country_weights": {"FR": 0, "US": 0}}, 0, {0}),
        ({"country_weights": {"CA": 0, "DE": 0}}, 0, {1}),
        ({"hourly_profiles": {"CA": LAST_HOUR, "US": LAST_HOUR}}, 0, {1}),
        ({"hourly_profiles": {"CA": LAST_HOUR, "US": LAST_HOUR}}, 23, {0, 1}),
        ({"hourly_profiles": {"CA": LAST_HOUR, "US": LAST_HOUR}, "country_weights": {"DE": 0}}, 23, {0}),
    ],
)
def test_a_class_without_traffic_is_never_drawn(traffic, tick, drawn):
    config = run_config(ad_group(), traffic=traffic)
    cuts = class_cuts(config, classes_of(config), tick).tolist()
    assert {number for number, (low, high) in enumerate(pairwise([0, *cuts])) if low < high} == drawn


def test_weights_may_leave_no_traffic_at_all():
    config = run_config(ad_group(), traffic={"country_weights": dict.fromkeys(COUNTRIES.names, 0)})
    assert set(drawn_in(config)) == {0}
    assert class_cuts(config, classes_of(config), 20).tolist() == [2**32]


def test_the_traffic_of_a_flight_is_that_of_its_ticks():
    config = run_config(ad_group(), traffic={"hourly_profiles": {"DE": NIGHT_AND_DAY}})
    classes = classes_of(config)
    in_flight = flight_traffic(config, classes)
    for tick in range(config.flight.n_hours):
        assert in_flight.expected[tick] == fsum(expected_opportunities(config, classes, tick))
        assert in_flight.class_cuts[tick].tolist() == class_cuts(config, classes, tick).tolist()
