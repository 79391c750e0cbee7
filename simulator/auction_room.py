"""The room in which auctions are held: the arrays that the kernel reads and changes, for the accounts that come to it.

It knows nothing of campaigns' lives, pacing or time. Before every tick it is told what holds for the tick
(`TickOrders`) and what is left of the budgets (`Balances`), and clears the tick's auctions.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import HOURS_PER_DAY, RunConfig
from simulator.config import PacingDeliveryType as Pacing
from simulator.eligibility import Eligibility, Offers, State
from simulator.kernels.auction import clear_auctions, leave_window, new_scratch, settle_learners
from simulator.kernels.bids import Bids, submit_bids
from simulator.kernels.glances import new_glances
from simulator.kernels.pair_sums import new_pair_sums, with_room
from simulator.kernels.sampling import TrafficTable
from simulator.kernels.tables import (
    ChargeLog,
    Column,
    Group,
    Inputs,
    Learner,
    Offer,
    Outputs,
    Record,
    Share,
    ShownLog,
)
from simulator.landscape import BidLandscape
from simulator.ledger import Ledger, SelfCompetition
from simulator.offer_rows import Lifts, OfferRows, auction_rules, group_rows, offer_rows
from workbench.jit import typed_once

MAX_CALL: Final = 1 << 17
"""Opportunities that are cleared in one call of the kernel, so that its logs can be given room for all of them."""

SHARE_COLUMNS: Final = np.array([int(Column[share.name]) for share in Share])
"""Columns of a tally that are told by audience and by ad, too."""


class TickOrders(NamedTuple):
    """What holds for one tick.

    Attributes
    ----------
    tick : int
    n_opportunities : int
        Of all accounts.
    class_cuts : uint64 array, shape (n_classes,)
        From `simulator.traffic_classes.class_cuts`.
    populated : frozenset of (str, int)
        Audiences that count, with their versions.
    is_live : bool array, shape (n_ads,)
        Which ads may be shown, ad group by ad group; a new array whenever that changes.
    base_micros : int64 array, shape (n_all_ad_groups,)
        Bid for a billable event before any multiplier, micro-currency; 0 where the ad group does not bid.
    pace_bp, participation_bp : int64 array, shape (n_all_ad_groups,)
        What pacing sets, basis points.
    newcomer_bp : int64 array, shape (n_all_ad_groups,)
        Factor on the rank of accounts without an impression in their window, basis points.
    """

    tick: int
    n_opportunities: int
    class_cuts: NDArray[np.uint64]
    populated: State
    is_live: NDArray[np.bool_]
    base_micros: NDArray[np.int64]
    pace_bp: NDArray[np.int64]
    participation_bp: NDArray[np.int64]
    newcomer_bp: NDArray[np.int64]


class Balances(NamedTuple):
    """What auctions use up, and what adaptive pacing has learned from it; changed in place.

    Attributes
    ----------
    remaining_micros : int64 array, shape (n_all_ad_groups,)
        What is left of each ad group's budget, micro-currency.
    campaign_remaining_micros : int64 array, shape (n_all_campaigns,)
        What is left of each campaign's.
    learners : int64 array, shape (n_all_ad_groups, len(Learner))
        Adaptive pacing.
    """

    remaining_micros: NDArray[np.int64]
    campaign_remaining_micros: NDArray[np.int64]
    learners: NDArray[np.int64]


class AuctionRoom:
    """Holds the auctions of a run.

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
    ledger : Ledger
        Blank; what happens in auctions is written into it.

    Attributes
    ----------
    warnings : tuple of str
        What a reader of the report should know of the audiences as they are now.
    """

    def __init__(
        self,
        config: RunConfig,
        eligibility: Eligibility,
        traffic: TrafficTable,
        landscape: BidLandscape,
        ledger: Ledger,
    ) -> None:
        self.config, self.ledger = config, ledger
        self.warnings: tuple[str, ...] = ()
        self._eligibility, self._traffic, self._landscape = eligibility, traffic, landscape
        self._n_ads = np.array([max(1, len(ad_group.ads)) for ad_group in config.all_ad_groups])
        self._first_ad = np.cumsum([0, *self._n_ads])
        caps = [ad_group.max_frequency for ad_group in config.all_ad_groups]
        self._window_days = np.array([cap.window_days if cap else 0 for cap in caps])
        self._included = [
            (number, an_id)
            for number, group in enumerate(config.ad_groups)
            for an_id in group.targeting.audience_include
        ]
        self._rules, self._groups, self._lifts = auction_rules(config), group_rows(config), Lifts(config)
        self._scratch, self._glances = new_scratch(self._rules), new_glances(0, self._rules.personal)
        campaign_numbers = np.arange(len(config.all_campaigns) + 1)
        self._first_group = np.searchsorted(self._groups[:, Group.CAMPAIGN], campaign_numbers).astype(np.int64)
        self._populated: State | None = None
        self._is_live = np.zeros(0, dtype=np.bool_)
        self._live_ads = np.zeros(0, dtype=np.int64)
        self._is_logging = bool((self._groups[:, Group.RECORDS] & Record.BY_ENTRY).any())
        self._has_learners = any(each.pacing_delivery_type is Pacing.ADAPTIVE for each in config.all_ad_groups)
        self._has_goals = any(each.frequency_goal is not None for each in config.all_ad_groups)
        self._submit_bids, self._clear_auctions = typed_once(submit_bids), typed_once(clear_auctions)
        self._offers: Offers | None = None
        self._rows: OfferRows | None = None
        self._offer_shares = np.zeros((0, len(Share)), dtype=np.int64)
        self._shares_before = np.zeros((len(config.all_ad_groups), len(Share)), dtype=np.int64)
        self._raised = new_pair_sums(1)
        self._shown = ShownLog(np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64))
        self._charged = ChargeLog(*(np.zeros(0, dtype=np.int64) for _ in ChargeLog._fields))
        self._shown_by_day: dict[int, list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = {}

    def clear(self, orders: TickOrders, balances: Balances) -> None:
        """Clear all auctions of one tick.

        Parameters
        ----------
        orders : TickOrders
            What holds for it.
        balances : Balances
            Changed in place.
        """
        self._make_room(min(MAX_CALL, orders.n_opportunities))
        inputs, outputs = self._open(orders, balances, self.ledger.tallies[orders.tick])
        for first in range(0, orders.n_opportunities, MAX_CALL):
            n = min(MAX_CALL, orders.n_opportunities - first)
            if first:
                outputs = self._with_room(outputs, n)
            self._clear_auctions(first, n, inputs, outputs, self._scratch)
            self._keep_logs(inputs)
        self._settle(orders, inputs, outputs)

    def finish(self) -> None:
        """Bring the ledger to its end."""
        self._fold_offers()
        is_single = self._n_ads == 1
        self.ledger.by_ad[self._first_ad[:-1][is_single]] = self._shares()[is_single]
        places = self._raised.places
        taken = places[places[:, 0] > 0]
        taken = taken[np.argsort(taken[:, 0])]
        payer, raiser = np.divmod(taken[:, 0] - 1, self._rules.n_own)
        self.ledger.self_competition = SelfCompetition(payer, raiser, taken[:, 1].copy())

    def fees_bp(self) -> list[set[int]]:
        """Return the data fees that each ad group may have to pay once all audiences count, basis points."""
        offers = self._eligibility.offers(frozenset((an_id, 0) for an_id in self._eligibility.audience_ids))
        return [
            set(offers.offer_fee_bp[offers.offer_ad_group == number].tolist())
            for number in range(len(self.config.ad_groups))
        ]

    def _open(self, orders: TickOrders, balances: Balances, tally: NDArray[np.int64]) -> tuple[Inputs, Outputs]:
        """Make everything ready for the auctions of a tick, bids included."""
        if orders.tick % HOURS_PER_DAY == 0:
            self._begin_day(orders.tick // HOURS_PER_DAY)
        self._follow_audiences(orders.populated)
        self._follow_ads(orders.is_live)
        if self._has_goals:
            self._groups[:, Group.NEWCOMER_BP] = orders.newcomer_bp
        inputs, outputs = self._inputs(orders), self._outputs(balances, tally)
        self._submit_bids(self._bids(orders), inputs, outputs)
        return inputs, outputs

    def _with_room(self, outputs: Outputs, n_opportunities: int) -> Outputs:
        """Return the same outputs with logs that have room for all that a call can add."""
        self._make_room(n_opportunities)
        return Outputs(*outputs[:-3], self._raised, self._shown, self._charged)

    def _settle(self, orders: TickOrders, inputs: Inputs, outputs: Outputs) -> None:
        """Bring what adaptive pacing knows to the end of the tick."""
        if self._has_learners:
            learns = (orders.base_micros > 0) & (outputs.learners[:, Learner.STEP] > 0)
            settle_learners(orders.n_opportunities, learns, inputs, outputs)

    def _shares(self) -> NDArray[np.int64]:
        """Return what has become of the ad groups in all ticks before this one."""
        shares: NDArray[np.int64] = self.ledger.tallies.sum(axis=0)[:, SHARE_COLUMNS]
        return shares

    def _begin_day(self, day: int) -> None:
        """Let impressions leave their windows."""
        windows = set(self._window_days.tolist()) - {0}
        for window in windows:
            for entries, ad_groups in self._shown_by_day.get(day - window, []):
                leave_window(entries[self._window_days[ad_groups] == window], self.ledger.entry_counts)
        self._shown_by_day.pop(day - max(windows, default=0), None)

    def _follow_audiences(self, populated: State) -> None:
        if populated is self._populated:
            return
        self._populated = populated
        offers = self._eligibility.offers(populated)
        if offers is self._offers:
            return
        self._fold_offers()
        self._offers, self.warnings = offers, offers.warnings
        # Numbers of offers may take more bytes than before.
        self._submit_bids, self._clear_auctions = typed_once(submit_bids), typed_once(clear_auctions)
        self._rows = offer_rows(self.config, offers, self._lifts)
        self._groups[:, Group.RECORDS] &= ~Record.BY_OFFER
        self._groups[:, Group.RECORDS] |= Record.BY_OFFER * self._rows.has_several
        self._glances = new_glances(len(self._rows.offers), self._rules.personal)
        self._offer_shares = np.zeros((offers.offer_ad_group.size, len(Share)), dtype=np.int64)
        self._shares_before = self._shares()

    def _follow_ads(self, is_live: NDArray[np.bool_]) -> None:
        if is_live is self._is_live:
            return
        self._is_live = is_live
        self._live_ads = np.flatnonzero(is_live).astype(np.int64)
        n_live = np.add.reduceat(is_live.astype(np.int64), self._first_ad[:-1])
        self._groups[:, Group.FIRST_AD] = np.cumsum(n_live) - n_live
        self._groups[:, Group.N_LIVE_ADS] = n_live

    def _fold_offers(self) -> None:
        """Add what became of the offers until now to the audiences that they stand for."""
        if self._offers is None or self._rows is None:
            return
        shares, whole = self._offer_shares, self._shares() - self._shares_before
        pairs = {pair: place for place, pair in enumerate(self._included)}
        for offer, number in enumerate(self._offers.offer_ad_group.tolist()):
            if number >= self._rules.n_own or self._offers.offer_is_idle[offer]:
                continue
            share = shares[offer] if self._rows.has_several[number] else whole[number]
            for audience_id in self._offers.offer_audiences[offer]:
                self.ledger.by_audience[pairs[number, audience_id]] += share

    def _bids(self, orders: TickOrders) -> Bids:
        assert self._offers is not None  # noqa: S101 - set before any bid
        return Bids(
            orders.base_micros,
            orders.pace_bp,
            orders.participation_bp,
            self._offers.offer_multiplier_bp,
            self._eligibility.order,
        )

    def _inputs(self, orders: TickOrders) -> Inputs:
        assert self._offers is not None and self._rows is not None  # noqa: S101, PT018 - set before any auction
        rows, hour = self._rows, orders.tick % HOURS_PER_DAY
        return Inputs(
            self._rules,
            orders.tick,
            self._traffic,
            orders.class_cuts,
            self._eligibility.first_entry,
            self._landscape.account_kind,
            self._offers.entry_offer,
            self._glances,
            rows.offers,
            rows.terms,
            self._groups,
            rows.first_offer,
            rows.offers_of_groups,
            self._first_group,
            self._live_ads,
            self._landscape.knots,
            self._landscape.table_of[hour],
            self._landscape.floors_micros,
        )

    def _outputs(self, balances: Balances, tally: NDArray[np.int64]) -> Outputs:
        return Outputs(
            balances.remaining_micros,
            balances.campaign_remaining_micros,
            balances.learners,
            tally,
            self.ledger.entry_counts,
            self._offer_shares,
            self.ledger.by_ad,
            self.ledger.conversions,
            self._raised,
            self._shown,
            self._charged,
        )

    def _make_room(self, n_opportunities: int) -> None:
        """Give the kernel's logs room for all that a call can add."""
        n_shown = n_opportunities * self._rules.position_effects.size
        n_used, n_pairs = int(self._raised.n_used[0]), self._rules.n_own**2
        self._raised = with_room(self._raised, min(n_pairs, n_used + n_shown) + 1)
        if self._is_logging and self._shown.entries.size < n_shown:
            self._shown = ShownLog(np.zeros(n_shown, dtype=np.int64), np.zeros(1, dtype=np.int64))

    def _keep_logs(self, inputs: Inputs) -> None:
        n = int(self._shown.n[0])
        if n:
            entries = self._shown.entries[:n].copy()
            ad_groups = inputs.offers[inputs.entry_offer[entries], Offer.AD_GROUP]
            self._shown_on(inputs.tick).append((entries, ad_groups))
            self._shown.n[0] = 0

    def _shown_on(self, tick: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Return the entries shown on the day of a tick that will leave their windows, and their ad groups."""
        return self._shown_by_day.setdefault(tick // HOURS_PER_DAY, [])
