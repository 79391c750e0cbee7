"""When a comparison has seen enough: its intervals are narrow enough, or the time is spent.

Whoever looks at an interval again and again and stops as soon as it is narrow stops too often when the spread happens
to look small; then fewer than 95 % of intervals contain the truth. Three things keep that small: there are at least 30
pairs before the first look, looks come at growing distances, and skewed differences have a corrected interval
(`simulator.what_if.paired`). How often intervals then contain the truth is measured in `tests/benchmarks`: 93 to 95 %
where differences are normal, counts or moderately skewed, and 89 to 92 % where they are extremely skewed, as log-normal
ones with a standard deviation of 1 are.

Precision is judged on the pairs up to the last look, in their order, so neither workers nor their number decide where
it stops. Time stops after the last of the pairs that are complete without a gap. Either way the same number of pairs,
asked for outright, gives the same comparison.
"""

import difflib
import math
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from simulator.errors import ConfigError
from simulator.what_if.metrics import METRIC_NAMES
from simulator.what_if.paired import MIN_PAIRS, Figures, paired_difference
from simulator.what_if.replications import MAX_REPLICATIONS
from workbench.validation import Written

FIRST_LOOK: Final = 30
"""Pairs before the first look. With 20, intervals of skewed differences were measured to miss 1 to 2 % more often."""
GROWTH: Final = 1.25
"""Each look comes after a quarter more pairs."""

_WIDTH = re.compile(r"(?:(?P<metric>\w+)=)?(?P<number>[0-9.]+(?:[eE][+-]?[0-9]+)?)\s*(?P<percent>%?)")
_SECONDS = re.compile(r"(?P<number>[0-9.]+)\s*(?P<unit>s|m|min|h|)")
_UNITS: Final = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}


class Ending(StrEnum):
    """Why a comparison ended."""

    AS_ASKED = "as_asked"
    """So many pairs were asked for."""

    PRECISE = "precise"
    """Its intervals were narrow enough."""

    OUT_OF_TIME = "out_of_time"
    """The time was spent."""

    AT_LIMIT = "at_limit"
    """There were as many pairs as there may be, and intervals were still wider than wanted."""


class Precision(Written):
    """How narrow the interval of one difference shall be.

    Attributes
    ----------
    metric : str
        Whose, one of `METRICS`.
    half_width : float
        Half of the interval at most, in the metric's unit or as a share.
    is_relative : bool
        Whether it is a share of the base's mean; else it is in the metric's unit.
    """

    metric: str = "spend"
    half_width: float = Field(gt=0)
    is_relative: bool = True

    @field_validator("metric")
    @classmethod
    def _is_known(cls, metric: str) -> str:
        if metric not in METRIC_NAMES:
            close = difflib.get_close_matches(metric, METRIC_NAMES, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are: {', '.join(METRIC_NAMES)}"
            raise ValueError(f"unknown metric; {hint}")
        return metric

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a precision as it is written on a command line: ``2%``, ``cpa=5%``, ``reach=500``.

        Raises
        ------
        ConfigError
            If it is written otherwise.
        """
        found = _WIDTH.fullmatch(text.strip())
        if found is None:
            raise ConfigError(
                f"expected a half width such as 2%, cpa=5% or reach=500, got {text[:80]!r}; without a metric it is "
                "spend's"
            )
        is_relative = bool(found["percent"])
        try:
            number = float(found["number"])
            metric = {"metric": found["metric"]} if found["metric"] else {}
            return cls(half_width=number / 100 if is_relative else number, is_relative=is_relative, **metric)
        except ValueError as refusal:  # a DefinitionError is one as well
            raise ConfigError(f"half width {text[:80]!r}: {refusal}") from None

    def is_met(self, base: Figures, alternative: Figures) -> bool:
        """Return whether the pairs so far give an interval that is narrow enough.

        Parameters
        ----------
        base, alternative : float64 array, shape (n_pairs,)
            The metric in each pair; NaN where a run has no such figure.
        """
        found = paired_difference(base, alternative)
        return found["n_pairs"] >= FIRST_LOOK and self.width_over_wanted(found) <= 1

    def expected_pairs(self, base: Figures, alternative: Figures) -> int:
        """Return after how many pairs the interval will probably be narrow enough, judged by those so far."""
        ratio = self.width_over_wanted(paired_difference(base, alternative))
        return math.ceil(len(base) * min(ratio, MAX_REPLICATIONS) ** 2)

    def width_over_wanted(self, found: Mapping[str, float]) -> float:
        """Return how many times as wide as wanted an interval is; infinite where there is none.

        Parameters
        ----------
        found : mapping
            From `paired_difference`.
        """
        wanted = self.half_width * (abs(found["base"]) if self.is_relative else 1)
        half_width = (found["high"] - found["low"]) / 2
        if math.isnan(half_width) or (half_width > 0 and not wanted > 0):
            return math.inf
        return half_width / wanted if half_width else 0.0


class StopRule(Written):
    """When a comparison has seen enough.

    Attributes
    ----------
    precisions : tuple of Precision
        It ends when all of these are met; empty: it does not look.
    seconds : float or None
        It ends when this time is spent, whatever the intervals; None: it takes its time.
    max_replications : int
        It ends after so many pairs in any case, 2 to 10,000.
    """

    precisions: tuple[Precision, ...] = ()
    seconds: float | None = Field(default=None, gt=0)
    max_replications: int = Field(default=1_000, ge=MIN_PAIRS, le=MAX_REPLICATIONS)

    @model_validator(mode="after")
    def _ends_by_itself(self) -> Self:
        if not self.precisions and self.seconds is None:
            raise ValueError("expected a precision, a time or both to stop at, got neither; name one")
        if self.precisions and self.max_replications < FIRST_LOOK:
            raise ValueError(
                f"max_replications: expected at least {FIRST_LOOK} where a precision is wanted, got "
                f"{self.max_replications}: intervals of fewer pairs look narrow by chance too often"
            )
        return self

    @property
    def looks(self) -> list[int]:
        """After how many pairs it looks, the last time at the most there may be."""
        if not self.precisions:
            return [self.max_replications]
        looks = [FIRST_LOOK]
        while looks[-1] < self.max_replications:
            looks.append(min(math.ceil(looks[-1] * GROWTH), self.max_replications))
        return looks


def seconds_from_text(text: str) -> float:
    """Read a time as it is written on a command line: ``30s``, ``5m``, ``1h``, ``90``.

    Raises
    ------
    ConfigError
        If it is written otherwise.
    """
    found = _SECONDS.fullmatch(text.strip())
    try:
        seconds = float(found["number"]) * _UNITS[found["unit"]] if found else math.nan
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise ConfigError(f"expected a time above 0 such as 30s, 5m or 1h, got {text[:80]!r}")
    return seconds
