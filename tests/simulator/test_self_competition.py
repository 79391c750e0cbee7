"""What ad groups of one advertiser cost each other, and what it is worth to let the best of them bid alone."""

import numpy as np
import pytest

from simulator.kernels.tables import Column
from simulator.reports import report_by_ad_group, self_competition_table
from simulator.run import simulate
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

FIRST, SECOND = set(range(200)), set(range(100, 300))


@pytest.fixture(scope="module")
def run(small_universe):
    def run_with(self_competition: str, second: set[int] = SECOND):
        config = run_config(
            ad_group("2001", targeting={"AUDIENCE_INCLUDE": ["1001"]}, bid_cpm_micros=9_000_000),
            ad_group("2002", targeting={"AUDIENCE_INCLUDE": ["1002"]}, bid_cpm_micros=8_000_000),
            audiences=[audience_spec("1001", "VISITOR"), audience_spec("1002", "CUSTOMER_LIST")],
            self_competition=self_competition,
            traffic={"opportunities_per_account_day": 5},
        )
        return simulate(config, world_of(config, small_universe, {"1001": FIRST, "1002": second}))

    return run_with


def test_the_table_names_who_paid_because_of_whom(run):
    table = self_competition_table(run("compete"))
    assert table["AD_GROUP_ID"].tolist()[0] == "2001"
    assert table["raised_by_ad_group_id"].tolist()[0] == "2002"
    assert table["raised_by_ad_group_name"].tolist()[0] == "Ad group 2002"
    assert (np.diff(table["self_competition_micros"]) <= 0).all()
    assert (table["self_competition_micros"] > 0).all()


def test_ad_groups_that_share_nobody_cost_each_other_nothing(run):
    assert self_competition_table(run("compete", second=set(range(300, 500)))).empty


def test_where_the_best_bids_alone_nothing_is_lost_to_oneself_and_prices_fall(run):
    compete, best_only = run("compete"), run("best_only")
    assert self_competition_table(best_only).empty
    report = report_by_ad_group(best_only)
    assert report["lost_to_own_ad_group"].tolist()[1] > 0
    assert (report_by_ad_group(compete)["lost_to_own_ad_group"] == 0).all()
    media = [result.ledger.column(Column.MEDIA_MICROS)[:, 0].sum() for result in (compete, best_only)]
    shown = [result.ledger.column(Column.IMPRESSIONS)[:, 0].sum() for result in (compete, best_only)]
    assert media[1] / shown[1] < media[0] / shown[0]
