"""The back-test: fitted on the first half of a campaign, predicted against the second.

What is predicted for each day is held against what the report says of it, and against what one would have said without
any model: the same weekday of the last week that was known, or the mean of the last seven days where there is no whole
week. Bids and budgets of the second half are known to the prediction, as an analyst who plans them knows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.calibration.bid_log import BidLog
from simulator.calibration.calibration import Calibration, calibrate
from simulator.calibration.campaign_report import CampaignReport
from simulator.calibration.estimate import CONFIDENCE
from simulator.calibration.history import Change
from simulator.calibration.prediction import predict_days
from simulator.errors import CampaignDataError
from simulator.money import MICROS
from simulator.scenario import Scenario
from simulator.world import World
from workbench.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

MIN_DAYS: Final = 4
DAYS_OF_WEEK: Final = 7
METRICS: Final = (("spend", "spend_micros", MICROS), ("impressions", "impressions", 1), ("clicks", "clicks", 1))
"""What is predicted: its name, its column in a report, and what one of it is in that."""


@dataclass(frozen=True, eq=False)
class BackTest:
    """A prediction and what came of it.

    Attributes
    ----------
    calibration : Calibration
        Of the first half.
    table : DataFrame
        One row a day of the second half and metric (``spend`` in dollars, ``impressions``, ``clicks``): ``day``,
        ``metric``, ``actual``, ``predicted`` (median), ``low`` and ``high`` (95 % interval), ``baseline`` and
        ``error``, which is predicted less actual.
    baseline : str
        What the baseline is, for people.
    """

    calibration: Calibration
    table: pd.DataFrame
    baseline: str

    @property
    def summary(self) -> pd.DataFrame:
        """How good it was, one row a metric.

        ``n_days``; ``error`` and ``baseline_error``, the sum of absolute errors over the sum of what was, which days
        of nothing cannot blow up; ``mean_error`` and ``baseline_mean_error``, the mean of relative errors of days that
        had anything; ``coverage``, the share of days within their interval.
        """
        rows = []
        for metric, days in self.table.groupby("metric", sort=False):
            rows.append(
                {
                    "metric": metric,
                    "n_days": len(days),
                    "error": _weighted_error(days, "predicted"),
                    "baseline_error": _weighted_error(days, "baseline"),
                    "mean_error": _mean_error(days, "predicted"),
                    "baseline_mean_error": _mean_error(days, "baseline"),
                    "coverage": float(((days["low"] <= days["actual"]) & (days["actual"] <= days["high"])).mean()),
                }
            )
        return pd.DataFrame(rows)

    @property
    def chart(self) -> "AnyChart":
        """Predicted bands, what was, and the baseline, day by day."""
        from simulator.charts.back_test_days import back_test_days

        return back_test_days(self.table)

    @property
    def sentence(self) -> str:
        """The outcome in one sentence."""
        spend = self.summary.set_index("metric").loc["spend"]
        is_better = spend["error"] < spend["baseline_error"]
        verdict = "better than" if is_better else "no better than"
        n_within = round(spend["coverage"] * spend["n_days"])
        return (
            f"Fitted on {len(self.calibration.report.days)} days, spend of the next {spend['n_days']:.0f} was "
            f"predicted with an error of {spend['error']:.0%}, {verdict} {self.baseline} "
            f"({spend['baseline_error']:.0%}); {n_within} of {spend['n_days']:.0f} days lay within their 95 % interval."
        )


def back_test(
    scenario: Scenario,
    report: CampaignReport,
    world: World,
    *,
    bid_log: BidLog | None = None,
    changes: Sequence[Change] = (),
    on_progress: Progress = ignore_progress,
) -> BackTest:
    """Fit the first half of a campaign and predict the second.

    Parameters
    ----------
    scenario, report, world, bid_log, changes
        As for `simulator.calibration.calibration.calibrate`; of the bid log only auctions before the second half count.
    on_progress : Progress
        Called as prediction goes on; raise ``CancelledError`` in it to stop.

    Returns
    -------
    BackTest

    Raises
    ------
    CampaignDataError
        If the report has fewer than four days, and as `calibrate`.
    ConfigError, LeverError
        As `calibrate`.
    """
    days = report.days
    if len(days) < MIN_DAYS:
        raise CampaignDataError(
            f"{report.source}: expected at least {MIN_DAYS} days to fit on some and predict others, got {len(days)}"
        )
    middle = len(days) // 2
    known = [change for change in changes if change.from_day < days[middle]]
    calibration = calibrate(
        scenario,
        report.between(days[0], days[middle - 1]),
        world,
        bid_log=None if bid_log is None else _before(bid_log, days[middle]),
        changes=known,
    )
    predicted = predict_days(calibration, changes, (days[middle], days[-1]), world, on_progress)
    own = report.of_ad_groups([ad_group.ad_group_id for ad_group in scenario.config.ad_groups])
    table, baseline = _table(own, days[middle], predicted)
    return BackTest(calibration, table, baseline)


def _before(bid_log: BidLog, day: date) -> BidLog:
    return bid_log if bid_log.time is None else bid_log.part(bid_log.time < np.datetime64(day))


def _table(report: CampaignReport, first_day: date, predicted: NDArray[np.float64]) -> tuple[pd.DataFrame, str]:
    by_day = report.by_day()
    totals = by_day.drop(columns="ad_group_id").groupby("day").sum(min_count=1)
    begin, tail = pd.Timestamp(first_day), (1 - CONFIDENCE) / 2
    rows, name = [], ""
    for place, (metric, column, unit) in enumerate(METRICS):
        if column not in totals:
            continue
        actual = totals[column].astype("float64").dropna() / unit
        before, after = actual[actual.index < begin], actual[actual.index >= begin]
        naive, name = _naive(before, list(after.index))
        numbers = [(day.date() - first_day).days for day in pd.DatetimeIndex(after.index)]
        middle, low, high = np.quantile(predicted[:, numbers, place] / unit, [0.5, tail, 1 - tail], axis=0)
        part = {"day": after.index, "metric": metric, "actual": after.to_numpy(), "predicted": middle}
        part |= {"low": low, "high": high, "baseline": naive, "error": middle - after.to_numpy()}
        rows.append(pd.DataFrame(part))
    return pd.concat(rows, ignore_index=True), name


def _naive(before: "pd.Series[float]", days: Sequence[pd.Timestamp]) -> tuple[list[float], str]:
    """Say what days will be without a model: their weekday of the last known week, or the mean of the last days."""
    last_week = before[before.index > before.index.max() - timedelta(days=DAYS_OF_WEEK)]
    if len(last_week) < DAYS_OF_WEEK:
        return [float(last_week.mean())] * len(days), "the mean of the days before"
    by_weekday = {day.weekday(): float(value) for day, value in last_week.items() if isinstance(day, pd.Timestamp)}
    return [by_weekday[day.weekday()] for day in days], "the same weekday of the week before"


def _weighted_error(days: pd.DataFrame, column: str) -> float:
    total = float(days["actual"].sum())
    return float((days[column] - days["actual"]).abs().sum()) / total if total else float("nan")


def _mean_error(days: pd.DataFrame, column: str) -> float:
    told = days[days["actual"] > 0]
    return float(((told[column] - told["actual"]).abs() / told["actual"]).mean())
