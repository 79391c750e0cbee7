"""What follows a won slot: whether it is seen, what the person does, what is charged, and who gets to know."""

from typing import Final

import numpy as np

from simulator.kernels.draws import U64, Stream, lane_draw
from simulator.kernels.knots import knot_at_or_below
from simulator.kernels.pricing import Prices
from simulator.kernels.ranking import Ranked, Seeker, learned_mu, personal_factor
from simulator.kernels.tables import (
    CHANCE_ONE,
    EVER,
    IN_WINDOW,
    POSITION_BITS,
    POSITION_ONE,
    RATE_BITS,
    Billed,
    Column,
    Group,
    Inputs,
    Learner,
    Limit,
    Offer,
    Outputs,
    PairSums,
    Share,
    Term,
    Trait,
)
from simulator.money import data_fee_micros
from workbench.jit import borrowing_kernel

_AD_GROUP, _EFFECTIVE, _TRAITS = int(Offer.AD_GROUP), int(Offer.EFFECTIVE), int(Offer.TRAITS)
_LIMIT_BID = int(Limit.BID)
_ADAPTIVE = int(Trait.ADAPTIVE)
_FEE_BP, _IS_REDUNDANT = int(Term.FEE_BP), int(Term.IS_REDUNDANT)
_CLICK_CHANCE, _VIEW_CHANCE = int(Term.CLICK_CHANCE), int(Term.VIEW_CHANCE)
_VIEW_CONVERSION_CHANCE = int(Term.VIEW_CONVERSION_CHANCE)
_CAMPAIGN, _BILLABLE_EVENT = int(Group.CAMPAIGN), int(Group.BILLABLE_EVENT)
_HIGHEST_BID, _CAMPAIGN_HIGHEST_BID = int(Group.HIGHEST_BID), int(Group.CAMPAIGN_HIGHEST_BID)
_CONVERSION_CHANCE, _DELAYS = int(Group.CONVERSION_CHANCE), int(Group.DELAYS)
_CLICK_WINDOW, _VIEW_WINDOW = int(Group.CLICK_WINDOW_HOURS), int(Group.VIEW_WINDOW_HOURS)
_FIRST_AD, _N_LIVE_ADS = int(Group.FIRST_AD), int(Group.N_LIVE_ADS)
_IS_LOGGED = int(Group.IS_IMPRESSION_LOGGED)
_STEP = int(Learner.STEP)
_MU, _GAIN, _GAIN_SHIFT, _MU_MAX = map(int, (Learner.MU, Learner.GAIN, Learner.GAIN_SHIFT, Learner.MU_MAX))
_HAS_OFFERS, _HAS_ADS = int(Group.HAS_OFFERS), int(Group.HAS_ADS)
_BY_CLICK, _BY_VIEW = int(Billed.CLICK), int(Billed.VIEW)
_IN_VIEW, _AD, _CLICK, _RESPONSE = int(Stream.IN_VIEW), int(Stream.AD), int(Stream.CLICK), int(Stream.RESPONSE)

_T_IMPRESSIONS, _T_REACHED, _T_BILLED = int(Column.IMPRESSIONS), int(Column.REACHED), int(Column.BILLED)
_T_BID, _T_EFFECTIVE = int(Column.BID_MICROS), int(Column.EFFECTIVE_BID_MICROS)
_T_MEDIA, _T_FEE, _T_REDUNDANT = (
    int(Column.MEDIA_MICROS),
    int(Column.DATA_FEE_MICROS),
    int(Column.REDUNDANT_FEE_MICROS),
)
_T_VIEWS, _T_CLICKS = int(Column.VIEWS), int(Column.CLICKS)
_T_CLICK_CONVERSIONS, _T_VIEW_CONVERSIONS = int(Column.CLICK_CONVERSIONS), int(Column.VIEW_CONVERSIONS)
_S_IMPRESSIONS, _S_VIEWS, _S_CLICKS = int(Share.IMPRESSIONS), int(Share.VIEWS), int(Share.CLICKS)
_S_CLICK_CONVERSIONS, _S_VIEW_CONVERSIONS = int(Share.CLICK_CONVERSIONS), int(Share.VIEW_CONVERSIONS)
_S_MEDIA, _S_FEE, _S_REDUNDANT = int(Share.MEDIA_MICROS), int(Share.DATA_FEE_MICROS), int(Share.REDUNDANT_FEE_MICROS)

