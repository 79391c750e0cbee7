from simulator.scenario import Lever, Scenario
from simulator.widgets.levers import THIRD_PARTY_PATH, changes, pulled, with_only
from tests.simulator.worlds import ad_group, run_config

BASE_BID = 4_500_000
BID_PATH = "ad_groups.2001.bid_cpm_micros"


def test_a_lever_is_pulled_replaced_and_taken_away(scenario):
    path = BID_PATH
    raised = pulled(scenario, path, 6_000_000, BASE_BID)
    assert raised.config.ad_groups[0].bid_cpm_micros == 6_000_000
    assert raised.base == scenario.base
    again = pulled(raised, path, 7_000_000, BASE_BID)
    assert again.levers == (Lever(path=path, value=7_000_000),)
    assert pulled(again, path, BASE_BID, BASE_BID).levers == ()


def test_setting_what_is_set_changes_nothing(scenario):
    assert pulled(scenario, BID_PATH, BASE_BID, BASE_BID) is scenario


def test_a_lever_on_all_ad_groups_is_overruled_for_one(scenario):
    everywhere = with_only(scenario, Lever(path="ad_groups.*.bid_cpm_micros", value=9_000_000))
    one = pulled(everywhere, BID_PATH, BASE_BID, BASE_BID)
    assert [group.bid_cpm_micros for group in one.config.ad_groups] == [BASE_BID, 9_000_000]


def test_changes_are_said_in_words(scenario):
    alternative = with_only(
        scenario,
        Lever(path=BID_PATH, value=6_000_000),
        Lever(path="ad_groups.2002.budget_micros", value=80_000_000),
        Lever(path=THIRD_PARTY_PATH, value=False),
    )
    assert changes(alternative) == [
        "Reconnect: bid $4.50 → $6.00 CPM",
        "New people: daily budget $50.00 → $80.00",
        "Third-party data off",
    ]
    assert changes(scenario) == []


def test_changes_of_other_bids_and_of_a_shared_budget_are_said_in_words():
    by_click = {"billable_event": "CLICKTHROUGH", "bid_micros": 500_000, "bid_cpm_micros": None}
    shared = [ad_group(an_id, budget_micros=None, **by_click) for an_id in ("2001", "2002")]
    base = run_config(*shared, campaign={"budget_micros": 10_000_000, "name": "Spring"})
    dearer = Scenario(name="x", base=base).with_levers(
        "x",
        Lever(path="ad_groups.2001.bid_micros", value=750_000),
        Lever(path="campaigns.5001.budget_micros", value=20_000_000),
    )
    assert changes(dearer) == ["Ad group 2001: bid $0.50 → $0.75 a click", "Spring: daily budget $10.00 → $20.00"]
