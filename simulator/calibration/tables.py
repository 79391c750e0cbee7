"""What people and scripts are told about a calibration or a back-test."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from simulator.calibration.back_test import BackTest
from simulator.calibration.calibration import Calibration
from simulator.charts.figures import shown_figure
from simulator.money import MICROS
from simulator.scenario import Unit
from workbench.charts.numbers import shown_percent

_UNITS = {Unit.SHARE.value: "share", Unit.DOLLARS_CPM.value: "dollars", Unit.DOLLARS.value: "dollars"}
_IN_MICROS = (Unit.DOLLARS_CPM.value, Unit.DOLLARS.value)
_SMALL_SHARE = 0.1


def estimate_table(calibration: Calibration) -> pd.DataFrame:
    """Tell what was fitted: one row a number, all texts."""
    return pd.DataFrame(
        [
            {
                "What": row["label"],
                "Before": _shown(row["before"], row["unit"]),
                "Fitted": _shown(row["estimate"], row["unit"]),
                "95 % interval": f"{_shown(row['low'], row['unit'])} to {_shown(row['high'], row['unit'])}",
                "Identified": "yes" if row["is_identified"] else "no",
                "Because": row["why"],
            }
            for row in calibration.table.to_dict("records")
        ]
    )


def back_test_table(back_test: BackTest) -> pd.DataFrame:
    """Tell how good a prediction was: one row a metric, all texts."""
    return pd.DataFrame(
        [
            {
                "Metric": str(row["metric"]).capitalize(),
                "Days": f"{row['n_days']}",
                "Error": shown_percent(row["error"]),
                "Error without a model": shown_percent(row["baseline_error"]),
                "Mean error of a day": shown_percent(row["mean_error"]),
                "Days within 95 %": shown_percent(row["coverage"]),
            }
            for row in back_test.summary.to_dict("records")
        ]
    )


def calibration_payload(calibration: Calibration) -> dict[str, Any]:
    """Tell scripts what was fitted; ready for JSON."""
    return {
        "scenario": calibration.scenario.name,
        "report": calibration.report.source,
        "n_days": len(calibration.report.days),
        "sentence": calibration.sentence,
        "settings": [_plain(row) for row in calibration.table.to_dict("records")],
        "fitted_against_reported": [_plain(row) for row in calibration.fitted_against_reported.to_dict("records")],
        "warnings": list(calibration.warnings),
    }


def back_test_payload(back_test: BackTest) -> dict[str, Any]:
    """Tell scripts how good a prediction was; ready for JSON."""
    return {
        "sentence": back_test.sentence,
        "baseline": back_test.baseline,
        "summary": [_plain(row) for row in back_test.summary.to_dict("records")],
        "days": [_plain(row) for row in back_test.table.to_dict("records")],
        "calibration": calibration_payload(back_test.calibration),
    }


def _shown(value: float, unit: str) -> str:
    if unit == Unit.SHARE.value and 0 < value < _SMALL_SHARE:
        return f"{value:.3%}".replace("%", "\N{NARROW NO-BREAK SPACE}%")
    if unit in _UNITS:
        return shown_figure(value / MICROS if unit in _IN_MICROS else value, _UNITS[unit])
    return f"{value:,.3g}"


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row with None where there is no number, because JSON has no NaN, and dates as texts."""
    return {
        str(name): None
        if isinstance(value, float) and math.isnan(value)
        else f"{value:%Y-%m-%d}"
        if hasattr(value, "strftime")
        else value
        for name, value in row.items()
    }
