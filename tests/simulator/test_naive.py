"""The naive twin is right by itself: auctions computed by hand, published examples, and what must hold in any run."""

from fractions import Fraction
from itertools import accumulate
from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator.naive import bidding
from tests.simulator.naive.auction import Candidate, landscape_bid, payment_score, prices, raised_by, rank
from tests.simulator.naive.draws import GOLDEN, mix
from tests.simulator.naive.members import members_over_time
from tests.simulator.naive.pace import Learning, Plan
from tests.simulator.naive.response import chance_of_action
from tests.simulator.naive.tables import (
    delay_hours,
    lognormal_bid_knots,
    person_factor_knots,
    quantile_bid_knots,
    value_at,
)
from tests.simulator.naive.traffic import PeopleClass, country_classes, drawn_account, drawn_class, expected_share
from tests.simulator.naive.twin import Twin
from tests.simulator.random_configs import FEES_BP, configs
from tests.simulator.worlds import ad_group, audience_spec, run_config

ONE = 2**20
HALF, WHOLE = 2**15, 2**16


def bidder(number, bid, quality=ONE, floor=0, is_own=True):
    return Candidate(bidding.score(bid, quality), number, quality, bid, floor, is_own)


def revenue(bids, clicks, auction_format):
    """Return what a page earns whose slots bring so many clicks."""
    effects = [WHOLE * n // clicks[0] for n in clicks]
    ranking = rank([bidder(number, bid) for number, bid in enumerate(bids)])
    paid = prices(ranking, auction_format, effects)
    return sum(n * price for n, price in zip(clicks, paid, strict=True))


def test_mix_is_the_published_splitmix64():
    # The first outputs of SplitMix64 from state 1234567, as in the reference implementation's test vectors.
    assert [mix(1234567 + step * GOLDEN) for step in (1, 2, 3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_edelman_ostrovsky_schwarz_2007_truthful_bids_earn_1000_by_gsp_and_800_by_vcg():
    assert revenue([10, 4, 2], [200, 100], "gsp") == 1000
    assert revenue([10, 4, 2], [200, 100], "vcg") == 800


def test_edelman_ostrovsky_schwarz_2007_envy_free_bids_earn_by_gsp_what_vcg_earns():
    assert revenue([10, 3, 2], [200, 100], "gsp") == 800


def test_edelman_ostrovsky_schwarz_2007_truth_is_no_equilibrium_of_gsp():
    # Clicks 200 and 199, values 10, 4 and 2: who bids 10 pays 4 a click, who shades below 4 pays 2 for nearly as many.
    effects = [WHOLE, WHOLE * 199 // 200]
    truthful = prices(rank([bidder(0, 10), bidder(1, 4), bidder(2, 2)]), "gsp", effects)
    shaded_ranking = rank([bidder(0, 3), bidder(1, 4), bidder(2, 2)])
    shaded = prices(shaded_ranking, "gsp", effects)
    assert 200 * (10 - truthful[0]) == 1200
    assert shaded_ranking[1].number == 0
    assert 199 * (10 - shaded[1]) == 1592


def test_vcg_of_three_slots_charges_the_harm_done_to_others():
    # Bids 700, 600, 500 and 400, seen with 1, 1/2 and 1/4. Without the first the others would have 600 + 250 + 100,
    # with it they have 300 + 125: 525. Without the second 700 + 250 + 100 against 700 + 125: 225 for half a view.
    ranking = rank([bidder(number, bid) for number, bid in enumerate([700, 600, 500, 400])])
    assert prices(ranking, "vcg", [WHOLE, WHOLE // 2, WHOLE // 4]) == [525, 450, 400]


def test_vcg_with_fewer_bidders_than_slots_leaves_the_last_of_them_unharmed():
    ranking = rank([bidder(0, 10), bidder(1, 4)])
    assert prices(ranking, "vcg", [WHOLE, HALF, HALF // 2]) == [2, 0]


def falling_effects(max_size):
    effects = st.lists(st.integers(1, WHOLE), min_size=1, max_size=max_size)
    return effects.map(lambda some: sorted(some, reverse=True))


@given(
    bids=st.lists(st.integers(1, 10**6), min_size=1, max_size=7),
    floor=st.integers(0, 10**6),
    effects=falling_effects(4),
)
def test_vcg_payments_are_the_harm_done_to_others_and_to_a_platform_that_bids_the_floor_for_every_slot(
    bids, floor, effects
):
    ranking = rank([bidder(number, bid, floor=floor) for number, bid in enumerate(bids) if bid >= floor])
    scores = [candidate.score for candidate in ranking] + [floor << 8] * len(effects)

    def welfare(some_scores):
        return sum(score * effect for score, effect in zip(some_scores, effects, strict=False))

    for slot in range(min(len(ranking), len(effects))):
        payment = payment_score(ranking, slot, "vcg", effects)
        without = welfare(scores[:slot] + scores[slot + 1 :])
        harm = Fraction(without - (welfare(scores) - scores[slot] * effects[slot]), effects[slot])
        # Each slot below rounds once, by less than 1, and always in favour of the seller.
        assert harm <= payment < harm + len(effects)
        assert payment <= scores[slot + 1]


@given(
    others=st.lists(st.tuples(st.integers(1, 1_000), st.sampled_from([ONE, ONE // 2, ONE // 7])), max_size=5),
    value=st.integers(1, 1_000),
    lie=st.integers(1, 1_000),
    quality=st.sampled_from([ONE, ONE // 3]),
    floor=st.integers(0, 1_000),
    effects=falling_effects(4),
)
def test_myerson_1981_under_vcg_no_bid_brings_more_than_the_value_whatever_the_floors(
    others, value, lie, quality, floor, effects
):
    others = [bidder(number, bid, its) for number, (bid, its) in enumerate(others)]

    def utility(bid):
        ranking = rank([*others, bidder(len(others), bid, quality, floor)] if bid >= floor else others)
        paid = prices(ranking, "vcg", effects)
        won = [slot for slot, _ in enumerate(paid) if ranking[slot].number == len(others)]
        return sum(effects[slot] * (value - paid[slot]) for slot in won)

    # A price is rounded up, by less than two micros with the scores below it.
    assert utility(value) >= utility(lie) - 2 * effects[0]


@given(
    values=st.lists(st.integers(1, 10**6), min_size=2, max_size=6, unique=True).map(
        lambda some: sorted(some, reverse=True)
    ),
    parts=st.lists(st.integers(1, 100), min_size=2, max_size=4),
)
def test_envy_free_bids_make_gsp_earn_what_vcg_earns_from_true_ones(values, parts):
    # Edelman, Ostrovsky and Schwarz (2007), theorem 1: b_i = v_i - x_i/x_{i-1} (v_i - b_{i+1}), from below.
    effects = sorted(accumulate(parts), reverse=True)[: len(values) - 1]
    bids = [Fraction(value) for value in values]
    for place in reversed(range(1, len(effects))):
        bids[place] = values[place] - Fraction(effects[place], effects[place - 1]) * (values[place] - bids[place + 1])
    scale = 2**40
    gsp, vcg = ([Candidate(int(amount * scale)) for amount in amounts] for amounts in (bids, values))
    for slot in range(len(effects)):
        by_gsp, by_vcg = payment_score(gsp, slot, "gsp", effects), payment_score(vcg, slot, "vcg", effects)
        assert by_gsp == pytest.approx(by_vcg, abs=len(values))


def test_a_quality_of_twice_the_clicks_wins_with_half_the_bid_and_pays_by_it():
    # Per click 6 at a quarter and 4 at a half: 1.5 against 2 an impression; 1.5 an impression is 3 a click at a half.
    ranking = rank([bidder(0, 6_000, ONE // 4), bidder(1, 4_000, ONE // 2)])
    assert [candidate.number for candidate in ranking] == [1, 0]
    assert prices(ranking, "gsp", [WHOLE]) == [3_000]


def test_a_price_is_rounded_up_so_that_it_would_have_won():
    ranking = rank([bidder(0, 10, ONE // 3), bidder(1, 2)])
    (price,) = prices(ranking, "second_price", [WHOLE])
    assert price == 7
    assert bidding.score(price - 1, ONE // 3) < ranking[1].score <= bidding.score(price, ONE // 3)


@given(
    bids=st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 2**24), st.integers(0, 10**7)), min_size=1),
    rivals=st.lists(st.integers(0, 10**7), max_size=3),
    auction_format=st.sampled_from(["first_price", "gsp", "vcg"]),
    effects=st.lists(st.integers(1, WHOLE), min_size=1, max_size=4).map(lambda some: sorted(some, reverse=True)),
)
def test_no_price_is_above_the_bid_or_below_the_floor(bids, rivals, auction_format, effects):
    candidates = [bidder(number, max(bid, floor), quality, floor) for number, (bid, quality, floor) in enumerate(bids)]
    ranking = rank([*candidates, *map(landscape_bid, rivals)])
    for candidate, price in zip(ranking, prices(ranking, auction_format, effects), strict=False):
        assert (price is None) == (candidate.number is None)
        assert price is None or candidate.floor <= price <= candidate.effective


def test_first_price_is_the_own_effective_bid():
    assert prices(rank([bidder(0, 9), bidder(1, 5), landscape_bid(7)]), "first_price", [WHOLE, HALF]) == [9, None]


def test_the_floor_is_the_least_price():
    assert prices(rank([bidder(0, 9, floor=4)]), "second_price", [WHOLE]) == [4]
    assert prices(rank([bidder(0, 9, floor=4), bidder(1, 4, floor=4)]), "gsp", [WHOLE, HALF]) == [4, 4]


def test_ties_go_to_the_ad_group_listed_first_and_never_to_the_market():
    ranking = rank([landscape_bid(5), bidder(2, 5), bidder(1, 5), landscape_bid(5)])
    assert [candidate.number for candidate in ranking] == [1, 2, None, None]
    assert prices(ranking, "second_price", [WHOLE]) == [5]


def test_self_competition_is_what_the_next_own_ad_group_adds_to_the_price():
    ranking = rank([bidder(0, 9), bidder(1, 7), bidder(2, 6), bidder(3, 4, is_own=False), landscape_bid(3)])
    assert raised_by(ranking, 0, "second_price", [WHOLE]) == (1, 3)
    assert raised_by(ranking, 1, "gsp", [WHOLE, HALF]) == (2, 2)
    assert raised_by(ranking, 2, "gsp", [WHOLE, HALF, HALF]) is None  # next is another advertiser
    assert raised_by(ranking, 3, "gsp", [WHOLE] * 4) is None  # not the advertiser's
    assert raised_by(ranking, 0, "first_price", [WHOLE]) is None
    assert raised_by(ranking, 0, "vcg", [WHOLE]) == (1, 3)
    with_floor = rank([bidder(0, 9, floor=5), bidder(1, 7), landscape_bid(3)])
    assert raised_by(with_floor, 0, "second_price", [WHOLE]) == (1, 2)


def setting(**settings):
    """Return one ad group as the configuration holds it."""
    return run_config(ad_group(**settings)).campaigns[0].ad_groups[0]


CLICKS = {"billable_event": "CLICKTHROUGH", "bid_cpm_micros": None, "bid_micros": 50_000}


def test_a_bid_for_impressions_is_that_for_1000_of_them():
    market = run_config(ad_group()).market
    assert bidding.base_bid(setting(bid_cpm_micros=6_000_999), market) == 6_000
    assert bidding.base_bid(setting(**CLICKS), market) == 50_000


def test_an_automatic_bid_is_at_most_five_times_the_market_and_as_much_for_one_event():
    market = run_config(ad_group(), market={"rival_bid_cpm_micros": 4_000_000}).market
    automatic = {"bid_strategy_type": "AUTOMATIC_BID", "bid_cpm_micros": None, "click_rate": 0.25}
    assert bidding.base_bid(setting(**automatic), market) == 20_000
    assert bidding.base_bid(setting(**automatic, pacing_delivery_type="none"), market) == 4_000
    per_click = {**CLICKS, **automatic, "bid_micros": None}
    assert bidding.base_bid(setting(**per_click), market) == 80_000
    assert bidding.base_bid(setting(**{**per_click, "click_rate": 1e-12}), market) == bidding.MAX_ACTION_BID_MICROS


def test_the_event_rate_is_the_expected_number_of_billed_events_of_an_impression():
    assert bidding.event_rate(setting(click_rate=0.1), 2.5) == ONE
    assert bidding.event_rate(setting(**CLICKS, click_rate=0.1), 2.5) == ONE // 4
    assert bidding.event_rate(setting(**CLICKS, click_rate=0.7), 2.5) == ONE
    assert bidding.event_rate(setting(**CLICKS, click_rate=1e-9), 1) == 1


def test_only_who_is_after_an_action_bids_by_the_person():
    assert bidding.quality(setting(), 1, ONE // 2) == ONE
    assert bidding.quality(setting(optimization_goal="CONVERSION"), 1, ONE // 2) == ONE // 2
    assert bidding.quality(setting(**CLICKS, click_rate=0.5), 1, ONE // 2) == ONE // 4
    assert bidding.quality(setting(**CLICKS, click_rate=1e-9), 1, 1) == 1
    assert bidding.quality(setting(), 1, ONE, newcomer_bp=500) == ONE // 20


def test_a_floor_for_an_action_is_that_for_the_impressions_it_takes_rounded_up():
    assert bidding.floor_per_event(setting(), 2_000, 1) == 2_000
    assert bidding.floor_per_event(setting(**CLICKS, click_rate=0.25), 2_000, 1) == 8_000
    assert bidding.floor_per_event(setting(**CLICKS, click_rate=0.3), 2_000, 1) == 6_667


@given(bid=st.integers(1, 10**9), fee_bp=st.integers(0, 1_764), policy=st.sampled_from(["exact", "as_fee", "flat"]))
def test_price_and_data_fee_never_pass_the_bid(bid, fee_bp, policy):
    price = bidding.effective_bid(bid, fee_bp, policy)
    assert price + bidding.data_fee(price, fee_bp) <= bid


def test_chances_follow_rate_lift_ad_and_person():
    assert chance_of_action(0.25, 2, 1, ONE) == 2**31
    assert chance_of_action(0.25, 1, 0.5, ONE) == 2**29
    assert chance_of_action(0.25, 1, 1, 3 * ONE) == 3 * 2**30
    assert chance_of_action(0.25, 1, 10, ONE) == 2**32
    assert chance_of_action(0.7, 2, 0.5, ONE) == 2**31  # a chance before the ad is at most 1


@pytest.mark.parametrize("sigma", [0.0, 0.3, 1.0])
def test_the_factor_of_a_person_has_mean_1(sigma):
    knots = person_factor_knots(sigma)
    # With a sigma of 1 the highest knot is cut off at 16 times the mean, which costs 0.02 % of it.
    assert fsum([knots[0] / 2, *knots[1:-1], knots[-1] / 2]) / 1024 == pytest.approx(ONE, rel=3e-4)
    assert knots == sorted(knots)


def test_a_draw_lies_on_the_line_between_two_knots():
    knots = [100 * number for number in range(1025)]
    assert value_at(knots, 0) == 0
    assert value_at(knots, 512 << 54) == 51_200
    assert value_at(knots, (512 << 54) + (1 << 53)) == 51_250
    assert value_at(knots, 2**64 - 1) == 102_399


def test_rival_bids_are_per_impression_around_their_median():
    knots = lognormal_bid_knots(4_000_000, 0.6)
    assert knots[512] == 4_000
    # One standard deviation of the normal distribution below and above is at 15.87 % and 84.13 %.
    assert knots[round(0.8413 * 1024)] == pytest.approx(4_000 * 2.71828**0.6, rel=0.01)
    assert lognormal_bid_knots(4_000_000, 0) == [4_000] * 1025
    assert max(lognormal_bid_knots(10**12, 3)) == 10**9


def test_a_landscape_goes_through_its_quantiles():
    assert quantile_bid_knots([1_000_000, 3_000_000, 4_000_000])[::256] == [1_000, 2_000, 3_000, 3_500, 4_000]
    assert quantile_bid_knots([2_000_000, 2_000_000]) == [2_000] * 1025


def test_delays_are_exponential_in_whole_hours():
    assert delay_hours(24, 0) == 0
    assert delay_hours(24, 512 << 54) == 16  # 24 ln 2
    assert delay_hours(0, 2**64 - 1) == 0
    assert delay_hours(24, 2**64 - 1) == 166  # 24 ln 1024


# Whole runs of a few people


def everybody(n_accounts=120, country="US", **attributes):
    person = {"country": country, "age_bucket": "25-34", "gender": "female", "device": "iphone", "activity": 1.0}
    return [{**person, **attributes} for _ in range(n_accounts)]


def plain_table(accounts):
    """Return the alias table of accounts that are drawn equally often."""
    return [2**32] * len(accounts), accounts


def twin(config, arrivals, people=None, members=None, kind=Twin):
    people = people or everybody()
    members = {audience.audience_id: set(range(len(people))) for audience in config.audiences} | (members or {})
    classes = country_classes(config.traffic, people, plain_table)
    per_day = len(people) * config.traffic.opportunities_per_account_day
    expected = [per_day * expected_share(classes, tick) for tick in range(config.flight.n_hours)]
    return kind(config, members_over_time(config, members), FEES_BP, people, classes, expected, arrivals)


def run(*ad_groups, arrivals, people=None, members=None, **settings):
    """Run a campaign that is approved from the start against one rival at 4,000 micros an impression."""
    market = {"rival_bid_sigma": 0, "rival_bid_cpm_micros": 4_000_000, **settings.pop("market", {})}
    campaign = {"review_hours": 0, **settings.pop("campaign", {})}
    config = run_config(*ad_groups, campaign=campaign, market=market, **settings)
    return twin(config, arrivals, people, members).run()


def totals(record, number=0):
    """Return an ad group's tally over all ticks."""
    result = {}
    for (_, a_number, column), count in record.counts.items():
        if a_number == number:
            result[column] = result.get(column, 0) + count
    return result


NO_PACING = {"pacing_delivery_type": "none"}
TWO_DAYS = {"flight": {"n_days": 2}}


def test_a_budget_of_10000_micros_buys_two_impressions_at_4000_and_never_a_third():
    # Bid 6,000: covered by 10,000 and by 6,000, not by the 2,000 that are left.
    record = run(ad_group(**NO_PACING, budget_micros=10_000, click_rate=0, view_rate=0), arrivals=[5])
    assert totals(record) == {
        "OPPORTUNITIES": 5,
        "LOST_TO_BUDGET": 3,
        "ENTERED": 2,
        "WON": 2,
        "CENSUS_WON": 2,
        "IMPRESSIONS": 2,
        "REACHED": 2,
        "BILLED": 2,
        "BID_MICROS": 12_000,
        "EFFECTIVE_BID_MICROS": 12_000,
        "MEDIA_MICROS": 8_000,
    }


def test_a_daily_budget_is_whole_again_at_midnight_and_a_lifetime_one_is_not():
    arrivals = [3] + [0] * 23 + [3]
    daily = ad_group("2001", **NO_PACING, budget_micros=6_000)
    lifetime = ad_group("2001", **NO_PACING, budget_micros=6_000, budget_type="LIFETIME")
    assert totals(run(daily, arrivals=arrivals))["IMPRESSIONS"] == 2
    assert totals(run(lifetime, arrivals=arrivals))["IMPRESSIONS"] == 1


def test_ad_groups_without_a_budget_share_that_of_their_campaign():
    one, other = ad_group("2001", **NO_PACING, budget_micros=None), ad_group("2002", **NO_PACING, budget_micros=None)
    record = run(one, other, arrivals=[9], campaign={"budget_micros": 18_001}, market={"n_rival_bids": 0})
    # At 6,000 each the first of the two wins three times.
    assert totals(record, 0)["IMPRESSIONS"] == 3
    assert totals(record, 1)["LOST_TO_BUDGET"] == 6


def test_two_ad_groups_on_one_page_do_not_pass_the_budget_that_they_share():
    one, other = ad_group("2001", **NO_PACING, budget_micros=None), ad_group("2002", **NO_PACING, budget_micros=None)
    auction = {"format": "first_price", "position_effects": [1, 1]}
    record = run(one, other, arrivals=[1], campaign={"budget_micros": 11_000}, auction=auction)
    assert totals(record, 0)["MEDIA_MICROS"] == 6_000
    assert totals(record, 1) == {"OPPORTUNITIES": 1, "ENTERED": 1}


def test_a_bid_below_the_floor_does_not_enter():
    record = run(ad_group(bid_cpm_micros=1_999_999, **NO_PACING), arrivals=[4])
    assert totals(record) == {"OPPORTUNITIES": 4, "LOST_TO_FLOOR": 4}


def test_a_country_may_have_a_floor_of_its_own():
    people = everybody(60) + everybody(60, "GB")
    market = {"n_rival_bids": 0, "bid_floors_cpm_micros": {"GB": 5_000_000}}
    record = run(ad_group(**NO_PACING), arrivals=[50], people=people, market=market)
    paid = totals(record)["MEDIA_MICROS"]
    n_british = sum(account >= 60 for account, _ in record.counters for _ in range(record.counters[account, 0][0]))
    assert 0 < n_british < 50
    assert paid == 5_000 * n_british + 2_000 * (50 - n_british)


@pytest.mark.parametrize(("window_days", "n_impressions"), [(1, 3), (2, 2), (30, 1)])
def test_the_window_of_a_frequency_cap_moves_at_midnight(window_days, n_impressions):
    cap = {"max_impressions": 1, "window_days": window_days}
    arrivals = ([0] * 23 + [40]) * 3
    record = run(ad_group(**NO_PACING, frequency_cap=cap), arrivals=arrivals, people=everybody(1))
    assert totals(record)["IMPRESSIONS"] == n_impressions
    assert totals(record)["LOST_TO_CAP"] == 120 - n_impressions
    # Seen on the first day, and with windows of one or two days on the last day too.
    assert record.counters == {(0, 0): (1, True)}


def test_who_has_left_the_window_was_reached_all_the_same():
    cap = {"max_impressions": 1, "window_days": 1}
    record = run(ad_group(**NO_PACING, frequency_cap=cap), arrivals=[1] + [0] * 24, people=everybody(1))
    assert record.counters == {(0, 0): (0, True)}


def test_a_frequency_goal_bids_less_for_newcomers_while_others_have_seen_too_little():
    # One impression each of the four that are wanted: newcomers count for a quarter, 1,500 against the rival's 4,000.
    goal = {"frequency": 4, "timerange": "SEVEN_DAY"}
    record = run(ad_group(**NO_PACING, frequency_goal=goal), arrivals=[1, 200], people=everybody(120))
    assert len(record.counters) == 1
    ((window, _),) = record.counters.values()
    assert 1 <= window <= 4


def test_a_frequency_goal_is_never_passed():
    goal = {"frequency": 2, "timerange": "DAY"}
    record = run(ad_group(**NO_PACING, frequency_goal=goal), arrivals=[30], people=everybody(3))
    assert set(record.counters.values()) == {(2, True)}


def test_nothing_is_shown_outside_of_its_hours():
    active = ad_group(**NO_PACING, active_hours=[1, 3])
    shown = {tick for tick, _, _ in run(active, arrivals=[2] * 30).counts}
    assert shown == {1, 3, 25, 27}
    scheduled = ad_group(**NO_PACING, start_time="2026-11-02T01:30:00Z", end_time="2026-11-02T04:00:00Z")
    assert {tick for tick, _, _ in run(scheduled, arrivals=[2] * 9).counts} == {2, 3}


@pytest.mark.parametrize("where", ["campaign", "ad group", "ad"])
def test_what_is_paused_is_not_shown(where):
    paused = {"status": "PAUSED"}
    an_ad = {"ad_id": "1", "name": "Ad", **(paused if where == "ad" else {})}
    an_ad_group = ad_group(**NO_PACING, ads=[an_ad], **(paused if where == "ad group" else {}))
    record = run(an_ad_group, arrivals=[3], campaign=paused if where == "campaign" else {})
    assert record.counts == {}


def test_each_ad_is_reviewed_by_itself_and_a_rejection_holds_for_all():
    ads = [{"ad_id": "1", "name": "Quick", "review_hours": 1}, {"ad_id": "2", "name": "Slow", "review_hours": 3}]
    campaign = {"launched_hours_before_start": 0, "rejections": [{"resubmitted_after_hours": 2}]}
    record = run(ad_group(**NO_PACING, ads=ads), arrivals=[40] * 10, campaign=campaign)
    first_tick = min(tick for tick, _, _ in record.counts)
    assert first_tick == 1 + 2 + 1
    assert {ad for _, ad, _ in record.by_ad} == {0, 1}
    never = {**campaign, "rejections": [{"resubmitted_after_hours": None}]}
    assert run(ad_group(**NO_PACING, ads=ads), arrivals=[40] * 10, campaign=never).counts == {}


def test_an_ad_that_nobody_responds_to_gets_no_clicks():
    ads = [{"ad_id": "1", "name": "Dull", "response_factor": 0}, {"ad_id": "2", "name": "Good"}]
    record = run(ad_group(**NO_PACING, ads=ads, click_rate=1), arrivals=[100])
    assert (0, 0, "CLICKS") not in record.by_ad
    assert record.by_ad[0, 1, "CLICKS"] == record.by_ad[0, 1, "IMPRESSIONS"]
    assert record.by_ad[0, 0, "IMPRESSIONS"] + record.by_ad[0, 1, "IMPRESSIONS"] == 100


def test_a_click_is_paid_for_when_it_happens():
    clicks = {"billable_event": "CLICKTHROUGH", "bid_cpm_micros": None, "bid_micros": 20_000}
    record = run(ad_group(**NO_PACING, **clicks, click_rate=0.25), arrivals=[200])
    counted = totals(record)
    # 20,000 at a quarter are 5,000 an impression, against 4,000: 16,000 a click.
    assert counted["WON"] == counted["IMPRESSIONS"] == 200
    assert 30 < counted["CLICKS"] < 70
    assert counted["BILLED"] == counted["CLICKS"]
    assert counted["MEDIA_MICROS"] == 16_000 * counted["CLICKS"]


def test_a_slot_is_an_impression_only_once_it_is_seen():
    auction = {"format": "gsp", "position_effects": [0.5]}
    counted = totals(run(ad_group(**NO_PACING), arrivals=[400], auction=auction))
    assert counted["WON"] == 400
    assert 160 < counted["IMPRESSIONS"] < 240


def test_conversions_count_where_the_action_was_and_when_they_happen():
    converting = ad_group(**NO_PACING, click_rate=1, conversion_rate=1, conversion_delay_hours=2)
    record = run(converting, arrivals=[100] + [0] * 9, **TWO_DAYS)
    n_counted = totals(record)["CLICK_CONVERSIONS"]
    assert record.counts[0, 0, "CLICK_CONVERSIONS"] == n_counted == sum(record.conversions.values())
    assert 90 < n_counted < 100  # 1 - e^-5 of them come before the end
    assert len(record.conversions) > 4


def test_conversions_outside_of_the_window_do_not_count():
    late = ad_group(**NO_PACING, view_conversion_rate=1, conversion_delay_hours=48, view_window_days=1, click_rate=0)
    record = run(late, arrivals=[400] + [0] * 71)
    assert 400 * 0.33 < totals(record)["VIEW_CONVERSIONS"] < 400 * 0.48  # 1 - e^-25/48 = 41 %
    assert max(tick for tick, _ in record.conversions) <= 24


def test_a_census_of_one_in_so_many_counts_each_for_as_many_and_leaves_the_rest_exact():
    everything = totals(run(ad_group(**NO_PACING), arrivals=[100]))
    sampled = totals(run(ad_group(**NO_PACING), arrivals=[100], census_every=7))
    n_sampled = 7 * len(range(0, 100, 7))
    assert sampled["OPPORTUNITIES"] == sampled["ENTERED"] == sampled["CENSUS_WON"] == n_sampled
    exact = {"WON", "IMPRESSIONS", "VIEWS", "CLICKS", "MEDIA_MICROS", "BILLED"}
    assert {column: sampled.get(column) for column in exact} == {column: everything.get(column) for column in exact}


def test_best_only_holds_back_all_own_ad_groups_but_one_and_no_rival():
    rival = {
        "campaign_id": "5002",
        "name": "Rival",
        "review_hours": 0,
        "ad_groups": [ad_group("2003", bid_cpm_micros=5_000_000, **NO_PACING)],
    }
    own = [ad_group("2001", **NO_PACING, bid_cpm_micros=5_500_000), ad_group("2002", **NO_PACING)]
    record = run(*own, arrivals=[10], rival_campaigns=[rival], self_competition="best_only")
    assert totals(record, 0) == {"OPPORTUNITIES": 10, "HELD_BACK": 10}
    assert totals(record, 1)["MEDIA_MICROS"] == 10 * 5_000
    assert totals(record, 2) == {"OPPORTUNITIES": 10, "ENTERED": 10}
    competing = run(*own, arrivals=[10], rival_campaigns=[rival])
    assert totals(competing, 1)["MEDIA_MICROS"] == 10 * 5_500
    assert competing.self_competition == {(1, 0): 10 * 500}


def included(*audience_ids, **settings):
    targeting = {"AUDIENCE_INCLUDE": list(audience_ids), "LOCATION": ["US"]}
    return ad_group(**NO_PACING, targeting=targeting, **settings)


AUDIENCES = [audience_spec("1001", "CUSTOMER_LIST"), audience_spec("1004", "THIRD_PARTY")]


def test_a_data_fee_of_10_percent_comes_on_top_of_the_price():
    record = run(included("1004"), arrivals=[10], audiences=AUDIENCES)
    counted = totals(record)
    assert counted["EFFECTIVE_BID_MICROS"] == 10 * (6_000 * 10_000 // 11_000)
    assert (counted["MEDIA_MICROS"], counted["DATA_FEE_MICROS"]) == (40_000, 4_000)
    assert "REDUNDANT_FEE_MICROS" not in counted
    assert record.by_audience[0, "1004", "DATA_FEE_MICROS"] == 4_000


def test_a_fee_for_whom_the_list_reaches_too_is_redundant_unless_it_is_not_due():
    both = included("1001", "1004")
    always = run(both, arrivals=[10], audiences=AUDIENCES)
    assert totals(always)["REDUNDANT_FEE_MICROS"] == 4_000
    assert always.by_audience[0, "1001", "IMPRESSIONS"] == always.by_audience[0, "1004", "IMPRESSIONS"] == 10
    needed = run(both, arrivals=[10], audiences=AUDIENCES, third_party_data={"fee_rule": "only_when_needed"})
    assert "DATA_FEE_MICROS" not in totals(needed)


def test_an_audience_counts_once_it_is_populated_and_large_enough():
    late = audience_spec("1001", "CUSTOMER_LIST", 24)
    record = run(included("1001"), arrivals=[5] * 30, audiences=[late])
    first = min(tick for tick, _, _ in record.counts)
    assert 0 < first <= 24
    assert run(included("1001"), arrivals=[5] * 30, audiences=[late], members={"1001": set(range(99))}).counts == {}


def test_members_come_and_go_at_their_hour_and_who_is_left_may_be_too_few():
    config = run_config(included("1001"), audiences=AUDIENCES[:1], campaign={"review_hours": 0})
    changing = twin(config, [60] * 4)
    changing.members["1001"] = [(-9.0, set(range(100))), (0.5, set(range(20, 120))), (2, set(range(99)))]
    record = changing.run()
    seen = {account for account, _ in record.counters}
    assert {tick for tick, _, _ in record.counts} == {0, 1}
    assert min(seen) < 20
    assert max(seen) >= 100
    assert record.counts[0, 0, "OPPORTUNITIES"] > 0


def test_a_multiplier_of_0_mutes_and_the_highest_counts_otherwise():
    members = {"1001": set(range(100)), "1002": set(range(120))}
    audiences = [audience_spec("1001", "CUSTOMER_LIST"), audience_spec("1002", "VISITOR")]
    muted = ad_group(**NO_PACING, bid_multipliers={"1001": 0, "1002": 2})
    record = run(muted, arrivals=[200], audiences=audiences, members=members)
    assert min(account for account, _ in record.counters) >= 100
    assert totals(record)["BID_MICROS"] == 12_000 * totals(record)["IMPRESSIONS"]
    highest = ad_group(**NO_PACING, bid_multipliers={"1001": 3, "1002": 2})
    counted = totals(run(highest, arrivals=[200], audiences=audiences, members=members))
    assert 200 * 12_000 < counted["BID_MICROS"] < 200 * 18_000


def test_a_lift_holds_for_members_of_the_audience_and_is_drawn_once():
    members = {"1001": set(range(100))}
    lifted = included("1001", click_rate=0.4, lifts={"1001": {"mean": 2.5}})
    counted = totals(run(lifted, arrivals=[100], audiences=AUDIENCES[:1], members=members))
    assert counted["CLICKS"] == counted["IMPRESSIONS"] == counted["OPPORTUNITIES"]
    drawn = included("1001", lifts={"1001": {"mean": 2, "standard_deviation": 1}})
    lifts = []
    for rng_seed in range(2_000):
        config = run_config(drawn, audiences=AUDIENCES[:1], rng_seed=rng_seed)
        lifts.append(twin(config, []).offers.lift(config.ad_groups[0], "1001"))
    # Mean 2 and deviation 1: the mean of 2,000 has a standard error of 0.022.
    assert fsum(lifts) / len(lifts) == pytest.approx(2, abs=0.09)
    assert fsum((lift - 2) ** 2 for lift in lifts) / len(lifts) == pytest.approx(1, abs=0.35)


def test_the_first_landscape_that_fits_counts():
    people = everybody(60) + everybody(60, "GB")
    landscapes = [
        {"bids_cpm_micros": [5_000_000, 5_000_000], "country": "GB", "hours": [0]},
        {"bids_cpm_micros": [3_000_000, 3_000_000], "country": "GB"},
    ]
    market = {"bid_floor_cpm_micros": 0, "landscapes": landscapes}
    record = run(ad_group(**NO_PACING, targeting={"LOCATION": ["GB"]}), arrivals=[40, 40], people=people, market=market)
    for tick, price in ((0, 5_000), (1, 3_000)):
        assert record.counts[tick, 0, "MEDIA_MICROS"] == price * record.counts[tick, 0, "IMPRESSIONS"]
    elsewhere = ad_group(**NO_PACING, targeting={"LOCATION": ["US"]})
    counted = totals(run(elsewhere, arrivals=[40, 40], people=people, market=market))
    assert counted["MEDIA_MICROS"] == 4_000 * counted["IMPRESSIONS"]


def test_several_rivals_bid_each_on_its_own():
    rivals = {"rival_bid_sigma": 0.6, "bid_floor_cpm_micros": 0}
    rich = ad_group(**NO_PACING, bid_cpm_micros=10**9, click_rate=0)
    alone = totals(run(rich, arrivals=[400], market={**rivals, "n_rival_bids": 1}))
    three = totals(run(rich, arrivals=[400], market={**rivals, "n_rival_bids": 3}))
    none = totals(run(rich, arrivals=[400], market={**rivals, "n_rival_bids": 0}))
    # The mean of a log-normal bid is 4,000 exp(0.18) = 4,789; the highest of three is about 1.55 times it.
    assert alone["MEDIA_MICROS"] / 400 == pytest.approx(4_789, rel=0.15)
    assert three["MEDIA_MICROS"] / 400 == pytest.approx(7_400, rel=0.15)
    assert "MEDIA_MICROS" not in none


def test_a_country_that_is_twice_as_active_is_seen_twice_as_often_and_in_its_own_hours():
    people = everybody(60) + everybody(60, "GB")
    traffic = {"hourly_profiles": {"GB": [0] * 12 + [1] * 12}, "hourly_profile": [1] * 24, "country_weights": {"GB": 2}}
    config = run_config(ad_group(), traffic=traffic)
    classes = country_classes(config.traffic, people, plain_table)
    assert [(a_class.share, len(a_class.accounts)) for a_class in classes] == [(1.0, 60), (0.5, 60)]
    night = [drawn_account(1, classes, opportunity) for opportunity in range(400)]
    assert max(night) < 60
    noon = [drawn_account(1, classes, 12 * 2**32 + opportunity) for opportunity in range(1_000)]
    # At noon the British have 1/12 of 1.0, the others 1/24 of 0.5: four to one.
    assert sum(account >= 60 for account in noon) == pytest.approx(800, abs=50)


def test_one_class_takes_no_draw_and_an_alias_is_another_account():
    a_class = PeopleClass(1.0, (1,) * 24, accounts=[4, 9], threshold=[0, 2**32], alias=[9, 9])
    assert drawn_class(1, [a_class], 0) is a_class
    assert {drawn_account(1, [a_class], opportunity) for opportunity in range(50)} == {9}


def test_a_plan_shares_out_the_traffic_of_the_hours_that_may_run():
    expected = [1.0] * 23 + [2.0] + [1.0] * 24
    may_run = [tick % 24 >= 22 for tick in range(48)]
    daily = Plan(expected, may_run, "DAILY")
    # The first day has three opportunities in these hours, the second two: the fuller day is the unit.
    assert daily.unit == 3.0
    assert [daily.to_come[tick] for tick in (0, 22, 23, 24, 47)] == [1, 1, 2 / 3, 2 / 3, 1 / 3]
    assert (daily.shares[21], daily.shares[23], daily.shares[47]) == (0, 2 / 3, 1 / 3)
    assert Plan(expected, may_run, "LIFETIME").to_come[24] == 2 / 5


# An adaptive bid starts in full and needs some hundreds of opportunities to find its level.
@pytest.mark.parametrize(
    ("delivery", "lasts_until"), [("STANDARD", 69), ("bid_multiplier", 69), ("mystique", 69), ("adaptive", 40)]
)
def test_a_paced_budget_lasts_longer_than_a_hasty_one(delivery, lasts_until):
    # At about 3,300 each the budget buys some 210 of the 1,440 impressions.
    budget = {"budget_micros": 720_000, "budget_type": "LIFETIME"}
    market = {"rival_bid_sigma": 0.6, "bid_floor_cpm_micros": 0}
    traffic = {"hourly_profile": [1] * 24, "opportunities_per_account_day": 4}

    def spend_by_tick(pacing):
        an_ad_group = ad_group(bid_cpm_micros=6_000_000, **budget, pacing_delivery_type=pacing)
        record = run(an_ad_group, arrivals=[20] * 72, market=market, traffic=traffic, flight={"n_days": 3})
        return [record.counts.get((tick, 0, "MEDIA_MICROS"), 0) for tick in range(72)]

    hasty, paced = spend_by_tick("none"), spend_by_tick(delivery)
    assert sum(hasty[24:]) == 0
    assert sum(paced[lasts_until:]) > 0
    assert 0.8 * 720_000 < sum(paced) <= 720_000


def test_an_adaptive_bid_is_lowered_by_charges_and_rises_with_opportunities():
    # 10,000 micros for 100 opportunities at a scale of 5,000: each charge of 5,000 raises mu by 1/10, each opportunity
    # lowers it by 1/10 of 100/5,000.
    learning = Learning.of(10_000, 100, 5_000, highest_bid=1_100)
    assert learning.paced(1_100) == 1_100
    learning.pay(5_000)
    assert learning.mu / 2**44 == pytest.approx(0.1)
    assert learning.paced(1_100) == 1_000
    for _ in range(49):
        learning.pass_by()
    assert learning.mu / 2**44 == pytest.approx(0.002)
    learning.pass_by()
    learning.pass_by()
    assert learning.mu == 0


# What must hold in any run


class Watched(Twin):
    """A twin that checks every charge while it runs."""

    def charge(self, entrant, price):
        fees = super().charge(entrant, price)
        assert max(entrant.candidate.floor, 0) <= price <= entrant.candidate.effective <= entrant.bid
        assert price + fees["DATA_FEE_MICROS"] <= entrant.bid
        assert all(purse.remaining >= 0 for purse in entrant.group.purses)
        return fees

    def settle(self, tick, opportunity, account, entrants, ranking, slot, price):
        super().settle(tick, opportunity, account, entrants, ranking, slot, price)
        frequency = entrants[ranking[slot].number].group.frequency
        if frequency.max_impressions is not None:
            assert frequency.in_window(account, tick // 24) <= frequency.max_impressions


def by_day(record, number, columns):
    days = {}
    for (tick, a_number, column), amount in record.counts.items():
        if a_number == number and column in columns:
            days[tick // 24] = days.get(tick // 24, 0) + amount
    return days


def require_budgets_hold(config, record):
    """Require that no ad group and no campaign spent more than its budget in any period."""
    charged = ("MEDIA_MICROS", "DATA_FEE_MICROS")
    number = 0
    for campaign in config.all_campaigns:
        together = {}
        for setting in campaign.ad_groups:
            days = by_day(record, number, charged)
            require_within(setting, days)
            together = {day: together.get(day, 0) + days.get(day, 0) for day in {*together, *days}}
            number += 1
        require_within(campaign, together)


def require_within(entity, days):
    if entity.budget_micros is None:
        return
    if entity.budget_type == "DAILY":
        assert max(days.values(), default=0) <= entity.budget_micros
    else:
        assert sum(days.values()) <= entity.budget_micros


def require_counts_agree(config, record):
    """Require that the columns of every tally and every way to split them add up."""
    for number, setting in enumerate(config.all_ad_groups):
        counted = dict.fromkeys(("OPPORTUNITIES", "WON", "IMPRESSIONS", "CLICKS", "VIEWS", "BILLED"), 0)
        counted |= totals(record, number)
        lost = sum(counted.get(f"LOST_TO_{what}", 0) for what in ("CAP", "FLOOR", "BUDGET", "PACING"))
        assert counted["OPPORTUNITIES"] == lost + counted.get("HELD_BACK", 0) + counted.get("ENTERED", 0)
        assert counted.get("CENSUS_WON", 0) <= counted.get("ENTERED", 0)
        assert counted["IMPRESSIONS"] <= counted["WON"]
        assert max(counted["CLICKS"], counted["VIEWS"]) <= counted["IMPRESSIONS"]
        billed = {"IMPRESSION": "IMPRESSIONS", "CLICKTHROUGH": "CLICKS", "VIDEO_V_50_MRC": "VIEWS"}
        assert counted["BILLED"] == counted[billed[setting.billable_event]]
        assert counted.get("REDUNDANT_FEE_MICROS", 0) <= counted.get("DATA_FEE_MICROS", 0)
        if config.census_every == 1:
            assert counted.get("CENSUS_WON", 0) == counted["WON"]
        conversions = counted.get("CLICK_CONVERSIONS", 0) + counted.get("VIEW_CONVERSIONS", 0)
        assert conversions == sum(count for (_, a_number), count in record.conversions.items() if a_number == number)
        for column in ("IMPRESSIONS", "CLICKS", "VIEWS", "MEDIA_MICROS", "DATA_FEE_MICROS"):
            by_ad = (amount for key, amount in record.by_ad.items() if (key[0], key[2]) == (number, column))
            assert counted.get(column, 0) == sum(by_ad)
        assert counted.get("REACHED", 0) == sum(a_number == number for _, a_number in record.counters)
    assert all(micros > 0 and payer != raiser for (payer, raiser), micros in record.self_competition.items())


@settings(max_examples=40, deadline=None)
@given(config=configs(), people_of_gb=st.integers(0, 60))
def test_in_any_run_money_and_counts_are_conserved(config, people_of_gb):
    people = everybody(130) + everybody(people_of_gb, "GB", gender="male")
    members = {
        "1001": set(range(110)),
        "1002": set(range(60, 130 + people_of_gb)),
        "1003": set(range(99)),
        "1004": set(range(130)),
        "1005": set(range(20, 130)),
    }
    classes = country_classes(config.traffic, people, plain_table)
    arrivals = [3 * (expected_share(classes, tick) > 0) for tick in range(config.flight.n_hours)]
    record = twin(config, arrivals, people, members, Watched).run()
    require_budgets_hold(config, record)
    require_counts_agree(config, record)