_HALF: Final = U64(32)
_POSITION_SHIFT: Final = U64(64 - POSITION_BITS)
_LANES: Final = 4  # draws that each ad group has in the stream of responses
_SPREAD: Final = U64(0x9E3779B97F4A7C15)
_ONE: Final = np.uint8(1)
_EVER: Final = np.uint8(EVER)


@borrowing_kernel
def is_seen(slot: int, opportunity: np.uint64, inputs: Inputs) -> bool:
    """Draw whether a slot comes into view."""
    effect = inputs.rules.position_effects[slot]
    if effect == POSITION_ONE:
        return True
    bits = lane_draw(inputs.rules.keys[_IN_VIEW], opportunity, U64(slot))
    return bool(np.int64(bits >> _POSITION_SHIFT) < effect)


@borrowing_kernel
def happens(stream: int, lane: int, chance: int, opportunity: np.uint64, inputs: Inputs) -> bool:
    """Draw whether something of a chance in 2**-32 happens."""
    if chance == 0:
        return False
    return bool(np.int64(lane_draw(inputs.rules.keys[stream], opportunity, U64(lane)) >> _HALF) < chance)


@borrowing_kernel
def chance_with(chance: int, ad: int, ad_group: int, seeker: Seeker, inputs: Inputs) -> int:
    """Adjust the chance of a click or view to the ad and the person, in 2**-32."""
    adjusted = (chance * inputs.rules.response_factors[ad]) >> RATE_BITS
    if inputs.rules.is_personal:
        adjusted = (adjusted * personal_factor(ad_group, seeker, inputs.rules)) >> RATE_BITS
    return int(min(adjusted, CHANCE_ONE))


@borrowing_kernel
def show(slot: int, prices: Prices, seeker: Seeker, inputs: Inputs, outputs: Outputs, ranked: Ranked) -> None:
    """Show the ad that won a slot, draw what the person does, and charge for it.

    Parameters
    ----------
    slot : int
        A slot that an ad group won and that came into view.
    prices : Prices
        What events cost.
    seeker, inputs, outputs, ranked : Seeker, Inputs, Outputs, Ranked
        As for `simulator.kernels.ranking.rank`, which was called before.
    """
    entry = ranked.entry[slot]
    offer = int(np.int64(inputs.entry_offer[entry]))
    ad_group = inputs.offers[offer, _AD_GROUP]
    ad = _turn_of(ad_group, seeker.opportunity, inputs)
    _count_impression(entry, ad_group, inputs, outputs)
    count_event(_T_IMPRESSIONS, _S_IMPRESSIONS, offer, ad, inputs, outputs)
    opportunity = seeker.opportunity
    view_chance = chance_with(inputs.terms[offer, _VIEW_CHANCE], ad, ad_group, seeker, inputs)
    is_viewed = happens(_RESPONSE, _LANES * ad_group, view_chance, opportunity, inputs)
    click_chance = chance_with(inputs.terms[offer, _CLICK_CHANCE], ad, ad_group, seeker, inputs)
    is_clicked = happens(_CLICK, ad_group, click_chance, opportunity, inputs)
    if is_viewed:
        count_event(_T_VIEWS, _S_VIEWS, offer, ad, inputs, outputs)
    if is_clicked:
        count_event(_T_CLICKS, _S_CLICKS, offer, ad, inputs, outputs)
    _convert(offer, ad, is_clicked, seeker, inputs, outputs)
    billed = inputs.groups[ad_group, _BILLABLE_EVENT]
    if (billed == _BY_CLICK and not is_clicked) or (billed == _BY_VIEW and not is_viewed):
        return
    outputs.tally[ad_group, _T_BILLED] += 1
    outputs.tally[ad_group, _T_BID] += ranked.bid[slot]
    outputs.tally[ad_group, _T_EFFECTIVE] += ranked.effective[slot]
    charge(offer, ad, prices.price[slot], seeker, inputs, outputs)
    raised = prices.price[slot] - prices.alone[slot]
    if raised > 0:
        next_ad_group = inputs.offers[int(np.int64(inputs.entry_offer[ranked.entry[slot + 1]])), _AD_GROUP]
        add_to_pair(outputs.raised, ad_group * inputs.rules.n_own + next_ad_group, raised)


