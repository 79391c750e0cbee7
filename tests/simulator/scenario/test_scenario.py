import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ConfigError, LeverError
from simulator.scenario import (
    LEVER_KINDS,
    Lever,
    Scenario,
    Setting,
    describe_difference,
    levers_of,
    settings_named,
)
from tests.simulator.worlds import ad_group, audience_spec, run_config


@pytest.fixture
def scenario() -> Scenario:
    base = run_config(ad_group("2001"), ad_group("2002"), audiences=[audience_spec("1001", "VISITOR")])
    return Scenario(name="Base", base=base)


def with_lever(scenario, path, value):
    return scenario.with_levers("What if", Lever(path=path, value=value)).config


def test_without_levers_the_configuration_is_the_base(scenario):
    assert scenario.config is scenario.base


def test_a_lever_changes_one_setting_and_nothing_else(scenario):
    changed = with_lever(scenario, "ad_groups.2002.bid_cpm_micros", 7_000_000)
    assert [group.bid_cpm_micros for group in changed.ad_groups] == [6_000_000, 7_000_000]
    assert with_lever(scenario, "ad_groups.2002.bid_cpm_micros", 6_000_000) == scenario.base


def test_a_star_reaches_all(scenario):
    changed = with_lever(scenario, "ad_groups.*.budget_micros", 5)
    assert {group.budget_micros for group in changed.ad_groups} == {5}


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("third_party_data.is_enabled", False, lambda config: config.third_party_data.is_enabled),
        ("market.bid_floor_cpm_micros", 9_000, lambda config: config.market.bid_floor_cpm_micros),
        ("flight.n_days", 3, lambda config: config.flight.n_days),
        ("campaigns.5001.budget_micros", 7_000_000, lambda config: config.campaigns[0].budget_micros),
        ("auction.position_effects", [1.0], lambda config: list(config.auction.position_effects)),
        ("campaigns.5001.review_hours", 2.5, lambda config: config.campaigns[0].review_hours),
        ("audiences.1001.definition.retention_days", 7, lambda config: config.audiences[0].definition.retention_days),
        (
            "ad_groups.2001.targeting.audience_include",
            ["1001"],
            lambda config: list(config.ad_groups[0].targeting.audience_include),
        ),
        ("ad_groups.2001.targeting.LOCATION", ["US"], lambda config: list(config.ad_groups[0].targeting.location)),
        ("traffic.hourly_profile", [1.0] * 24, lambda config: list(config.traffic.hourly_profile)),
    ],
)
def test_levers_reach_every_part(scenario, path, value, read):
    assert read(with_lever(scenario, path, value)) == value


def test_later_levers_win(scenario):
    path = "ad_groups.2001.bid_cpm_micros"
    twice = scenario.with_levers("x", Lever(path=path, value=2_000), Lever(path=path, value=3_000))
    assert twice.config.ad_groups[0].bid_cpm_micros == 3_000


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("ad_groups.2001.bid_cpm", "did you mean 'bid_cpm_micros'"),
        ("ad_groups.2003.bid_cpm_micros", "did you mean '200"),
        ("markets.bid_floor_cpm_micros", "did you mean 'market'"),
        ("ad_groups", "more than one setting"),
        ("bid_cpm", "did you mean 'ad_groups.*.bid_cpm_micros'"),
        ("pacing", "did you mean 'ad_groups.*.pacing_delivery_type'"),
        ("ad_groups.2001.frequency_cap.max_impresions", "did you mean 'max_impressions'"),
        ("traffic.hourly_profiles", "more than one setting"),
        ("ad_groups.2001", "more than one setting"),
        ("campaigns.5001.ad_groups.*", "more than one setting"),
        ("market", "more than one setting"),
        ("rng_seed.deeper", "known there: nothing"),
        ("xyzzy", "known there: universe"),
    ],
)
def test_a_lever_that_does_not_exist_says_what_does(scenario, path, hint):
    with pytest.raises(LeverError, match=re.escape(hint)):
        _ = with_lever(scenario, path, 1)


def test_a_lever_cannot_make_what_could_not_be_written(scenario):
    with pytest.raises(ConfigError, match="bid_cpm_micros"):
        _ = with_lever(scenario, "ad_groups.2001.bid_cpm_micros", -1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=3", 3),
        ("a.b=2.5", 2.5),
        ("a.b=false", False),
        ("a.b=null", None),
        ("a.b=EXACT", "EXACT"),
        ('a.b="x=y"', "x=y"),
        ('a.b=["1", "2"]', ["1", "2"]),
        ("a.b=[1.5, 2]", [1.5, 2]),
        ("a.b=[[[", "[[["),
        ('a.b={"c": [1, null]}', {"c": [1, None]}),
        ("a.b=" + "9" * 5_000, "9" * 5_000),
    ],
)
def test_a_lever_is_read_from_text(text, value):
    assert Lever.from_text(text) == Lever(path="a.b", value=value)


