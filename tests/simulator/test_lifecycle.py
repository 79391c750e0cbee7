"""Lives: populations, reviews and budgets as one story."""

import numpy as np
import pytest

from simulator.errors import ConfigError
from simulator.kernels.tables import Column
from simulator.ledger import LifeEvent
from simulator.run import simulate
from tests.simulator.plain_universe import plain_universe
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of
from workbench.errors import CancelledError, UniverseError

EVERYBODY = set(range(600))


def impressions_by_hour(result):
    return result.ledger.column(Column.IMPRESSIONS).sum(axis=1)


def test_a_whole_life(small_universe):
    config = run_config(
        ad_group(targeting={"AUDIENCE_INCLUDE": ["1001", "1002"], "LOCATION": ["US"]}),
        audiences=[audience_spec("1001", "CUSTOMER_LIST", 0), audience_spec("1002", "THIRD_PARTY", 3)],
        campaign={"launched_hours_before_start": 1, "review_hours": 6.5},
        rng_seed=4,
    )
    result = simulate(config, world_of(config, small_universe, {"1001": EVERYBODY, "1002": set(range(50))}))
    listed_at = next(event.hour for event in result.ledger.life if event.subject == "audience 1001")
    assert 24 < listed_at <= 48
    assert result.ledger.life == [
        LifeEvent(-3, "audience 1002", "INITIALIZING → TOO_SMALL"),
        LifeEvent(5.5, "campaign 5001", "PENDING → APPROVED"),
        LifeEvent(listed_at, "audience 1001", "INITIALIZING → READY"),
    ]
    shown = np.flatnonzero(impressions_by_hour(result))
    assert shown.min() >= listed_at


@pytest.mark.parametrize(("review_hours", "first_tick"), [(0, 0), (5, 5), (5.01, 6), (24, 24)])
def test_nothing_is_shown_before_approval(small_universe, review_hours, first_tick):
    campaign = {"launched_hours_before_start": 0, "review_hours": review_hours}
    config = run_config(
        ad_group(bid_cpm_micros=10**9), campaign=campaign, traffic={"opportunities_per_account_day": 50}
    )
    shown = np.flatnonzero(impressions_by_hour(simulate(config, world_of(config, small_universe, {}))))
    assert shown.min() == first_tick


def test_a_drawn_review_takes_at_most_a_day(small_universe):
    for rng_seed in range(30):
        config = run_config(ad_group(), campaign={"launched_hours_before_start": 0}, rng_seed=rng_seed)
        (event,) = simulate(config, world_of(config, small_universe, {})).ledger.life
        assert 0 < event.hour <= 24


@pytest.mark.parametrize(("budget_type", "n_budgets"), [("DAILY", 2), ("LIFETIME", 1)])
@pytest.mark.parametrize("pacing", ["STANDARD", "ACCELERATED"])
def test_a_budget_is_spent_and_never_passed(small_universe, budget_type, n_budgets, pacing):
    budget_micros, bid_micros = 300_000, 20_000
    config = run_config(
        ad_group(
            bid_cpm_micros=20_000_000, budget_micros=budget_micros, budget_type=budget_type, pacing_delivery_type=pacing
        ),
        traffic={"opportunities_per_account_day": 5},
    )
    result = simulate(config, world_of(config, small_universe, {}))
    spend = result.ledger.column(Column.MEDIA_MICROS).sum()
    # It stops bidding as soon as what is left does not cover a whole bid.
    assert n_budgets * (budget_micros - bid_micros) < spend <= n_budgets * budget_micros


def test_soft_pacing_lasts_longer_pays_less_and_wins_more(small_universe):
    # The directions that soft pacing is known for: longer alive, lower prices, more wins for the same money.
    results = {}
    for pacing in ("bid_multiplier", "ACCELERATED"):
        config = run_config(
            ad_group(bid_cpm_micros=20_000_000, budget_micros=1_500_000, pacing_delivery_type=pacing),
            traffic={"opportunities_per_account_day": 5},
        )
        results[pacing] = simulate(config, world_of(config, small_universe, {}))
    hours = {pacing: np.count_nonzero(impressions_by_hour(result)) for pacing, result in results.items()}
    totals = {pacing: result.ledger.tallies.sum(axis=(0, 1)) for pacing, result in results.items()}
    price = {pacing: total[Column.MEDIA_MICROS] / total[Column.IMPRESSIONS] for pacing, total in totals.items()}
    assert hours["bid_multiplier"] > hours["ACCELERATED"]
    assert price["bid_multiplier"] < price["ACCELERATED"]
    assert totals["bid_multiplier"][Column.IMPRESSIONS] > totals["ACCELERATED"][Column.IMPRESSIONS]


