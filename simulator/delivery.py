"""The state of a running delivery: what processes change and auctions read.

Processes tell it what has happened (an audience was populated, an ad approved, a day began); before every tick it says
what the auctions are held with. It knows no time of its own; SimPy does.
"""

from collections.abc import Iterable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.auction_room import Balances, TickOrders
from simulator.config import BudgetType, Campaign, EntityStatus, RunConfig
from simulator.eligibility import State
from simulator.kernels.tables import N_TALLY_COLUMNS, Column
from simulator.ledger import Ledger, LifeEvent
from simulator.steering import Purses, Steering
from workbench.data_fee import BASIS_POINTS

MIN_NEWCOMER_BP: Final = 500
"""A frequency goal never lowers the rank of newcomers by more: some have to come for the average to be one."""

NO_BUDGET: Final = 1 << 62


class Room(Protocol):
    """Where auctions are held: `simulator.auction_room.AuctionRoom`, or many of them that act as one."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the report should know of the audiences as they are now."""

    def clear(self, orders: TickOrders, balances: Balances) -> None:
        """Clear all auctions of one tick; balances are changed in place, the rest is written into the ledger."""

    def fees_bp(self) -> list[set[int]]:
        """Return the data fees that each ad group may have to pay once all audiences count, basis points."""

    def finish(self) -> None:
        """Bring the ledger to its end."""


class Delivery:
    """A run in progress.

    Parameters
    ----------
    config : RunConfig
        What is run.
    steering : Steering
        The pacing of all ad groups.
    room : Room
        Where auctions are held.
    ledger : Ledger
        Blank, and the room's.

    Attributes
    ----------
    ledger : Ledger
        What has happened so far.
    """

    def __init__(self, config: RunConfig, steering: Steering, room: Room, ledger: Ledger) -> None:
        self.config, self.ledger = config, ledger
        self._steering, self._room = steering, room
        ad_groups, campaigns = config.all_ad_groups, config.all_campaigns
        self._first_ad = np.cumsum([0, *(max(1, len(ad_group.ads)) for ad_group in ad_groups)])
        self._first_ads = {
            ad_group.ad_group_id: (first_ad, ad_group)
            for first_ad, ad_group in zip(self._first_ad[:-1].tolist(), ad_groups, strict=True)
        }
        self._newcomer_bp = np.full(len(ad_groups), BASIS_POINTS, dtype=np.int64)
        self._budget_micros = np.array([each.budget_micros or NO_BUDGET for each in ad_groups], dtype=np.int64)
        self._goals = [
            (number, each.frequency_goal.frequency)
            for number, each in enumerate(ad_groups)
            if each.frequency_goal is not None
        ]
        self._is_daily = np.array([each.budget_type is BudgetType.DAILY for each in ad_groups])
        self._campaign_budget_micros = np.array([each.budget_micros or NO_BUDGET for each in campaigns], dtype=np.int64)
        self._is_campaign_daily = np.array([each.budget_type is BudgetType.DAILY for each in campaigns])
        self._balances = Balances(
            self._budget_micros.copy(), self._campaign_budget_micros.copy(), self._steering.learners
        )
        self._last_tally = np.zeros((len(ad_groups), N_TALLY_COLUMNS), dtype=np.int64)
        self._is_live = np.zeros(int(self._first_ad[-1]), dtype=np.bool_)
        self._has_live_ad = np.zeros(len(ad_groups), dtype=np.bool_)
        self._populated: dict[str, int] = {}
        self._state: State = frozenset()

    def note(self, hour: float, subject: str, change: str) -> None:
        """Write one life event into the ledger."""
        self.ledger.life.append(LifeEvent(hour, subject, change))

    def add_populated(self, audience_id: str, version: int) -> None:
        """Let the members of an audience's version count from now on, unless those of a later one do already."""
        self._populated[audience_id] = max(version, self._populated.get(audience_id, 0))
        self._state = frozenset(self._populated.items())

    def approve(self, campaign: Campaign, ads: Iterable[tuple[str, int]]) -> None:
        """Let ads be shown from now on, given by ad group and number, where nobody has switched anything off."""
        self._is_live = self._is_live.copy()  # a room takes the same array for no change
        for ad_group_id, ad in ads:
            first_ad, ad_group = self._first_ads[ad_group_id]
            states = [campaign.status, ad_group.status, *(each.status for each in ad_group.ads[ad : ad + 1])]
            self._is_live[first_ad + ad] = all(state is EntityStatus.ACTIVE for state in states)
        self._has_live_ad = np.logical_or.reduceat(self._is_live, self._first_ad[:-1])

    def begin_day(self) -> None:
        """Give every daily budget its amount again."""
        remaining_micros, campaign_remaining_micros, _ = self._balances
        remaining_micros[self._is_daily] = self._budget_micros[self._is_daily]
        campaign_remaining_micros[self._is_campaign_daily] = self._campaign_budget_micros[self._is_campaign_daily]
        self._steering.begin_day()

    def clear(self, tick: int, n_opportunities: int, class_cuts: NDArray[np.uint64]) -> None:
        """Pace, bid and clear all auctions of one tick."""
        steering, ledger, balances = self._steering, self.ledger, self._balances
        purses = Purses(balances.remaining_micros, balances.campaign_remaining_micros, self._last_tally)
        steering.steer(tick, purses, self._has_live_ad)
        bidding, pace = steering.bidding, steering.pace
        self._set_newcomer_factors(tick, bidding.is_bidding)
        orders = TickOrders(
            tick,
            n_opportunities,
            class_cuts,
            self._state,
            self._is_live,
            bidding.base_micros,
            *pace,
            self._newcomer_bp,
        )
        self._room.clear(orders, balances)
        ledger.n_opportunities[tick] = n_opportunities
        ledger.pace_bp[tick], ledger.participation_bp[tick] = pace
        self._last_tally = ledger.tallies[tick]

    def finish(self) -> None:
        """Bring the ledger to its end."""
        self._room.finish()
        self.ledger.life.sort(key=lambda event: event.hour)

    def _set_newcomer_factors(self, tick: int, is_bidding: NDArray[np.bool_]) -> None:
        """Lower the rank of newcomers while those who were reached have seen less than the goal."""
        for number, goal in self._goals:
            if is_bidding[number]:
                shown, reached = self.ledger.tallies[:tick, number][:, [Column.IMPRESSIONS, Column.REACHED]].sum(axis=0)
                factor = BASIS_POINTS * int(shown) // (int(reached) * goal) if reached else BASIS_POINTS
                self._newcomer_bp[number] = min(BASIS_POINTS, max(MIN_NEWCOMER_BP, factor))
