import pandas as pd
import pytest

from simulator.charts.back_test_days import back_test_days
from simulator.charts.fitted_reported import fitted_reported
from simulator.charts.market_survival import market_survival
from workbench.charts import chart_svg

DAYS = pd.DataFrame(
    {
        "day": pd.date_range("2026-11-02", periods=3),
        "metric": "spend",
        "actual": [3.0, 4.0, 9.0],
        "predicted": 3.5,
        "low": 2.0,
        "high": 5.0,
        "baseline": 1.0,
    }
)
ROWS = pd.DataFrame(
    {
        "from_day": ["2026-11-02"] * 2,
        "ad_group_id": "2001",
        "metric": ["impressions", "ecpm"],
        "reported": [100.0, 2.0],
        "fitted": [150.0, 2.1],
        "is_bound": [True, False],
    }
)
CURVE = pd.DataFrame(
    {"price": [2.0, 3.0, 4.0], "above": [0.9, 0.6, 0.25], "low": 0.2, "high": 0.9, "lognormal": [0.88, 0.6, 0.3]}
)
LOST = pd.DataFrame({"price": [3.0], "above": [0.6], "n": [40]})


@pytest.mark.parametrize(
    "chart",
    [
        back_test_days(DAYS.head(0)),
        back_test_days(DAYS, "clicks"),
        fitted_reported(ROWS.head(0)),
        market_survival(CURVE.head(0), LOST),
    ],
)
def test_without_data_a_chart_is_a_sentence(chart):
    assert "empty" in chart.to_dict()["usermeta"]


def test_charts_say_in_words_what_they_show():
    assert back_test_days(DAYS).to_dict()["description"] == (
        "spend of 3 days: 2 lie within the 95 % band of the prediction."
    )
    assert "none is off by more than 5%" in fitted_reported(ROWS).to_dict()["description"]
    assert "25% of auctions are above every bid" in market_survival(CURVE, LOST).to_dict()["description"]


def test_a_spent_budget_is_marked_as_such():
    drawn = max(fitted_reported(ROWS).to_dict()["datasets"].values(), key=len)
    assert [row["kind"] for row in drawn] == ["Budget spent", "eCPM"]


@pytest.mark.parametrize("chart", [back_test_days(DAYS), fitted_reported(ROWS), market_survival(CURVE, LOST)])
def test_charts_are_drawn_without_a_browser(chart):
    assert chart_svg(chart).startswith("<svg")