def test_an_ad_group_without_usable_includes_reaches_nobody_and_says_so(small_universe):
    config = run_config(
        ad_group(targeting={"AUDIENCE_INCLUDE": ["1001"]}), audiences=[audience_spec("1001", "VISITOR")]
    )
    result = simulate(config, world_of(config, small_universe, {"1001": set(range(99))}))
    assert result.ledger.tallies.sum() == 0
    assert any("reaches nobody" in warning for warning in result.warnings)


def test_a_bid_that_its_data_fee_takes_below_the_floor_is_warned_about(small_universe):
    config = run_config(
        ad_group(bid_cpm_micros=2_100_000, targeting={"AUDIENCE_INCLUDE": ["1004"], "LOCATION": ["US"]}),
        audiences=[audience_spec("1004", "THIRD_PARTY")],
        traffic={"opportunities_per_account_day": 5},
    )
    result = simulate(config, world_of(config, small_universe, {"1004": EVERYBODY}, {"1004": 1_000}))
    assert result.ledger.column(Column.IMPRESSIONS).sum() == 0
    assert any("lowered for a data fee of 10.0 %" in warning for warning in result.warnings)


def test_what_was_true_only_at_the_start_is_no_warning_at_the_end(small_universe):
    config = run_config(
        ad_group(targeting={"AUDIENCE_INCLUDE": ["1001"]}), audiences=[audience_spec("1001", "VISITOR", 0)]
    )
    result = simulate(config, world_of(config, small_universe, {"1001": EVERYBODY}))
    assert result.ledger.column(Column.IMPRESSIONS).sum() > 0
    assert result.warnings == ()


def test_a_segment_that_no_longer_excludes_is_warned_about(small_universe):
    config = run_config(
        ad_group(targeting={"AUDIENCE_EXCLUDE": ["1004"], "LOCATION": ["US"]}),
        audiences=[audience_spec("1004", "THIRD_PARTY")],
        third_party_data={"is_enabled": False},
    )
    result = simulate(config, world_of(config, small_universe, {"1004": EVERYBODY}, {"1004": 1_000}))
    assert result.warnings == ("Ad group 2001: without third-party data it no longer excludes audience 1004.",)


def test_the_last_hour_belongs_to_the_flight(small_universe):
    campaign = {"launched_hours_before_start": 0, "review_hours": 23.5}
    config = run_config(ad_group(), campaign=campaign, flight={"n_days": 1})
    assert len(simulate(config, world_of(config, small_universe, {})).ledger.life) == 1


def run_alone(universe, *ad_groups, **settings):
    config = run_config(*(ad_groups or [ad_group()]), **settings)
    return simulate(config, world_of(config, universe, {}))


@pytest.mark.parametrize("traffic", [{}, {"country_weights": {"US": 1_000}}])
def test_more_opportunities_than_can_be_numbered_are_refused_however_they_come_about(traffic):
    universe = plain_universe(3_000 if traffic else 2_500_000)
    with pytest.raises(ConfigError, match=r"at most 2,147,483,648 opportunities a day, .* lower traffic"):
        run_alone(universe, traffic={"opportunities_per_account_day": 1_000, **traffic})


def test_bids_that_may_add_up_to_more_than_int64_holds_are_refused():
    largest = ad_group("2007", bid_cpm_micros=10**12)
    traffic = {"opportunities_per_account_day": 1_000}
    with pytest.raises(ConfigError, match=r"ad group 2007 may bid up to 1,000,000,000 .* 36,600,000,000 slots"):
        run_alone(plain_universe(100_000), largest, traffic=traffic, flight={"n_days": 366})


def test_nobody_to_show_anything_to_is_refused():
    with pytest.raises(UniverseError, match="table accounts, got none"):
        run_alone(plain_universe(0))


