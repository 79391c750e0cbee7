"""Every difference of two configurations is found and told: nothing is lost on the way to words."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.scenario import Lever, Scenario, describe_difference
from simulator.scenario.differences import ABSENT, OWNERS, differences
from simulator.scenario.settings import id_of
from tests.simulator.random_configs import configs
from tests.simulator.worlds import ad_group, audience_spec, run_config

THOROUGH = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture
def base():
    return run_config(
        ad_group("2001", name="Wide", targeting={"AUDIENCE_INCLUDE": ["1001"], "LOCATION": ["US"]}),
        ad_group("2002", name="Fee", budget_micros=50_000_000),
        audiences=[
            {**audience_spec("1001", "VISITOR"), "name": "Visitors"},
            {**audience_spec("1004", "THIRD_PARTY"), "name": "Intenders"},
        ],
        campaign={"name": "Spring"},
        rival_campaigns=[{"campaign_id": "9", "name": "Rivals", "ad_groups": [ad_group("9001", name="Theirs")]}],
    )


def leaves(value, way=()):
    """Every value in a configuration by the way to it, in plain Python; the twin that `differences` is held against."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*way, name))
    elif isinstance(value, list) and value and all(isinstance(member, dict) for member in value):
        for place, member in enumerate(value, start=1):
            yield from leaves(member, (*way, id_of(member) if way[-1] in OWNERS else str(place)))
    else:
        yield way, value


def is_told(way, told):
    return any(way[: len(each)] == each or each[: len(way)] == way for each in told)


@THOROUGH
@given(before=configs(), after=configs())
def test_every_leaf_that_differs_is_told(before, after):
    found = list(differences(before, after))
    told = {difference.owner + difference.rest for difference in found}
    sides = [dict(leaves(config.model_dump(mode="json"))) for config in (before, after)]
    for way in {**sides[0], **sides[1]}:
        one, other = (side.get(way, ABSENT) for side in sides)
        if one != other:
            assert is_told(way, told), way
    assert len(describe_difference(before, after)) <= len(found)
    assert bool(describe_difference(before, after)) == (before != after)


@THOROUGH
@given(config=configs(), number=st.integers(0, 10_000))
def test_what_does_not_differ_is_not_told(config, number):
    assert describe_difference(config, config) == []
    ad_groups = config.ad_groups
    chosen = ad_groups[number % len(ad_groups)]
    lever = Lever(path=f"ad_groups.{chosen.ad_group_id}.click_rate", value=0.123456)
    (phrase,) = describe_difference(config, Scenario(name="x", base=config, levers=(lever,)))
    assert phrase.startswith(chosen.name if len(ad_groups) > 1 else (chosen.name, "All"))
    assert "click rate" in phrase