@pytest.mark.parametrize("text", ["", "a", "a=", "=3", "a=NaN", "a=Infinity"])
def test_a_text_that_is_no_lever_is_refused(text):
    with pytest.raises(LeverError):
        Lever.from_text(text)


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("ad_groups.2001.frequency_cap.max_impressions", 3, lambda group: group.frequency_cap.max_impressions),
        ("ad_groups.2001.frequency_cap", {"max_impressions": 3}, lambda group: group.frequency_cap.model_dump()),
        ("ad_groups.2001.frequency_cap", None, lambda group: group.frequency_cap),
        ("ad_groups.2001.bid_multipliers.1001", 1.5, lambda group: group.bid_multipliers["1001"]),
        ("ad_groups.2001.lifts.1001.mean", 1.5, lambda group: group.lifts["1001"].mean),
    ],
)
def test_a_lever_reaches_what_has_no_value_yet(path, value, read):
    base = run_config(
        ad_group("2001", targeting={"AUDIENCE_INCLUDE": ["1001"]}), audiences=[audience_spec("1001", "VISITOR")]
    )
    found = read(with_lever(Scenario(name="Base", base=base), path, value).ad_groups[0])
    assert found == ({"max_impressions": 3, "window_days": 30} if isinstance(value, dict) else value)


def test_null_takes_an_entry_out_of_a_table(scenario):
    with_entry = scenario.with_levers("x", Lever(path="ad_groups.2001.bid_multipliers.1001", value=2))
    without = with_entry.with_levers("x", Lever(path="ad_groups.*.bid_multipliers.1001", value=None))
    assert without.config == scenario.base


def test_the_competition_can_be_switched_off(scenario):
    rival = {"campaign_id": "9", "name": "Rival", "ad_groups": [ad_group("9001")]}
    with_rival = scenario.with_levers("x", Lever(path="rival_campaigns", value=[rival]))
    assert [each.name for each in with_rival.config.rival_campaigns] == ["Rival"]
    paused = with_rival.config
    dearer = Lever(path="rival_campaigns.9.ad_groups.9001.bid_cpm_micros", value=7_000_000)
    assert Scenario(name="x", base=paused, levers=(dearer,)).config.all_ad_groups[2].bid_cpm_micros == 7_000_000


@pytest.mark.parametrize(("given", "kept"), [(np.int64(3), 3), (np.float64(0.5), 0.5), (("a", "b"), ["a", "b"])])
def test_numbers_of_numpy_and_tuples_are_taken_for_what_they_stand_for(given, kept):
    lever = Lever(path="a", value=given)
    assert lever.value == kept
    assert Lever.model_validate_json(lever.model_dump_json()) == lever


@given(value=st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()))
def test_a_lever_is_written_as_it_is_read(value):
    lever = Lever(path="a.b", value=value)
    assert Lever.from_text(lever.text) == lever


def test_settings_are_found_by_their_paths(scenario):
    assert settings_named(scenario.base, "ad_groups.*.bid_cpm_micros") == (
        Setting("ad_groups.2001.bid_cpm_micros", 6_000_000, True),
        Setting("ad_groups.2002.bid_cpm_micros", 6_000_000, True),
    )
    assert settings_named(scenario.base, "campaigns.5001.budget_micros")[0].is_whole
    assert not settings_named(scenario.base, "campaigns.5001.review_hours")[0].is_whole


RICH = run_config(
    ad_group("2001", billable_event="CLICKTHROUGH", bid_micros=400_000, bid_cpm_micros=None),
    ad_group(
        "2002",
        bid_cpm_micros=5_500_000,
        targeting={"AUDIENCE_INCLUDE": ["1002", "1004"], "LOCATION": ["US"]},
        conversion_rate=0.1,
    ),
    audiences=[
        *(audience_spec(f"100{n}", kind) for n, kind in enumerate(("CUSTOMER_LIST", "VISITOR"), start=1)),
        audience_spec("1004", "THIRD_PARTY"),
        {
            "audience_id": "1005",
            "name": "Alike",
            "definition": {"type": "ACTALIKE", "seed_audience_ids": ["1002"], "country": "US", "percentage": 3},
        },
    ],
    campaign={"budget_micros": 10**9},
    rival_campaigns=[{"campaign_id": "9", "name": "Rival", "ad_groups": [ad_group("9001")]}],
)
TOGETHER = {
    "ad_groups.*.bid_strategy_type": "ad_groups.{}.bid_cpm_micros=null",
    "ad_groups.*.frequency_cap.window_days": "ad_groups.{}.frequency_cap.max_impressions=2",
    "ad_groups.*.frequency_goal.timerange": "ad_groups.{}.frequency_goal.frequency=2",
    "ad_groups.*.targeting.location": "third_party_data.is_enabled=false",
}
"""Levers that only make sense with another one."""


@pytest.mark.parametrize("kind", LEVER_KINDS, ids=lambda kind: kind.path)
def test_every_kind_of_lever_is_there_and_can_be_pulled_as_its_example_says(kind):
    setting = next(
        setting for found, setting in reversed(list(levers_of(RICH))) if found is kind and ".1001" not in setting.path
    )
    levers = [Lever.from_text(f"{setting.path}={kind.example}")]
    if kind.path in TOGETHER:
        levers.append(Lever.from_text(TOGETHER[kind.path].format("2002")))
    pulled = Scenario(name="x", base=RICH, levers=tuple(levers))
    (now,) = settings_named(pulled.config, setting.path)
    assert now.value != setting.value
    assert describe_difference(RICH, pulled)


def test_every_topic_of_a_question_has_a_lever():
    assert {kind.topic for kind in LEVER_KINDS} >= {
        *("bid", "budget", "fee policy", "segment", "audience", "exclusion", "pacing", "cap", "schedule", "competition")
    }
