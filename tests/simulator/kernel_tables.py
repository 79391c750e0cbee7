"""Arrays for the auction's kernels, filled without a configuration: what a test of the kernels says in a few words."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import frexp, ldexp
from statistics import NormalDist

import numpy as np

from simulator.fixed_point import highest_response
from simulator.kernels.auction import clear_auctions, new_scratch
from simulator.kernels.bids import Bids, submit_bids
from simulator.kernels.draws import stream_keys
from simulator.kernels.glances import new_glances
from simulator.kernels.knots import N_KNOTS
from simulator.kernels.pair_sums import new_pair_sums
from simulator.kernels.sampling import CUT_SCALE, build_traffic_table
from simulator.kernels.tables import (
    CHANCE_ONE,
    IN_WINDOW,
    N_GROUP_COLUMNS,
    N_TALLY_COLUMNS,
    POSITION_ONE,
    RATE_ONE,
    Billed,
    ChargeLog,
    Column,
    Format,
    Group,
    Inputs,
    Learner,
    Offer,
    Outputs,
    Record,
    Rules,
    Share,
    ShownLog,
    Term,
    Trait,
)

UNIT = 1_000_000
"""One unit of value in micros, for theory that speaks of bids between 0 and 1."""

PLENTY = 1 << 60
MU_ONE = 1 << 44
CENSUS_ONCE = 1 << 40
"""One opportunity in so many is in the census: the first of a tick alone."""


def uniform_knots(highest: int) -> np.ndarray:
    """Knots of the uniform distribution from 0 to ``highest``."""
    return (np.arange(N_KNOTS) * highest // (N_KNOTS - 1)).astype(np.int32)


def lognormal_knots(sigma: float, mean: float) -> np.ndarray:
    """Knots of a log-normal distribution whose ends are cut off at half a step."""
    share = np.clip(np.arange(N_KNOTS) / (N_KNOTS - 1), 0.5 / (N_KNOTS - 1), 1 - 0.5 / (N_KNOTS - 1))
    value = np.exp([sigma * NormalDist().inv_cdf(one) for one in share])
    return (value / value.mean() * mean).astype(np.int32)


NO_DIFFERENCE = np.full(N_KNOTS, RATE_ONE, dtype=np.int32)


@dataclass(frozen=True)
class Bidder:
    """An ad group with one campaign and one ad of its own; ``bid`` may be a column, one for each account."""

    bid: int | Sequence[int] | np.ndarray
    rate: float = 1.0
    fee_bp: int = 0
    budget: int = PLENTY
    cap: int = IN_WINDOW + 1
    billed: Billed = Billed.IMPRESSION
    click_chance: float = 0.0
    is_personal: bool = False
    is_rival: bool = False
    participation: float = 1.0
    budget_rate: float | None = None
    """Budget per opportunity that adaptive pacing aims at, micros."""

    learning_rate: float = 1e-3
    scale: int = UNIT


@dataclass(frozen=True)
class Page:
    """What holds for all bidders. ``wants``, shape (n_accounts, n_bidders), tells whom each bidder wants."""

    n_accounts: int = 50
    effects: tuple[float, ...] = (1.0,)
    format: Format = Format.GSP
    floor: int = 0
    market: np.ndarray | None = None
    n_market_bids: int = 1
    personal: np.ndarray | None = None
    is_best_only: bool = False
    census_every: int = 1
    wants: np.ndarray | None = None
    order: Sequence[int] | None = None
    """Bidders in the order in which an account's entries lie; falling bids unless it is given."""

    campaigns: tuple[int, ...] | None = None
    """First bidder of each campaign; each has one of its own unless it is given."""

    campaign_budget: int = PLENTY
    rng_seed: int = 1


