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

from simulator.kernels.draws import U64, Stream, draw, lane_mix, mix
from simulator.kernels.glances import F32, may_reach
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
    Offer,
    Outputs,
    Rules,
    Trait,
)
from simulator.money import effective_bid_micros
from workbench.data_fee import BASIS_POINTS
from workbench.jit import borrowing_kernel, inner_kernel, rare_kernel

_EFFECTIVE, _RATE, _AD_GROUP, _TRAITS = map(int, (Offer.EFFECTIVE, Offer.RATE, Offer.AD_GROUP, Offer.TRAITS))
_BID, _FEE_BP = int(Offer.BID), int(Offer.FEE_BP)
_PARTICIPATION, _MAX_IMPRESSIONS = int(Offer.PARTICIPATION), int(Offer.MAX_IMPRESSIONS)
_PERSONAL, _ADAPTIVE, _HAS_GOAL = int(Trait.PERSONAL), int(Trait.ADAPTIVE), int(Trait.HAS_FREQUENCY_GOAL)
_IS_RIVAL, _IS_CAPPED, _IS_THROTTLED = int(Trait.IS_RIVAL), int(Trait.IS_CAPPED), int(Trait.IS_THROTTLED)
_CAMPAIGN, _NEWCOMER_BP = int(Group.CAMPAIGN), int(Group.NEWCOMER_BP)
_MU, _N_SEEN, _STEP, _WHOLE_BID = map(int, (Learner.MU, Learner.N_SEEN, Learner.STEP, Learner.WHOLE_BID))
_CANDIDATE, _RIVAL_BID = int(Stream.CANDIDATE), int(Stream.RIVAL_BID)

_KEY_SHIFT: Final = 16
_KEY_MASK: Final = (1 << _KEY_SHIFT) - 1
_PRICE_BITS: Final = RATE_BITS - SCORE_BITS
_BEST_AND_NEXT: Final = 2
_NEXT: Final = U64(1)
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
    rival_score : int64 array, shape (n_rival_bids,)
        Scores of all rivals of the landscape; 0 of those below the floor.
    """

    key: NDArray[np.int64]
    entry: NDArray[np.int64]
    quality: NDArray[np.int64]
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
    first, last : uint64
        Entries of its account.
    floor_micros : int64
        Least price of an impression for it, micro-currency.
    """

    opportunity: np.uint64
    base: np.uint64
    n_before: int
    first: np.uint64
    last: np.uint64
    floor_micros: int


class Standing(NamedTuple):
    """What an offer bids for one opportunity."""

    key: int
    quality: int
    effective: int
    bid: int


@inner_kernel
def rank_key(score: int, ad_group: int) -> int:
    """Join a score and an ad group's number so that the higher key ranks higher."""
    return (score << _KEY_SHIFT) | (_KEY_MASK - ad_group)


@inner_kernel
def score_of(key: int) -> int:
    """Return the score in a rank key."""
    return key >> _KEY_SHIFT


@borrowing_kernel
def scored(effective: int, quality: int) -> int:
    """Return effective bid times expected events, in 2**-8 micro-currency for an impression."""
    return (effective * quality) >> _PRICE_BITS


@inner_kernel
def price_for(score: int, quality: int) -> int:
    """Return the least price for an event with which an offer of that quality reaches a score, micro-currency."""
    return ((score << _PRICE_BITS) + quality - 1) // quality


@inner_kernel
def floor_for(floor_micros: int, rate: int) -> int:
    """Return the least price for an event, so that an impression is expected to bring the floor, micro-currency."""
    if rate == RATE_ONE:
        return floor_micros
    return ((floor_micros << RATE_BITS) + rate - 1) // rate


@inner_kernel
def offer_of(entry: np.uint64, inputs: Inputs) -> np.uint64:
    """Return the offer that an entry makes."""
    return U64(inputs.entry_offer[entry])


@inner_kernel
def own_bits(offer: np.uint64, seeker: Seeker, inputs: Inputs) -> np.uint64:
    """Draw what is an ad group's own in an opportunity: its personal factor, and whether pacing lets it take part."""
    return mix(seeker.base + inputs.glances.lanes[offer])


