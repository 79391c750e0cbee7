"""The market as arrays, against its definition followed person by person in plain Python."""

import math
from itertools import product
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.config import Landscape, Market
from simulator.countries import Countries
from simulator.errors import ConfigError
from simulator.kernels.tables import RATE_ONE
from simulator.landscape import MAX_FACTOR, build_landscape, personal_factor_knots
from workbench.audiences import Audience, AudienceSpec
from workbench.identity import AccountSet

N_ACCOUNTS = 40
NAMES = ("CA", "DE", "US")
COUNTRIES = Countries(NAMES, (np.arange(N_ACCOUNTS) % 3).astype(np.uint16))
MEMBERS = {"1001": set(range(0, N_ACCOUNTS, 2)), "1002": set(range(10, 25))}


def audience(audience_id, members):
    definition = {"type": "CUSTOMER_LIST", "list_file": "unread.csv", "list_type": "EMAIL"}
    spec = AudienceSpec(audience_id=audience_id, name=audience_id, definition=definition)
    return Audience(spec, None if members is None else AccountSet.from_indices(members, N_ACCOUNTS))


AUDIENCES = {audience_id: audience(audience_id, members) for audience_id, members in MEMBERS.items()}
QUANTILES = st.lists(st.integers(0, 10**12), min_size=2, max_size=9).map(lambda bids: tuple(sorted(bids)))
LANDSCAPES = st.lists(
    st.builds(
        Landscape,
        bids_cpm_micros=QUANTILES | st.just((0, 1_000_000)),
        country=st.sampled_from([None, *NAMES, "FR"]),
        audience_id=st.sampled_from([None, *MEMBERS]),
        hours=st.none() | st.lists(st.sampled_from([0, 7, 23]), min_size=1).map(tuple),
    ),
    max_size=6,
)


