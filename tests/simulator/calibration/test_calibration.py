import json

import numpy as np
import pandas as pd
import pytest

from simulator.calibration.back_test import back_test
from simulator.calibration.calibration import calibrate
from simulator.calibration.campaign_report import campaign_report_of
from simulator.calibration.estimate import N_DRAWS
from simulator.calibration.history import load_changes, stretches_of
from simulator.calibration.market_model import LognormalMarket, mean_price, won_share
from simulator.calibration.observed_days import moments_of, observe
from simulator.calibration.page import write_back_test_page, write_calibration_page
from simulator.errors import CampaignDataError, ConfigError
from simulator.reports import report_by_hour
from simulator.run import simulate
from simulator.what_if import compare
from tests.simulator.calibration.bid_logs import bid_log
from tests.simulator.calibration.synthetic_campaign import (
    BUDGET,
    FIRST_DAY,
    MEDIAN,
    SIGMA,
    TRAFFIC,
    change,
    scenario,
    synthetic_report,
    with_truth,
    world_for,
)

TRUTH = {"traffic": 0.8, "median": 3_300_000, "sigma": 0.45, "click_rate": 0.02}
CHANGES = (change(5, bid_cpm_micros=2_800_000), change(10, bid_cpm_micros=6_000_000))


@pytest.fixture(scope="module")
def planned():
    return scenario()


@pytest.fixture(scope="module")
def world(planned):
    return world_for(planned)


@pytest.fixture(scope="module")
def report(planned, world):
    return synthetic_report(with_truth(planned.config, **TRUTH), CHANGES, world, np.random.default_rng(1))


@pytest.fixture(scope="module")
def fitted(planned, report, world):
    return calibrate(planned, report, world, changes=CHANGES)


def by_path(calibration):
    return {estimate.path: estimate for estimate in calibration.estimates}


def test_planted_parameters_are_recovered(fitted):
    found = by_path(fitted)
    for path, truth in ((TRAFFIC, 0.8), (MEDIAN, 3_300_000), (SIGMA, 0.45), ("ad_groups.2001.click_rate", 0.02)):
        assert found[path].low <= truth <= found[path].high, path
        assert found[path].is_identified
        assert abs(found[path].value / truth - 1) < 0.2


def test_the_fitted_scenario_does_what_was_reported(fitted):
    told = fitted.fitted_against_reported
    assert (told["fitted"] / told["reported"] - 1).abs().max() < 0.15
    assert {lever.path for lever in fitted.scenario.levers} >= {TRAFFIC, MEDIAN, SIGMA}
    assert fitted.scenario.config.market.rival_bid_cpm_micros == round(by_path(fitted)[MEDIAN].value)


def test_draws_are_possible_worlds_that_what_ifs_take(fitted, world):
    draws = fitted.draws
    assert len(draws) == N_DRAWS
    question = fitted.scenario.with_levers("less", CHANGES[0].levers[0])
    comparison = compare(fitted.scenario, question, world, n_replications=40, draws=draws)
    assert comparison.table.set_index("metric").loc["impressions", "high"] < 0


def test_the_same_report_gives_the_same_bytes(planned, report, world, fitted):
    again = calibrate(planned, report, world, changes=CHANGES)
    assert again.scenario.model_dump_json() == fitted.scenario.model_dump_json()
    assert again.draws.model_dump_json() == fitted.draws.model_dump_json()


def test_one_bid_does_not_tell_traffic_from_competition(planned, world):
    report = synthetic_report(with_truth(planned.config, **TRUTH), (), world, np.random.default_rng(2))
    found = by_path(calibrate(planned, report, world))
    assert not found[SIGMA].is_identified
    assert "one bid all along" in found[SIGMA].why


def test_a_budget_that_is_always_spent_bounds_traffic_from_below(world):
    tight = scenario()
    tight = tight.with_levers("Tight", change(0, budget_micros=400_000).levers[0])
    report = synthetic_report(with_truth(tight.config, traffic=2.0), (), world, np.random.default_rng(3))
    found = calibrate(tight, report, world)
    traffic = by_path(found)[TRAFFIC]
    assert not traffic.is_identified
    assert "how much more there was to be bought is not seen" in traffic.why
    assert any("was spent on every day" in warning for warning in found.warnings)
    assert traffic.high > 2.0
    assert found.fitted_against_reported["is_bound"].any()


def test_a_bid_log_tells_the_market_and_the_report_the_traffic(planned, world):
    truth = with_truth(planned.config, traffic=0.8, median=4_000_000)
    report = synthetic_report(truth, (), world, np.random.default_rng(4))
    found = calibrate(planned, report, world, bid_log=bid_log(20_000, np.random.default_rng(5)))
    traffic = by_path(found)[TRAFFIC]
    assert traffic.low <= 0.8 <= traffic.high
    assert traffic.is_identified
    assert found.scenario.config.market.landscapes
    assert found.scenario.config.market.bid_floor_cpm_micros == 2_000_000
    assert "usermeta" not in found.market_chart.to_dict()


