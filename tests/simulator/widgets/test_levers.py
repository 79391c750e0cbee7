from simulator.scenario import Lever
from simulator.widgets.levers import THIRD_PARTY_PATH, bid_path, changes, pulled, with_only

BASE_BID = 4_500_000


def test_a_lever_is_pulled_replaced_and_taken_away(scenario):
    path = bid_path("2001")
    raised = pulled(scenario, path, 6_000_000, BASE_BID)
    assert raised.config.ad_groups[0].bid_cpm_micros == 6_000_000
    assert raised.base == scenario.base
    again = pulled(raised, path, 7_000_000, BASE_BID)
    assert again.levers == (Lever(path=path, value=7_000_000),)
    assert pulled(again, path, BASE_BID, BASE_BID).levers == ()


def test_setting_what_is_set_changes_nothing(scenario):
    assert pulled(scenario, bid_path("2001"), BASE_BID, BASE_BID) is scenario


def test_a_lever_on_all_ad_groups_is_overruled_for_one(scenario):
    everywhere = with_only(scenario, Lever(path="ad_groups.*.bid_cpm_micros", value=9_000_000))
    one = pulled(everywhere, bid_path("2001"), BASE_BID, BASE_BID)
    assert [group.bid_cpm_micros for group in one.config.ad_groups] == [BASE_BID, 9_000_000]


def test_changes_are_said_in_words(scenario):
    alternative = with_only(
        scenario,
        Lever(path=bid_path("2001"), value=6_000_000),
        Lever(path="ad_groups.2002.budget_micros", value=80_000_000),
        Lever(path=THIRD_PARTY_PATH, value=False),
    )
    assert changes(alternative) == [
        "Reconnect: bid $4.50 → $6.00 CPM",
        "New people: daily budget $50.00 → $80.00",
        "Third-party data off",
    ]
    assert changes(scenario) == []
