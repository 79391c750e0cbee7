from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulator.calibration.campaign_report import campaign_report_of
from simulator.calibration.estimate import N_DRAWS
from simulator.calibration.response_fit import fit_responses, overdispersion
from tests.simulator.worlds import ad_group, run_config


def report(**columns):
    n_days = len(columns["IMPRESSION_1"])
    days = pd.date_range("2026-11-02", periods=n_days, freq="D")
    return campaign_report_of(pd.DataFrame({"DATE": days, "AD_GROUP_ID": "2001", "SPEND_IN_DOLLAR": 1, **columns}))


def fits(report, group=None, mean_factors=None):
    config = run_config(group or ad_group())
    found = fit_responses(report, config, mean_factors or {}, np.random.default_rng(1))
    return {setting.path.rsplit(".", 1)[-1]: setting for setting in found}


def test_a_rate_has_the_posterior_of_jeffreys_where_days_differ_by_chance():
    (estimate,) = fits(report(IMPRESSION_1=[1000] * 4, CLICKTHROUGH_1=[10, 11, 9, 10]))["click_rate"].estimates
    assert estimate.value == pytest.approx(40.5 / 4001)
    # 2.5 % and 97.5 % quantiles of Beta(40.5, 3960.5), from R's qbeta.
    assert (estimate.low, estimate.high) == pytest.approx((0.0072652, 0.0134636), rel=2e-3)
    assert estimate.is_identified
    assert estimate.why == "40 clicks of 4,000 impressions on 4 days"


def test_days_that_differ_more_than_by_chance_widen_the_interval():
    quiet = fits(report(IMPRESSION_1=[1000] * 8, CLICKTHROUGH_1=[10] * 8))["click_rate"].estimates[0]
    wild = fits(report(IMPRESSION_1=[1000] * 8, CLICKTHROUGH_1=[1, 25, 2, 18, 3, 21, 0, 10]))["click_rate"].estimates[0]
    assert wild.high - wild.low > 2.5 * (quiet.high - quiet.low)
    assert "as much as by chance" in wild.why


def test_overdispersion_by_hand():
    # Two days of 100 trials, rate 0.2: (10 - 20)²/16 + (30 - 20)²/16 over one degree of freedom.
    assert overdispersion(np.array([10.0, 30.0]), np.array([100.0, 100.0])) == pytest.approx(12.5)
    assert np.isnan(overdispersion(np.array([10.0]), np.array([100.0])))
    assert np.isnan(overdispersion(np.zeros(3), np.full(3, 100.0)))


def test_no_clicks_bound_the_rate_and_do_not_identify_it():
    (estimate,) = fits(report(IMPRESSION_1=[1000] * 3, CLICKTHROUGH_1=[0] * 3))["click_rate"].estimates
    assert not estimate.is_identified
    assert estimate.why == "only 0 clicks of 3,000 impressions on 3 days"
    assert estimate.high < 3 / 3000  # the rule of three


def test_what_a_report_does_not_have_is_left_as_it_is():
    assert fits(report(IMPRESSION_1=[1000] * 3)) == {}
    of_another = report(IMPRESSION_1=[1000] * 3, CLICKTHROUGH_1=[5] * 3)
    assert fits(of_another, ad_group("2002")) == {}


def test_days_without_a_count_are_left_out():
    (estimate,) = fits(report(IMPRESSION_1=[1000] * 3, CLICKTHROUGH_1=[10, None, 10]))["click_rate"].estimates
    assert estimate.why.startswith("20 clicks of 2,000 impressions on 2 days")


def test_conversions_that_are_still_to_come_are_reckoned_with():
    group = ad_group(conversion_rate=0.1, conversion_delay_hours=24)
    late = fits(report(IMPRESSION_1=[9000], CLICKTHROUGH_1=[1000], TOTAL_CONVERSIONS=[37]), group)
    # Of conversions with a mean delay of a day, those of a day's clicks that come by midnight: 1/e of them.
    assert late["conversion_rate"].value == pytest.approx(0.1, rel=0.03)
    prompt = ad_group(conversion_rate=0.1, conversion_delay_hours=0)
    at_once = fits(report(IMPRESSION_1=[9000], CLICKTHROUGH_1=[1000], TOTAL_CONVERSIONS=[37]), prompt)
    assert at_once["conversion_rate"].value == pytest.approx(0.037, rel=0.03)


def test_conversions_after_a_click_and_without_one_are_told_apart_only_by_a_report_that_does():
    group = ad_group(conversion_rate=0.05, view_conversion_rate=0.001, conversion_delay_hours=0)
    columns = {"IMPRESSION_1": [10_000] * 3, "CLICKTHROUGH_1": [200] * 3, "TOTAL_CONVERSIONS": [20] * 3}
    shared = fits(report(**columns), group)
    assert not shared["conversion_rate"].estimates[0].is_identified
    assert "shared out as in the scenario" in shared["view_conversion_rate"].estimates[0].why
    told = fits(report(**columns, click_conversions=[15] * 3, view_conversions=[5] * 3), group)
    assert told["conversion_rate"].value == pytest.approx(0.075, rel=0.02)
    assert told["view_conversion_rate"].value == pytest.approx(15 / 29_400, rel=0.05)
    assert told["conversion_rate"].estimates[0].is_identified


def test_a_mean_factor_of_ads_and_lifts_is_taken_out():
    columns = {"IMPRESSION_1": [1000] * 3, "CLICKTHROUGH_1": [20] * 3}
    plain = fits(report(**columns))["click_rate"]
    lifted = fits(report(**columns), mean_factors={("2001", "click_rate"): 2.0})["click_rate"]
    assert lifted.value == pytest.approx(plain.value / 2)
    assert np.mean(lifted.draws) == pytest.approx(plain.value / 2, rel=0.05)
    assert len(lifted.draws) == N_DRAWS


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_intervals_hold_the_truth_as_often_as_they_say(spread):
    rng = np.random.default_rng(2)
    hits, plain = 0, report(IMPRESSION_1=[1] * 10, CLICKTHROUGH_1=[0] * 10)
    for _ in range(100):
        rates = 0.01 * np.exp(spread * rng.standard_normal(10) - spread**2 / 2)
        shown = rng.poisson(3_000, 10)
        rows = plain.rows.assign(impressions=shown, clicks=pd.array(rng.binomial(shown, rates), dtype="Int64"))
        found = fits(replace(plain, rows=rows))["click_rate"].estimates[0]
        hits += found.low <= 0.01 <= found.high
    assert hits >= 89  # of 100 expected 95; fewer than 89 would come less than once in a hundred times