def test_hours_give_the_profile_of_the_day(planned, world):
    late = planned.config.model_copy(
        update={"traffic": planned.config.traffic.model_copy(update={"hourly_profile": (1.0,) * 18 + (4.0,) * 6})}
    )
    report = campaign_report_of(report_by_hour(simulate(late, world)))
    found = calibrate(planned, report, world)
    profile = np.array(found.scenario.config.traffic.hourly_profile)
    assert profile[18:].sum() == pytest.approx(24 / 42, abs=0.02)


def test_thin_data_are_said_to_be_thin(planned, report, world):
    two_days = report.between(report.days[0], report.days[1])
    warnings = " ".join(calibrate(planned, two_days, world).warnings)
    assert "2 days say little" in warnings


def test_a_report_of_other_ad_groups_is_refused(planned, world):
    other = campaign_report_of(
        pd.DataFrame({"DATE": ["2026-11-02"], "AD_GROUP_ID": ["9"], "SPEND_IN_DOLLAR": [1], "IMPRESSION_1": [10]})
    )
    with pytest.raises(CampaignDataError, match=r"ad groups \(2001\), got rows of 9"):
        calibrate(planned, other, world)


@pytest.fixture(scope="module")
def tested(planned, world):
    changes = (
        change(5, bid_cpm_micros=2_800_000),
        change(10, bid_cpm_micros=5_500_000),
        change(17, budget_micros=700_000),
    )
    report = synthetic_report(with_truth(planned.config, **TRUTH), changes, world, np.random.default_rng(6), n_days=24)
    return back_test(planned, report, world, changes=changes)


def test_a_back_test_beats_the_week_before(tested):
    summary = tested.summary.set_index("metric")
    assert summary.loc["spend", "error"] < summary.loc["spend", "baseline_error"]
    assert summary.loc["spend", "n_days"] == 12
    assert summary["coverage"].min() > 0.6
    assert "better than the same weekday of the week before" in tested.sentence


def test_a_back_test_needs_days_to_predict(planned, report, world):
    with pytest.raises(CampaignDataError, match="at least 4 days"):
        back_test(planned, report.between(report.days[0], report.days[2]), world)


def test_pages_hold_everything_and_ask_for_nothing(fitted, tested, tmp_path):
    write_calibration_page(tmp_path / "fit.html", fitted)
    write_back_test_page(tmp_path / "test.html", tested)
    for name, sentence in (("fit", fitted.sentence), ("test", tested.sentence)):
        page = (tmp_path / f"{name}.html").read_text()
        assert sentence.split(";")[0] in page
        assert "<svg" in page
        assert "<script" not in page
        assert 'src="http' not in page


def test_moments_by_hand(planned, report):
    first, *_ = observe(report, stretches_of(planned, CHANGES, report.days[0], report.days[-1]))
    rows = report.by_day()[:5]
    volume, price, *_ = moments_of([first]).rows
    assert np.exp(volume.log_value) == pytest.approx(rows["impressions"].mean())
    assert np.exp(price.log_value) == pytest.approx(rows["spend_micros"].sum() / rows["impressions"].sum())


def test_the_formula_of_won_share_and_mean_price_is_that_of_drawn_auctions(planned):
    model = LognormalMarket(planned.config)
    rng = np.random.default_rng(7)
    rivals = np.exp(model.start[0] + np.exp(model.start[1]) * rng.standard_normal((200_000, 2)))
    price = np.maximum(2_000_000, rivals.max(axis=1))
    bid = np.array([5_000_000.0])
    assert won_share(model, bid, model.start, 2)[0] == pytest.approx((price <= bid).mean(), abs=0.005)
    assert mean_price(model, bid, 2_000_000, model.start, 2)[0] == pytest.approx(price[price <= bid].mean(), rel=0.005)


def test_changes_cut_the_days_into_stretches(planned, tmp_path):
    path = tmp_path / "changes.json"
    path.write_text(json.dumps([{"from_day": "2026-11-05", "levers": [{"path": BUDGET, "value": 5_000_000}]}]))
    first, second = stretches_of(planned, load_changes(path), FIRST_DAY, FIRST_DAY.replace(day=8))
    assert (first.n_days, second.n_days) == (3, 4)
    assert second.config.ad_groups[0].budget_micros == 5_000_000
    path.write_text('[{"levers": []}]')
    with pytest.raises(ConfigError, match="from_day"):
        load_changes(path)
