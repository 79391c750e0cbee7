"""What follows a won slot: whether it is seen, what the person does, what is charged, and who gets to know."""

from typing import Final, NamedTuple

import numpy as np

from simulator.kernels.draws import U64, Stream, lane_draw
from simulator.kernels.glances import NOTHING
from simulator.kernels.knots import knot_at_or_below
from simulator.kernels.pair_sums import add_later
from simulator.kernels.pricing import Prices
from simulator.kernels.ranking import Ranked, Seeker, bids_of, learned_mu, offer_of, own_bits, personal_factor
from simulator.kernels.tables import (
    CHARGE_SHIFT,
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
    Offer,
    Outputs,
    Record,
    Share,
    Term,
    Trait,
)
from simulator.money import data_fee_micros
from workbench.jit import inner_kernel, rare_kernel

_AD_GROUP, _TRAITS, _BID, _FEE_BP = map(int, (Offer.AD_GROUP, Offer.TRAITS, Offer.BID, Offer.FEE_BP))
_ADAPTIVE = int(Trait.ADAPTIVE)
_IS_REDUNDANT, _CLICK_CHANCE, _VIEW_CHANCE = int(Term.IS_REDUNDANT), int(Term.CLICK_CHANCE), int(Term.VIEW_CHANCE)
_VIEW_CONVERSION_CHANCE = int(Term.VIEW_CONVERSION_CHANCE)
_CAMPAIGN, _BILLABLE_EVENT = int(Group.CAMPAIGN), int(Group.BILLABLE_EVENT)
_HIGHEST_BID, _CAMPAIGN_HIGHEST_BID = int(Group.HIGHEST_BID), int(Group.CAMPAIGN_HIGHEST_BID)
_CONVERSION_CHANCE, _DELAYS = int(Group.CONVERSION_CHANCE), int(Group.DELAYS)
_CLICK_WINDOW, _VIEW_WINDOW = int(Group.CLICK_WINDOW_HOURS), int(Group.VIEW_WINDOW_HOURS)
_FIRST_AD, _N_LIVE_ADS = int(Group.FIRST_AD), int(Group.N_LIVE_ADS)
_RECORDS, _BY_OFFER, _BY_AD, _BY_ENTRY = map(int, (Group.RECORDS, Record.BY_OFFER, Record.BY_AD, Record.BY_ENTRY))
_BY_CHARGE, _STEP = int(Record.BY_CHARGE), int(Learner.STEP)
_MU, _GAIN, _GAIN_SHIFT, _MU_MAX = map(int, (Learner.MU, Learner.GAIN, Learner.GAIN_SHIFT, Learner.MU_MAX))
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
_LANES: Final = U64(4)  # draws that each ad group has in the stream of responses: view, conversion, delay
_CONVERTS: Final = U64(1)
_DELAY: Final = U64(2)
_NEXT: Final = U64(1)
_ONE_AD: Final = U64(1)
_ONE: Final = np.uint8(1)
_EVER: Final = np.uint8(EVER)


class Shown(NamedTuple):
    """What is shown in a slot.

    Attributes
    ----------
    offer, ad_group : uint64
        Their numbers.
    records : int64
        Of the ad group, a sum of `Record`.
    """

    offer: np.uint64
    ad_group: np.uint64
    records: int


@inner_kernel
def is_seen(slot: int, opportunity: np.uint64, inputs: Inputs) -> bool:
    """Draw whether a slot comes into view."""
    effect = inputs.rules.position_effects[slot]
    if effect == POSITION_ONE:
        return True
    bits = lane_draw(inputs.rules.keys[_IN_VIEW], opportunity, U64(slot))
    return bool(np.int64(bits >> _POSITION_SHIFT) < effect)


@inner_kernel
def happens(stream: int, lane: np.uint64, chance: int, opportunity: np.uint64, inputs: Inputs) -> bool:
    """Draw whether something of a chance in 2**-32 happens."""
    if chance == 0:
        return False
    return bool(np.int64(lane_draw(inputs.rules.keys[stream], opportunity, lane) >> _HALF) < chance)


@inner_kernel
def acts(stream: int, lane: np.uint64, chance: int, shown: Shown, seeker: Seeker, inputs: Inputs) -> bool:
    """Draw whether the person clicks or views: a chance in 2**-32, adjusted to the ad and the person."""
    if chance == 0:
        return False
    bits = np.int64(lane_draw(inputs.rules.keys[stream], seeker.opportunity, lane) >> _HALF)
    if bits > (chance * inputs.rules.highest_response) >> RATE_BITS:
        return False  # whatever the factors are, so they need not be looked up
    ad = turn_of(shown.ad_group, seeker.opportunity, inputs)
    adjusted = (chance * inputs.rules.response_factors[ad]) >> RATE_BITS
    if inputs.rules.is_personal:
        factor = personal_factor(own_bits(shown.offer, seeker, inputs), inputs.rules)
        adjusted = (adjusted * factor) >> RATE_BITS
    return bool(bits < adjusted)