@inner_kernel
def promising(entry: np.uint64, least: np.float32, seeker: Seeker, inputs: Inputs) -> tuple[np.uint64, np.uint64]:
    """Glance at one entry after the other until one may come to this much.

    Parameters
    ----------
    entry : uint64
        Where to begin.
    least : float32
        A score.
    seeker : Seeker
        The opportunity.
    inputs : Inputs
        Of the tick.

    Returns
    -------
    tuple of uint64
        The entry, and the bits of its ad group; ``seeker.last`` if there is none.
    """
    bits = seeker.base
    while entry < seeker.last:
        offer = offer_of(entry, inputs)
        if inputs.glances.bounds[offer] < least:
            return seeker.last, bits
        bits = own_bits(offer, seeker, inputs)
        if may_reach(least, offer, bits, inputs.glances):
            return entry, bits
        entry += _NEXT
    return entry, bits


@inner_kernel
def personal_factor(bits: np.uint64, rules: Rules) -> int:
    """Return how much likelier than average this person is to act on an ad group's ads, in 2**-20."""
    return knot_draw(rules.personal, bits)


@inner_kernel
def standing_of(
    offer: np.uint64, entry: np.uint64, bits: np.uint64, seeker: Seeker, inputs: Inputs, outputs: Outputs
) -> Standing:
    """Return what an offer bids for an opportunity, whether or not it may take part.

    Parameters
    ----------
    offer, entry : uint64
        The offer and the entry that makes it.
    bits : uint64
        Of its ad group, from `own_bits`.
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
        quality = max(1, (quality * personal_factor(bits, inputs.rules)) >> RATE_BITS)
    if traits & _HAS_GOAL and outputs.counts[entry] & IN_WINDOW == 0:
        quality = max(1, quality * inputs.groups[U64(ad_group), _NEWCOMER_BP] // BASIS_POINTS)
    bid, effective = bids_of(offer, seeker, inputs, outputs)
    return Standing(rank_key(scored(effective, quality), ad_group), quality, effective, bid)


@inner_kernel
def bids_of(offer: np.uint64, seeker: Seeker, inputs: Inputs, outputs: Outputs) -> tuple[int, int]:
    """Return what an offer bids for an event and what of it is ranked, its effective bid, micro-currency."""
    bid, effective = inputs.offers[offer, _BID], inputs.offers[offer, _EFFECTIVE]
    if inputs.offers[offer, _TRAITS] & _ADAPTIVE:
        ad_group = U64(inputs.offers[offer, _AD_GROUP])
        bid = adapted_bid(bid, learned_mu(ad_group, seeker.n_before, inputs, outputs))
        effective = effective_bid_micros(bid, inputs.offers[offer, _FEE_BP], inputs.rules.policy_code)
    return bid, effective


@inner_kernel
def adapted_bid(bid: int, mu: int) -> int:
    """Lower a bid to bid / (1 + μ), at least a micro; μ is in 2**-44."""
    one = 1 << _BID_MU_BITS
    return max(1, (bid << _BID_MU_BITS) // (one + (mu >> (_MU_BITS - _BID_MU_BITS))))


@inner_kernel
def learned_mu(ad_group: np.uint64, n_before: int, inputs: Inputs, outputs: Outputs) -> int:
    """Bring what adaptive pacing knows up to date: every opportunity that cost nothing lowers the multiplier's μ."""
    mu, step = outputs.learners[ad_group, _MU], outputs.learners[ad_group, _STEP]
    elapsed = n_before - outputs.learners[ad_group, _N_SEEN]
    if elapsed > 0:
        whole_bid = outputs.learners[ad_group, _WHOLE_BID]
        remaining = min(
            outputs.remaining_micros[ad_group],
            outputs.campaign_remaining_micros[U64(inputs.groups[ad_group, _CAMPAIGN])],
        )
        n_falls = elapsed if remaining >= whole_bid else min(elapsed, n_falls_until_dry(mu, step, whole_bid, remaining))
        mu = 0 if n_falls > mu // step else mu - n_falls * step
        outputs.learners[ad_group, _MU] = mu
        outputs.learners[ad_group, _N_SEEN] = n_before
    return int(mu)


