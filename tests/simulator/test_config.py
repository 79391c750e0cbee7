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


def campaign(*budgets: int, **settings) -> dict:
    ad_groups = [ad_group(str(2001 + number), budget_micros=micros) for number, micros in enumerate(budgets or [10**9])]
    return {"campaign_id": "5001", "name": "Campaign", "ad_groups": ad_groups, **settings}


def with_multiplier(multiplier: float, **settings) -> dict:
    return with_ad_group(bid_multipliers={"1001": multiplier}, **settings) | VISITORS


def with_lift(mean: float, standard_deviation: float = 0) -> dict:
    lifts = {"1001": {"mean": mean, "standard_deviation": standard_deviation}}
    return with_ad_group(targeting={"AUDIENCE_INCLUDE": ["1001"]}, lifts=lifts) | VISITORS


def with_third_party(location: list[str], **settings) -> dict:
    targeting = {"AUDIENCE_EXCLUDE": ["1004"], "LOCATION": location}
    return with_ad_group(targeting=targeting) | {"audiences": [audience_spec("1004", "THIRD_PARTY")], **settings}


VISITORS = {"audiences": [audience_spec("1001", "VISITOR")]}
BY_CLICK = {"billable_event": "CLICKTHROUGH"}


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
        (with_ad_group(budget_micros=0), "budget_micros"),
        (with_ad_group(budget_micros=10**16), "budget_micros"),
        (payload(campaigns=[campaign(budget_micros=0)]), "campaigns.0.budget_micros"),
        (payload(flight={"n_days": 366}, campaigns=[campaign(*[10**15] * 7)]), "budgets of at most .* n_days"),
        (with_ad_group(click_rate=1.5), "click_rate"),
        (with_ad_group(view_rate=float("nan")), "view_rate"),
        (with_ad_group(conversion_delay_hours=-1), "conversion_delay_hours"),
        (with_ad_group(bid_cpm_micros=float("nan")), "bid_cpm_micros"),
        (with_multiplier(float("nan")), "bid_multipliers"),
        (with_multiplier(-1), "bid_multipliers"),
        (with_multiplier(10.5), "bid_multipliers"),
        (with_multiplier(10, bid_cpm_micros=10**12), "bid_cpm_micros times the highest of bid_multipliers"),
        (with_multiplier(2, bid_cpm_micros=None, bid_micros=10**10, **BY_CLICK), "bid_micros times the highest"),
        (with_lift(float("nan")), "lifts.mean"),
        (with_lift(1e-300), "lifts.mean"),
        (with_lift(2, float("inf")), "lifts.standard_deviation"),
        (with_ad_group(active_hours=[]), "active_hours"),
        (with_ad_group(active_hours=[24]), "active_hours"),
        (with_ad_group(frequency_cap={"max_impressions": 0}), "frequency_cap.max_impressions"),
        (with_ad_group(ads=[{"ad_id": "1", "name": "Ad", "response_factor": float("nan")}]), "response_factor"),
        (payload(campaigns=[campaign(1, review_hours=25)]), "review_hours"),
        (payload(traffic={"opportunities_per_account_day": 0}), "opportunities_per_account_day"),
        (payload(traffic={"country_weights": {"US": -1}}), "country_weights"),
        (payload(traffic={"hourly_profile": [float("nan")] * 24}), "hourly_profile"),
        (payload(market={"bid_floor_cpm_micros": -1}), "bid_floor_cpm_micros"),
        (payload(market={"bid_floors_cpm_micros": {"US": 10**13}}), "bid_floors_cpm_micros"),
        (payload(market={"rival_bid_sigma": float("nan")}), "rival_bid_sigma"),
        (payload(market={"n_rival_bids": 17}), "n_rival_bids"),
        (payload(market={"landscapes": [{"bids_cpm_micros": [1, float("nan")]}]}), "bids_cpm_micros.1"),
        (payload(auction={"format": "gsp", "position_effects": [1, 0]}), "position_effects.1"),
        (payload(auction={"format": "gsp", "position_effects": [float("nan")]}), "position_effects.0"),
        (payload(auction={"action_rate_sigma": 1.5}), "action_rate_sigma"),
        (payload(census_every=0), "census_every"),
        (with_third_party(["DE"]), "ad group 2001: third-party audience 1004 needs the location US alone.* got DE"),
        (with_third_party([]), "ad group 2001: third-party audience 1004 .* got every country"),
        (with_ad_group(targeting={"AUDIENCE_INCLUDE": ["1"], "AUDIENCE_EXCLUDE": ["1"]}), "both included and excluded"),
        (payload(audiences=[audience_spec("1001", "VISITOR")] * 2), "'1001' more than once"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(settings, complaint):
    with pytest.raises(ConfigError, match=complaint) as refusal:
        parse_config(settings, "scenario.json")
    assert str(refusal.value).startswith("scenario.json: ")
    assert "\n" not in str(refusal.value)


def test_without_third_party_data_its_segments_need_no_country():
    settings = with_third_party(["DE"], third_party_data={"is_enabled": False})
    assert parse_config(settings, "scenario.json").ad_groups[0].targeting.location == ("DE",)


def test_an_unknown_audience_is_named_with_the_known_ones():
    settings = with_ad_group(targeting={"AUDIENCE_INCLUDE": ["9"]}) | {"audiences": [audience_spec("1001", "VISITOR")]}
    with pytest.raises(UnknownAudienceError, match=r"targets audience 9, .* \(it defines: 1001\)"):
        parse_config(settings, "scenario.json")


def test_one_mistake_deep_inside_is_counted_once():
    with pytest.raises(ConfigError) as refusal:
        parse_config(with_ad_group(bid_cpm_micros="lots"), "scenario.json")
    assert "more to correct" not in str(refusal.value)