@pytest.mark.parametrize(
    "schedule",
    [
        {"start_time": "2027-06-01T00:00:00Z"},
        {"end_time": "2026-11-01T00:00:00Z"},
        {"active_hours": [3, 4]},
        {"start_time": "2026-11-02T05:10:00Z", "end_time": "2026-11-02T05:50:00Z"},
    ],
)
def test_a_schedule_that_misses_the_flight_or_its_traffic_is_warned_about(small_universe, schedule):
    result = run_alone(small_universe, ad_group(**schedule), traffic={"hourly_profile": [0] * 5 + [1] * 19})
    assert [text for text in result.warnings if "Ad group 2001 never runs" in text]
    assert run_alone(small_universe, ad_group(active_hours=[5])).warnings == ()


def test_a_bid_below_the_floor_is_warned_about(small_universe):
    config = run_config(ad_group(bid_cpm_micros=1_000_000))
    assert any(
        "below the market's floor" in text for text in simulate(config, world_of(config, small_universe, {})).warnings
    )


def test_a_run_tells_how_far_it_is_from_the_first_ad_group_to_the_last_hour(small_universe):
    config, told = run_config(ad_group("2001"), ad_group("2002")), []
    world = world_of(config, small_universe, {})
    simulate(config, world, lambda *steps: told.append(steps))
    assert told == [(n_done, 52) for n_done in range(1, 53)]  # two ad groups, twice, and 48 hours
    told.clear()
    simulate(config, world, lambda *steps: told.append(steps))
    assert told == [(n_done, 52) for n_done in range(5, 53)]  # who is wanted is known


@pytest.mark.parametrize("step", [1, 3, 20])
def test_a_run_can_be_cancelled_while_people_are_worked_out_and_in_any_hour(small_universe, step):
    config = run_config(ad_group("2001"), ad_group("2002"))
    world = world_of(config, small_universe, {})

    def stop(n_done, _n_total):
        if n_done == step:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        simulate(config, world, stop)
    assert simulate(config, world).ledger.tallies.any()


def test_without_third_party_data_an_ad_group_that_had_nothing_else_reaches_nobody(small_universe):
    config = run_config(
        ad_group("2001", targeting={"AUDIENCE_INCLUDE": ["1004"], "LOCATION": ["US"]}),
        ad_group("2002", targeting={"AUDIENCE_INCLUDE": ["1001", "1004"], "LOCATION": ["US"]}),
        audiences=[audience_spec("1001", "VISITOR"), audience_spec("1004", "THIRD_PARTY")],
        third_party_data={"is_enabled": False},
        traffic={"opportunities_per_account_day": 5},
    )
    members = {"1001": set(range(150)), "1004": EVERYBODY}
    result = simulate(config, world_of(config, small_universe, members, {"1004": 1_000}))
    impressions = result.ledger.column(Column.IMPRESSIONS).sum(axis=0)
    assert impressions[0] == 0
    assert impressions[1] > 0
    assert result.warnings == ("Ad group 2001: without third-party data it has no audience and reaches nobody.",)


def test_golden_check_9_what_is_rejected_is_changed_submitted_again_and_shown_after_approval_only(small_universe):
    config = run_config(
        ad_group(),
        campaign={
            "launched_hours_before_start": 0,
            "review_hours": 3,
            "rejections": [{"reason": "TARGETING", "resubmitted_after_hours": 2}],
        },
    )
    result = simulate(config, world_of(config, small_universe, {}))
    assert [(event.hour, event.change) for event in result.ledger.life] == [
        (3, "PENDING → REJECTED (TARGETING)"),
        (5, "REJECTED → PENDING"),
        (8, "PENDING → APPROVED"),
    ]
    assert np.flatnonzero(result.ledger.column(Column.IMPRESSIONS).sum(axis=1)).min() == 8


def test_what_is_never_submitted_again_is_never_shown(small_universe):
    config = run_config(ad_group(), campaign={"rejections": [{"resubmitted_after_hours": None}]})
    result = simulate(config, world_of(config, small_universe, {}))
    assert result.ledger.column(Column.IMPRESSIONS).sum() == 0
    assert result.ledger.life[-1].change == "PENDING → REJECTED (TARGETING)"
