"""The least squares behind a fit of traffic and competition; see `simulator.calibration.competition_fit` for why."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.calibration.market_model import PRIOR_SD, TRAFFIC, MarketModel, mean_price, won_share
from simulator.calibration.observed_days import Moments, ObservedStretch
from simulator.calibration.simulated_moments import Level, simulated_level
from simulator.config import AuctionFormat
from simulator.money import IMPRESSIONS_PER_CPM
from simulator.scenario import Lever
from simulator.world import World

ASSUMED_SD: Final = 0.3
"""Relative standard deviation of a day, where too few days are there to see it."""

_SMALLEST_SD: Final = 1e-3
_STEP: Final = 1e-3
_MAX_OPPORTUNITIES: Final = 1_000.0


class CompetitionProblem:
    """What is to be met, how exactly, and what was thought before.

    Parameters
    ----------
    observed : sequence of ObservedStretch
        What was reported.
    moments : Moments
        The same as numbers.
    model : MarketModel
        What is unknown about the market.

    Attributes
    ----------
    observed, config
        What was reported, and what was set first.
    names : tuple of str
        Settings that the unknowns are about, traffic first.
    rows : tuple of Moment
        What is met: under first price no prices, because they are the bids.
    values, sd : float64 array, shape (n_rows,)
        Their logarithms, and standard deviations of these.
    prior_mean, prior_sd : float64 array, shape (n_unknowns,)
        The scenario's own values, and how far off they may be.
    """

    def __init__(self, observed: Sequence[ObservedStretch], moments: Moments, model: MarketModel) -> None:
        self.observed, self._model = observed, model
        self.config = observed[0].stretch.config
        self.names = (TRAFFIC, *model.names)
        traffic = np.log([self.config.traffic.opportunities_per_account_day])
        self.prior_mean: NDArray[np.float64] = np.concatenate([traffic, model.start])
        self.prior_sd = np.array([PRIOR_SD[name] for name in self.names])
        has_prices = self.config.auction.format is not AuctionFormat.FIRST_PRICE
        self.rows = tuple(row for row in moments.rows if has_prices or not row.is_price)
        self.values = np.array([row.log_value for row in self.rows], dtype=np.float64)
        self.sd = _standard_deviations(self, moments)
        self._is_price = np.array([row.is_price for row in self.rows], dtype=np.bool_)
        self._is_bound = np.array([row.is_bound for row in self.rows], dtype=np.bool_)

    def simulate(self, unknowns: NDArray[np.float64], world: World) -> Level:
        """Simulate at some values of the unknowns; where nothing was bought the formula stands in."""
        level = simulated_level(self.observed, self.rows, self.levers(unknowns), unknowns, world)
        known = np.isfinite(level.log_values)
        return level._replace(log_values=np.where(known, level.log_values, self._formula(level.bids_cpm, unknowns)))

    def levers(self, unknowns: NDArray[np.float64]) -> list[Lever]:
        """Return the levers that give the scenario some values of the unknowns."""
        return [Lever(path=path, value=value) for path, value in self.settings(unknowns).items()]

    def settings(self, unknowns: NDArray[np.float64]) -> dict[str, Any]:
        """Return the scenario's settings at some values of the unknowns, by path."""
        opportunities = float(np.clip(np.exp(unknowns[0]), 1e-6, _MAX_OPPORTUNITIES))
        return {TRAFFIC: opportunities, **self._model.settings(unknowns[1:])}

    def predicted(self, level: Level, unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logarithm of each moment at other values of the unknowns than were simulated."""
        moved = self._formula(level.bids_cpm, unknowns) - self._formula(level.bids_cpm, level.unknowns)
        return level.log_values + moved

    def solve(
        self,
        level: Level,
        values: NDArray[np.float64],
        prior_mean: NDArray[np.float64],
        start: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the unknowns that meet values and prior best, all in all (Levenberg and Marquardt)."""
        from scipy.optimize import least_squares  # late, because it is half a second that few commands need

        found = least_squares(self._residuals(level, values, prior_mean), start, method="lm", xtol=1e-6, ftol=1e-8)
        unknowns: NDArray[np.float64] = found.x
        return unknowns

    def spread(self, level: Level, unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the standard deviation of each unknown (Fisher information of the data and the prior)."""
        residuals = self._residuals(level, self.values, self.prior_mean)
        slopes = [
            (residuals(unknowns + _STEP * unit) - residuals(unknowns - _STEP * unit)) / (2 * _STEP)
            for unit in np.eye(unknowns.size)
        ]
        information = np.array(slopes) @ np.array(slopes).T
        spread: NDArray[np.float64] = np.sqrt(np.diag(np.linalg.inv(information)))
        return spread

    def _residuals(
        self, level: Level, values: NDArray[np.float64], prior_mean: NDArray[np.float64]
    ) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
        sd = np.sqrt(self.sd**2 + level.variances)

        def residuals(unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
            off = (self.predicted(level, unknowns) - values) / sd
            met = np.where(self._is_bound, np.minimum(off, 0.0), off)
            return np.concatenate([met, (unknowns - prior_mean) / self.prior_sd])

        return residuals

    def _formula(self, bids_cpm: NDArray[np.float64], unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        market = self.config.market
        if not self._model.names or not market.n_rival_bids:
            return np.where(self._is_price, 0.0, unknowns[0])
        share = won_share(self._model, bids_cpm, unknowns[1:], market.n_rival_bids)
        floor = float(market.bid_floor_cpm_micros)
        price = mean_price(self._model, bids_cpm, floor, unknowns[1:], market.n_rival_bids)
        return np.where(self._is_price, np.log(price / IMPRESSIONS_PER_CPM), unknowns[0] + np.log(share))


def _standard_deviations(problem: CompetitionProblem, moments: Moments) -> NDArray[np.float64]:
    """Return how far each moment may be off by the differences of days, pooled over stretches."""
    sums = np.nansum(moments.deviations**2, axis=0)
    n_days = (~np.isnan(moments.deviations)).sum(axis=0)
    n_stretches = np.zeros_like(n_days)
    for row in moments.rows:
        n_stretches[row.ad_group, int(row.is_price)] += not row.is_bound
    freedom = n_days - n_stretches
    of_day = np.where(freedom > 0, np.sqrt(sums / np.maximum(freedom, 1)), ASSUMED_SD)
    return np.array(
        [
            max(_SMALLEST_SD, of_day[row.ad_group, int(row.is_price)] * row.inflation / np.sqrt(row.n_days))
            for row in problem.rows
        ],
        dtype=np.float64,
    )