class Auctions:
    """The arrays of one page and its bidders, cleared by calling `clear`.

    An ad group whose bid is a column has one offer for each account, the others have one for all. Offers are numbered
    in the order in which an account's entries lie.
    """

    def __init__(self, bidders: Sequence[Bidder], page: Page | None = None) -> None:
        self.bidders, self.page = bidders, page or Page()
        highest = [-int(np.max(bidder.bid)) for bidder in bidders]
        self.order = np.array(
            np.argsort(highest, kind="stable") if self.page.order is None else self.page.order, dtype=np.int32
        )
        self.n_offers = np.array([np.size(bidder.bid) for bidder in bidders])
        self.ad_group = np.repeat(self.order, self.n_offers[self.order])
        self.bid = np.concatenate([np.atleast_1d(bidders[number].bid) for number in self.order]).astype(np.int64)
        self.inputs = self._inputs()
        self.outputs = self._outputs()
        self.submit()
        self.scratch = new_scratch(self.inputs.rules)

    def submit(self) -> None:
        """Let everybody bid, as at the begin of a tick."""
        n = len(self.bidders)
        participation_bp = [int(bidder.participation * 10_000) for bidder in self.bidders]
        # A multiplier turns the one base bid of an ad group into that of each offer.
        base = np.full(n, 10_000, dtype=np.int64)
        submit_bids(
            Bids(base, np.full(n, 10_000), np.array(participation_bp), self.bid.copy(), self.order),
            self.inputs,
            self.outputs,
        )

    def clear(self, n: int, first: int = 0) -> Outputs:
        """Clear the next opportunities of the tick."""
        clear_auctions(first, n, self.inputs, self.outputs, self.scratch)
        return self.outputs

    def counts(self) -> np.ndarray:
        """Impressions by account and bidder, whatever the order of the entries."""
        table = np.zeros((self.page.n_accounts, len(self.bidders)), dtype=np.int64)
        table[self.entry_account, self.entry_ad_group] = self.outputs.counts & IN_WINDOW
        return table

    def shares_of_offers(self) -> np.ndarray:
        """What became of each offer, bidder by bidder, whatever the order of the entries."""
        return self.outputs.offer_shares[self.inputs.offers_of_groups]

    def price_of_impression(self) -> list[int]:
        """What an impression cost each bidder so far; prices that differed between auctions fail."""
        shown = np.maximum(self.outputs.tally[:, Column.IMPRESSIONS], 1)
        media = self.outputs.tally[:, Column.MEDIA_MICROS]
        assert (media % shown == 0).all()
        return (media // shown).tolist()

    def mu(self) -> np.ndarray:
        """What adaptive pacing has learnt, one number a bidder."""
        return self.outputs.learners[:, Learner.MU] / MU_ONE

    def _inputs(self) -> Inputs:
        page, n = self.page, len(self.bidders)
        first_group = np.append(np.arange(n) if page.campaigns is None else page.campaigns, n)
        no_market = np.zeros(N_KNOTS, dtype=np.int32)
        rules = self._rules()
        return Inputs(
            rules=rules,
            tick=0,
            traffic=build_traffic_table(np.ones(page.n_accounts), np.zeros(page.n_accounts, dtype=np.uint8), 1),
            class_cuts=np.array([CUT_SCALE], dtype=np.uint64),
            first_entry=self._lay_entries(),
            account_kind=np.zeros(0, dtype=np.uint16),
            entry_offer=self.entry_offer,
            glances=new_glances(self.bid.size, rules.personal),
            offers=self._offers(),
            terms=self._terms(),
            groups=self._groups(first_group),
            first_offer=np.concatenate([[0], np.cumsum(self.n_offers)]).astype(np.int64),
            offers_of_groups=np.argsort(self.ad_group, kind="stable").astype(np.int64),
            first_group=first_group.astype(np.int64),
            live_ads=np.arange(n, dtype=np.int64),
            knots=(no_market if page.market is None else page.market)[np.newaxis],
            table_of_kind=np.zeros(1, dtype=np.int32),
            floors_micros=np.array([page.floor], dtype=np.int64),
        )

    def _rules(self) -> Rules:
        page, n = self.page, len(self.bidders)
        personal = NO_DIFFERENCE if page.personal is None else page.personal
        return Rules(
            keys=stream_keys(page.rng_seed),
            personal=personal,
            is_personal=page.personal is not None,
            position_effects=np.array([round(effect * POSITION_ONE) for effect in page.effects], dtype=np.int64),
            format=int(page.format),
            policy_code=0,
            is_best_only=page.is_best_only,
            n_rival_bids=0 if page.market is None else page.n_market_bids,
            n_own=sum(not bidder.is_rival for bidder in self.bidders),
            n_ad_groups=n,
            census_every=page.census_every,
            n_ticks=1,
            delays=np.zeros((1, N_KNOTS), dtype=np.int32),
            response_factors=np.full(n, RATE_ONE, dtype=np.int64),
            highest_response=highest_response(RATE_ONE, int(personal[-1])),
        )

    def _lay_entries(self) -> np.ndarray:
        """Lay each account's entries in the order of the bidders, and return where they begin."""
        page, n = self.page, len(self.bidders)
        wants = np.ones((page.n_accounts, n), dtype=bool) if page.wants is None else page.wants
        self.entry_account, places = np.nonzero(wants[:, self.order])
        self.entry_ad_group = self.order[places]
        first_offer = np.zeros(n, dtype=np.int64)
        first_offer[self.order] = np.cumsum(self.n_offers[self.order]) - self.n_offers[self.order]
        is_column = self.n_offers[self.entry_ad_group] > 1
        self.entry_offer = (first_offer[self.entry_ad_group] + is_column * self.entry_account).astype(np.uint16)
        assert self.bid.size <= 1 << 16
        return np.concatenate([[0], np.cumsum(wants.sum(axis=1))]).astype(np.uint32)

    def _offers(self) -> np.ndarray:
        offers = np.zeros((self.bid.size, len(Offer)), dtype=np.int64)
        traits = [
            bool(bidder.is_personal) * Trait.PERSONAL
            + bool(bidder.budget_rate is not None) * Trait.ADAPTIVE
            + bool(bidder.is_rival) * Trait.IS_RIVAL
            + bool(bidder.cap <= IN_WINDOW) * Trait.IS_CAPPED
            for bidder in self.bidders
        ]
        offers[:, Offer.RATE] = np.array([round(bidder.rate * RATE_ONE) for bidder in self.bidders])[self.ad_group]
        offers[:, Offer.AD_GROUP] = self.ad_group
        offers[:, Offer.TRAITS] = np.array(traits)[self.ad_group]
        offers[:, Offer.MAX_IMPRESSIONS] = np.array([bidder.cap for bidder in self.bidders])[self.ad_group]
        offers[:, Offer.FEE_BP] = np.array([bidder.fee_bp for bidder in self.bidders])[self.ad_group]
        return offers

    def _terms(self) -> np.ndarray:
        terms = np.zeros((self.bid.size, len(Term)), dtype=np.int64)
        terms[:, Term.IS_IDLE] = self.bid == 0
        chances = [int(bidder.click_chance * CHANCE_ONE) for bidder in self.bidders]
        terms[:, Term.CLICK_CHANCE] = np.array(chances)[self.ad_group]
        return terms

    def _groups(self, first_group: np.ndarray) -> np.ndarray:
        groups = np.zeros((len(self.bidders), N_GROUP_COLUMNS), dtype=np.int64)
        groups[:, Group.CAMPAIGN] = np.repeat(np.arange(first_group.size - 1), np.diff(first_group))
        groups[:, Group.BILLABLE_EVENT] = [int(bidder.billed) for bidder in self.bidders]
        groups[:, Group.NEWCOMER_BP] = 10_000
        groups[:, Group.FIRST_AD] = np.arange(len(self.bidders))
        groups[:, Group.N_LIVE_ADS] = 1
        groups[:, Group.RECORDS] = Record.BY_OFFER * (self.n_offers > 1)
        return groups

    def _outputs(self) -> Outputs:
        n, n_campaigns = len(self.bidders), self.inputs.first_group.size - 1
        return Outputs(
            remaining_micros=np.array([bidder.budget for bidder in self.bidders], dtype=np.int64),
            campaign_remaining_micros=np.full(n_campaigns, self.page.campaign_budget, dtype=np.int64),
            learners=np.array([_learner(bidder) for bidder in self.bidders], dtype=np.int64),
            tally=np.zeros((n, N_TALLY_COLUMNS), dtype=np.int64),
            counts=np.zeros(self.entry_offer.size, dtype=np.uint8),
            offer_shares=np.zeros((self.bid.size, len(Share)), dtype=np.int64),
            ad_shares=np.zeros((n, len(Share)), dtype=np.int64),
            conversions=np.zeros((1, n), dtype=np.int64),
            raised=new_pair_sums(self.inputs.rules.n_own**2),
            shown=ShownLog(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)),
            charged=ChargeLog(*(np.zeros(1, dtype=np.int64) for _ in ChargeLog._fields)),
        )


def _learner(bidder: Bidder) -> list[int]:
    """Return what adaptive pacing starts from: mu, n_seen, step, gain, gain_shift, mu_max, whole_bid."""
    if bidder.budget_rate is None:
        return [0] * len(Learner)
    fraction, exponent = frexp(ldexp(bidder.learning_rate / bidder.scale, 44))
    gain, shift = int(ldexp(fraction, 29)), 29 - exponent
    return [
        0,
        0,
        max(1, round(ldexp(bidder.budget_rate * gain, -shift))),
        gain,
        shift,
        1 << 60,
        int(np.max(bidder.bid)),
    ]


def bids_of(values: Sequence[int]) -> list[Bidder]:
    """Return one bidder a value, who bids it."""
    return [Bidder(value) for value in values]