@borrowing_kernel
def count_event(column: int, share: int, offer: int, ad: int, inputs: Inputs, outputs: Outputs) -> None:
    """Count something that happened for the ad group, the offer and the ad; the latter two where there are several."""
    ad_group = inputs.offers[offer, _AD_GROUP]
    outputs.tally[ad_group, column] += 1
    if inputs.groups[ad_group, _HAS_OFFERS]:
        outputs.offer_shares[offer, share] += 1
    if inputs.groups[ad_group, _HAS_ADS]:
        outputs.ad_shares[ad, share] += 1


@borrowing_kernel
def _turn_of(ad_group: int, opportunity: np.uint64, inputs: Inputs) -> int:
    """Draw which of an ad group's live ads is shown."""
    first, n_live = inputs.groups[ad_group, _FIRST_AD], inputs.groups[ad_group, _N_LIVE_ADS]
    if n_live == 1:
        return int(inputs.live_ads[first])
    bits = lane_draw(inputs.rules.keys[_AD], opportunity, U64(ad_group)) >> _HALF
    return int(inputs.live_ads[first + np.int64((bits * U64(n_live)) >> _HALF)])


@borrowing_kernel
def _count_impression(entry: int, ad_group: int, inputs: Inputs, outputs: Outputs) -> None:
    count = outputs.counts[entry]
    if count & EVER == 0:
        outputs.tally[ad_group, _T_REACHED] += 1
    if count & IN_WINDOW < IN_WINDOW:
        count += _ONE
    outputs.counts[entry] = count | _EVER
    if inputs.groups[ad_group, _IS_LOGGED]:
        outputs.shown.entries[outputs.shown.n[0]] = entry
        outputs.shown.n[0] += 1


@borrowing_kernel
def _convert(offer: int, ad: int, is_clicked: bool, seeker: Seeker, inputs: Inputs, outputs: Outputs) -> None:
    """Draw whether the impression or its click leads to a conversion that is counted."""
    ad_group = inputs.offers[offer, _AD_GROUP]
    group = inputs.groups[ad_group]
    chance = group[_CONVERSION_CHANCE] if is_clicked else inputs.terms[offer, _VIEW_CONVERSION_CHANCE]
    lane = _LANES * ad_group
    if not happens(_RESPONSE, lane + 1, chance, seeker.opportunity, inputs):
        return
    bits = lane_draw(inputs.rules.keys[_RESPONSE], seeker.opportunity, U64(lane + 2))
    delay = knot_at_or_below(inputs.rules.delays[group[_DELAYS]], bits)
    window = group[_CLICK_WINDOW] if is_clicked else group[_VIEW_WINDOW]
    if delay > window or inputs.tick + delay >= inputs.rules.n_ticks:
        return
    outputs.conversions[inputs.tick + delay, ad_group] += 1
    column, share = (
        (_T_CLICK_CONVERSIONS, _S_CLICK_CONVERSIONS) if is_clicked else (_T_VIEW_CONVERSIONS, _S_VIEW_CONVERSIONS)
    )
    count_event(column, share, offer, ad, inputs, outputs)


