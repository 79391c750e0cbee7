from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulator.briefing import campaign_table
from simulator.kernels.tables import EVER, N_TALLY_COLUMNS, Column, Share
from simulator.ledger import Ledger, SelfCompetition
from simulator.reports import (
    frequency_table,
    life_table,
    measures,
    reach_by_ad_group,
    reach_by_day,
    reach_by_frequency,
    report_by_ad,
    report_by_ad_group,
    report_by_audience,
    report_by_day,
    report_by_hour,
    report_totals,
    self_competition_table,
    share_measures,
    total_reach,
    with_safe_reach,
)
from simulator.run import RunResult, simulate
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

SUMS = ["SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1", "CLICKTHROUGH_1", "media_spend_micros", "data_spend_micros"]


@pytest.fixture(scope="module")
def result(small_universe) -> RunResult:
    config = run_config(
        ad_group("2001", click_rate=0.2),
        ad_group("2002", targeting={"AUDIENCE_INCLUDE": ["1004"], "LOCATION": ["US"]}, bid_cpm_micros=9_000_000),
        audiences=[audience_spec("1004", "THIRD_PARTY")],
        traffic={"opportunities_per_account_day": 3},
    )
    return simulate(config, world_of(config, small_universe, {"1004": set(range(300))}, {"1004": 1_000}))


def test_periods_and_ad_groups_add_up_to_the_total(result):
    total = report_totals(result).iloc[0]
    for report in (report_by_ad_group(result), report_by_day(result), report_by_hour(result)):
        assert report[SUMS].sum().tolist() == total[SUMS].tolist()
    assert total["IMPRESSION_1"] > 0
    assert total["data_spend_micros"] > 0


def test_spend_is_media_plus_data_fees(result):
    report = report_by_ad_group(result)
    assert (report["SPEND_IN_MICRO_DOLLAR"] == report["media_spend_micros"] + report["data_spend_micros"]).all()


