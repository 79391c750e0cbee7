"""Rates and chances as the whole numbers that auctions compute with.

Scores and draws compare whole numbers, so that a run is the same on every machine; what a configuration states as a
fraction is turned into one once, here.
"""

import math
from statistics import NormalDist

from simulator.config import AdGroup, BidStrategyType, BillableEvent, Lift, Market, PacingDeliveryType
from simulator.kernels.draws import Stream, scalar_uniform
from simulator.kernels.tables import CHANCE_ONE, POSITION_ONE, RATE_BITS, RATE_ONE
from simulator.money import IMPRESSIONS_PER_CPM, MAX_ACTION_BID_MICROS, MAX_BID_CPM_MICROS, bid_per_impression_micros
from workbench.data_fee import BASIS_POINTS

AUTOMATIC_CEILING = 5
"""What an automatic bid may come to, in medians of the rival bid: enough to win nearly any auction."""

_SMALLEST_UNIFORM = 1e-9


def chance(rate: float, lift: float = 1) -> int:
    """Turn a rate into a chance in 2**-32, at most 1."""
    return int(min(1.0, rate * lift) * CHANCE_ONE)


def event_rate(ad_group: AdGroup, lift: float = 1) -> int:
    """Return the billable events that an impression is expected to bring, in 2**-20, at least one of them."""
    if ad_group.billable_event is BillableEvent.IMPRESSION:
        return RATE_ONE
    is_by_click = ad_group.billable_event is BillableEvent.CLICKTHROUGH
    rate = ad_group.click_rate if is_by_click else ad_group.view_rate
    return min(RATE_ONE, max(1, round(rate * lift * RATE_ONE)))


def response_factor(factor: float) -> int:
    """Turn a factor on chances into 2**-20."""
    return round(factor * RATE_ONE)


def highest_response(highest_of_ad: int, highest_of_person: int) -> int:
    """Return what no ad's factor times a personal one passes, all in 2**-20."""
    return (highest_of_ad * highest_of_person >> RATE_BITS) + 1


def position_effect(effect: float) -> int:
    """Turn the chance that a slot comes into view into 2**-16, at least one of them."""
    return max(1, round(effect * POSITION_ONE))


def base_bid_micros(ad_group: AdGroup, market: Market) -> int:
    """Return what an ad group bids for a billable event before any multiplier, micro-currency.

    An automatic bid starts at its ceiling, from where pacing lowers it; without pacing it stays at the market's median.
    """
    if ad_group.bid_micros is not None:
        return ad_group.bid_micros
    if ad_group.bid_cpm_micros is not None:
        return bid_per_impression_micros(ad_group.bid_cpm_micros)
    medians = 1 if ad_group.pacing_delivery_type is PacingDeliveryType.NONE else AUTOMATIC_CEILING
    ceiling = min(medians * market.rival_bid_cpm_micros, MAX_BID_CPM_MICROS) // IMPRESSIONS_PER_CPM
    return min(MAX_ACTION_BID_MICROS, max(1, ceiling * RATE_ONE // event_rate(ad_group)))


def multipliers_bp(ad_group: AdGroup) -> dict[str, int]:
    """Return an ad group's factors on the bid, basis points, by the audience whose members they are for."""
    return {an_id: round(factor * BASIS_POINTS) for an_id, factor in ad_group.bid_multipliers.items()}


def highest_bid_micros(ad_group: AdGroup, market: Market) -> int:
    """Return the most that an ad group bids for a billable event, whoever the person is, micro-currency."""
    highest_bp = max([BASIS_POINTS, *multipliers_bp(ad_group).values()])
    return min(MAX_ACTION_BID_MICROS, base_bid_micros(ad_group, market) * highest_bp // BASIS_POINTS)


def is_automatic(ad_group: AdGroup) -> bool:
    """Tell whether the platform chooses the bid."""
    return ad_group.bid_strategy_type is BidStrategyType.AUTOMATIC_BID


def drawn_lift(lift: Lift, rng_seed: int, ad_group_id: str, audience_id: str) -> float:
    """Draw a run's value of a lift from its log-normal distribution.

    Parameters
    ----------
    lift : Lift
        Its mean and standard deviation.
    rng_seed : int
        Seed of the run.
    ad_group_id, audience_id : str
        Whose lift it is.

    Returns
    -------
    float
        The factor; its mean where it has no deviation.
    """
    if lift.standard_deviation == 0:
        return lift.mean
    uniform = scalar_uniform(rng_seed, Stream.LIFT, int(audience_id) ^ (int(ad_group_id) << 1))
    score = NormalDist().inv_cdf(min(1 - _SMALLEST_UNIFORM, max(_SMALLEST_UNIFORM, uniform)))
    variance = math.log1p((lift.standard_deviation / lift.mean) ** 2)
    return math.exp(math.log(lift.mean) - variance / 2 + math.sqrt(variance) * score)
