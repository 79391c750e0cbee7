"""The census: which ad groups could have bid for an opportunity, and what kept the others from it.

Every ad group that wants the person is counted once, by the first thing that stands against it: it was seen often
enough, the bid is below the floor, no budget covers it, pacing lets it go, another own ad group is better and only the
best may enter. What is left has entered.
"""

from simulator.kernels.draws import U64
from simulator.kernels.ranking import (
    Seeker,
    bids_of,
    is_at_cap,
    is_below_floor,
    is_out_of_budget,
    is_own,
    is_paused_by_pacing,
    offer_of,
    own_bits,
    standing_of,
)
from simulator.kernels.tables import Column, Inputs, Offer, Outputs
from workbench.jit import rare_kernel

_AD_GROUP, _BID = int(Offer.AD_GROUP), int(Offer.BID)
_OPPORTUNITIES, _ENTERED, _HELD_BACK = int(Column.OPPORTUNITIES), int(Column.ENTERED), int(Column.HELD_BACK)
_CAP, _FLOOR = int(Column.LOST_TO_CAP), int(Column.LOST_TO_FLOOR)
_BUDGET, _PACING = int(Column.LOST_TO_BUDGET), int(Column.LOST_TO_PACING)


@rare_kernel
def take_census(seeker: Seeker, inputs: Inputs, outputs: Outputs) -> None:
    """Count every offer for an opportunity, before it is decided.

    Parameters
    ----------
    seeker : Seeker
        The opportunity.
    inputs, outputs : Inputs, Outputs
        Of the tick; each counts for ``census_every`` opportunities.
    """
    weight, best_key, best_ad_group = inputs.rules.census_every, 0, U64(0)
    for number in range(seeker.first, seeker.last):
        entry = U64(number)
        offer = offer_of(entry, inputs)
        if inputs.offers[offer, _BID] == 0:
            continue
        ad_group, bits = U64(inputs.offers[offer, _AD_GROUP]), own_bits(offer, seeker, inputs)
        outputs.tally[ad_group, _OPPORTUNITIES] += weight
        bid, effective = bids_of(offer, seeker, inputs, outputs)
        if is_at_cap(offer, entry, inputs, outputs):
            outputs.tally[ad_group, _CAP] += weight
        elif is_below_floor(offer, effective, seeker, inputs):
            outputs.tally[ad_group, _FLOOR] += weight
        elif is_out_of_budget(ad_group, bid, inputs, outputs):
            outputs.tally[ad_group, _BUDGET] += weight
        elif is_paused_by_pacing(offer, bits, inputs):
            outputs.tally[ad_group, _PACING] += weight
        elif inputs.rules.is_best_only and is_own(offer, inputs):
            outputs.tally[ad_group, _HELD_BACK] += weight
            key = standing_of(offer, entry, bits, seeker, inputs, outputs).key
            if key > best_key:
                best_key, best_ad_group = key, ad_group
        else:
            outputs.tally[ad_group, _ENTERED] += weight
    if best_key > 0:
        outputs.tally[best_ad_group, _HELD_BACK] -= weight
        outputs.tally[best_ad_group, _ENTERED] += weight