def test_reach_counts_people_once(result):
    report, total = report_by_ad_group(result), report_totals(result).iloc[0]
    shown, eligibility = result.ledger.entry_counts & EVER > 0, result.eligibility
    accounts, ad_groups = eligibility.entry_accounts(), eligibility.entry_ad_groups()
    people = [set(accounts[shown & (ad_groups == n)].tolist()) for n in (0, 1)]
    assert reach_by_ad_group(result).tolist() == [len(of_one) for of_one in people]
    assert total_reach(result) == len(people[0] | people[1])
    # What a report shows is rounded down to tens, and frequency follows it.
    assert report["TOTAL_IMPRESSION_USER"].tolist() == [len(of_one) // 10 * 10 for of_one in people]
    assert total["TOTAL_IMPRESSION_FREQUENCY"] == total["IMPRESSION_1"] / total["TOTAL_IMPRESSION_USER"]


def test_a_report_hides_fewer_than_100_people():
    report = with_safe_reach(pd.DataFrame({"IMPRESSION_1": [500, 500]}), [99, 100])
    assert report["TOTAL_IMPRESSION_USER"].isna().tolist() == [True, False]
    assert report["TOTAL_IMPRESSION_FREQUENCY"].isna().tolist() == [True, False]


def test_every_lost_opportunity_has_one_reason(result):
    report = report_by_ad_group(result)
    lost = report[[name for name in report if name.startswith("lost_to_")]]
    assert lost.shape[1] == 6
    assert (report["opportunities"] == report["auctions_won"] + lost.sum(axis="columns")).all()


def test_days_and_hours_carry_their_time(result):
    assert report_by_day(result)["DATE"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2026-11-02", "2026-11-03"]
    assert len(report_by_hour(result)) == 2 * 48


def test_every_row_says_whose_it_is(result):
    keys = ["CAMPAIGN_ID", "CAMPAIGN_NAME", "AD_GROUP_ID", "AD_GROUP_NAME"]
    ad_groups = report_by_ad_group(result)[keys].to_numpy().tolist()
    assert ad_groups[0] == ["5001", "Campaign", "2001", "Ad group 2001"]
    assert report_by_day(result)[keys].to_numpy().tolist() == ad_groups * 2
    assert list(report_by_hour(result))[:5] == ["DATE", *keys]


def test_averages_over_nothing_are_missing():
    row = measures(np.zeros((1, N_TALLY_COLUMNS), dtype=np.int64)).iloc[0]
    assert np.isnan([row["CTR"], row["ECPM_IN_MICRO_DOLLAR"], row["ECPC_IN_MICRO_DOLLAR"], row["win_rate"]]).all()


def test_averages_by_hand():
    tally = np.zeros((1, N_TALLY_COLUMNS), dtype=np.int64)
    for column, value in {
        Column.OPPORTUNITIES: 50,
        Column.ENTERED: 40,
        Column.CENSUS_WON: 10,
        Column.IMPRESSIONS: 10,
        Column.CLICKS: 2,
        Column.MEDIA_MICROS: 30_000,
        Column.DATA_FEE_MICROS: 3_000,
    }.items():
        tally[0, column] = value
    row = measures(tally).iloc[0]
    assert row["SPEND_IN_DOLLAR"] == 0.033
    assert row["CTR"] == 0.2
    assert row["ECPM_IN_MICRO_DOLLAR"] == 3_300_000
    assert row["ECPC_IN_MICRO_DOLLAR"] == 16_500
    assert row["win_rate"] == 0.25
    assert row["participation_rate"] == 0.8


def test_averages_of_the_largest_legal_amounts_do_not_overflow():
    # 366 days of the largest daily budget, 10**15 micros, won a million dollars at a time.
    spend, bid = 366 * 10**15, 10**9
    tally = np.zeros((1, N_TALLY_COLUMNS), dtype=np.int64)
    tally[0, Column.IMPRESSIONS] = impressions = spend // bid
    for column in (Column.MEDIA_MICROS, Column.BID_MICROS, Column.EFFECTIVE_BID_MICROS):
        tally[0, column] = impressions * bid
    tally[0, Column.BILLED] = impressions
    row = measures(tally).iloc[0]
    averages = ["ECPM_IN_MICRO_DOLLAR", "average_bid_cpm_micros", "average_effective_bid_cpm_micros"]
    assert row[averages].tolist() == [10**12] * 3


def test_the_life_table_is_in_order_of_time(result):
    assert life_table(result)["time"].is_monotonic_increasing
    assert set(life_table(result)["subject"]) == {"audience 1004", "campaign 5001"}


@pytest.fixture(scope="module")
def by_hand(small_universe) -> RunResult:
    """A ledger in which every number is chosen: two own ad groups and a rival's, the first with two ads."""
    ads = [{"ad_id": "7001", "name": "Blue"}, {"ad_id": "7002", "name": "Green"}]
    rival = {"campaign_id": "9001", "name": "Rival", "ad_groups": [ad_group("8001")]}
    capped = {"frequency_cap": {"max_impressions": 5, "window_days": 1}, "targeting": {"AUDIENCE_INCLUDE": ["1001"]}}
    config = run_config(
        ad_group("2001", ads=ads, targeting={"AUDIENCE_INCLUDE": ["1001", "1002"]}, conversion_value_micros=40_000_000),
        ad_group("2002", **capped),
        audiences=[audience_spec("1001", "VISITOR"), audience_spec("1002", "CUSTOMER_LIST")],
        rival_campaigns=[rival],
    )
    world = world_of(config, small_universe, {"1001": set(range(300)), "1002": set(range(200, 400))})
    eligibility = world.eligibility(config)
    ledger = Ledger.blank(config, eligibility.n_entries)
    ledger.tallies[0, :, Column.REACHED] = 120, 90, 500
    ledger.tallies[30, :, Column.REACHED] = 30, 15, 0
    ledger.tallies[0, :, Column.IMPRESSIONS] = 800, 200, 9_000
    ledger.tallies[5, 0, [Column.CLICK_CONVERSIONS, Column.VIEW_CONVERSIONS]] = 3, 1
    ledger.tallies[5, 0, [Column.MEDIA_MICROS, Column.BILLED, Column.BID_MICROS]] = 80_000_000, 160, 96_000_000
    ledger.conversions[40, :] = 4, 0, 77
    accounts, ad_groups = eligibility.entry_accounts(), eligibility.entry_ad_groups()
    ledger.entry_counts[(ad_groups == 0) & (accounts < 150)] = EVER | 2
    ledger.entry_counts[(ad_groups == 0) & (accounts >= 150) & (accounts < 275)] = EVER | 127
    ledger.entry_counts[(ad_groups == 1) & (accounts >= 295) & (accounts < 300)] = EVER
    ledger.entry_counts[ad_groups == 2] = EVER | 1
    ledger.by_ad[:2, [Share.IMPRESSIONS, Share.CLICKS]] = [[500, 10], [300, 3]]
    ledger.by_audience[:3, Share.IMPRESSIONS] = 700, 400, 200
    ledger.self_competition = SelfCompetition(np.array([1, 0]), np.array([0, 1]), np.array([5, 900]))
    return RunResult(config, ledger, eligibility, ())


def test_rivals_are_in_no_report(by_hand):
    assert report_by_ad_group(by_hand)["IMPRESSION_1"].tolist() == [800, 200]
    assert report_totals(by_hand)["IMPRESSION_1"].tolist() == [1_000]
    assert report_by_day(by_hand)["conversions_by_own_time"].tolist() == [0, 0, 4, 0]
    assert len(report_by_hour(by_hand)) == 2 * 48
    assert total_reach(by_hand) == 275 + 5


def test_conversions_by_hand(by_hand):
    row = report_by_ad_group(by_hand).iloc[0]
    assert (row["TOTAL_CONVERSIONS"], row["click_conversions"], row["view_conversions"]) == (4, 3, 1)
    assert row["cost_per_conversion_micros"] == 20_000_000
    assert (row["conversion_value_micros"], row["roas"]) == (160_000_000, 2.0)
    assert np.isnan(report_by_ad_group(by_hand).iloc[1]["roas"])
    assert report_totals(by_hand)["roas"].tolist() == [2.0]


def test_bids_for_another_event_than_impressions_are_told_by_event_and_by_1000_impressions(by_hand):
    row = report_by_ad_group(by_hand).iloc[0]
    assert (row["billed_events"], row["average_bid_micros"], row["average_bid_cpm_micros"]) == (
        160,
        600_000,
        120_000_000,
    )


def test_reach_grows_from_day_to_day(by_hand):
    table = reach_by_day(by_hand)
    assert table["reach_so_far"].tolist() == [120, pd.NA, 150, 100]
    assert list(table)[:2] == ["DATE", "CAMPAIGN_ID"]


def test_the_frequency_table_is_of_whole_flights_and_hides_few_people(by_hand):
    table = frequency_table(by_hand)
    assert table["AD_GROUP_ID"].tolist() == ["2001"] * 10  # the other's counter goes back one day only
    assert table["impressions"].tolist() == list(range(1, 11))
    assert table["accounts"].dropna().to_dict() == {1: 150, 9: 120}
    assert table["share_of_reach"].dropna().to_dict() == {1: 150 / 270, 9: 120 / 270}


def test_reach_by_frequency_counts_at_least_so_often_and_hides_few_people(by_hand):
    first, second, all_together = reach_by_frequency(by_hand)
    assert first.tolist() == [270, 270] + [120] * 8  # 150 saw it twice, 125 more often than is told apart
    # The other's counter goes back one day only, so nothing is known of it, nor of both together.
    assert np.isnan(second).all()
    assert np.isnan(all_together).all()


def test_people_are_counted_over_ad_groups_and_without_rivals(by_hand):
    counts = by_hand.ledger.entry_counts.copy()
    counts[by_hand.eligibility.entry_accounts() >= 275] = EVER | 1
    result = replace(by_hand, ledger=replace(by_hand.ledger, entry_counts=counts))
    # Those accounts have an entry of the first ad group up to 400, of the second up to 300, and of the rival's.
    assert result.people[:, 1].tolist() == [125, 25, 100]
    assert result.people[-1, 2] == 150 + 25
    assert total_reach(result) == 400


def test_ads_are_told_apart_and_an_ad_group_without_ads_has_one_row(by_hand):
    table = report_by_ad(by_hand)
    assert table["AD_ID"].dropna().to_dict() == {0: "7001", 1: "7002"}
    assert table["AD_NAME"].dropna().to_dict() == {0: "Blue", 1: "Green"}
    assert campaign_table(table)["AD_NAME"].tolist() == ["Blue", "Green", "–"]
    assert table["IMPRESSION_1"].tolist() == [500, 300, 0]
    assert table["CTR"].tolist()[:2] == [0.02, 0.01]


def test_included_audiences_have_a_row_each(by_hand):
    table = report_by_audience(by_hand)
    assert table[["AD_GROUP_ID", "audience_id", "IMPRESSION_1"]].to_numpy().tolist() == [
        ["2001", "1001", 700],
        ["2001", "1002", 400],
        ["2002", "1001", 200],
    ]


def test_the_dearest_pair_comes_first(by_hand):
    table = self_competition_table(by_hand)
    assert table["self_competition_micros"].tolist() == [900, 5]
    assert table["raised_by_ad_group_id"].tolist() == ["2002", "2001"]


def test_the_largest_legal_worth_does_not_overflow():
    shares = np.zeros((1, len(Share)), dtype=np.int64)
    shares[0, [Share.CLICK_CONVERSIONS, Share.MEDIA_MICROS]] = 10**6, 10**15
    assert share_measures(shares, np.array([1e15]))["roas"].tolist() == [10**6]
