import numpy as np
import pandas as pd
import pytest

from simulator.kernels.auction import Column
from simulator.reports import (
    life_table,
    measures,
    reach_by_ad_group,
    report_by_ad_group,
    report_by_day,
    report_by_hour,
    report_totals,
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
    shown = result.ledger.entry_impressions > 0
    people = [set(result.eligibility.entry_account[shown & (result.eligibility.entry_ad_group == n)]) for n in (0, 1)]
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
    lost = report[["lost_to_floor", "lost_to_budget", "lost_to_own_ad_group", "lost_to_rank"]].sum(axis="columns")
    assert (report["opportunities"] == report["IMPRESSION_1"] + lost).all()


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
    row = measures(np.zeros((1, len(Column)), dtype=np.int64)).iloc[0]
    assert np.isnan([row["CTR"], row["ECPM_IN_MICRO_DOLLAR"], row["ECPC_IN_MICRO_DOLLAR"], row["win_rate"]]).all()


def test_averages_by_hand():
    tally = np.zeros((1, len(Column)), dtype=np.int64)
    for column, value in {
        Column.ELIGIBLE: 50,
        Column.ENTERED: 40,
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
    tally = np.zeros((1, len(Column)), dtype=np.int64)
    tally[0, Column.IMPRESSIONS] = impressions = spend // bid
    for column in (Column.MEDIA_MICROS, Column.BID_MICROS, Column.EFFECTIVE_BID_MICROS):
        tally[0, column] = impressions * bid
    row = measures(tally).iloc[0]
    averages = ["ECPM_IN_MICRO_DOLLAR", "average_bid_cpm_micros", "average_effective_bid_cpm_micros"]
    assert row[averages].tolist() == [10**12] * 3


def test_the_life_table_is_in_order_of_time(result):
    assert life_table(result)["time"].is_monotonic_increasing
    assert set(life_table(result)["subject"]) == {"audience 1004", "campaign 5001"}
