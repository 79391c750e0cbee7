"""Ranking: which of an account's offers and rivals are the best for one opportunity.

The score of an offer is its effective bid times the billable events that its impression is expected to bring. An
account's entries lie in falling order of a bound that no score of theirs can pass, so looking ends at the first whose
bound is not above the worst of the best; as draws are counter-based, what is not looked at changes nothing. For the
same reason a budget or a cap is asked only once a score is good enough to matter.

A *rank key* is the score with the ad group's number below it, so that one comparison decides ties as well: the ad group
listed first wins, and any ad group wins against a rival of the landscape.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.draws import U64, Stream, draw, lane_mix
from simulator.kernels.knots import knot_draw
from simulator.kernels.tables import (
    IN_WINDOW,
    NOBODY,
    RATE_BITS,
    RATE_ONE,
    SCORE_BITS,
    Group,
    Inputs,
    Learner,
    Limit,
    Offer,
    Outputs,
    Rules,
    Term,
    Trait,
)
from simulator.money import effective_bid_micros
from workbench.data_fee import BASIS_POINTS
from workbench.jit import borrowing_kernel

_EFFECTIVE, _RATE, _AD_GROUP, _TRAITS = map(int, (Offer.EFFECTIVE, Offer.RATE, Offer.AD_GROUP, Offer.TRAITS))
_BID, _WHOLE_EFFECTIVE = int(Limit.BID), int(Limit.WHOLE_EFFECTIVE)
_PARTICIPATION, _MAX_IMPRESSIONS = int(Limit.PARTICIPATION), int(Limit.MAX_IMPRESSIONS)
_PERSONAL, _ADAPTIVE, _HAS_GOAL = int(Trait.PERSONAL), int(Trait.ADAPTIVE), int(Trait.HAS_FREQUENCY_GOAL)
_IS_RIVAL, _IS_CAPPED, _IS_THROTTLED = int(Trait.IS_RIVAL), int(Trait.IS_CAPPED), int(Trait.IS_THROTTLED)
_CAMPAIGN, _NEWCOMER_BP = int(Group.CAMPAIGN), int(Group.NEWCOMER_BP)
_FEE_BP = int(Term.FEE_BP)
_MU, _N_SEEN, _STEP, _WHOLE_BID = map(int, (Learner.MU, Learner.N_SEEN, Learner.STEP, Learner.WHOLE_BID))
_CANDIDATE, _RIVAL_BID = int(Stream.CANDIDATE), int(Stream.RIVAL_BID)

_KEY_SHIFT: Final = 16
_KEY_MASK: Final = (1 << _KEY_SHIFT) - 1
_PRICE_BITS: Final = RATE_BITS - SCORE_BITS
_LOW_32: Final = U64(0xFFFFFFFF)
_MU_BITS: Final = 44
_BID_MU_BITS: Final = 28  # a bid of 10**10 times this stays within int64


class Ranked(NamedTuple):
    """The best of an opportunity, best first, one more than there are slots; the next one sets a price.

    Attributes
    ----------
    key : int64 array, shape (n_slots + 1,)
        Rank keys; 0 where there is nobody.
    entry : int64 array, shape (n_slots + 1,)
        Their entries; `NOBODY` for a rival of the landscape.
    quality : int64 array, shape (n_slots + 1,)
        Expected billable events of an impression for this person, in 2**-20.
    effective, bid : int64 array, shape (n_slots + 1,)
        Micro-currency for an event.
    rival_score : int64 array, shape (n_rival_bids,)
        Scores of all rivals of the landscape; 0 of those below the floor.
    """

    key: NDArray[np.int64]
    entry: NDArray[np.int64]
    quality: NDArray[np.int64]
    effective: NDArray[np.int64]
    bid: NDArray[np.int64]
    rival_score: NDArray[np.int64]


class Seeker(NamedTuple):
    """The opportunity that is being decided.

    Attributes
    ----------
    opportunity : uint64
        Its number.
    base : uint64
        Its own draw, which those of the ad groups start from.
    n_before : int64
        Opportunities of the tick before it.
    first, last : int64
        Entries of its account.
    floor_micros : int64
        Least price of an impression for it, micro-currency.
    """

    opportunity: np.uint64
    base: np.uint64
    n_before: int
    first: int
    last: int
    floor_micros: int


class Standing(NamedTuple):
    """What an offer bids for one opportunity."""

    key: int
    quality: int
    effective: int
    bid: int


@borrowing_kernel
def rank_key(score: int, ad_group: int) -> int:
    """Join a score and an ad group's number so that the higher key ranks higher."""
    return (score << _KEY_SHIFT) | (_KEY_MASK - ad_group)


