"""The state of a running delivery: what processes change and auctions read.

Processes tell it what has happened (an audience was populated, an ad approved, a day began) and it keeps the arrays of
the auction true to that. It knows no time of its own; SimPy does.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.config import HOURS_PER_DAY, BudgetType, Campaign, EntityStatus, RunConfig
from simulator.eligibility import Eligibility, Offers
from simulator.fixed_point import base_bid_micros
from simulator.kernels.auction import (
    CLASS_SHIFT,
    ENTRY_SHIFT,
    clear_auctions,
    leave_window,
    new_scratch,
    settle_learners,
)
from simulator.kernels.bids import Bids, submit_bids
from simulator.kernels.response import add_to_pair
from simulator.kernels.sampling import TrafficTable
from simulator.kernels.tables import (
    CHANCE_ONE,
    Column,
    Group,
    Inputs,
    Learner,
    Offer,
    Outputs,
    PairSums,
    Share,
    ShownLog,
)
from simulator.landscape import BidLandscape
from simulator.ledger import Ledger, LedgerShape, LifeEvent, SelfCompetition
from simulator.offer_rows import Lifts, OfferRows, auction_rules, group_rows, offer_rows
from simulator.steering import Purses, Steering
from workbench.data_fee import BASIS_POINTS

MIN_NEWCOMER_BP: Final = 500
"""A frequency goal never lowers the rank of newcomers by more: some have to come for the average to be one."""

MAX_CALL: Final = 1 << 17
"""Opportunities that are cleared in one call of the kernel, so that its logs can be given room for all of them."""

NO_BUDGET: Final = 1 << 62
SHARE_COLUMNS: Final = [int(Column[share.name]) for share in Share]
_SPEND: Final = [int(Column.MEDIA_MICROS), int(Column.DATA_FEE_MICROS)]


class Delivery:
    """A run in progress.

    Parameters
    ----------
    config : RunConfig
        What is run.
    eligibility : Eligibility
        Who each ad group may reach.
    traffic : TrafficTable
        Who an opportunity belongs to.
    landscape : BidLandscape
        What rivals bid for whom.
    steering : Steering
        The pacing of all ad groups.
    may_run : bool array, shape (n_hours, n_all_ad_groups)
        From `simulator.schedule.hours_to_run`.

    Attributes
    ----------
    ledger : Ledger
        What has happened so far.
    """

    def __init__(
        self,
        config: RunConfig,
        eligibility: Eligibility,
        traffic: TrafficTable,
        landscape: BidLandscape,
        steering: Steering,
        may_run: NDArray[np.bool_],
    ) -> None:
        self.config, self._eligibility, self._traffic = config, eligibility, traffic
        self._landscape, self._steering, self._may_run = landscape, steering, may_run
        ad_groups, campaigns = config.all_ad_groups, config.all_campaigns
        self._n_ads = [max(1, len(ad_group.ads)) for ad_group in ad_groups]
        self._first_ad = np.cumsum([0, *self._n_ads])
        self._window_days = np.array([cap.window_days if (cap := each.max_frequency) else 0 for each in ad_groups])
        self._included = [
            (number, an_id)
            for number, group in enumerate(config.ad_groups)
            for an_id in group.targeting.audience_include
        ]
        self.ledger = Ledger.blank(
            LedgerShape(
                config.flight.n_hours, len(ad_groups), eligibility.n_entries, sum(self._n_ads), len(self._included)
            )
        )
        self.warnings: tuple[str, ...] = ()
        self._populated: dict[str, int] = {}
        self._rules, self._groups, self._lifts = auction_rules(config), group_rows(config), Lifts(config)
        self._scratch = new_scratch(self._rules)
        self._heads = _heads(eligibility, landscape)
        self._base_micros = np.array([base_bid_micros(ad_group, config.market) for ad_group in ad_groups])
        self._budget_micros = np.array([each.budget_micros or NO_BUDGET for each in ad_groups], dtype=np.int64)
        self._is_daily = np.array([each.budget_type is BudgetType.DAILY for each in ad_groups])
        self._campaign_budget_micros = np.array([each.budget_micros or NO_BUDGET for each in campaigns], dtype=np.int64)
        self._is_campaign_daily = np.array([each.budget_type is BudgetType.DAILY for each in campaigns])
        self._campaign = self._groups[:, Group.CAMPAIGN]
        self._first_group = np.searchsorted(self._campaign, np.arange(len(campaigns) + 1)).astype(np.int64)
        self._remaining_micros = self._budget_micros.copy()
        self._campaign_remaining_micros = self._campaign_budget_micros.copy()
        self._last_spend_micros = np.zeros(len(ad_groups), dtype=np.int64)
        self._is_live = np.zeros(sum(self._n_ads), dtype=np.bool_)
        self._offers: Offers | None = None
        self._rows: OfferRows | None = None
        self._offer_shares = np.zeros((0, len(Share)), dtype=np.int64)
        self._offers_since = 0
        self._raised = _new_pairs(1)
        self._shown = ShownLog(np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64))
        self._shown_by_day: dict[int, list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = {}

    def note(self, hour: float, subject: str, change: str) -> None:
        """Write one life event into the ledger."""
        self.ledger.life.append(LifeEvent(hour, subject, change))

    def add_populated(self, audience_id: str, version: int) -> None:
        """Let the members of an audience's version count from now on, unless those of a later one do already."""
        self._populated[audience_id] = max(version, self._populated.get(audience_id, 0))

    def approve(self, campaign: Campaign, ad_group_id: str, ad: int) -> None:
        """Let one ad of an ad group be shown from now on, if nobody has switched anything off."""
        is_on = campaign.status is EntityStatus.ACTIVE
        for first_ad, ad_group in zip(self._first_ad[:-1], self.config.all_ad_groups, strict=True):
            if ad_group.ad_group_id == ad_group_id:
                states = [ad_group.status, *(each.status for each in ad_group.ads[ad : ad + 1])]
                self._is_live[first_ad + ad] = is_on and all(state is EntityStatus.ACTIVE for state in states)

    def begin_day(self, day: int) -> None:
        """Give every daily budget its amount again, and let impressions leave their windows."""
        self._remaining_micros[self._is_daily] = self._budget_micros[self._is_daily]
        whole = self._campaign_budget_micros[self._is_campaign_daily]
        self._campaign_remaining_micros[self._is_campaign_daily] = whole
        self._steering.begin_day()
        windows = set(self._window_days.tolist()) - {0}
        for window in windows:
            for entries, ad_groups in self._shown_by_day.get(day - window, []):
                leave_window(entries[self._window_days[ad_groups] == window], self.ledger.entry_counts)
        self._shown_by_day.pop(day - max(windows, default=0), None)

    def clear(self, tick: int, n_opportunities: int, class_cuts: NDArray[np.uint64]) -> None:
        """Pace, bid and clear all auctions of one tick."""
        self._follow_audiences(tick)
        is_bidding = self._may_run[tick] & self._follow_ads()
        self._steer(tick, is_bidding)
        inputs, outputs = self._inputs(tick, class_cuts), self._outputs(tick)
        submit_bids(self._bids(is_bidding), inputs, outputs)
        self.ledger.n_opportunities[tick] = n_opportunities
        for first in range(0, n_opportunities, MAX_CALL):
            n = min(MAX_CALL, n_opportunities - first)
            self._make_room(n)
            outputs = outputs._replace(raised=self._raised, shown=self._shown)
            clear_auctions(first, n, inputs, outputs, self._scratch)
            self._keep_shown(tick, inputs)
        learns = is_bidding & (self._steering.learners[:, Learner.STEP] > 0)
        settle_learners(n_opportunities, learns, outputs)
        self._last_spend_micros = self.ledger.tallies[tick][:, _SPEND].sum(axis=1)

    def finish(self) -> None:
        """Bring the ledger to its end."""
        self._fold_offers(self.config.flight.n_hours)
        is_single = np.array(self._n_ads) == 1
        self.ledger.by_ad[self._first_ad[:-1][is_single]] = self.ledger.tallies.sum(axis=0)[is_single][:, SHARE_COLUMNS]
        taken = np.sort(self._raised.pairs[self._raised.pairs > 0])
        by_pair = np.argsort(self._raised.pairs, kind="stable")[self._raised.pairs.size - taken.size :]
        payer, raiser = np.divmod(taken - 1, self._rules.n_own)
        self.ledger.self_competition = SelfCompetition(payer, raiser, self._raised.micros[by_pair])
        self.ledger.life.sort(key=lambda event: event.hour)

    def _follow_audiences(self, tick: int) -> None:
        offers = self._eligibility.offers(frozenset(self._populated.items()))
        if offers is self._offers:
            return
        self._fold_offers(tick)
        self._offers, self.warnings = offers, offers.warnings
        self._rows = offer_rows(self.config, offers, self._lifts)
        self._groups[:, Group.HAS_OFFERS] = self._rows.has_several
        self._offer_shares = np.zeros((offers.offer_ad_group.size, len(Share)), dtype=np.int64)
        self._offers_since = tick

    def _fold_offers(self, tick: int) -> None:
        """Add what became of the offers until a tick to the audiences that they stand for."""
        if self._offers is None or self._rows is None:
            return
        shares = self._offer_shares
        whole = self.ledger.tallies[self._offers_since : tick].sum(axis=0)[:, SHARE_COLUMNS]
        pairs = {pair: place for place, pair in enumerate(self._included)}
        for offer, number in enumerate(self._offers.offer_ad_group.tolist()):
            if number >= len(self.config.ad_groups) or self._offers.offer_is_idle[offer]:
                continue
            share = shares[offer] if self._rows.has_several[number] else whole[number]
            for audience_id in self._offers.offer_audiences[offer]:
                self.ledger.by_audience[pairs[number, audience_id]] += share

    def _follow_ads(self) -> NDArray[np.bool_]:
        """Say which ads may be shown, and return which ad groups have one."""
        n_live = np.add.reduceat(self._is_live.astype(np.int64), self._first_ad[:-1])
        self._groups[:, Group.FIRST_AD] = np.cumsum(n_live) - n_live
        self._groups[:, Group.N_LIVE_ADS] = n_live
        return n_live > 0

    def _steer(self, tick: int, is_bidding: NDArray[np.bool_]) -> None:
        for number, ad_group in enumerate(self.config.all_ad_groups):
            if ad_group.frequency_goal is not None and is_bidding[number]:
                shown, reached = self.ledger.tallies[:tick, number][:, [Column.IMPRESSIONS, Column.REACHED]].sum(axis=0)
                goal = ad_group.frequency_goal.frequency
                factor = BASIS_POINTS * int(shown) // (int(reached) * goal) if reached else BASIS_POINTS
                self._groups[number, Group.NEWCOMER_BP] = min(BASIS_POINTS, max(MIN_NEWCOMER_BP, factor))
        has_own = self._budget_micros < NO_BUDGET
        of_campaign = np.bincount(self._campaign, weights=self._last_spend_micros, minlength=len(self._first_group) - 1)
        purses = Purses(
            np.where(has_own, self._remaining_micros, self._campaign_remaining_micros[self._campaign]).astype(float),
            np.where(has_own, self._last_spend_micros, of_campaign[self._campaign]).astype(float),
        )
        self._steering.pace(tick, purses, is_bidding)
        self.ledger.pace_bp[tick] = self._steering.pace_bp
        self.ledger.participation_bp[tick] = self._steering.participation_bp

    def _bids(self, is_bidding: NDArray[np.bool_]) -> Bids:
        assert self._offers is not None  # noqa: S101 - set before any bid
        return Bids(
            np.where(is_bidding, self._base_micros, 0),
            self._steering.pace_bp,
            self._steering.participation_bp * CHANCE_ONE // BASIS_POINTS,
            self._offers.offer_multiplier_bp,
            self._eligibility.order,
        )

    def _inputs(self, tick: int, class_cuts: NDArray[np.uint64]) -> Inputs:
        assert self._offers is not None and self._rows is not None  # noqa: S101, PT018 - set before any auction
        rows = self._rows
        return Inputs(
            rules=self._rules,
            tick=tick,
            traffic=self._traffic,
            class_cuts=class_cuts,
            heads=self._heads,
            entry_offer=self._offers.entry_offer,
            bounds=np.zeros(len(rows.offers), dtype=np.int64),
            offers=rows.offers,
            limits=rows.limits,
            terms=rows.terms,
            groups=self._groups,
            first_offer=rows.first_offer,
            offers_of_groups=rows.offers_of_groups,
            first_group=self._first_group,
            live_ads=np.flatnonzero(self._is_live).astype(np.int64),
            knots=self._landscape.knots,
            table_of_class=np.ascontiguousarray(self._landscape.table_of[tick % HOURS_PER_DAY]),
            floors_micros=self._landscape.floors_micros,
        )

    def _outputs(self, tick: int) -> Outputs:
        return Outputs(
            self._remaining_micros,
            self._campaign_remaining_micros,
            self._steering.learners,
            self.ledger.tallies[tick],
            self.ledger.entry_counts,
            self._offer_shares,
            self.ledger.by_ad,
            self.ledger.conversions,
            self._raised,
            self._shown,
        )

    def _make_room(self, n_opportunities: int) -> None:
        """Give the kernel's logs room for all that a call can add."""
        n_shown = n_opportunities * self._rules.position_effects.size
        n_used, n_pairs = int(self._raised.n_used[0]), self._rules.n_own**2
        needed = 2 * min(n_pairs, n_used + n_shown) + 2
        if needed > self._raised.pairs.size:
            self._raised = _grown_pairs(self._raised, needed)
        if self._groups[:, Group.IS_IMPRESSION_LOGGED].any() and self._shown.entries.size < n_shown:
            self._shown = ShownLog(np.zeros(n_shown, dtype=np.int64), np.zeros(1, dtype=np.int64))

    def _keep_shown(self, tick: int, inputs: Inputs) -> None:
        n = int(self._shown.n[0])
        if n:
            entries = self._shown.entries[:n].copy()
            ad_groups = inputs.offers[inputs.entry_offer[entries], Offer.AD_GROUP]
            self._shown_by_day.setdefault(tick // HOURS_PER_DAY, []).append((entries, ad_groups))
            self._shown.n[0] = 0


def _heads(eligibility: Eligibility, landscape: BidLandscape) -> NDArray[np.uint64]:
    """Pack what an auction has to know of an account into one word."""
    heads = eligibility.first_entry.astype(np.uint64) << ENTRY_SHIFT
    heads[:-1] |= landscape.account_class.astype(np.uint64) << CLASS_SHIFT
    heads[:-1] |= landscape.floor_class.astype(np.uint64)
    return heads


def _new_pairs(n_places: int) -> PairSums:
    size = 1 << max(4, (n_places - 1).bit_length())
    return PairSums(np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64), np.zeros(1, dtype=np.int64))


def _grown_pairs(sums: PairSums, n_places: int) -> PairSums:
    """Move sums into a larger table."""
    grown = _new_pairs(n_places)
    for place in np.flatnonzero(sums.pairs).tolist():
        add_to_pair(grown, int(sums.pairs[place]) - 1, int(sums.micros[place]))
    return grown
