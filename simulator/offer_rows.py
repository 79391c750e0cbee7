"""What a configuration says of offers, ad groups and ads, as the rows that auctions read."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import (
    HOURS_PER_DAY,
    AdGroup,
    AuctionFormat,
    BillableEvent,
    OptimizationGoal,
    RunConfig,
    SelfCompetition,
)
from simulator.config import PacingDeliveryType as Pacing
from simulator.eligibility import Offers
from simulator.fixed_point import chance, drawn_lift, event_rate, highest_response, position_effect, response_factor
from simulator.kernels.draws import stream_keys
from simulator.kernels.knots import KNOT_SHARES
from simulator.kernels.tables import N_GROUP_COLUMNS, Billed, Format, Group, Offer, Record, Rules, Term, Trait
from simulator.landscape import personal_factor_knots
from simulator.money import POLICY_CODES
from workbench.data_fee import BASIS_POINTS

UNCAPPED = 255
"""More impressions than a counter can hold."""

_BILLED = {
    BillableEvent.IMPRESSION: Billed.IMPRESSION,
    BillableEvent.CLICKTHROUGH: Billed.CLICK,
    BillableEvent.VIDEO_V_50_MRC: Billed.VIEW,
}
_FORMATS = {
    AuctionFormat.FIRST_PRICE: Format.FIRST_PRICE,
    AuctionFormat.SECOND_PRICE: Format.GSP,
    AuctionFormat.GSP: Format.GSP,
    AuctionFormat.VCG: Format.VCG,
}


class OfferRows(NamedTuple):
    """The offers of one state of the audiences; see `simulator.kernels.tables.Inputs`."""

    offers: NDArray[np.int64]
    terms: NDArray[np.int64]
    first_offer: NDArray[np.int64]
    offers_of_groups: NDArray[np.int64]
    has_several: NDArray[np.bool_]


class Lifts:
    """The lifts that a run has drawn.

    Parameters
    ----------
    config : RunConfig
        Its ad groups' beliefs, and the seed.
    """

    def __init__(self, config: RunConfig) -> None:
        self._drawn = [
            {
                audience_id: drawn_lift(lift, config.rng_seed, ad_group.ad_group_id, audience_id)
                for audience_id, lift in ad_group.lifts.items()
            }
            for ad_group in config.all_ad_groups
        ]

    def of(self, number: int, audience_ids: tuple[str, ...]) -> float:
        """Return the highest lift among the audiences that qualify a person for an ad group; 1 where none has one."""
        drawn = self._drawn[number]
        return max((drawn[audience_id] for audience_id in audience_ids if audience_id in drawn), default=1.0)


def offer_rows(config: RunConfig, offers: Offers, lifts: Lifts) -> OfferRows:
    """Write the offers of one state of the audiences in rows; bids are submitted tick by tick.

    Parameters
    ----------
    config : RunConfig
        What is run.
    offers : Offers
        From its eligibility.
    lifts : Lifts
        Of the run.

    Returns
    -------
    OfferRows
    """
    ad_groups = config.all_ad_groups
    n_offers = offers.offer_ad_group.size
    rows = np.zeros((n_offers, len(Offer)), dtype=np.int64)
    terms = np.zeros((n_offers, len(Term)), dtype=np.int64)
    n_own = len(config.ad_groups)
    traits = [_traits(ad_group, config, is_rival=number >= n_own) for number, ad_group in enumerate(ad_groups)]
    caps = [ad_group.max_frequency for ad_group in ad_groups]
    for offer, number in enumerate(offers.offer_ad_group.tolist()):
        ad_group, cap = ad_groups[number], caps[number]
        lift = lifts.of(number, offers.offer_audiences[offer])
        rows[offer, Offer.RATE] = event_rate(ad_group, lift)
        rows[offer, Offer.AD_GROUP] = number
        rows[offer, Offer.TRAITS] = traits[number]
        rows[offer, Offer.MAX_IMPRESSIONS] = cap.max_impressions if cap else UNCAPPED
        terms[offer, Term.CLICK_CHANCE] = chance(ad_group.click_rate, lift)
        terms[offer, Term.VIEW_CHANCE] = chance(ad_group.view_rate, lift)
        terms[offer, Term.VIEW_CONVERSION_CHANCE] = chance(ad_group.view_conversion_rate, lift)
    rows[:, Offer.FEE_BP] = offers.offer_fee_bp
    terms[:, Term.IS_REDUNDANT] = offers.offer_is_redundant
    terms[:, Term.IS_IDLE] = offers.offer_is_idle
    n_of_group = np.bincount(offers.offer_ad_group, minlength=len(ad_groups))
    n_bidding = np.bincount(offers.offer_ad_group[~offers.offer_is_idle], minlength=len(ad_groups))
    return OfferRows(
        rows,
        terms,
        np.concatenate([[0], np.cumsum(n_of_group)]).astype(np.int64),
        np.argsort(offers.offer_ad_group, kind="stable").astype(np.int64),
        n_bidding > 1,
    )


def _traits(ad_group: AdGroup, config: RunConfig, *, is_rival: bool) -> int:
    is_after_actions = (
        ad_group.billable_event is not BillableEvent.IMPRESSION
        or ad_group.optimization_goal is not OptimizationGoal.IMPRESSION
    )
    has = {
        Trait.PERSONAL: is_after_actions and config.auction.action_rate_sigma > 0,
        Trait.ADAPTIVE: ad_group.pacing_delivery_type is Pacing.ADAPTIVE,
        Trait.HAS_FREQUENCY_GOAL: ad_group.frequency_goal is not None,
        Trait.IS_RIVAL: is_rival,
        Trait.IS_CAPPED: ad_group.max_frequency is not None,
    }
    return sum(int(trait) for trait, is_so in has.items() if is_so)


def group_rows(config: RunConfig) -> NDArray[np.int64]:
    """Write the ad groups in rows: int64 array, shape (n_all_ad_groups, N_GROUP_COLUMNS)."""
    ad_groups = config.all_ad_groups
    delays = _delay_numbers(config)
    rows = np.zeros((len(ad_groups), N_GROUP_COLUMNS), dtype=np.int64)
    campaigns = [number for number, campaign in enumerate(config.all_campaigns) for _ in campaign.ad_groups]
    rows[:, Group.CAMPAIGN] = campaigns
    rows[:, Group.NEWCOMER_BP] = BASIS_POINTS
    for row, ad_group in zip(rows, ad_groups, strict=True):
        cap = ad_group.max_frequency
        row[Group.BILLABLE_EVENT] = _BILLED[ad_group.billable_event]
        row[Group.CONVERSION_CHANCE] = chance(ad_group.conversion_rate)
        row[Group.DELAYS] = delays[ad_group.conversion_delay_hours]
        row[Group.CLICK_WINDOW_HOURS] = ad_group.click_window_days * HOURS_PER_DAY
        row[Group.VIEW_WINDOW_HOURS] = ad_group.view_window_days * HOURS_PER_DAY
        is_leaving = cap is not None and cap.window_days < config.flight.n_days
        row[Group.RECORDS] = Record.BY_AD * (len(ad_group.ads) > 1) + Record.BY_ENTRY * is_leaving
    return rows


def _delay_numbers(config: RunConfig) -> dict[float, int]:
    means = dict.fromkeys(ad_group.conversion_delay_hours for ad_group in config.all_ad_groups)
    return {mean: number for number, mean in enumerate(means)}


def auction_rules(config: RunConfig) -> Rules:
    """Write what holds for every auction of a run."""
    factors = [
        response_factor(factor)
        for ad_group in config.all_ad_groups
        for factor in ([ad.response_factor for ad in ad_group.ads] or [1.0])
    ]
    personal = personal_factor_knots(config.auction.action_rate_sigma)
    return Rules(
        keys=stream_keys(config.rng_seed),
        personal=personal,
        is_personal=config.auction.action_rate_sigma > 0,
        position_effects=np.array([position_effect(each) for each in config.auction.position_effects], dtype=np.int64),
        format=int(_FORMATS[config.auction.format]),
        policy_code=POLICY_CODES[config.third_party_data.bid_reduction_policy],
        is_best_only=config.self_competition is SelfCompetition.BEST_ONLY,
        n_rival_bids=config.market.n_rival_bids,
        n_own=len(config.ad_groups),
        n_ad_groups=len(config.all_ad_groups),
        census_every=config.census_every,
        n_ticks=config.flight.n_hours,
        delays=np.stack([_delay_knots(mean) for mean in _delay_numbers(config)]),
        response_factors=np.array(factors, dtype=np.int64),
        highest_response=highest_response(max(factors), int(personal[-1])),
    )


@lru_cache(maxsize=64)
def _delay_knots(mean_hours: float) -> NDArray[np.int32]:
    """Return the quantiles of an exponential delay, whole hours; a thousand logarithms, so runs share them."""
    return np.array([math.floor(-mean_hours * math.log1p(-share)) for share in KNOT_SHARES], dtype=np.int32)
