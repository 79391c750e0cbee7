"""What is kept of one run: its figures. The ledger is not, a thousand of them would fill memory."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.people import MAX_FREQUENCY
from simulator.reports import all_figures, day_figures, reach_by_frequency
from simulator.run import RunResult
from simulator.what_if.metrics import METRIC_NAMES, METRICS

DAILY = {"spend": "SPEND_IN_DOLLAR", "impressions": "IMPRESSION_1"}
"""The metrics that are kept day by day, with their columns in a report."""


@dataclass(frozen=True, eq=False)
class RunFigures:
    """The figures of one run. People are rounded and hidden as in reports; nobody can be told from them.

    Attributes
    ----------
    totals : mapping of str to float
        Every metric of `METRICS`; NaN where the run has no such figure.
    by_day : mapping of str to float64 array, shape (n_days,)
        The metrics of `DAILY`.
    by_ad_group : mapping of str to float64 array, shape (n_ad_groups,)
        The numbers of ``report_by_ad_group``, by column, in the order of the own ad groups.
    by_frequency : float64 array, shape (n_ad_groups + 1, 10)
        People who saw ads at least so often, see `simulator.reports.reach_by_frequency`.
    self_competition : float64 array, shape (n_pairs, 3)
        The pairs of own ad groups of which one raised the other's price: numbers of the one that paid and of the one
        that raised, and how much, micro-currency.
    warnings : tuple of str
        What the run warned of.
    """

    totals: Mapping[str, float]
    by_day: Mapping[str, NDArray[np.float64]]
    by_ad_group: Mapping[str, NDArray[np.float64]]
    by_frequency: NDArray[np.float64]
    self_competition: NDArray[np.float64]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, result: RunResult) -> Self:
        """Read the figures of a run."""
        figures, days = all_figures(result), day_figures(result)
        totals = {column: float(values[-1]) for column, values in figures.items()}
        return cls(
            totals={metric.metric: float(metric.read(totals)) for metric in METRICS},
            by_day={name: days[column] for name, column in DAILY.items()},
            by_ad_group={column: values[:-1] for column, values in figures.items()},
            by_frequency=reach_by_frequency(result),
            self_competition=np.array(result.ledger.self_competition, dtype=np.float64).T,
            warnings=result.warnings,
        )

    def payload(self) -> dict[str, Any]:
        """Return the figures as plain values for JSON, which writes floats so that they come back to the last bit."""
        return {
            "totals": _numbers(self.totals),
            "by_day": {name: _list(values) for name, values in self.by_day.items()},
            "by_ad_group": {name: _list(values) for name, values in self.by_ad_group.items()},
            "by_frequency": [_list(values) for values in self.by_frequency],
            "self_competition": [_list(pair) for pair in self.self_competition],
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Read what `payload` returned.

        Raises
        ------
        KeyError, TypeError, ValueError, AttributeError
            If it is something else, or lacks a metric of today.
        """
        return cls(
            totals={name: _number(payload["totals"][name]) for name in METRIC_NAMES},
            by_day={name: _array(payload["by_day"][name]) for name in DAILY},
            by_ad_group={str(name): _array(values) for name, values in payload["by_ad_group"].items()},
            by_frequency=_rows(payload["by_frequency"], MAX_FREQUENCY),
            self_competition=_rows(payload["self_competition"], 3),
            warnings=tuple(map(str, payload["warnings"])),
        )


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in values.items()}


def _list(values: NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _array(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([_number(value) for value in values], dtype=np.float64)


def _rows(rows: list[list[float | None]], n_columns: int) -> NDArray[np.float64]:
    return np.array([_array(values) for values in rows], dtype=np.float64).reshape(len(rows), n_columns)