@borrowing_kernel
def charge(offer: int, ad: int, price: int, seeker: Seeker, inputs: Inputs, outputs: Outputs) -> None:
    """Charge a billable event: the clearing price and the data fee on it.

    Parameters
    ----------
    offer, ad : int
        What won, and which ad was shown.
    price : int
        The clearing price, micro-currency.
    seeker : Seeker
        The opportunity.
    inputs, outputs : Inputs, Outputs
        Of the tick.
    """
    ad_group = inputs.offers[offer, _AD_GROUP]
    fee = data_fee_micros(price, inputs.terms[offer, _FEE_BP])
    redundant = fee if inputs.terms[offer, _IS_REDUNDANT] else 0
    outputs.tally[ad_group, _T_MEDIA] += price
    outputs.tally[ad_group, _T_FEE] += fee
    outputs.tally[ad_group, _T_REDUNDANT] += redundant
    if inputs.groups[ad_group, _HAS_OFFERS]:
        outputs.offer_shares[offer, _S_MEDIA] += price
        outputs.offer_shares[offer, _S_FEE] += fee
        outputs.offer_shares[offer, _S_REDUNDANT] += redundant
    if inputs.groups[ad_group, _HAS_ADS]:
        outputs.ad_shares[ad, _S_MEDIA] += price
        outputs.ad_shares[ad, _S_FEE] += fee
        outputs.ad_shares[ad, _S_REDUNDANT] += redundant
    campaign = inputs.groups[ad_group, _CAMPAIGN]
    campaign_remaining = outputs.campaign_remaining_micros[campaign] - price - fee
    is_campaign_low = campaign_remaining < inputs.groups[ad_group, _CAMPAIGN_HIGHEST_BID]
    if is_campaign_low:
        _learn_from_the_past(campaign, seeker, inputs, outputs)
    outputs.remaining_micros[ad_group] -= price + fee
    outputs.campaign_remaining_micros[campaign] = campaign_remaining
    if inputs.offers[offer, _TRAITS] & _ADAPTIVE:
        _learn_from_charge(ad_group, price + fee, outputs)
    if outputs.remaining_micros[ad_group] < inputs.groups[ad_group, _HIGHEST_BID]:
        rest_dry_offers(ad_group, inputs, outputs)
    if is_campaign_low:
        for group in range(inputs.first_group[campaign], inputs.first_group[campaign + 1]):
            rest_dry_offers(group, inputs, outputs)


@borrowing_kernel
def rest_dry_offers(ad_group: int, inputs: Inputs, outputs: Outputs) -> None:
    """Take offers whose whole bid no budget covers any more out of the ranking, until bids are set anew."""
    remaining = min(
        outputs.remaining_micros[ad_group],
        outputs.campaign_remaining_micros[inputs.groups[ad_group, _CAMPAIGN]],
    )
    for place in range(inputs.first_offer[ad_group], inputs.first_offer[ad_group + 1]):
        offer = inputs.offers_of_groups[place]
        if remaining < inputs.limits[offer, _LIMIT_BID] and inputs.offers[offer, _TRAITS] & _ADAPTIVE == 0:
            inputs.offers[offer, _EFFECTIVE] = 0


@borrowing_kernel
def _learn_from_the_past(campaign: int, seeker: Seeker, inputs: Inputs, outputs: Outputs) -> None:
    """Bring a campaign's adaptive bids up to date with the budget that they have had, before less of it is left."""
    for ad_group in range(inputs.first_group[campaign], inputs.first_group[campaign + 1]):
        is_bidding = inputs.groups[ad_group, _HIGHEST_BID] > 0
        if is_bidding and outputs.learners[ad_group, _STEP] > 0:
            learned_mu(ad_group, seeker.n_before, inputs, outputs)


@borrowing_kernel
def _learn_from_charge(ad_group: int, charge_micros: int, outputs: Outputs) -> None:
    """Raise adaptive pacing's μ by what a charge teaches; see `simulator.pacing.adaptive` for why nothing overflows."""
    mu, mu_max = outputs.learners[ad_group, _MU], outputs.learners[ad_group, _MU_MAX]
    rise = (charge_micros * outputs.learners[ad_group, _GAIN]) >> outputs.learners[ad_group, _GAIN_SHIFT]
    outputs.learners[ad_group, _MU] = mu_max if rise > mu_max - mu else mu + rise


@borrowing_kernel
def add_to_pair(sums: PairSums, pair: int, micros: int) -> None:
    """Add to the sum of a pair of ad groups; there is always a free place."""
    mask = sums.pairs.size - 1
    place = np.int64((U64(pair) * _SPREAD) >> _HALF) & mask
    while sums.pairs[place] not in (0, pair + 1):
        place = (place + 1) & mask
    if sums.pairs[place] == 0:
        sums.pairs[place] = pair + 1
        sums.n_used[0] += 1
    sums.micros[place] += micros