@rare_kernel
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


@inner_kernel
def is_at_cap(offer: np.uint64, entry: np.uint64, inputs: Inputs, outputs: Outputs) -> bool:
    """Tell whether the account has seen as many ads of the ad group as it may."""
    return bool((outputs.counts[entry] & IN_WINDOW) >= inputs.offers[offer, _MAX_IMPRESSIONS])


@inner_kernel
def is_below_floor(offer: np.uint64, effective: int, seeker: Seeker, inputs: Inputs) -> bool:
    """Tell whether the market would not accept the bid, as it is less than `floor_for` says, or nothing at all."""
    return bool(effective * inputs.offers[offer, _RATE] < max(1, seeker.floor_micros << RATE_BITS))


@inner_kernel
def is_out_of_budget(ad_group: np.uint64, bid: int, inputs: Inputs, outputs: Outputs) -> bool:
    """Tell whether a budget, the ad group's or the campaign's, does not cover the whole bid."""
    campaign = U64(inputs.groups[ad_group, _CAMPAIGN])
    return bool(outputs.remaining_micros[ad_group] < bid or outputs.campaign_remaining_micros[campaign] < bid)


@inner_kernel
def is_paused_by_pacing(offer: np.uint64, bits: np.uint64, inputs: Inputs) -> bool:
    """Tell whether pacing lets this opportunity go."""
    return bool(np.int64(bits & _LOW_32) >= inputs.offers[offer, _PARTICIPATION])


@inner_kernel
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
    if ranked.key.size == _BEST_AND_NEXT and not inputs.rules.is_best_only:
        _rank_for_one_slot(seeker, inputs, outputs, ranked)
    else:
        _rank_for_slots(seeker, inputs, outputs, ranked)


@inner_kernel
def _rank_for_one_slot(seeker: Seeker, inputs: Inputs, outputs: Outputs, ranked: Ranked) -> None:
    """Put ad groups among the rivals: the same as `_rank_for_slots`, with the only two places held in registers."""
    best_key, best_entry, best_quality = ranked.key[0], NOBODY, RATE_ONE
    next_key, next_entry = ranked.key[1], NOBODY
    least = F32(score_of(next_key))
    entry, bits = promising(seeker.first, least, seeker, inputs)
    while entry < seeker.last:
        offer = offer_of(entry, inputs)
        standing = standing_of(offer, entry, bits, seeker, inputs, outputs)
        if standing.key > next_key and _takes_part(offer, entry, bits, standing, seeker, inputs, outputs):
            if standing.key > best_key:
                next_key, next_entry = best_key, best_entry
                best_key, best_entry, best_quality = standing.key, int(np.int64(entry)), standing.quality
            else:
                next_key, next_entry = standing.key, int(np.int64(entry))
            least = F32(score_of(next_key))
        entry, bits = promising(entry + _NEXT, least, seeker, inputs)
    ranked.key[0], ranked.entry[0], ranked.quality[0] = best_key, best_entry, best_quality
    ranked.key[1], ranked.entry[1] = next_key, next_entry


@inner_kernel
def _rank_for_slots(seeker: Seeker, inputs: Inputs, outputs: Outputs, ranked: Ranked) -> None:
    """Put ad groups among the rivals."""
    worst = ranked.key.size - 1
    least = F32(score_of(ranked.key[worst]))
    entry, bits = promising(seeker.first, least, seeker, inputs)
    while entry < seeker.last:
        offer = offer_of(entry, inputs)
        standing = standing_of(offer, entry, bits, seeker, inputs, outputs)
        if standing.key > ranked.key[worst] and _takes_part(offer, entry, bits, standing, seeker, inputs, outputs):
            if inputs.rules.is_best_only and is_own(offer, inputs):
                _insert_best_own(int(np.int64(entry)), standing, inputs, ranked)
            else:
                _insert(int(np.int64(entry)), standing, ranked)
            least = F32(score_of(ranked.key[worst]))
        entry, bits = promising(entry + _NEXT, least, seeker, inputs)


