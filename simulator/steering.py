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


class Bidding(NamedTuple):
    """Who bids in a tick.

    Attributes
    ----------
    is_bidding : bool array, shape (n_all_ad_groups,)
        Which ad groups.
    base_micros : int64 array, shape (n_all_ad_groups,)
        Their bids for a billable event before any multiplier, micro-currency; 0 where an ad group does not bid.
    """

    is_bidding: NDArray[np.bool_]
    base_micros: NDArray[np.int64]


class _Followed(NamedTuple):
    """What each ad group bids, and which budget and which traffic it follows.

    Attributes
    ----------
    base_micros : int64 array, shape (n_all_ad_groups,)
        Its bid for a billable event before any multiplier, micro-currency.
    campaign : int64 array, shape (n_all_ad_groups,)
        Number of its campaign.
    is_sharing : bool array, shape (n_all_ad_groups,)
        Whether it follows its campaign's budget, as it has none of its own.
    may_run : bool array, shape (n_hours, n_all_ad_groups)
        From `simulator.schedule.hours_to_run`.
    last, coming, remaining : float64 array, shape (n_hours, n_all_ad_groups)
        The shares of its `TrafficPlan`.
    """

    base_micros: NDArray[np.int64]
    campaign: NDArray[np.int64]
    is_sharing: NDArray[np.bool_]
    may_run: NDArray[np.bool_]
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
    bidding : Bidding
        Who bids in the coming tick.
    pace : Pace
        Factor on the bid and share of auctions for it, of all ad groups.
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
            np.array([base_bid_micros(ad_group, config.market) for _, _, ad_group in members], dtype=np.int64),
            np.array([number for number, _, _ in members], dtype=np.int64),
            np.array([ad_group.budget_micros is None for _, _, ad_group in members]),
            may_run,
            *shares,
        )
        self._observed = Observed(
            np.array([float(owner.budget_micros or 0) for owner in owners]), *(np.zeros(n) for _ in range(5))
        )
        self._controllers = _controllers(config.all_ad_groups)
        self.learners = _learners(config, [int(owner.budget_micros or 0) for owner in owners], plans)
        self.bidding = Bidding(np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.int64))
        self.pace = full_pace(n)
        self._observe = typed_once(_observe)

    def begin_day(self) -> None:
        """Begin a new period for everybody who follows a daily budget."""
        for controller in self._controllers:
            controller.start_period(self._is_daily)

    def steer(self, tick: int, purses: Purses, has_live_ad: NDArray[np.bool_]) -> None:
        """Set who bids in the coming tick, and at what pace.

        Parameters
        ----------
        tick : int
            Its number.
        purses : Purses
            How the budgets stand.
        has_live_ad : bool array, shape (n_all_ad_groups,)
            Who has something to show.
        """
        self._observe(tick, purses, has_live_ad, self._followed, self._observed, self.bidding)
        for controller in self._controllers:
            controller.pace(self._observed, self.bidding.is_bidding, self.pace)


@kernel
def _observe(
    tick: int,
    purses: Purses,
    has_live_ad: NDArray[np.bool_],
    followed: _Followed,
    observed: Observed,
    bidding: Bidding,
) -> None:
    """Tell how the budgets that ad groups follow, and their traffic, stand before a tick, and who bids in it."""
    campaign_spend = np.zeros(purses.campaign_remaining_micros.size)
    for n in range(has_live_ad.size):
        observed.remaining_micros[n] = purses.remaining_micros[n]
        tally = purses.last_tally[n]
        observed.last_spend_micros[n] = tally[_MEDIA_MICROS] + tally[_DATA_FEE_MICROS]
        campaign_spend[followed.campaign[n]] += observed.last_spend_micros[n]
    for n in range(has_live_ad.size):
        if followed.is_sharing[n]:
            observed.remaining_micros[n] = purses.campaign_remaining_micros[followed.campaign[n]]
            observed.last_spend_micros[n] = campaign_spend[followed.campaign[n]]
        observed.last_share[n] = followed.last[tick, n] if bidding.is_bidding[n] else 0.0
        observed.coming_share[n] = followed.coming[tick, n]
        observed.remaining_share[n] = followed.remaining[tick, n]
        bidding.is_bidding[n] = followed.may_run[tick, n] and has_live_ad[n]
        bidding.base_micros[n] = followed.base_micros[n] if bidding.is_bidding[n] else 0


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


def _controllers(ad_groups: tuple[AdGroup, ...]) -> list[Controller]:
    """Make each kind of controller that is needed."""
    kinds = [_kind_of(ad_group) for ad_group in ad_groups]
    return [
        kind(np.array([own is kind for own in kinds])) for kind in (Throttle, BidMultiplier, Mystique) if kind in kinds
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
