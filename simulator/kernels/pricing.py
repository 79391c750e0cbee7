"""Prices: what the winner of each slot owes for a billable event.

With scores s₁ ≥ s₂ ≥ … and quality q, an event costs the bidder in slot j

- first price: its effective bid;
- GSP, of which second price is the case of one slot: the least bid that would have kept the slot, s_{j+1} / q_j;
- VCG: what its presence takes from those below it. With position effects x, its *payment score* p_j obeys
  x_j p_j = (x_j - x_{j+1}) max(s_{j+1}, r_j) + x_{j+1} p_{j+1}, and the price is p_j / q_j. Here r_j is the score that
  the bidder has when it bids its floor, and below the last slot p is r_j: the platform is like a bidder for every slot
  who bids the floor. Without a floor these are the payments of Edelman, Ostrovsky and Schwarz, "Internet advertising
  and the generalized second-price auction", 2007. With one they are those of Myerson, "Optimal auction design", 1981:
  each step up in the chance of being seen is paid at the lowest score that reaches it, so to bid the value is best
  whatever the others do. Floors differ in score from bidder to bidder, so each has payments of its own, as in
  Even-Dar, Feldman, Mansour and Muthukrishnan, "Position auctions with bidder-specific minimum prices", 2008.

Never less than the floor; prices are rounded up to a whole micro, which stays within the bid because the bid is whole.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.draws import U64
from simulator.kernels.ranking import (
    Ranked,
    Seeker,
    best_other_score,
    bids_of,
    floor_for,
    is_own,
    offer_of,
    price_for,
    score_of,
    scored,
)
from simulator.kernels.tables import NOBODY, Format, Inputs, Offer, Outputs
from workbench.jit import inner_kernel, rare_kernel

_RATE = int(Offer.RATE)
_FIRST_PRICE, _VCG = int(Format.FIRST_PRICE), int(Format.VCG)


class Prices(NamedTuple):
    """What events cost on one page.

    Attributes
    ----------
    price : int64 array, shape (n_slots,)
        What an event costs the ad group in each slot, micro-currency.
    alone : int64 array, shape (n_slots,)
        What it would cost if no other own ad group had bid below it, micro-currency.
    """

    price: NDArray[np.int64]
    alone: NDArray[np.int64]


@inner_kernel
def set_prices(seeker: Seeker, inputs: Inputs, outputs: Outputs, ranked: Ranked, prices: Prices) -> None:
    """Price every slot that an ad group won.

    Parameters
    ----------
    seeker, inputs, outputs, ranked : Seeker, Inputs, Outputs, Ranked
        As for `simulator.kernels.ranking.rank`, which was called before.
    prices : Prices
        Filled in place.
    """
    for slot in range(prices.price.size):
        if ranked.entry[slot] != NOBODY:
            price = price_of(slot, seeker, inputs, outputs, ranked)
            prices.price[slot] = price
            prices.alone[slot] = price_alone(slot, price, seeker, inputs, outputs, ranked)


@rare_kernel
def payment_score(slot: int, floor_score: int, ranked: Ranked, position_effects: NDArray[np.int64]) -> int:
    """Compute what a slot is paid by under VCG.

    Parameters
    ----------
    slot : int
        A slot that an ad group won.
    floor_score : int64
        Score that the ad group has when it bids its floor, in 2**-8 micro-currency for an impression.
    ranked : Ranked
        The best of an opportunity.
    position_effects : int64 array, shape (n_slots,)
        Chances that a slot comes into view, in 2**-16.

    Returns
    -------
    int64
        Its payment score, in 2**-8 micro-currency for an impression.
    """
    payment, effect_below = floor_score, 0
    for place in range(position_effects.size - 1, slot - 1, -1):
        following = max(floor_score, score_of(ranked.key[place + 1]))
        payment = following - (following - payment) * effect_below // position_effects[place]
        effect_below = position_effects[place]
    return payment


@inner_kernel
def price_of(slot: int, seeker: Seeker, inputs: Inputs, outputs: Outputs, ranked: Ranked) -> int:
    """Return what an event costs the offer in a slot.

    Parameters
    ----------
    slot : int
        A slot that an ad group won.
    seeker, inputs, outputs, ranked : Seeker, Inputs, Outputs, Ranked
        As for `simulator.kernels.ranking.rank`, which was called before.

    Returns
    -------
    int64
        Micro-currency.
    """
    offer, quality = offer_of(U64(ranked.entry[slot]), inputs), ranked.quality[slot]
    if inputs.rules.format == _FIRST_PRICE:
        return bids_of(offer, seeker, inputs, outputs)[1]
    floor, score = floor_for(seeker.floor_micros, inputs.offers[offer, _RATE]), score_of(ranked.key[slot + 1])
    if inputs.rules.format == _VCG:
        score = payment_score(slot, scored(floor, quality), ranked, inputs.rules.position_effects)
    return max(price_for(score, quality), floor)


@inner_kernel
def price_alone(slot: int, price: int, seeker: Seeker, inputs: Inputs, outputs: Outputs, ranked: Ranked) -> int:
    """Return what an event would cost if no other own ad group had bid below the one in a slot.

    Parameters
    ----------
    slot : int
        A slot that an ad group won.
    price : int
        What it costs now, micro-currency.
    seeker, inputs, outputs, ranked : Seeker, Inputs, Outputs, Ranked
        As for `simulator.kernels.ranking.rank`, which was called before.

    Returns
    -------
    int64
        Micro-currency; ``price`` where it is not an own ad group's bid that sets it.
    """
    next_entry = ranked.entry[slot + 1]
    is_set_by_next = inputs.rules.format != _FIRST_PRICE and (
        inputs.rules.format != _VCG or inputs.rules.position_effects.size == 1
    )
    if not is_set_by_next or next_entry == NOBODY:
        return price
    offer = offer_of(U64(ranked.entry[slot]), inputs)
    if not (is_own(offer, inputs) and is_own(offer_of(U64(next_entry), inputs), inputs)):
        return price
    floor = floor_for(seeker.floor_micros, inputs.offers[offer, _RATE])
    if price == floor:
        return price
    other = best_other_score(slot, seeker, inputs, outputs, ranked)
    return max(price_for(other, ranked.quality[slot]), floor)
