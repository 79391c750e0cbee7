"""The state of a running delivery: what processes change and auctions read.

Processes tell it what has happened (an audience was populated, a campaign approved, a day began) and it keeps the
arrays of the auction true to that. It knows no time of its own; SimPy does.
"""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import BudgetType, Campaign, Market, PacingDeliveryType, RunConfig, SelfCompetition
from simulator.eligibility import Eligibility
from simulator.kernels.auction import (
    CLICK_SCALE,
    N_RIVAL_QUANTILES,
    NO_OFFER,
    AuctionInputs,
    AuctionOutputs,
    Column,
    clear_auctions,
    submit_bids,
)
from simulator.kernels.draws import Stream, stream_key
from simulator.kernels.sampling import AliasTable
from simulator.ledger import Ledger, LifeEvent
from simulator.money import IMPRESSIONS_PER_CPM, POLICY_CODES, bid_per_impression_micros
from simulator.pacing import FULL_MULTIPLIER_BP, paced_multiplier_bp

TICK_HOURS = 1
"""Length of a tick: SimPy does hours, the kernel does the auctions inside them."""

_OPPORTUNITIES_PER_TICK = 1 << 32


class TrafficShare(NamedTuple):
    """How far the traffic of a period has come, in millionths of its expected traffic.

    Attributes
    ----------
    last_ppm : int
        What the last tick had.
    remaining_ppm : int
        What is still to come.
    """

    last_ppm: int
    remaining_ppm: int