@inner_kernel
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
    shown = _impression(U64(ranked.entry[slot]), seeker, inputs, outputs)
    is_viewed = acts(_RESPONSE, _LANES * shown.ad_group, inputs.terms[shown.offer, _VIEW_CHANCE], shown, seeker, inputs)
    is_clicked = acts(_CLICK, shown.ad_group, inputs.terms[shown.offer, _CLICK_CHANCE], shown, seeker, inputs)
    if is_viewed:
        count_event(_T_VIEWS, _S_VIEWS, shown, seeker, inputs, outputs)
    if is_clicked:
        count_event(_T_CLICKS, _S_CLICKS, shown, seeker, inputs, outputs)
    _convert(shown, is_clicked, seeker, inputs, outputs)
    billed = inputs.groups[shown.ad_group, _BILLABLE_EVENT]
    if (billed == _BY_CLICK and not is_clicked) or (billed == _BY_VIEW and not is_viewed):
        return
    outputs.tally[shown.ad_group, _T_BILLED] += 1
    bid, effective = bids_of(shown.offer, seeker, inputs, outputs)
    outputs.tally[shown.ad_group, _T_BID] += bid
    outputs.tally[shown.ad_group, _T_EFFECTIVE] += effective
    charge(shown, prices.price[slot], seeker, inputs, outputs)
    raised = prices.price[slot] - prices.alone[slot]
    if raised > 0:
        raiser = inputs.offers[offer_of(U64(ranked.entry[slot + 1]), inputs), _AD_GROUP]
        add_later(outputs.raised, np.int64(shown.ad_group) * inputs.rules.n_own + raiser, raised)


@inner_kernel
def _impression(entry: np.uint64, seeker: Seeker, inputs: Inputs, outputs: Outputs) -> Shown:
    """Count an impression."""
    offer = offer_of(entry, inputs)
    ad_group = U64(inputs.offers[offer, _AD_GROUP])
    shown = Shown(offer, ad_group, inputs.groups[ad_group, _RECORDS])
    count = outputs.counts[entry]
    if count & EVER == 0:
        outputs.tally[ad_group, _T_REACHED] += 1
    if count & IN_WINDOW < IN_WINDOW:
        count += _ONE
    outputs.counts[entry] = count | _EVER
    if shown.records & _BY_ENTRY:
        outputs.shown.entries[outputs.shown.n[0]] = entry
        outputs.shown.n[0] += 1
    count_event(_T_IMPRESSIONS, _S_IMPRESSIONS, shown, seeker, inputs, outputs)
    return shown


@inner_kernel
def count_event(column: int, share: int, shown: Shown, seeker: Seeker, inputs: Inputs, outputs: Outputs) -> None:
    """Count something that happened for the ad group, the offer and the ad; the latter two where there are several."""
    outputs.tally[shown.ad_group, column] += 1
    if shown.records & _BY_OFFER:
        outputs.offer_shares[shown.offer, share] += 1
    if shown.records & _BY_AD:
        outputs.ad_shares[turn_of(shown.ad_group, seeker.opportunity, inputs), share] += 1


@inner_kernel
def turn_of(ad_group: np.uint64, opportunity: np.uint64, inputs: Inputs) -> np.uint64:
    """Draw which of an ad group's live ads is shown."""
    first, n_live = U64(inputs.groups[ad_group, _FIRST_AD]), U64(inputs.groups[ad_group, _N_LIVE_ADS])
    if n_live > _ONE_AD:
        bits = lane_draw(inputs.rules.keys[_AD], opportunity, ad_group) >> _HALF
        first += (bits * n_live) >> _HALF
    return U64(inputs.live_ads[first])


@inner_kernel
def _convert(shown: Shown, is_clicked: bool, seeker: Seeker, inputs: Inputs, outputs: Outputs) -> None:
    """Draw whether the impression or its click leads to a conversion that is counted."""
    group = inputs.groups[shown.ad_group]
    chance = group[_CONVERSION_CHANCE] if is_clicked else inputs.terms[shown.offer, _VIEW_CONVERSION_CHANCE]
    lane = _LANES * shown.ad_group
    if not happens(_RESPONSE, lane + _CONVERTS, chance, seeker.opportunity, inputs):
        return
    bits = lane_draw(inputs.rules.keys[_RESPONSE], seeker.opportunity, lane + _DELAY)
    delay = knot_at_or_below(inputs.rules.delays[group[_DELAYS]], bits)
    window = group[_CLICK_WINDOW] if is_clicked else group[_VIEW_WINDOW]
    if delay > window or inputs.tick + delay >= inputs.rules.n_ticks:
        return
    outputs.conversions[inputs.tick + delay, shown.ad_group] += 1
    column, share = (
        (_T_CLICK_CONVERSIONS, _S_CLICK_CONVERSIONS) if is_clicked else (_T_VIEW_CONVERSIONS, _S_VIEW_CONVERSIONS)
    )
    count_event(column, share, shown, seeker, inputs, outputs)


