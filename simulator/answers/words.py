"""How answers write what is uncertain."""

import math
from collections.abc import Callable, Sequence

from simulator.charts import shown_figure
from simulator.sweeps.intervals import Interval
from workbench.audiences.disclosure import SIZE_STEP

Write = Callable[[float], str]


def writing(unit: str) -> Write:
    """Return what writes a figure of a unit, as `simulator.charts.shown_figure` does."""
    return lambda value: shown_figure(value, unit)


def bounds(interval: Interval, write: Write) -> str:
    """Write what bounds a value, in brackets, such as ``(95 %: $0.55 to $0.68)``; nothing if that is not known."""
    low, high = interval.low, interval.high
    if math.isnan(low) or math.isnan(high):
        return ""
    if math.isfinite(low) and math.isfinite(high):
        ends = write(low), write(high)
        return f"(95 %: {ends[0]} to {ends[1]})" if ends[0] != ends[1] else "(95 %: the same to the last digit shown)"
    if math.isfinite(high):
        return f"(95 %: at most {write(high)})"
    if math.isfinite(low):
        return f"(95 %: at least {write(low)})"
    return "(95 %: not bounded)"


def with_bounds(interval: Interval, write: Write, words: str = "") -> str:
    """Write a value, what it is of, and what bounds it, such as ``541 clicks (95 %: 532 to 550)``."""
    return " ".join(part for part in (write(interval.value), words, bounds(interval, write)) if part)


def about_dollars(value: float) -> str:
    """Write an amount that is not known to the cent: in whole dollars from ten on."""
    return shown_figure(value, "dollars").partition(".")[0] if 10 <= value < 1_000 else shown_figure(value, "dollars")


def people_in_full(value: float) -> str:
    """Write a number of people to the last ten that may be shown: bounds of large reaches lie close together."""
    return f"{math.floor(value / SIZE_STEP) * SIZE_STEP:,}" if math.isfinite(value) else shown_figure(value, "people")


def listed(parts: Sequence[str]) -> str:
    """Write a list of things: ``a``, ``a and b``, ``a, b and c``."""
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last


def quoted(name: str) -> str:
    """Put a name in quotation marks."""
    return f"“{name}”"
