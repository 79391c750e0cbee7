"""Steering: before every tick each ad group's controller sets what the tick is bid with.

An ad group follows its own budget, or its campaign's where it has none; then it is the campaign's spend and remainder
that it is told of.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import AdGroup, BudgetType, RunConfig
from simulator.config import PacingDeliveryType as Pacing
from simulator.fixed_point import base_bid_micros, event_rate, highest_bid_micros, is_automatic
from simulator.kernels.tables import RATE_BITS, Learner
from simulator.pacing import (
    FULL_BP,
    BidMultiplier,
    Controller,
    Mystique,
    Observed,
    Throttle,
    TrafficPlan,
    adaptive_terms,
    traffic_plan,
)


class Purses(NamedTuple):
    """How the budgets stand that ad groups follow; float64 arrays, shape (n_all_ad_groups,), micro-currency."""

    remaining_micros: NDArray[np.float64]
    last_spend_micros: NDArray[np.float64]


class Steering:
    """The pacing of a run.

    Parameters
    ----------
    config : RunConfig
        What is run.
    hourly_opportunities : float64 array, shape (n_hours,)
        Opportunities that each hour of the flight is expected to bring.
    may_run : bool array, shape (n_hours, n_all_ad_groups)
        From `simulator.schedule.hours_to_run`.

    Attributes
    ----------
    pace_bp, participation_bp : int64 array, shape (n_all_ad_groups,)
        Factor on the bid and share of auctions for the coming tick, basis points.
    """

    def __init__(
        self, config: RunConfig, hourly_opportunities: NDArray[np.float64], may_run: NDArray[np.bool_]
    ) -> None:
        ad_groups = config.all_ad_groups
        owners = [
            ad_group if ad_group.budget_micros is not None else campaign
            for campaign in config.all_campaigns
            for ad_group in campaign.ad_groups
        ]
        self._budget_micros = np.array([float(owner.budget_micros or 0) for owner in owners])
        self._is_daily = np.array([owner.budget_type is BudgetType.DAILY for owner in owners])
        plans = _plans(hourly_opportunities, may_run, [owner.budget_type for owner in owners])
        self._coming, self._remaining, self._last = (
            np.stack([getattr(plan, name) for plan in plans], axis=1)
            for name in ("coming_share", "remaining_share", "last_share")
        )
        self._controllers = _controllers(ad_groups)
        self.learners = _learners(config, [int(owner.budget_micros or 0) for owner in owners], plans)
        self.pace_bp = np.full(len(ad_groups), FULL_BP, dtype=np.int64)
        self.participation_bp = np.full(len(ad_groups), FULL_BP, dtype=np.int64)
        self._has_bid = np.zeros(len(ad_groups), dtype=np.bool_)

    def begin_day(self) -> None:
        """Begin a new period for everybody who follows a daily budget."""
        for numbers, controller in self._controllers:
            controller.start_period(self._is_daily[numbers])

    def pace(self, tick: int, purses: Purses, is_bidding: NDArray[np.bool_]) -> None:
        """Set what the coming tick is bid with.

        Parameters
        ----------
        tick : int
            Its number.
        purses : Purses
            How the budgets stand.
        is_bidding : bool array, shape (n_all_ad_groups,)
            Who bids in it; nothing changes for the others.
        """
        observed = Observed(
            self._budget_micros,
            purses.remaining_micros,
            purses.last_spend_micros,
            np.where(self._has_bid, self._last[tick], 0.0),
            self._coming[tick],
            self._remaining[tick],
        )
        for numbers, controller in self._controllers:
            if numbers.size == is_bidding.size:
                pace = controller.pace(observed, is_bidding)
                np.copyto(self.pace_bp, pace.multiplier_bp, where=is_bidding)
                np.copyto(self.participation_bp, pace.participation_bp, where=is_bidding)
                continue
            is_active = is_bidding[numbers]
            pace = controller.pace(Observed(*(part[numbers] for part in observed)), is_active)
            changed = numbers[is_active]
            self.pace_bp[changed] = pace.multiplier_bp[is_active]
            self.participation_bp[changed] = pace.participation_bp[is_active]
        self._has_bid = is_bidding.copy()


def _plans(
    hourly_opportunities: NDArray[np.float64], may_run: NDArray[np.bool_], budget_types: list[BudgetType]
) -> list[TrafficPlan]:
    """Plan each ad group's traffic; those that may run at the same hours share a plan."""
    known: dict[tuple[bytes, BudgetType], TrafficPlan] = {}
    plans = []
    for hours, budget_type in zip(may_run.T, budget_types, strict=True):
        key = (hours.tobytes(), budget_type)
        if key not in known:
            known[key] = traffic_plan(hourly_opportunities, np.ascontiguousarray(hours), budget_type)
        plans.append(known[key])
    return plans


def _controllers(ad_groups: tuple[AdGroup, ...]) -> list[tuple[NDArray[np.int64], Controller]]:
    """Give each kind of controller the numbers of its ad groups."""
    kinds = [_kind_of(ad_group) for ad_group in ad_groups]
    found: list[tuple[NDArray[np.int64], Controller]] = []
    for kind in (Throttle, BidMultiplier, Mystique):
        numbers = np.array([number for number, own in enumerate(kinds) if own is kind], dtype=np.int64)
        if numbers.size:
            found.append((numbers, kind(numbers.size)))
    return found


def _kind_of(ad_group: AdGroup) -> type[Controller] | None:
    """Return what steers an ad group from tick to tick; None where nothing does."""
    match ad_group.pacing_delivery_type:
        case Pacing.STANDARD:
            return BidMultiplier if is_automatic(ad_group) else Throttle
        case Pacing.BID_MULTIPLIER:
            return BidMultiplier
        case Pacing.MYSTIQUE:
            return Mystique
        case _:
            return None


def _learners(config: RunConfig, budgets_micros: list[int], plans: list[TrafficPlan]) -> NDArray[np.int64]:
    """Prepare adaptive pacing, whose μ starts at 0: int64 array, shape (n_all_ad_groups, len(Learner))."""
    learners = np.zeros((len(plans), len(Learner)), dtype=np.int64)
    for number, ad_group in enumerate(config.all_ad_groups):
        if ad_group.pacing_delivery_type is Pacing.ADAPTIVE:
            scale = base_bid_micros(ad_group, config.market) * event_rate(ad_group) >> RATE_BITS
            terms = adaptive_terms(budgets_micros[number], plans[number].unit, scale)
            learners[number, Learner.STEP] = terms.step
            learners[number, Learner.GAIN] = terms.gain
            learners[number, Learner.GAIN_SHIFT] = terms.gain_shift
            learners[number, Learner.MU_MAX] = terms.mu_max
            learners[number, Learner.WHOLE_BID] = highest_bid_micros(ad_group, config.market)
    return learners