class Delivery:
    """A run in progress.

    Parameters
    ----------
    config : RunConfig
        What is run.
    eligibility : Eligibility
        Who each ad group may reach.
    traffic : AliasTable
        Who an opportunity belongs to.

    Attributes
    ----------
    ledger : Ledger
        What has happened so far.
    """

    def __init__(self, config: RunConfig, eligibility: Eligibility, traffic: AliasTable) -> None:
        self.config = config
        self.ledger = Ledger.blank(config.flight.n_hours // TICK_HOURS, len(config.ad_groups), eligibility.n_entries)
        self.warnings: tuple[str, ...] = ()
        self._eligibility = eligibility
        self._populated: frozenset[str] = frozenset()
        ad_groups = config.ad_groups
        self._bid_micros = np.array([bid_per_impression_micros(ad_group.bid_cpm_micros) for ad_group in ad_groups])
        self._budget_micros = np.array([ad_group.budget_micros for ad_group in ad_groups], dtype=np.int64)
        self._is_daily = np.array([ad_group.budget_type is BudgetType.DAILY for ad_group in ad_groups])
        self._paced = [
            number
            for number, ad_group in enumerate(ad_groups)
            if ad_group.pacing_delivery_type is PacingDeliveryType.STANDARD
        ]
        self._campaign_id = np.array(
            [campaign.campaign_id for campaign in config.campaigns for _ in campaign.ad_groups], dtype=np.str_
        )
        self._remaining_micros = self._budget_micros.copy()
        self._last_spend_micros = np.zeros(len(config.ad_groups), dtype=np.int64)
        self._multiplier_bp = np.full(len(config.ad_groups), FULL_MULTIPLIER_BP, dtype=np.int64)
        self._is_approved = np.zeros(len(config.ad_groups), dtype=np.bool_)
        self._inputs = self._auction_inputs(traffic)

    def _auction_inputs(self, traffic: AliasTable) -> AuctionInputs:
        config, eligibility = self.config, self._eligibility
        click_rates = np.array([ad_group.click_rate for ad_group in config.ad_groups])
        return AuctionInputs(
            account_key=stream_key(config.rng_seed, Stream.ACCOUNT),
            rival_key=stream_key(config.rng_seed, Stream.RIVAL_BID),
            click_key=stream_key(config.rng_seed, Stream.CLICK),
            traffic=traffic,
            rival_bid_micros=rival_bid_table(config.market),
            bid_floor_micros=bid_per_impression_micros(config.market.bid_floor_cpm_micros),
            is_best_only=config.self_competition is SelfCompetition.BEST_ONLY,
            first_entry=eligibility.first_entry,
            entry_offer=np.full(eligibility.n_entries, NO_OFFER, dtype=np.int32),
            offer_ad_group=eligibility.offer_ad_group,
            offer_fee_bp=eligibility.offer_fee_bp,
            offer_is_redundant=eligibility.offer_is_redundant,
            offer_bid_micros=np.zeros_like(eligibility.offer_fee_bp),
            offer_effective_micros=np.zeros_like(eligibility.offer_fee_bp),
            click_threshold=(click_rates * CLICK_SCALE).astype(np.uint64),
        )

    def note(self, hour: float, subject: str, change: str) -> None:
        """Write one life event into the ledger."""
        self.ledger.life.append(LifeEvent(hour, subject, change))

    def add_populated(self, audience_id: str) -> None:
        """Let an audience's members count from now on."""
        self._populated |= {audience_id}

    def approve(self, campaign: Campaign) -> None:
        """Let a campaign's ad groups bid from now on."""
        self._is_approved |= self._campaign_id == campaign.campaign_id

    def begin_day(self) -> None:
        """Give every daily budget its amount again; what the day before did not spend is gone."""
        self._remaining_micros[self._is_daily] = self._budget_micros[self._is_daily]

    def pace(self, day: TrafficShare, flight: TrafficShare) -> None:
        """Set every pacing multiplier for the coming tick.

        Parameters
        ----------
        day, flight : TrafficShare
            Where the day's and the flight's traffic stand.
        """
        for number in self._paced:
            if self._is_approved[number]:
                share = day if self._is_daily[number] else flight
                self._multiplier_bp[number] = paced_multiplier_bp(
                    int(self._multiplier_bp[number]),
                    int(self._last_spend_micros[number]),
                    share.last_ppm,
                    int(self._remaining_micros[number]),
                    share.remaining_ppm,
                )

    def clear(self, tick: int, n_opportunities: int) -> None:
        """Clear all auctions of one tick with the bids of this moment."""
        offers = self._eligibility.offers(self._populated)
        self.warnings = offers.warnings
        self._submit_bids()
        self.ledger.n_opportunities[tick] = n_opportunities
        self.ledger.multiplier_bp[tick] = self._multiplier_bp
        clear_auctions(
            np.uint64(tick * _OPPORTUNITIES_PER_TICK),
            n_opportunities,
            self._inputs._replace(entry_offer=offers.entry_offer),
            AuctionOutputs(
                self._remaining_micros,
                self.ledger.tallies[tick],
                self.ledger.entry_impressions,
                self.ledger.self_competition_micros,
            ),
        )
        spent = self.ledger.tallies[tick][:, [Column.MEDIA_MICROS, Column.DATA_FEE_MICROS]]
        self._last_spend_micros = spent.sum(axis=1)

    def _submit_bids(self) -> None:
        """Submit each approved ad group's paced bid, at least one micro, and nothing for the others."""
        paced = np.maximum(1, self._bid_micros * self._multiplier_bp // FULL_MULTIPLIER_BP)
        policy_code = POLICY_CODES[self.config.third_party_data.bid_reduction_policy]
        submit_bids(np.where(self._is_approved, paced, 0), policy_code, self._inputs)


@lru_cache(maxsize=64)
def rival_bid_table(market: Market) -> NDArray[np.int64]:
    """Tabulate the highest rival bid at equally likely quantiles of its log-normal distribution.

    Parameters
    ----------
    market : Market
        Median and spread of the bid.

    Returns
    -------
    int64 array, shape (N_RIVAL_QUANTILES,)
        Bids per impression, micro-currency, ascending.
    """
    standard_normal = NormalDist()
    scores = [standard_normal.inv_cdf((step + 0.5) / N_RIVAL_QUANTILES) for step in range(N_RIVAL_QUANTILES)]
    median = market.rival_bid_cpm_micros / IMPRESSIONS_PER_CPM
    table = np.array([int(median * math.exp(market.rival_bid_sigma * score)) for score in scores], dtype=np.int64)
    table.flags.writeable = False
    return table