@borrowing_kernel
def score_of(key: int) -> int:
    """Return the score in a rank key."""
    return key >> _KEY_SHIFT


@borrowing_kernel
def scored(effective: int, quality: int) -> int:
    """Return effective bid times expected events, in 2**-8 micro-currency for an impression."""
    return (effective * quality) >> _PRICE_BITS


@borrowing_kernel
def price_for(score: int, quality: int) -> int:
    """Return the least price for an event with which an offer of that quality reaches a score, micro-currency."""
    return ((score << _PRICE_BITS) + quality - 1) // quality


@borrowing_kernel
def floor_for(floor_micros: int, rate: int) -> int:
    """Return the least price for an event, so that an impression is expected to bring the floor, micro-currency."""
    if rate == RATE_ONE:
        return floor_micros
    return ((floor_micros << RATE_BITS) + rate - 1) // rate


@borrowing_kernel
def personal_factor(ad_group: int, seeker: Seeker, rules: Rules) -> int:
    """Draw how much likelier than average this person is to act on an ad group's ads, in 2**-20."""
    return knot_draw(rules.personal, lane_mix(seeker.base, U64(ad_group)))


@borrowing_kernel
def standing_of(offer: int, entry: int, seeker: Seeker, inputs: Inputs, outputs: Outputs) -> Standing:
    """Return what an offer bids for an opportunity, whether or not it may take part.

    Parameters
    ----------
    offer, entry : int
        The offer and the entry that makes it.
    seeker : Seeker
        The opportunity.
    inputs, outputs : Inputs, Outputs
        Of the tick.

    Returns
    -------
    Standing
        Its rank key, quality, effective bid and bid.
    """
    ad_group, traits = inputs.offers[offer, _AD_GROUP], inputs.offers[offer, _TRAITS]
    quality = inputs.offers[offer, _RATE]
    if traits & _PERSONAL:
        quality = max(1, (quality * personal_factor(ad_group, seeker, inputs.rules)) >> RATE_BITS)
    if traits & _HAS_GOAL and outputs.counts[entry] & IN_WINDOW == 0:
        quality = max(1, quality * inputs.groups[ad_group, _NEWCOMER_BP] // BASIS_POINTS)
    bid, effective = inputs.limits[offer, _BID], inputs.limits[offer, _WHOLE_EFFECTIVE]
    if traits & _ADAPTIVE:
        bid = adapted_bid(bid, learned_mu(ad_group, seeker.n_before, inputs, outputs))
        effective = effective_bid_micros(bid, inputs.terms[offer, _FEE_BP], inputs.rules.policy_code)
    return Standing(rank_key(scored(effective, quality), ad_group), quality, effective, bid)


@borrowing_kernel
def adapted_bid(bid: int, mu: int) -> int:
    """Lower a bid to bid / (1 + μ), at least a micro; μ is in 2**-44."""
    one = 1 << _BID_MU_BITS
    return max(1, (bid << _BID_MU_BITS) // (one + (mu >> (_MU_BITS - _BID_MU_BITS))))


@borrowing_kernel
def learned_mu(ad_group: int, n_before: int, inputs: Inputs, outputs: Outputs) -> int:
    """Bring what adaptive pacing knows up to date: every opportunity that cost nothing lowers the multiplier's μ."""
    mu, step = outputs.learners[ad_group, _MU], outputs.learners[ad_group, _STEP]
    elapsed = n_before - outputs.learners[ad_group, _N_SEEN]
    if elapsed > 0:
        whole_bid = outputs.learners[ad_group, _WHOLE_BID]
        remaining = min(
            outputs.remaining_micros[ad_group],
            outputs.campaign_remaining_micros[inputs.groups[ad_group, _CAMPAIGN]],
        )
        n_falls = elapsed if remaining >= whole_bid else min(elapsed, n_falls_until_dry(mu, step, whole_bid, remaining))
        mu = 0 if n_falls > mu // step else mu - n_falls * step
        outputs.learners[ad_group, _MU] = mu
        outputs.learners[ad_group, _N_SEEN] = n_before
    return int(mu)


@borrowing_kernel
def n_falls_until_dry(mu: int, step: int, whole_bid: int, remaining_micros: int) -> int:
    """Return how often μ falls until the bid is more than what is left of a budget.

    Who cannot pay learns nothing from winning nothing: if μ fell on, a daily budget's next day would begin with the
    bid in full.

    Parameters
    ----------
    mu, step : int64
        In 2**-44.
    whole_bid : int64
        The bid with μ = 0, micro-currency.
    remaining_micros : int64
        What is left, micro-currency, less than ``whole_bid``.

    Returns
    -------
    int64
        0 if the bid is more than that already.
    """
    if remaining_micros == 0:
        return 0
    highest_dry = (whole_bid << _BID_MU_BITS) // (remaining_micros + 1) - (1 << _BID_MU_BITS)
    shift = _MU_BITS - _BID_MU_BITS
    if mu >> shift <= highest_dry:
        return 0
    return (mu - ((highest_dry + 1) << shift)) // step + 1


@borrowing_kernel
def is_at_cap(offer: int, entry: int, inputs: Inputs, outputs: Outputs) -> bool:
    """Tell whether the account has seen as many ads of the ad group as it may."""
    return bool((outputs.counts[entry] & IN_WINDOW) >= inputs.limits[offer, _MAX_IMPRESSIONS])


@borrowing_kernel
def is_below_floor(offer: int, effective: int, seeker: Seeker, inputs: Inputs) -> bool:
    """Tell whether the market would not accept the bid."""
    return bool(effective < max(1, floor_for(seeker.floor_micros, inputs.offers[offer, _RATE])))


@borrowing_kernel
def is_out_of_budget(ad_group: int, bid: int, inputs: Inputs, outputs: Outputs) -> bool:
    """Tell whether a budget, the ad group's or the campaign's, does not cover the whole bid."""
    campaign = inputs.groups[ad_group, _CAMPAIGN]
    return bool(outputs.remaining_micros[ad_group] < bid or outputs.campaign_remaining_micros[campaign] < bid)


@borrowing_kernel
def is_paused_by_pacing(offer: int, seeker: Seeker, inputs: Inputs) -> bool:
    """Tell whether pacing lets this opportunity go."""
    bits = lane_mix(seeker.base, U64(inputs.offers[offer, _AD_GROUP]))
    return bool(np.int64(bits & _LOW_32) >= inputs.limits[offer, _PARTICIPATION])


@borrowing_kernel
def rank(seeker: Seeker, table: int, inputs: Inputs, outputs: Outputs, ranked: Ranked) -> None:
    """Find the best for an opportunity.

    Parameters
    ----------
    seeker : Seeker
        The opportunity.
    table : int
        Its row of the landscape.
    inputs, outputs : Inputs, Outputs
        Of the tick.
    ranked : Ranked
        Filled in place.
    """
    for place in range(ranked.key.size):
        ranked.key[place] = 0
        ranked.entry[place] = NOBODY
    _rank_rivals(seeker, table, inputs, ranked)
    worst = ranked.key.size - 1
    for entry in range(seeker.first, seeker.last):
        offer = int(np.int64(inputs.entry_offer[entry]))
        if inputs.bounds[offer] <= ranked.key[worst]:
            break
        if inputs.offers[offer, _EFFECTIVE] == 0:
            continue
        standing = standing_of(offer, entry, seeker, inputs, outputs)
        if standing.key > ranked.key[worst] and _takes_part(offer, entry, standing, seeker, inputs, outputs):
            if inputs.rules.is_best_only and is_own(offer, inputs):
                _insert_best_own(entry, standing, inputs, ranked)
            else:
                _insert(entry, standing, ranked)


@borrowing_kernel
def _takes_part(offer: int, entry: int, standing: Standing, seeker: Seeker, inputs: Inputs, outputs: Outputs) -> bool:
    """Tell whether nothing stands against an offer; one that no budget covers has been taken out already."""
    ad_group, traits = inputs.offers[offer, _AD_GROUP], inputs.offers[offer, _TRAITS]
    return not (
        (traits & _IS_CAPPED and is_at_cap(offer, entry, inputs, outputs))
        or is_below_floor(offer, standing.effective, seeker, inputs)
        or (traits & _ADAPTIVE and is_out_of_budget(ad_group, standing.bid, inputs, outputs))
        or (traits & _IS_THROTTLED and is_paused_by_pacing(offer, seeker, inputs))
    )


@borrowing_kernel
def is_own(offer: int, inputs: Inputs) -> bool:
    """Tell whether an offer is the advertiser's own."""
    return bool(inputs.offers[offer, _TRAITS] & _IS_RIVAL == 0)


@borrowing_kernel
def _rank_rivals(seeker: Seeker, table: int, inputs: Inputs, ranked: Ranked) -> None:
    base = draw(inputs.rules.keys[_RIVAL_BID], seeker.opportunity)
    for rival in range(inputs.rules.n_rival_bids):
        bid = knot_draw(inputs.knots[table], lane_mix(base, U64(rival)))
        score = bid << SCORE_BITS if bid >= seeker.floor_micros else 0
        ranked.rival_score[rival] = score
        key = score << _KEY_SHIFT
        if key > ranked.key[ranked.key.size - 1]:
            _insert(NOBODY, Standing(key, RATE_ONE, score >> SCORE_BITS, 0), ranked)


@borrowing_kernel
def _insert(entry: int, standing: Standing, ranked: Ranked) -> None:
    """Put a bidder into its place; the worst falls out."""
    place = ranked.key.size - 1
    while place > 0 and ranked.key[place - 1] < standing.key:
        _move(ranked, place - 1, place)
        place -= 1
    ranked.key[place] = standing.key
    ranked.entry[place] = entry
    ranked.quality[place] = standing.quality
    ranked.effective[place] = standing.effective
    ranked.bid[place] = standing.bid


@borrowing_kernel
def _move(ranked: Ranked, origin: int, place: int) -> None:
    ranked.key[place] = ranked.key[origin]
    ranked.entry[place] = ranked.entry[origin]
    ranked.quality[place] = ranked.quality[origin]
    ranked.effective[place] = ranked.effective[origin]
    ranked.bid[place] = ranked.bid[origin]


@borrowing_kernel
def _insert_best_own(entry: int, standing: Standing, inputs: Inputs, ranked: Ranked) -> None:
    """Put an own offer into its place instead of the own one that is there, if it is better."""
    for place in range(ranked.key.size):
        own_entry = ranked.entry[place]
        if own_entry != NOBODY and is_own(int(np.int64(inputs.entry_offer[own_entry])), inputs):
            if standing.key < ranked.key[place]:
                return
            for later in range(place, ranked.key.size - 1):
                _move(ranked, later + 1, later)
            ranked.key[ranked.key.size - 1] = 0
            ranked.entry[ranked.key.size - 1] = NOBODY
            break
    _insert(entry, standing, ranked)


@borrowing_kernel
def best_other_score(place: int, seeker: Seeker, inputs: Inputs, outputs: Outputs, ranked: Ranked) -> int:
    """Find the best below a place in the ranking that is not the advertiser's own.

    Parameters
    ----------
    place : int
        A place that an own offer holds.
    seeker, inputs, outputs, ranked : Seeker, Inputs, Outputs, Ranked
        As for `rank`, which was called before.

    Returns
    -------
    int64
        Its score; 0 if there is none.
    """
    key = ranked.key[place]
    best = 0
    for rival in range(inputs.rules.n_rival_bids):
        rival_key = ranked.rival_score[rival] << _KEY_SHIFT
        if rival_key < key:
            best = max(best, rival_key)
    if inputs.rules.n_ad_groups > inputs.rules.n_own:
        for entry in range(seeker.first, seeker.last):
            offer = int(np.int64(inputs.entry_offer[entry]))
            if inputs.bounds[offer] <= best:
                break
            if inputs.offers[offer, _EFFECTIVE] == 0 or is_own(offer, inputs):
                continue
            standing = standing_of(offer, entry, seeker, inputs, outputs)
            if best < standing.key < key and _takes_part(offer, entry, standing, seeker, inputs, outputs):
                best = standing.key
    return score_of(best)
