"""The auction against theorems and published numbers; the same, with more draws, is printed by ``make bench``.

Values are drawn by NumPy, one for each account and bidder, so that every account is an auction of its own. Draws within
an account repeat it, and what an auction cost is told by its offer. Simulated means are compared within four standard
errors.
"""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernels.tables import Format
from tests.simulator.kernel_tables import UNIT, Auctions, Page, bids_of
from tests.simulator.theory import (
    Row,
    against_a_uniform_rival,
    beside_clicks,
    fisher_market,
    myerson,
    order_statistics,
    pacing_alone,
    pacing_in_equilibrium,
    price_variance,
    revenue,
)

SEED = 7


def holds(rows: list[Row]) -> None:
    for row in rows:
        assert abs(row.z) <= 4, str(row)


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_second_price_revenue_of_uniform_values_is_n_minus_1_over_n_plus_1(n):
    holds(revenue(Format.GSP, n, n_auctions=20_000, rng_seed=SEED))


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_revenue_equivalence_first_prices_with_equilibrium_bids_bring_the_same(n):
    holds(revenue(Format.FIRST_PRICE, n, n_auctions=20_000, rng_seed=SEED))


@pytest.mark.parametrize(("a_format", "variance"), [(Format.GSP, 1 / 18), (Format.FIRST_PRICE, 1 / 72)])
def test_of_two_uniform_values_the_second_price_varies_by_1_18_and_the_first_by_1_72(a_format, variance):
    holds(price_variance(a_format, variance, n_auctions=40_000, rng_seed=SEED))


@pytest.mark.parametrize(("n", "reserve"), [(1, 0.5), (2, 0.5), (3, 0.5), (5, 0.5), (2, 0.75), (2, 0.25)])
def test_myerson_revenue_with_a_reserve(n, reserve):
    holds(myerson(n, reserve, n_auctions=20_000, rng_seed=SEED))


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_myerson_the_best_reserve_is_a_half_whatever_the_number_of_bidders(n):
    best = {
        reserve: myerson(n, reserve, n_auctions=20_000, rng_seed=SEED)[0].simulated for reserve in (0.3, 0.5, 0.7)
    }  # the same values each time
    assert max(best, key=best.get) == 0.5


def test_prices_of_k_slots_are_order_statistics():
    holds(order_statistics(6, 3, n_auctions=10_000, rng_seed=SEED))


@pytest.mark.parametrize("reserve", [0.0, 0.25, 0.5, 0.75])
def test_against_a_uniform_rival_the_mean_price_with_a_reserve_is_half_of_one_plus_its_square(reserve):
    holds(against_a_uniform_rival(reserve, n_auctions=200_000, rng_seed=SEED))


@pytest.mark.parametrize("n", [2, 5])
def test_revenue_is_the_same_where_the_value_is_a_chance_of_a_click_that_the_kernel_draws(n):
    holds(beside_clicks(n, n_auctions=200_000, rng_seed=SEED))


# Edelman, Ostrovsky and Schwarz 2007


def paid_per_click(values: list[int], clicks: list[int], a_format: Format) -> list[int]:
    """What each bidder pays for a click, micros; ``clicks`` are those of each slot."""
    auctions = Auctions(bids_of(values), Page(effects=tuple(count / clicks[0] for count in clicks), format=a_format))
    auctions.clear(200)
    return auctions.price_of_impression()


def total(prices: list[int], clicks: list[int]) -> int:
    return sum(price * count for price, count in zip(prices, clicks, strict=False))


def test_eos_2007_truthful_gsp_brings_1000_and_envy_free_bids_800_as_vcg_does():
    clicks = [200, 100]
    truthful = paid_per_click([10 * UNIT, 4 * UNIT, 2 * UNIT], clicks, Format.GSP)
    assert truthful == [4 * UNIT, 2 * UNIT, 0]
    assert total(truthful, clicks) == 1_000 * UNIT
    assert total(paid_per_click([10 * UNIT, 3 * UNIT, 2 * UNIT], clicks, Format.GSP), clicks) == 800 * UNIT
    vcg = paid_per_click([10 * UNIT, 4 * UNIT, 2 * UNIT], clicks, Format.VCG)
    assert [price * count for price, count in zip(vcg, clicks, strict=False)] == [600 * UNIT, 200 * UNIT]


def test_eos_2007_truth_is_no_equilibrium_of_gsp():
    clicks, value = [200, 199], 10 * UNIT
    truthful = paid_per_click([value, 4 * UNIT, 2 * UNIT], clicks, Format.GSP)[0]
    shaded = paid_per_click([3 * UNIT, 4 * UNIT, 2 * UNIT], clicks, Format.GSP)[0]
    assert (value - truthful) * clicks[0] == 1_200 * UNIT
    assert (value - shaded) * clicks[1] == 1_592 * UNIT


def envy_free(values: list[int], effects: list[Fraction]) -> list[int]:
    """Return b_i = v_i - x_i / x_{i-1} * (v_i - b_{i+1}), rounded down."""
    n = len(values)
    effect = [*effects, *[Fraction(0)] * n]
    following = Fraction(0)
    result = []
    for place in range(n - 1, 0, -1):
        ratio = effect[place] / effect[place - 1] if effect[place - 1] else 0
        following = values[place] - ratio * (values[place] - following)
        result.append(int(following))
    return [values[0], *reversed(result)]


@settings(max_examples=60)
@given(
    values=st.lists(st.integers(1_000, 10 * UNIT), min_size=2, max_size=6, unique=True),
    effects=st.lists(st.integers(1 << 14, (1 << 16) - 1), min_size=1, max_size=3, unique=True),
)
def test_eos_2007_envy_free_bids_make_gsp_pay_what_vcg_pays(values, effects):
    values.sort(reverse=True)
    exact = [Fraction(1), *(Fraction(effect, 1 << 16) for effect in sorted(effects, reverse=True))]
    page = {"effects": tuple(map(float, exact))}
    gsp = Auctions(bids_of(envy_free(values, exact)), Page(format=Format.GSP, **page))
    vcg = Auctions(bids_of(values), Page(format=Format.VCG, **page))
    gsp.clear(200)
    vcg.clear(200)
    for mine, its in zip(gsp.price_of_impression(), vcg.price_of_impression(), strict=True):
        assert abs(mine - its) <= 2


# Pacing


def test_balseiro_gur_2019_adaptive_pacing_finds_the_best_multiplier():
    holds(pacing_alone(n_auctions=1_000_000, rng_seed=SEED))


@pytest.mark.parametrize(("n", "rate"), [(2, 1 / 12), (3, 1 / 12), (5, 1 / 15)])
def test_balseiro_gur_2019_adaptive_pacers_meet_in_the_symmetric_equilibrium(n, rate):
    holds(pacing_in_equilibrium(n, rate, n_auctions=1_500_000, rng_seed=SEED))


def test_conitzer_2022_adaptive_first_price_pacers_find_the_fisher_market():
    for row in fisher_market(n_auctions=200_000):
        # The good is divided auction by auction, so what is left of the sawtooth is the tolerance.
        assert abs(row.simulated - row.exact) <= 0.01 * row.exact, str(row)