def knots_by_the_book(quantiles):
    """Follow the line between the two quantiles around each knot, in whole numbers."""
    knots = []
    for step in range(1_025):
        place = step * (len(quantiles) - 1)
        low, high = quantiles[place // 1_024], quantiles[min(place // 1_024 + 1, len(quantiles) - 1)]
        knots.append((low * 1_024 + (high - low) * (place % 1_024)) // (1_024 * 1_000))
    return knots


def holds(landscape, account, hour):
    return (
        (landscape.country is None or landscape.country == NAMES[account % 3])
        and (landscape.audience_id is None or account in MEMBERS[landscape.audience_id])
        and (landscape.hours is None or hour in landscape.hours)
    )


def kind_of(built, account):
    """The kind of an account, of which there is one where none is told."""
    return built.account_kind[account] if built.account_kind.size else 0


@given(landscapes=LANDSCAPES, german_floor=st.sampled_from([1_000_000, 7_500_000]))
def test_the_first_landscape_that_fits_person_and_hour_counts(landscapes, german_floor):
    market = Market(landscapes=landscapes, bid_floor_cpm_micros=1_000_000, bid_floors_cpm_micros={"DE": german_floor})
    built = build_landscape(market, COUNTRIES, AUDIENCES)
    tables = built.knots.tolist()
    expected = [knots_by_the_book(each.bids_cpm_micros) for each in landscapes]
    for account in range(N_ACCOUNTS):
        floor = german_floor if NAMES[account % 3] == "DE" else 1_000_000
        assert built.floors_micros[kind_of(built, account)] == floor // 1_000
    for hour, account in product((0, 7, 23), range(N_ACCOUNTS)):
        found = tables[built.table_of[hour, kind_of(built, account)]]
        fitting = [knots for each, knots in zip(landscapes, expected, strict=True) if holds(each, account, hour)]
        assert found == (fitting or tables)[0]


def test_without_landscapes_everybody_is_of_one_kind():
    built = build_landscape(Market(), COUNTRIES, {})
    assert built.knots.shape == (1, 1_025)
    assert built.table_of.shape == (24, 1)
    assert (built.account_kind.dtype, built.account_kind.size) == (np.uint16, 0)


def test_bids_are_lognormal_by_default():
    knots = build_landscape(Market(rival_bid_cpm_micros=5_000_000, rival_bid_sigma=0.7), COUNTRIES, {}).knots[0]
    assert knots[512] == 5_000
    assert np.log(knots[768] / 5_000) == pytest.approx(0.7 * NormalDist().inv_cdf(0.75), abs=1e-3)
    assert knots[0] == int(5_000 * math.exp(0.7 * NormalDist().inv_cdf(0.5 / 1_024)))
    assert (np.diff(knots) >= 0).all()


def test_the_widest_market_stays_within_the_largest_bid():
    knots = build_landscape(Market(rival_bid_cpm_micros=10**12, rival_bid_sigma=3), COUNTRIES, {}).knots
    assert knots.max() == 10**9


def test_a_market_of_many_quantiles_keeps_them():
    bids = tuple(range(0, 1_025_000, 1_000))
    built = build_landscape(Market(landscapes=(Landscape(bids_cpm_micros=bids),)), COUNTRIES, {})
    assert built.knots[1].tolist() == list(range(1_025))
    assert (built.table_of == 1).all()


def test_an_audience_that_is_not_counted_has_no_landscape_of_its_own():
    market = Market(landscapes=(Landscape(bids_cpm_micros=(0, 10), audience_id="1001"),))
    assert (build_landscape(market, COUNTRIES, {"1001": audience("1001", None)}).table_of == 0).all()


def test_floors_are_those_of_the_country():
    market = Market(bid_floor_cpm_micros=2_000_999, bid_floors_cpm_micros={"DE": 7_500_000, "FR": 1, "US": 2_000_000})
    built = build_landscape(market, COUNTRIES, {})
    assert built.floors_micros.tolist() == [2_000, 7_500]
    floors = {"CA": 2_000, "DE": 7_500, "US": 2_000}
    assert built.floors_micros[built.account_kind].tolist() == [floors[NAMES[i % 3]] for i in range(N_ACCOUNTS)]


def overlapping(n_landscapes):
    """Return landscapes that hold for the members of one audience each, at one hour each of their own."""
    audience_ids = [str(1 + number) for number in range(n_landscapes)]
    landscapes = [
        Landscape(bids_cpm_micros=(0, 1_000 * (1 + number)), audience_id=audience_id, hours=(number,))
        for number, audience_id in enumerate(audience_ids)
    ]
    # Account i is in the audiences of the binary digits of i, so that every subset of audiences has one account.
    n_accounts = 1 << n_landscapes
    members = [AccountSet.from_mask(np.arange(n_accounts) >> number & 1 == 1) for number in range(n_landscapes)]
    audiences = {
        an_id: Audience(audience(an_id, None).spec, found) for an_id, found in zip(audience_ids, members, strict=True)
    }
    return Market(landscapes=landscapes), Countries(("US",), np.zeros(n_accounts, dtype=np.uint16)), audiences


def test_people_may_be_of_256_kinds():
    built = build_landscape(*overlapping(8))
    assert sorted(built.account_kind.tolist()) == list(range(256))


def test_more_kinds_of_people_are_refused():
    with pytest.raises(ConfigError, match=r"market.landscapes: expected at most 256 kinds of people .* got 512"):
        build_landscape(*overlapping(9))


def test_more_floors_than_256_are_refused():
    names = tuple(f"{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(257))
    market = Market(bid_floors_cpm_micros={name: 1_000 * i for i, name in enumerate(names)})
    countries = Countries(names, np.arange(257, dtype=np.uint16))
    with pytest.raises(ConfigError, match=r"market.bid_floors_cpm_micros: expected at most 256 different floors"):
        build_landscape(market, countries, {})


@given(sigma=st.floats(0, 1))
def test_personal_factors_have_mean_one(sigma):
    knots = personal_factor_knots(sigma).astype(np.int64)
    mean = (knots[:-1] + knots[1:]).sum() / 2 / 1_024
    assert mean == pytest.approx(RATE_ONE, abs=0.5)
    assert (np.diff(knots) >= 0).all()
    assert knots[0] > 0
    assert knots[-1] <= MAX_FACTOR


def test_personal_factors_spread_as_far_as_they_should():
    knots = personal_factor_knots(0.5)
    assert np.log(knots[768] / knots[256]) == pytest.approx(0.5 * 2 * NormalDist().inv_cdf(0.75), abs=1e-5)


def test_without_spread_everybody_is_alike():
    assert (personal_factor_knots(0) == RATE_ONE).all()