@inner_kernel
def _takes_part(
    offer: np.uint64,
    entry: np.uint64,
    bits: np.uint64,
    standing: Standing,
    seeker: Seeker,
    inputs: Inputs,
    outputs: Outputs,
) -> bool:
    """Tell whether nothing stands against an offer; one that no budget covers has been taken out already."""
    traits = inputs.offers[offer, _TRAITS]
    if is_below_floor(offer, standing.effective, seeker, inputs):
        return False
    if traits & (_IS_CAPPED | _ADAPTIVE | _IS_THROTTLED) == 0:
        return True
    return not (
        (traits & _IS_CAPPED and is_at_cap(offer, entry, inputs, outputs))
        or (traits & _IS_THROTTLED and is_paused_by_pacing(offer, bits, inputs))
        or (
            traits & _ADAPTIVE and is_out_of_budget(U64(inputs.offers[offer, _AD_GROUP]), standing.bid, inputs, outputs)
        )
    )


@inner_kernel
def is_own(offer: np.uint64, inputs: Inputs) -> bool:
    """Tell whether an offer is the advertiser's own."""
    return bool(inputs.offers[offer, _TRAITS] & _IS_RIVAL == 0)


@inner_kernel
def _rank_rivals(seeker: Seeker, table: int, inputs: Inputs, ranked: Ranked) -> None:
    base = draw(inputs.rules.keys[_RIVAL_BID], seeker.opportunity)
    for rival in range(inputs.rules.n_rival_bids):
        bid = knot_draw(inputs.knots[table], lane_mix(base, U64(rival)))
        score = bid << SCORE_BITS if bid >= seeker.floor_micros else 0
        ranked.rival_score[rival] = score
        key = score << _KEY_SHIFT
        if key > ranked.key[ranked.key.size - 1]:
            _insert(NOBODY, Standing(key, RATE_ONE, score >> SCORE_BITS, 0), ranked)


@inner_kernel
def _insert(entry: int, standing: Standing, ranked: Ranked) -> None:
    """Put a bidder into its place; the worst falls out."""
    place = ranked.key.size - 1
    while place > 0 and ranked.key[place - 1] < standing.key:
        _move(ranked, place - 1, place)
        place -= 1
    ranked.key[place] = standing.key
    ranked.entry[place] = entry
    ranked.quality[place] = standing.quality


@inner_kernel
def _move(ranked: Ranked, origin: int, place: int) -> None:
    ranked.key[place] = ranked.key[origin]
    ranked.entry[place] = ranked.entry[origin]
    ranked.quality[place] = ranked.quality[origin]


@inner_kernel
def _insert_best_own(entry: int, standing: Standing, inputs: Inputs, ranked: Ranked) -> None:
    """Put an own offer into its place instead of the own one that is there, if it is better."""
    for place in range(ranked.key.size):
        own_entry = ranked.entry[place]
        if own_entry != NOBODY and is_own(offer_of(U64(own_entry), inputs), inputs):
            if standing.key < ranked.key[place]:
                return
            for later in range(place, ranked.key.size - 1):
                _move(ranked, later + 1, later)
            ranked.key[ranked.key.size - 1] = 0
            ranked.entry[ranked.key.size - 1] = NOBODY
            break
    _insert(entry, standing, ranked)


@inner_kernel
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
        least = F32(score_of(best))
        entry, bits = promising(seeker.first, least, seeker, inputs)
        while entry < seeker.last:
            offer = offer_of(entry, inputs)
            if not is_own(offer, inputs):
                standing = standing_of(offer, entry, bits, seeker, inputs, outputs)
                if best < standing.key < key and _takes_part(offer, entry, bits, standing, seeker, inputs, outputs):
                    best = standing.key
                    least = F32(score_of(best))
            entry, bits = promising(entry + _NEXT, least, seeker, inputs)
    return score_of(best)
