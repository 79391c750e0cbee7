"""Steering: before every tick each ad group's controller sets what the tick is bid with.

An ad group follows its own budget, or its campaign's where it has none; then it is the campaign's spend and remainder
that it is told of.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import AdGroup, BudgetType, RunConfig
from simulator.config import PacingDeliveryType as Pacing
from simulator.fixed_point import base_bid_micros, event_rate, highest_bid_micros, is_automatic
from simulator.kernels.tables import RATE_BITS, Column, Learner
from simulator.pacing import (
    BidMultiplier,
    Controller,
    Mystique,
    Observed,
    Throttle,
    TrafficPlan,
    adaptive_terms,
    full_pace,
    traffic_plan,
)
from workbench.jit import kernel, typed_once

_MEDIA_MICROS: Final = int(Column.MEDIA_MICROS)
_DATA_FEE_MICROS: Final = int(Column.DATA_FEE_MICROS)


class Purses(NamedTuple):
    """How the budgets stand before a tick.

    Attributes
    ----------
    remaining_micros : int64 array, shape (n_all_ad_groups,)
        What is left of each ad group's budget, micro-currency.
    campaign_remaining_micros : int64 array, shape (n_all_campaigns,)
        What is left of each campaign's.
    last_tally : int64 array, shape (n_all_ad_groups, N_TALLY_COLUMNS)
        What each ad group did in the tick before; zeros before the first one.
    """

    remaining_micros: NDArray[np.int64]
    campaign_remaining_micros: NDArray[np.int64]
    last_tally: NDArray[np.int64]


class _Followed(NamedTuple):
    """Which budget and which traffic each ad group follows.

    Attributes
    ----------
    campaign : int64 array, shape (n_all_ad_groups,)
        Number of its campaign.
    is_sharing : bool array, shape (n_all_ad_groups,)
        Whether it follows its campaign's budget, as it has none of its own.
    last, coming, remaining : float64 array, shape (n_hours, n_all_ad_groups)
        The shares of its `TrafficPlan`.
    """

    campaign: NDArray[np.int64]
    is_sharing: NDArray[np.bool_]
    last: NDArray[np.float64]
    coming: NDArray[np.float64]
    remaining: NDArray[np.float64]


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
    pace : Pace
        Factor on the bid and share of auctions for the coming tick, of all ad groups.
    learners : int64 array, shape (n_all_ad_groups, len(Learner))
        Adaptive pacing, as it begins.
    """

    def __init__(
        self, config: RunConfig, hourly_opportunities: NDArray[np.float64], may_run: NDArray[np.bool_]
    ) -> None:
        members = [
            (number, campaign, ad_group)
            for number, campaign in enumerate(config.all_campaigns)
            for ad_group in campaign.ad_groups
        ]
        owners = [campaign if ad_group.budget_micros is None else ad_group for _, campaign, ad_group in members]
        plans = _plans(hourly_opportunities, may_run, [owner.budget_type for owner in owners])
        shares = (
            np.stack([getattr(plan, name) for plan in plans], axis=1)
            for name in ("last_share", "coming_share", "remaining_share")
        )
        n = len(members)
        self._is_daily = np.array([owner.budget_type is BudgetType.DAILY for owner in owners])
        self._followed = _Followed(
            np.array([number for number, _, _ in members], dtype=np.int64),
            np.array([ad_group.budget_micros is None for _, _, ad_group in members]),
            *shares,
        )
        self._observed = Observed(
            np.array([float(owner.budget_micros or 0) for owner in owners]), *(np.zeros(n) for _ in range(5))
        )
        self._controllers = _controllers(config.all_ad_groups)
        self.learners = _learners(config, [int(owner.budget_micros or 0) for owner in owners], plans)
        self.pace = full_pace(n)
        self._observe = typed_once(_observe)
        self._has_bid = np.zeros(n, dtype=np.bool_)

    def begin_day(self) -> None:
        """Begin a new period for everybody who follows a daily budget."""
        for _, controller in self._controllers:
            controller.start_period(self._is_daily)

    def set_pace(self, tick: int, purses: Purses, is_bidding: NDArray[np.bool_]) -> None:
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
        self._observe(tick, purses, self._has_bid, self._followed, self._observed)
        for is_own, controller in self._controllers:
            controller.pace(self._observed, is_bidding & is_own, self.pace)
        self._has_bid = is_bidding


@kernel
def _observe(tick: int, purses: Purses, has_bid: NDArray[np.bool_], followed: _Followed, observed: Observed) -> None:
    """Tell how the budgets that ad groups follow, and their traffic, stand before a tick."""
    campaign_spend = np.zeros(purses.campaign_remaining_micros.size)
    for n in range(has_bid.size):
        observed.remaining_micros[n] = purses.remaining_micros[n]
        tally = purses.last_tally[n]
        observed.last_spend_micros[n] = tally[_MEDIA_MICROS] + tally[_DATA_FEE_MICROS]
        campaign_spend[followed.campaign[n]] += observed.last_spend_micros[n]
    for n in range(has_bid.size):
        if followed.is_sharing[n]:
            observed.remaining_micros[n] = purses.campaign_remaining_micros[followed.campaign[n]]
            observed.last_spend_micros[n] = campaign_spend[followed.campaign[n]]
        observed.last_share[n] = followed.last[tick, n] if has_bid[n] else 0.0
        observed.coming_share[n] = followed.coming[tick, n]
        observed.remaining_share[n] = followed.remaining[tick, n]


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


def _controllers(ad_groups: tuple[AdGroup, ...]) -> list[tuple[NDArray[np.bool_], Controller]]:
    """Make each kind of controller that is needed, and say which ad groups are its own."""
    kinds = [_kind_of(ad_group) for ad_group in ad_groups]
    return [
        (np.array([own is kind for own in kinds]), kind(len(kinds)))
        for kind in (Throttle, BidMultiplier, Mystique)
        if kind in kinds
    ]


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
