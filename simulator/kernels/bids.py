"""Submitting bids: what every offer bids in the coming tick, and the bounds that ranking relies on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.draws import U64, lane_offset
from simulator.kernels.glances import highest_score, promise_of
from simulator.kernels.ranking import scored
from simulator.kernels.response import rest_dry_offers
from simulator.kernels.tables import CHANCE_ONE, RATE_BITS, Group, Inputs, Learner, Offer, Outputs, Term, Trait
from simulator.money import MAX_ACTION_BID_MICROS, effective_bid_micros
from workbench.data_fee import BASIS_POINTS
from workbench.jit import kernel

_EFFECTIVE, _RATE, _AD_GROUP, _TRAITS = map(int, (Offer.EFFECTIVE, Offer.RATE, Offer.AD_GROUP, Offer.TRAITS))
_BID, _FEE_BP, _PARTICIPATION = int(Offer.BID), int(Offer.FEE_BP), int(Offer.PARTICIPATION)
_PERSONAL, _IS_THROTTLED = int(Trait.PERSONAL), int(Trait.IS_THROTTLED)
_IS_IDLE, _WHOLE_BID = int(Term.IS_IDLE), int(Learner.WHOLE_BID)
_HIGHEST_BID, _CAMPAIGN_HIGHEST_BID = int(Group.HIGHEST_BID), int(Group.CAMPAIGN_HIGHEST_BID)


class Bids(NamedTuple):
    """What the ad groups bid in a tick.

    Attributes
    ----------
    base_micros : int64 array, shape (n_ad_groups,)
        Bid for a billable event before any multiplier, micro-currency; 0 where the ad group does not bid.
    pace_bp : int64 array, shape (n_ad_groups,)
        Factor of pacing, basis points.
    participation_bp : int64 array, shape (n_ad_groups,)
        Share of the auctions that it takes part in, basis points.
    multiplier_bp : int64 array, shape (n_offers,)
        Factor of the audiences, basis points.
    order : int32 array, shape (n_ad_groups,)
        Ad groups in the order in which an account's entries lie.
    """

    base_micros: NDArray[np.int64]
    pace_bp: NDArray[np.int64]
    participation_bp: NDArray[np.int64]
    multiplier_bp: NDArray[np.int64]
    order: NDArray[np.int32]


@kernel
def submit_bids(bids: Bids, inputs: Inputs, outputs: Outputs) -> None:
    """Write the bids of the coming auctions into the offers.

    Parameters
    ----------
    bids : Bids
        What the ad groups bid.
    inputs : Inputs
        Its offers, their effective bids and the highest bids of ad groups and campaigns are filled in place.
    outputs : Outputs
        Its budgets say who can pay.
    """
    for ad_group in range(inputs.groups.shape[0]):
        is_bidding = bids.base_micros[ad_group] > 0
        inputs.groups[ad_group, _HIGHEST_BID] = outputs.learners[ad_group, _WHOLE_BID] if is_bidding else 0
    bounds = np.zeros(bids.order.size, dtype=np.int64)
    highest_factor = np.int64(inputs.rules.personal[-1])
    for offer in range(inputs.offers.shape[0]):
        ad_group = inputs.offers[offer, _AD_GROUP]
        bid = 0
        if bids.base_micros[ad_group] > 0 and not inputs.terms[offer, _IS_IDLE]:
            bid = min(MAX_ACTION_BID_MICROS, bids.base_micros[ad_group] * bids.multiplier_bp[offer] // BASIS_POINTS)
            bid = max(1, bid * bids.pace_bp[ad_group] // BASIS_POINTS)
        effective = effective_bid_micros(bid, inputs.offers[offer, _FEE_BP], inputs.rules.policy_code)
        inputs.offers[offer, _BID], inputs.offers[offer, _EFFECTIVE] = bid, effective
        inputs.offers[offer, _PARTICIPATION] = bids.participation_bp[ad_group] * CHANCE_ONE // BASIS_POINTS
        if bids.participation_bp[ad_group] < BASIS_POINTS:
            inputs.offers[offer, _TRAITS] |= _IS_THROTTLED
        else:
            inputs.offers[offer, _TRAITS] &= ~_IS_THROTTLED
        inputs.groups[ad_group, _HIGHEST_BID] = max(inputs.groups[ad_group, _HIGHEST_BID], bid)
        quality = inputs.offers[offer, _RATE]
        if inputs.offers[offer, _TRAITS] & _PERSONAL:
            quality = max(1, (quality * highest_factor) >> RATE_BITS)
        bounds[ad_group] = max(bounds[ad_group], scored(effective, quality))
        rate, is_personal = inputs.offers[offer, _RATE], inputs.offers[offer, _TRAITS] & _PERSONAL
        inputs.glances.promises[offer] = promise_of(effective, rate, is_personal, inputs.rules.personal)
        inputs.glances.lanes[offer] = lane_offset(U64(ad_group))
    _settle_campaigns(inputs, outputs)
    _settle_bounds(bids, bounds, inputs)


@kernel
def _settle_campaigns(inputs: Inputs, outputs: Outputs) -> None:
    """Spread each campaign's highest bid over its ad groups, and rest what no budget covers."""
    for campaign in range(inputs.first_group.size - 1):
        groups = inputs.groups[inputs.first_group[campaign] : inputs.first_group[campaign + 1]]
        highest = 0
        for group in range(groups.shape[0]):
            highest = max(highest, groups[group, _HIGHEST_BID])
        groups[:, _CAMPAIGN_HIGHEST_BID] = highest
    for ad_group in range(inputs.groups.shape[0]):
        rest_dry_offers(U64(ad_group), inputs, outputs)


@kernel
def _settle_bounds(bids: Bids, bounds: NDArray[np.int64], inputs: Inputs) -> None:
    """Make every ad group's bound hold for all after it in the order as well."""
    highest = 0
    for place in range(bids.order.size - 1, -1, -1):
        ad_group = bids.order[place]
        highest = max(highest, bounds[ad_group])
        bounds[ad_group] = highest
    for offer in range(inputs.offers.shape[0]):
        inputs.glances.bounds[offer] = highest_score(bounds[inputs.offers[offer, _AD_GROUP]])
