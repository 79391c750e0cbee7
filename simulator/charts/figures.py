"""How a metric's number is written, by its unit."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

from workbench.audiences.disclosure import HIDDEN_SHARE, HIDDEN_SIZE, SIZE_STEP
from workbench.charts.numbers import THIN_SPACE, shown_count, shown_dollars, shown_percent, shown_price, shown_ratio

_AS_SHARE = "share"
_SMALLEST = {"dollars": "$0.01", "ratio": "0.01", _AS_SHARE: f"0.1{THIN_SPACE}pt"}
_AS_PEOPLE = "people"
_WRITERS: dict[str, Callable[..., str]] = {
    "dollars": shown_dollars,
    "price": shown_price,
    _AS_SHARE: shown_percent,
    "count": shown_count,
    "ratio": shown_ratio,
}


def shown_margin(margin: float, unit: str) -> str:
    """Write half the width of an interval: ``± $0.49``, ``± 0.3 pt``, ``within $0.01``; nothing if there is none."""
    if pd.isna(margin):
        return ""
    size = abs(margin)
    text = shown_percent(size, unit="pt") if unit == _AS_SHARE else shown_figure(size, unit)
    if size > 0 and not any(digit in text for digit in "123456789"):
        return f"within {_SMALLEST.get(unit, '0.1')}"
    return f"±{THIN_SPACE}{text}"


def shown_interval(difference: float, low: float, high: float, unit: str) -> str:
    """Write the interval of a difference that stands beside it.

    Parameters
    ----------
    difference, low, high : float
        In the metric's unit.
    unit : str
        As for `shown_figure`.

    Returns
    -------
    str
        ``± $0.49`` where the difference lies in the middle, and ``-$0.20 to +$1.10`` where it does not, as intervals of
        markets that are not known better seldom have it there; nothing if there is no interval.
    """
    half_width = (high - low) / 2
    if pd.isna(half_width) or math.isclose(difference - low, half_width, rel_tol=1e-6, abs_tol=1e-12):
        return shown_margin(half_width, unit)
    return f"{shown_figure(low, unit, is_signed=True)} to {shown_figure(high, unit, is_signed=True)}"


def shown_figure(value: float, unit: str, *, is_signed: bool = False) -> str:
    """Write a metric's value for people.

    Parameters
    ----------
    value : float
        In the metric's unit; a share is 0–1.
    unit : str
        ``"dollars"``, ``"price"`` (dollars for one of something), ``"share"``, ``"people"``, ``"ratio"`` or
        ``"count"``; an unknown one is written as a count. Missing people are those who must not be shown: ``< 100``, or
        ``hidden`` for a difference.
    is_signed : bool
        True for a difference: it gets a plus sign, and a difference of shares is in points.
    """
    if unit == _AS_PEOPLE:
        return _shown_people(value, is_signed=is_signed)
    if unit == _AS_SHARE:
        return shown_percent(value, is_signed=is_signed, unit="pt" if is_signed else "%")
    return _WRITERS.get(unit, shown_count)(value, is_signed=is_signed)


def _shown_people(value: float, *, is_signed: bool) -> str:
    """Write a number of people in tens, as every size is shown: means of tens need not be tens."""
    if pd.isna(value):
        return HIDDEN_SHARE if is_signed else HIDDEN_SIZE
    tens = round(value / SIZE_STEP) if is_signed else value // SIZE_STEP
    return shown_count(tens * SIZE_STEP, is_signed=is_signed)