@inner_kernel
def charge(shown: Shown, price: int, seeker: Seeker, inputs: Inputs, outputs: Outputs) -> None:
    """Charge a billable event: the clearing price and the data fee on it.

    Parameters
    ----------
    shown : Shown
        What won.
    price : int
        The clearing price, micro-currency.
    seeker : Seeker
        The opportunity.
    inputs, outputs : Inputs, Outputs
        Of the tick.
    """
    offer, ad_group = shown.offer, shown.ad_group
    fee = data_fee_micros(price, inputs.offers[offer, _FEE_BP])
    redundant = fee if inputs.terms[offer, _IS_REDUNDANT] else 0
    outputs.tally[ad_group, _T_MEDIA] += price
    outputs.tally[ad_group, _T_FEE] += fee
    outputs.tally[ad_group, _T_REDUNDANT] += redundant
    if shown.records & _BY_OFFER:
        outputs.offer_shares[offer, _S_MEDIA] += price
        outputs.offer_shares[offer, _S_FEE] += fee
        outputs.offer_shares[offer, _S_REDUNDANT] += redundant
    if shown.records & _BY_AD:
        ad = turn_of(ad_group, seeker.opportunity, inputs)
        outputs.ad_shares[ad, _S_MEDIA] += price
        outputs.ad_shares[ad, _S_FEE] += fee
        outputs.ad_shares[ad, _S_REDUNDANT] += redundant
    if shown.records & _BY_CHARGE:
        log, place = outputs.charged, outputs.charged.n[0]
        log.keys[place] = (seeker.n_before << CHARGE_SHIFT) | np.int64(ad_group)
        log.micros[place] = price + fee
        log.n[0] = place + 1
    is_adaptive = bool(inputs.offers[offer, _TRAITS] & _ADAPTIVE)
    take_from_budgets(ad_group, price + fee, is_adaptive, seeker.n_before, inputs, outputs)


@inner_kernel
def take_from_budgets(
    ad_group: np.uint64, charge_micros: int, is_adaptive: bool, n_before: int, inputs: Inputs, outputs: Outputs
) -> None:
    """Take a charge from the budgets, let adaptive pacing learn from it, and rest the offers that nobody can pay now.

    Parameters
    ----------
    ad_group : uint64
        Who is charged.
    charge_micros : int
        What is charged, micro-currency.
    is_adaptive : bool
        Whether its bid learns from every opportunity.
    n_before : int
        Opportunities of the tick before the one that is charged for.
    inputs, outputs : Inputs, Outputs
        Of the tick.
    """
    campaign = U64(inputs.groups[ad_group, _CAMPAIGN])
    campaign_remaining = outputs.campaign_remaining_micros[campaign] - charge_micros
    is_campaign_low = campaign_remaining < inputs.groups[ad_group, _CAMPAIGN_HIGHEST_BID]
    if is_campaign_low:
        _learn_from_the_past(campaign, n_before, inputs, outputs)
    outputs.remaining_micros[ad_group] -= charge_micros
    outputs.campaign_remaining_micros[campaign] = campaign_remaining
    if is_adaptive:
        _learn_from_charge(ad_group, charge_micros, outputs)
    if outputs.remaining_micros[ad_group] < inputs.groups[ad_group, _HIGHEST_BID]:
        rest_dry_offers(ad_group, inputs, outputs)
    if is_campaign_low:
        for group in range(inputs.first_group[campaign], inputs.first_group[campaign + _NEXT]):
            rest_dry_offers(U64(group), inputs, outputs)


@rare_kernel
def rest_dry_offers(ad_group: np.uint64, inputs: Inputs, outputs: Outputs) -> None:
    """Take offers whose whole bid no budget covers any more out of the ranking, until bids are set anew."""
    remaining = min(
        outputs.remaining_micros[ad_group],
        outputs.campaign_remaining_micros[U64(inputs.groups[ad_group, _CAMPAIGN])],
    )
    for place in range(inputs.first_offer[ad_group], inputs.first_offer[ad_group + _NEXT]):
        offer = U64(inputs.offers_of_groups[place])
        if remaining < inputs.offers[offer, _BID] and inputs.offers[offer, _TRAITS] & _ADAPTIVE == 0:
            inputs.glances.promises[offer] = NOTHING


@rare_kernel
def _learn_from_the_past(campaign: np.uint64, n_before: int, inputs: Inputs, outputs: Outputs) -> None:
    """Bring a campaign's adaptive bids up to date with the budget that they have had, before less of it is left."""
    for number in range(inputs.first_group[campaign], inputs.first_group[campaign + _NEXT]):
        ad_group = U64(number)
        is_bidding = inputs.groups[ad_group, _HIGHEST_BID] > 0
        if is_bidding and outputs.learners[ad_group, _STEP] > 0:
            learned_mu(ad_group, n_before, inputs, outputs)


@inner_kernel
def _learn_from_charge(ad_group: np.uint64, charge_micros: int, outputs: Outputs) -> None:
    """Raise adaptive pacing's μ by what a charge teaches; see `simulator.pacing.adaptive` for why nothing overflows."""
    mu, mu_max = outputs.learners[ad_group, _MU], outputs.learners[ad_group, _MU_MAX]
    rise = (charge_micros * outputs.learners[ad_group, _GAIN]) >> outputs.learners[ad_group, _GAIN_SHIFT]
    outputs.learners[ad_group, _MU] = mu_max if rise > mu_max - mu else mu + rise