@pytest.mark.parametrize(
    ("levers", "phrases"),
    [
        (["ad_groups.2001.bid_cpm_micros=6500000"], ["Wide: bid $6.00 → $6.50 CPM"]),
        (["ad_groups.2001.bid_cpm_micros=6000001"], ["Wide: bid $6.000000 → $6.000001 CPM"]),
        (["ad_groups.*.bid_cpm_micros=6500000"], ["All ad groups: bid $6.00 → $6.50 CPM"]),
        (
            ["ad_groups.2001.bid_strategy_type=AUTOMATIC_BID", "ad_groups.2001.bid_cpm_micros=null"],
            ["Wide: bid $6.00 CPM → automatic"],
        ),
        (
            [
                "ad_groups.2001.billable_event=CLICKTHROUGH",
                "ad_groups.2001.bid_cpm_micros=null",
                "ad_groups.2001.bid_micros=500000",
            ],
            ["Wide: bid $6.00 CPM → $0.50 a click"],
        ),
        (
            [
                "ad_groups.2001.billable_event=CLICKTHROUGH",
                "ad_groups.2001.bid_cpm_micros=null",
                "ad_groups.2001.bid_strategy_type=AUTOMATIC_BID",
            ],
            ["Wide: bid $6.00 CPM → automatic", "Wide: billable_event IMPRESSION → CLICKTHROUGH"],
        ),
        (
            ["ad_groups.2002.budget_type=LIFETIME", "ad_groups.2002.budget_micros=70000000"],
            ["Fee: budget $50.00 a day → $70.00 for the flight"],
        ),
        (["ad_groups.2002.budget_type=LIFETIME"], ["Fee: budget DAILY → LIFETIME"]),
        (["campaigns.5001.budget_micros=90000000"], ["Spring: daily budget none → $90.00"]),
        (["campaigns.5001.budget_type=LIFETIME"], ["Spring: budget DAILY → LIFETIME"]),
        (["campaigns.5001.review_hours=4"], ["Spring: review none → 4.0 hours"]),
        (["campaigns.5001.name=Autumn"], ["Spring: name Spring → Autumn"]),
        (
            ["ad_groups.2001.frequency_cap.max_impressions=3"],
            [
                "Wide: frequency cap none → 3",
                "Wide: frequency cap's window none → 30 days",
            ],
        ),
        (["ad_groups.2001.bid_multipliers.1001=1.5"], ["Wide: bid multiplier for Visitors none → 1.5"]),
        (
            ["ad_groups.2001.lifts.1001.mean=1.5"],
            [
                'Wide: lifts for Visitors none → {"mean": 1.5, "standard_deviation": 0.0}',
            ],
        ),
        (
            ['ad_groups.2001.targeting.AUDIENCE_INCLUDE=["1004", "1001"]'],
            [
                "Wide: includes Visitors → Intenders, Visitors",
            ],
        ),
        (['ad_groups.2001.targeting.AUDIENCE_EXCLUDE=["1004"]'], ["Wide: excludes none → Intenders"]),
        (["ad_groups.2001.active_hours=[8, 9]"], ["Wide: active hours none → 8, 9"]),
        (["ad_groups.2001.click_rate=0.00401"], ["Wide: click rate 0.004 → 0.00401"]),
        (["ad_groups.2001.click_rate=0.006"], ["Wide: click rate 0.4 % → 0.6 %"]),
        (["ad_groups.2001.pacing_delivery_type=ACCELERATED"], ["Wide: pacing STANDARD → ACCELERATED"]),
        (["audiences.1001.definition.retention_days=30"], ["Audience Visitors: retention 180 → 30 days"]),
        (["third_party_data.is_enabled=false"], ["Third-party data off"]),
        (["third_party_data.bid_reduction_policy=flat"], ["Bid reduction exact → flat"]),
        (["market.rival_bid_cpm_micros=5000000"], ["Rivals' median bid $4.00 → $5.00 CPM"]),
        (["market.n_rival_bids=2"], ["Rivals 1 → 2"]),
        (["self_competition=best_only"], ["Self-competition compete → best_only"]),
        (["rival_campaigns=[]"], ["Rival campaign Rivals removed"]),
        (["rival_campaigns.9.status=PAUSED"], ["Rival Rivals: status ACTIVE → PAUSED"]),
        (["rival_campaigns.9.ad_groups.9001.bid_cpm_micros=7000000"], ["Rival Theirs: bid $6.00 → $7.00 CPM"]),
        (["traffic.country_weights.US=2"], ["traffic.country_weights.US none → 2.0"]),
        (
            [f"traffic.hourly_profile={[1.0] * 24}"],
            [
                "traffic.hourly_profile 24 of 24 values differ, the first 1.4 → 1.0",
            ],
        ),
        (["flight.n_days=3"], ["flight.n 2 → 3 days"]),
    ],
)
def test_changes_are_told_in_the_words_that_people_use(base, levers, phrases):
    after = Scenario(name="x", base=base, levers=tuple(map(Lever.from_text, levers)))
    told = [phrase.replace("\N{NARROW NO-BREAK SPACE}", " ") for phrase in describe_difference(base, after)]
    assert told == phrases


def test_what_one_side_lacks_is_told_as_a_whole(base):
    campaign = base.campaigns[0]
    fewer = base.model_copy(
        update={
            "audiences": base.audiences[:1],
            "campaigns": (campaign.model_copy(update={"ad_groups": campaign.ad_groups[:1]}),),
        }
    )
    assert describe_difference(base, fewer) == ["Ad group Fee removed", "Audience Intenders removed"]
    assert describe_difference(fewer, base) == ["Ad group Fee added", "Audience Intenders added"]


def test_another_order_is_told_since_ties_go_to_the_first(base):
    campaign = base.campaigns[0]
    turned = campaign.model_copy(update={"ad_groups": campaign.ad_groups[::-1]})
    after = base.model_copy(update={"campaigns": (turned,), "audiences": base.audiences[::-1]})
    assert describe_difference(base, after) == ["Spring: ad groups in another order", "Audiences in another order"]


def test_names_that_several_have_are_told_apart():
    base = run_config(ad_group("2001", name="Same"), ad_group("2002", name="Same"))
    after = Scenario(name="x", base=base).with_levers("x", Lever(path="ad_groups.2002.click_rate", value=0.5))
    assert describe_difference(base, after)[0].startswith("Same (2002): click rate")
