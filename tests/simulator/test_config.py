import json

import pytest

from simulator.config import RunConfig, parse_config
from simulator.errors import ConfigError
from tests.simulator.worlds import ad_group, audience_spec
from workbench.errors import UnknownAudienceError


def payload(**settings) -> dict:
    campaign = {"campaign_id": "5001", "name": "Campaign", "ad_groups": [ad_group()]}
    return {"universe": "somewhere", "campaigns": [campaign], **settings}


def with_ad_group(**settings) -> dict:
    return payload(campaigns=[{"campaign_id": "5001", "name": "Campaign", "ad_groups": [ad_group(**settings)]}])


def test_a_configuration_survives_json():
    config = parse_config(payload(audiences=[audience_spec("1001", "VISITOR")]), "test")
    assert RunConfig.model_validate(json.loads(config.model_dump_json())) == config


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (payload(campaigns=[]), "campaigns"),
        (payload(surprise=1), "surprise"),
        (payload(rng_seed=-1), "rng_seed"),
        (payload(rng_seed=2**63), "rng_seed"),
        (payload(flight={"n_days": 0}), "n_days"),
        (payload(flight={"start": "2026-11-02T05:00:00Z"}), "midnight"),
        (payload(flight={"start": "2026-11-02T00:00:00+02:00"}), "UTC"),
        (payload(flight={"start": "9999-12-31T00:00:00Z"}), "1990 to 2100"),
        (payload(traffic={"hourly_profile": [1e308] * 24}), "hourly_profile"),
        (payload(traffic={"hourly_profile": [float("inf")] * 24}), "hourly_profile"),
        (payload(audiences=[audience_spec("1001", "VISITOR", float("inf"))]), "created_hours_before_start"),
        (payload(traffic={"hourly_profile": [0] * 24}), "at least one hour"),
        (payload(traffic={"hourly_profile": [1] * 23}), "hourly_profile"),
        (payload(traffic={"opportunities_per_account_day": float("nan")}), "opportunities_per_account_day"),
        (payload(market={"rival_bid_sigma": 99}), "rival_bid_sigma"),
        (payload(third_party_data={"bid_reduction_policy": "generous"}), "bid_reduction_policy"),
        (with_ad_group(bid_cpm_micros=0), "bid_cpm_micros"),
        (with_ad_group(bid_cpm_micros=10**20), "bid_cpm_micros"),
        (with_ad_group(bid_cpm_micros="lots"), "bid_cpm_micros"),
        (with_ad_group(bid_cpm_micros=None), "bid_cpm_micros is missing"),
        (with_ad_group(bid_micros=1_000), "drop bid_micros"),
        (with_ad_group(billable_event="CLICKTHROUGH"), "drop bid_cpm_micros"),
        (with_ad_group(billable_event="CLICKTHROUGH", bid_cpm_micros=None), "bid_micros is missing"),
        (with_ad_group(bid_strategy_type="AUTOMATIC_BID"), "leaves the bid to the platform"),
        (with_ad_group(budget_micros=None), "needs a budget_micros"),
        (with_ad_group(bid_multipliers={"1001": 0.05}), "expected 0 or 0.1 to 10"),
        (with_ad_group(frequency_cap={"max_impressions": 3}, frequency_goal={"frequency": 2}), "exclude each other"),
        (with_ad_group(lifts={"1001": {"mean": 2}}), "does not include"),
        (with_ad_group(start_time="2026-11-03T00:00:00Z", end_time="2026-11-03T00:00:00Z"), "not after start_time"),
        (payload(auction={"format": "second_price", "position_effects": [1, 0.5]}), "second_price is for one slot"),
        (payload(auction={"format": "gsp", "position_effects": [0.5, 1]}), "never rise"),
        (payload(market={"landscapes": [{"bids_cpm_micros": [5, 3]}]}), "never fall"),
        (with_ad_group(budget_micros=-5), "budget_micros"),
        (with_ad_group(click_rate=1.5), "click_rate"),
        (with_ad_group(targeting={"AUDIENCE_INCLUDE": ["1"], "AUDIENCE_EXCLUDE": ["1"]}), "both included and excluded"),
        (payload(audiences=[audience_spec("1001", "VISITOR")] * 2), "'1001' more than once"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(settings, complaint):
    with pytest.raises(ConfigError, match=complaint) as refusal:
        parse_config(settings, "scenario.json")
    assert str(refusal.value).startswith("scenario.json: ")
    assert "\n" not in str(refusal.value)


def test_an_unknown_audience_is_named_with_the_known_ones():
    settings = with_ad_group(targeting={"AUDIENCE_INCLUDE": ["9"]}) | {"audiences": [audience_spec("1001", "VISITOR")]}
    with pytest.raises(UnknownAudienceError, match=r"targets audience 9, .* \(it defines: 1001\)"):
        parse_config(settings, "scenario.json")


def test_one_mistake_deep_inside_is_counted_once():
    with pytest.raises(ConfigError) as refusal:
        parse_config(with_ad_group(bid_cpm_micros="lots"), "scenario.json")
    assert "more to correct" not in str(refusal.value)
