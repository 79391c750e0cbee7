"""A plant to steer: ad groups against log-normal rivals, in expectation, with the noise of single auctions.

Not the auction of the simulator: controllers shall hold on any market of this kind.
"""

import math
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from simulator.config import BudgetType
from simulator.pacing import FULL_BP, Observed, Pace, traffic_plan
from tests.simulator.pacing.paced import Paced

EVENING = [
    1.4,
    0.9,
    0.6,
    0.5,
    0.5,
    0.7,
    1.4,
    2.4,
    3.3,
    3.9,
    4.3,
    4.7,
    5.0,
    5.0,
    4.9,
    5.0,
    5.3,
    5.8,
    6.6,
    7.6,
    8.6,
    8.8,
    7.2,
    4.6,
]
NORMAL = NormalDist()
MICROS = 5_000
"""What the rivals' median bid is, per impression."""


@dataclass(frozen=True)
class Market:
    """An ad group and who it meets: its bid over the rivals' median bid, their spread, how prices are made."""

    n_daily: int
    """Opportunities of a day."""
    bid: float = 1.5
    sigma: float = 0.5
    is_first_price: bool = False
    need: float = 2.0
    """What a full-speed day would spend, in budgets."""

    def win_rate(self, multiplier_bp: int) -> float:
        return NORMAL.cdf(math.log(self.bid * multiplier_bp / FULL_BP) / self.sigma)

    def price(self, multiplier_bp: int) -> float:
        """Mean price of an impression that is won, in the rivals' median bids."""
        bid = self.bid * multiplier_bp / FULL_BP
        if self.is_first_price:
            return bid
        score = math.log(bid) / self.sigma
        return math.exp(self.sigma**2 / 2) * NORMAL.cdf(score - self.sigma) / NORMAL.cdf(score)

    def full_speed(self) -> float:
        """Expected spend of a day without limit, micros."""
        return self.n_daily * self.win_rate(FULL_BP) * self.price(FULL_BP) * MICROS


@dataclass
class Course:
    """What became of a flight: arrays of shape (n_ticks, n_markets)."""

    budget: np.ndarray
    spend: np.ndarray
    wins: np.ndarray
    multiplier_bp: np.ndarray
    participation_bp: np.ndarray
    days: int = field(default=1)

    def spent_shares(self) -> np.ndarray:
        """Spend of each day over its budget, shape (n_days, n_markets)."""
        return self.spend.reshape(self.days, 24, -1).sum(axis=1) / self.budget

    def unevenness(self) -> np.ndarray:
        """Mean distance of an hour's spend from its share of the budget, as a part of a mean hour's, after day 1."""
        plan = np.array(EVENING) / sum(EVENING)
        shares = self.spend.reshape(self.days, 24, -1)[1:] / self.budget
        return np.abs(shares - plan[:, np.newaxis]).mean(axis=(0, 1)) * 24


class FullSpeed:
    """No pacing."""

    def __init__(self, _is_own: np.ndarray):
        pass

    def start_period(self, is_new: np.ndarray) -> None:
        pass

    def pace(self, observed: Observed, is_active: np.ndarray, pace: Pace) -> None:
        pass


def fly(controller_class, markets, days, seed=1, budget_type=BudgetType.DAILY, may_run=None) -> Course:
    """Let a controller steer one ad group in each market."""
    rng = np.random.default_rng(seed)
    n, n_ticks = len(markets), days * 24
    may_run = np.ones(n_ticks, dtype=bool) if may_run is None else may_run
    plan = traffic_plan(np.array(EVENING * days), may_run, budget_type)
    daily = np.array([market.full_speed() / market.need for market in markets])
    budget = np.floor(daily * (days if budget_type is BudgetType.LIFETIME else 1))
    course = Course(budget, *(np.zeros((n_ticks, n)) for _ in range(4)), days)
    controller, remaining, last_spend = Paced(controller_class, n), budget.copy(), np.zeros(n)
    for tick in range(n_ticks):
        if tick % 24 == 0 and budget_type is BudgetType.DAILY:
            remaining = budget.copy()
            controller.start_period(np.ones(n, dtype=bool))
        shares = (np.full(n, share[tick]) for share in plan[:3])
        pace = controller.pace(Observed(budget, remaining, last_spend, *shares), np.full(n, may_run[tick]))
        wins, spend = buy(rng, markets, pace, EVENING[tick % 24] / sum(EVENING) * may_run[tick])
        part = np.minimum(1.0, remaining / np.maximum(spend, 1.0))
        last_spend = np.floor(spend * part)
        remaining = remaining - last_spend
        course.multiplier_bp[tick], course.participation_bp[tick] = pace
        course.wins[tick], course.spend[tick] = wins * part, last_spend
    return course


def buy(rng: np.random.Generator, markets: list[Market], pace: Pace, share_of_day: float):
    """Draw wins and spend of an hour, as if there were money for all of them."""
    answers = [(market.win_rate(bp), market.price(bp)) for market, bp in zip(markets, pace.multiplier_bp, strict=True)]
    win_rate, price = np.array(answers).T
    n_daily = np.array([market.n_daily for market in markets])
    wins = rng.poisson(n_daily * share_of_day * pace.participation_bp / FULL_BP * win_rate)
    spread = 0.5 * np.minimum(1.0, [market.sigma for market in markets]) / np.sqrt(np.maximum(1, wins))
    return wins, np.maximum(0, wins * price * MICROS * (1 + spread * rng.normal(size=len(markets))))
