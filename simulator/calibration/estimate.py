"""What a fit says about a setting: its value, how sure one may be of it, and draws of what it may be instead."""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from simulator.scenario import Unit

CONFIDENCE: Final = 0.95
N_DRAWS: Final = 200
"""Draws of every uncertain setting: enough for the ends of a 95 % interval, few enough to be run one by one."""


@dataclass(frozen=True)
class Estimate:
    """One number that was estimated.

    Attributes
    ----------
    path : str
        The setting, as a lever names it; several estimates may be about parts of one.
    label : str
        What people call it.
    unit : Unit
        What the numbers are.
    before : float
        What the scenario had.
    value, low, high : float
        The estimate and its 95 % interval.
    is_identified : bool
        Whether the data decide it; otherwise the interval is that of an assumption.
    why : str
        What it rests on, or why it is not identified.
    """

    path: str
    label: str
    unit: Unit
    before: float
    value: float
    low: float
    high: float
    is_identified: bool
    why: str


@dataclass(frozen=True)
class FittedSetting:
    """A setting of a scenario with what the data say about it.

    Attributes
    ----------
    path : str
        The setting, as a lever names it.
    value : object
        What it is set to, as JSON has it.
    draws : tuple
        Values that it may have as well, `N_DRAWS` of them; draw *i* of all settings belongs together.
    estimates : tuple of Estimate
        The numbers in it.
    """

    path: str
    value: Any
    draws: tuple[Any, ...]
    estimates: tuple[Estimate, ...]

    @classmethod
    def of_number(cls, estimate: Estimate, draws: NDArray[np.float64], *, is_whole: bool = False) -> Self:
        """Make a setting that is a single number; ``is_whole`` rounds it, as amounts of micro-currency are."""
        values = [estimate.value, *draws.tolist()]
        first, *others = [round(value) for value in values] if is_whole else values
        return cls(estimate.path, first, tuple(others), (estimate,))


def interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the 95 % interval of draws."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)
