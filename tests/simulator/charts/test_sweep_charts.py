"""Charts of sweeps and answers: words, units, empty states, and that each can be drawn."""

import math

import numpy as np
import pandas as pd
import pytest

from simulator.charts import (
    break_even_lines,
    interval_forest,
    lever_bars,
    pareto_scatter,
    reach_lines,
    response_lines,
    sweep_lines,
)
from workbench.charts import chart_svg

NAN = math.nan


def lift_curve() -> pd.DataFrame:
    lifts = np.linspace(0.5, 4, 15)
    cost = 0.6 / lifts
    return pd.DataFrame(
        {
            "lift": lifts,
            "with_data": cost,
            "with_data_low": cost * 0.9,
            "with_data_high": cost * 1.1,
            "is_simulated": [True, False, False] * 5,
        }
    )


def response_curve() -> pd.DataFrame:
    levels = np.array([100.0, 200, 300])
    return pd.DataFrame(
        {
            "level": levels,
            "mean": levels,
            "low": levels - 5,
            "high": levels + 5,
            "run_low": levels - 20,
            "run_high": levels + 20,
        }
    )


def reach_rows() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"spend": spend, "at_least": n, "mean": spend * 10 / n, "low": spend * 9 / n, "high": spend * 11 / n}
            for spend in (100.0, 200.0)
            for n in (1, 2, 3, 5)
        ]
    )


def forest_rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": ["“New people” excludes “Site visitors, 90 days”", "nothing", "worse"],
            "value": [50.0, 1.0, -20.0],
            "low": [40.0, -5.0, -30.0],
            "high": [60.0, 7.0, -10.0],
        }
    )


def sweep_rows(level=(1.0, 2.0, 3.0)) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"level": each, "series": series, "mean": 10.0 + n, "low": 9.0 + n, "high": 11.0 + n}
            for n, each in enumerate(level)
            for series in ("5", "6")
        ]
    )


def front() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["a", "b", "c"],
            "cost": [1.0, 2.0, 3.0],
            "reach": [100.0, 300.0, 200.0],
            "is_on_front": [True, True, False],
            "share_on_front": [1.0, 0.9, 0.1],
        }
    )


MARKS = [("planned", "as planned", 200.0), ("saturation", "more is hardly worth it", 250.0), ("asked", "asked", 999.0)]
CHARTS = {
    "break-even": lambda: break_even_lines(lift_curve(), (0.5, 0.4, 0.6), (1.2, 1.1, 1.3), figure="cost of a click"),
    "response": lambda: response_lines(
        response_curve(), title="What the budget buys", lever="budget", result="clicks", unit="count", marks=MARKS
    ),
    "reach": lambda: reach_lines(reach_rows()),
    "forest": lambda: interval_forest(
        forest_rows(), title="Savings", axis="saving", unit="dollars", verdicts=("saves", "costs"), empty="None."
    ),
    "sweep": lambda: sweep_lines(sweep_rows(), title="Clicks", lever="bid", unit="count", other="budget"),
    "sweep of words": lambda: sweep_lines(sweep_rows(("a", "b", "c")), title="Clicks", lever="pacing", unit="count"),
    "pareto": lambda: pareto_scatter(front()),
    "levers": lambda: lever_bars(pd.DataFrame({"lever": ["a", "b"], "first_order": [0.3, 0.6]}), figure="clicks"),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_words_and_can_be_drawn(name):
    chart = CHARTS[name]()
    assert chart.title["text"]
    assert chart.title["subtitle"]
    assert len(str(chart.description)) > 20
    svg = chart_svg(chart, width=600, scheme="light")
    assert svg.startswith("<svg")
    assert "NaN" not in svg
    assert "undefined" not in svg


@pytest.mark.parametrize(
    ("chart", "sentence"),
    [
        (lambda: break_even_lines(lift_curve(), (NAN, NAN, NAN), (NAN, NAN, NAN), figure="cost"), "Nothing to compare"),
        (
            lambda: response_lines(
                response_curve().assign(mean=0.0), title="T", lever="l", result="clicks", unit="count"
            ),
            "No clicks at all",
        ),
        (lambda: reach_lines(reach_rows().assign(mean=NAN)), "Nobody to show"),
        (
            lambda: interval_forest(
                forest_rows()[:0], title="T", axis="a", unit="count", verdicts=("m", "l"), empty="None at all."
            ),
            "None at all.",
        ),
        (lambda: sweep_lines(sweep_rows().assign(mean=NAN), title="T", lever="l", unit="count"), "No run has this"),
        (lambda: pareto_scatter(front().assign(reach=NAN)), "Nobody to show"),
        (lambda: lever_bars(pd.DataFrame({"lever": ["a"], "first_order": [NAN]}), figure="clicks"), "None"),
    ],
)
def test_an_empty_chart_says_why(chart, sentence):
    assert chart().usermeta["empty"].startswith(sentence)


def test_the_break_even_is_marked_and_described():
    chart = CHARTS["break-even"]()
    assert "they meet at a lift of +20.0" in chart.description
    svg = chart_svg(chart, width=600, scheme="light")
    assert "pays from +20.0" in svg
    without = break_even_lines(lift_curve(), (0.5, 0.4, 0.6), (math.inf, math.inf, math.inf), figure="cost of a click")
    assert "do not meet" in without.description


def test_marks_outside_the_curve_are_left_out():
    svg = chart_svg(CHARTS["response"](), width=600, scheme="light")
    assert "as planned" in svg
    assert "more is hardly worth it" in svg
    assert ">asked<" not in svg


def test_verdicts_are_told_by_shape_and_colour():
    rows = CHARTS["forest"]().to_dict()["datasets"]
    verdicts = [row["verdict"] for dataset in rows.values() for row in dataset if "verdict" in row]
    assert verdicts == ["saves", "could be chance", "costs"]


def test_prices_below_ten_cents_and_negative_dollars_are_readable_on_axes():
    cheap = lift_curve().assign(with_data=0.01, with_data_low=0.009, with_data_high=0.011)
    svg = chart_svg(break_even_lines(cheap, (0.01, 0.009, 0.011), (NAN, NAN, NAN), figure="cost"), scheme="light")
    assert "$0.010" in svg
    assert "−$20" in chart_svg(CHARTS["forest"](), width=600, scheme="light")
