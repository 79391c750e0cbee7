"""Shards that share budgets exactly: to the last bit the run of one process, for any number of shards.

Shards need to know of each other's charges only where a budget is so low that it may not cover a bid, and where a bid
learns from every charge. So each tick is first held as if nobody else charged anything. If no budget came near its end
by all charges together, that was right. Otherwise all are told what all charged in this pass, and hold the tick again;
and so on, until they charge what they were told.

Why that is the run of one process. Take the first opportunity at which two passes differ in a charge of which shards
are told. Whoever clears it, and everybody before it, was told the truth about everything before it; so all up to it is
as in the run of one process, and stays. The next pass begins behind it and is right at least as far as its own first
opportunity that differs. Every pass is right further than the one before, and what the last one charges is what it was
told.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.auction_room import Balances, TickOrders
from simulator.kernels.tables import Learner
from simulator.ledger import Ledger
from simulator.sharding.charges import Charges
from simulator.sharding.shard_room import TickOutcome
from simulator.sharding.sharded_room import ShardedRoom, spent_micros, sum_of
from simulator.sharding.shards import Shards


class ExactRoom(ShardedRoom):
    """Where auctions are held in shards, with the result of a run in one process.

    Parameters
    ----------
    shards : Shards
        That can hold a tick again.
    ledger : Ledger
        Of the whole run, blank.
    campaign_of : int64 array, shape (n_all_ad_groups,)
        Number of each ad group's campaign.

    Attributes
    ----------
    n_passes : list of int
        How often each tick was held, so far.
    """

    def __init__(self, shards: Shards, ledger: Ledger, campaign_of: NDArray[np.int64]) -> None:
        super().__init__(shards, ledger)
        self.n_passes: list[int] = []
        self._campaign_of = campaign_of

    def clear(self, orders: TickOrders, balances: Balances) -> None:
        """Clear all auctions of one tick; balances are changed in place, the rest is written into the ledger."""
        outcomes: list[TickOutcome] = self._shards.all("hold", orders, balances)
        told, certain, n_passes = Charges.none(), 0, 1
        is_watched = np.zeros_like(self._campaign_of, dtype=np.bool_)
        while True:
            is_new = self._watched(outcomes, balances) & ~is_watched
            is_watched |= is_new
            charges = self._charges(is_watched, is_new)
            difference = charges.first_difference(told)
            if difference is None:
                break
            certain = max(certain, difference + 1)
            outcomes = self._shards.all("hold_again", charges, certain)
            told = charges.since(certain)
            n_passes += 1
        self.n_passes.append(n_passes)
        spent = spent_micros(outcomes)
        self._ledger.tallies[orders.tick] = sum_of([outcome.tally for outcome in outcomes])
        balances.remaining_micros[:] -= spent
        balances.campaign_remaining_micros[:] -= self._by_campaign(spent, balances)
        balances.learners[:] = outcomes[0].learners

    def _charges(self, is_watched: NDArray[np.bool_], is_new: NDArray[np.bool_]) -> Charges:
        """Return the charges that shards have to be told, of the part of the tick that is not final.

        Of ad groups of which they were told nothing so far, also what is final: it was right without it, but is spent.
        """
        if not is_watched.any():
            return Charges.none()
        return Charges.joined(self._shards.all("charges", is_watched, is_new))

    def _watched(self, outcomes: list[TickOutcome], balances: Balances) -> NDArray[np.bool_]:
        """Return of which ad groups' charges shards have to be told: bool array, shape (n_all_ad_groups,)."""
        spent = spent_micros(outcomes)
        left = balances.remaining_micros - spent
        campaign_left = balances.campaign_remaining_micros - self._by_campaign(spent, balances)
        highest = np.max([outcome.highest_bid_micros for outcome in outcomes], axis=0)
        campaign_highest = np.max([outcome.campaign_highest_bid_micros for outcome in outcomes], axis=0)
        is_low = (left < highest) | (campaign_left[self._campaign_of] < campaign_highest)
        is_learner = balances.learners[:, Learner.STEP] > 0
        watched: NDArray[np.bool_] = (spent > 0) & (is_low | is_learner) & (len(outcomes) > 1)
        return watched

    def _by_campaign(self, micros: NDArray[np.int64], balances: Balances) -> NDArray[np.int64]:
        sums = np.zeros_like(balances.campaign_remaining_micros)
        np.add.at(sums, self._campaign_of, micros)
        return sums
