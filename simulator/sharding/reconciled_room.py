"""Shards that share budgets by the tick: each spends a share of what is left, and what it leaves goes back.

That is how platforms do it whose servers do not ask each other before every bid. The shares never add up to more than
there is, so no budget is ever passed. But a shard whose share is used up lets opportunities go that another one's share
could have paid for, and one that learns from charges learns of the others' only when the tick is over: what a run does
depends a little on the number of shards. It depends on nothing else.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simulator.auction_room import Balances, TickOrders
from simulator.config import RunConfig
from simulator.kernels.tables import Learner
from simulator.ledger import Ledger
from simulator.pacing.adaptive import GAIN_BITS
from simulator.sharding.shard_room import TickOutcome
from simulator.sharding.sharded_room import ShardedRoom, spent_micros, sum_of
from simulator.sharding.shards import Shards
from simulator.sharding.shares import shared_out
from simulator.traffic_classes import TrafficClasses, expected_opportunities
from workbench.data_fee import BASIS_POINTS


class ReconciledRoom(ShardedRoom):
    """Where auctions are held in shards that are told of each other once a tick.

    Parameters
    ----------
    shards : Shards
        That hold them.
    ledger : Ledger
        Of the whole run, blank.
    config : RunConfig
        What is run.
    classes : TrafficClasses
        Of the run.
    """

    def __init__(self, shards: Shards, ledger: Ledger, config: RunConfig, classes: TrafficClasses) -> None:
        super().__init__(shards, ledger)
        self._config, self._classes = config, classes
        self._activity = np.stack(shards.all("activity_by_class"))
        self._campaign_of = np.repeat(
            np.arange(len(config.all_campaigns)), [len(campaign.ad_groups) for campaign in config.all_campaigns]
        )
        highest = [max(1.0, *each.bid_multipliers.values(), 1.0) for each in config.all_ad_groups]
        self._highest_bp = np.array([math.ceil(factor * BASIS_POINTS) for factor in highest], dtype=np.int64)

    def clear(self, orders: TickOrders, balances: Balances) -> None:
        """Clear all auctions of one tick; balances are changed in place, the rest is written into the ledger."""
        weights = self._expected_traffic(orders.tick)
        parts = self._shared_out(orders, balances, weights)
        outcomes: list[TickOutcome] = self._shards.each("hold", [(orders, part) for part in parts])
        spent = spent_micros(outcomes)
        self._ledger.tallies[orders.tick] = sum_of([outcome.tally for outcome in outcomes])
        balances.remaining_micros[:] -= spent
        np.subtract.at(balances.campaign_remaining_micros, self._campaign_of, spent)
        is_learner = balances.learners[:, Learner.STEP] > 0
        mu = np.stack([outcome.learners[:, Learner.MU] for outcome in outcomes])
        balances.learners[is_learner, Learner.MU] = (mu * weights).sum(axis=0)[is_learner].astype(np.int64)

    def _expected_traffic(self, tick: int) -> NDArray[np.float64]:
        """Return which share of each ad group's traffic of a tick each shard expects.

        Returns
        -------
        float64 array, shape (n_shards, n_all_ad_groups)
            Adds up to 1 for each ad group.
        """
        expected = expected_opportunities(self._config, self._classes, tick)
        of_class = np.array(self._classes.activity)
        rates = np.divide(expected, of_class, out=np.zeros_like(expected), where=of_class > 0)
        traffic = self._activity @ rates
        traffic = np.where(traffic.sum(axis=0) > 0, traffic, 1.0)
        shares: NDArray[np.float64] = traffic / traffic.sum(axis=0)
        return shares

    def _shared_out(self, orders: TickOrders, balances: Balances, weights: NDArray[np.float64]) -> list[Balances]:
        """Return what each shard may use up in a tick."""
        raised = orders.base_micros * self._highest_bp // BASIS_POINTS + 1
        bids = np.maximum(1, raised * orders.pace_bp // BASIS_POINTS + 1)
        campaign_bids = np.ones_like(balances.campaign_remaining_micros)
        np.maximum.at(campaign_bids, self._campaign_of, bids)
        campaign_weights = np.zeros((len(weights), campaign_bids.size))
        np.add.at(campaign_weights.T, self._campaign_of, (weights * (orders.base_micros > 0)).T)
        own = shared_out(balances.remaining_micros, bids, weights)
        of_campaigns = shared_out(balances.campaign_remaining_micros, campaign_bids, campaign_weights)
        learners = [_scaled(balances.learners, share) for share in weights]
        return [Balances(*part) for part in zip(own, of_campaigns, learners, strict=True)]


def _scaled(learners: NDArray[np.int64], share: NDArray[np.float64]) -> NDArray[np.int64]:
    """Let adaptive pacing learn from a shard's charges as if all others charged alike.

    μ falls with every opportunity of everybody, but a shard sees only its own charges, a share of all. So each of them
    counts as the inverse of that share. The weighted mean of what the shards end with is then what one learner that saw
    every charge once would end with, as far as no bound was met.
    """
    scaled = learners.copy()
    for number in np.flatnonzero((learners[:, Learner.STEP] > 0) & (share > 0)).tolist():
        fraction, exponent = math.frexp(int(learners[number, Learner.GAIN]) / float(share[number]))
        lost_bits = max(0, min(exponent - GAIN_BITS, int(learners[number, Learner.GAIN_SHIFT])))
        gain = min(int(math.ldexp(fraction, exponent - lost_bits)), (1 << GAIN_BITS) - 1)
        scaled[number, Learner.GAIN], scaled[number, Learner.GAIN_SHIFT] = (
            gain,
            learners[number, Learner.GAIN_SHIFT] - lost_bits,
        )
    return scaled
