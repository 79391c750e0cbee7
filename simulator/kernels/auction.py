"""The auction: one page of slots for one opportunity after another.

The rules, in full and in this order:

1. An opportunity belongs to an account. The ad groups that want the account and can pay their whole bid enter, as
   `simulator.kernels.census` says; their scores are effective bid times expected billable events.
2. Rivals of the landscape enter with bids of their own, unless those are below the floor. The best are placed in the
   slots of the page, an ad group in one slot at most. Ties go to the ad group listed first, and any ad group wins
   against an equal rival.
3. What an event costs depends on the format, see `simulator.kernels.pricing`.
4. A slot comes into view by its position effect; then it is an impression, and the person may view, click and convert.
5. The billable event is charged: the clearing price, plus the data fee on it. Effective bids leave room for the fee, so
   a charge never exceeds the bid, and a budget is never passed, because its owner could pay the whole bid.

Opportunities are cleared in order. All draws are functions of the opportunity's number, so clearing a tick in one call
or in many gives the same to the last bit. The memory that an opportunity needs is asked for while those before it are
decided; that changes the speed and nothing else.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.census import take_census
from simulator.kernels.draws import U64, Stream, draw
from simulator.kernels.pair_sums import add_waiting
from simulator.kernels.pricing import Prices, set_prices
from simulator.kernels.ranking import Ranked, Seeker, bids_of, is_out_of_budget, learned_mu, offer_of, rank
from simulator.kernels.response import is_seen, show
from simulator.kernels.sampling import account_at, drawn_place
from simulator.kernels.tables import NOBODY, Column, Inputs, Learner, Offer, Outputs, Rules
from workbench.jit import IS_COMPILING, borrowing_kernel, inner_kernel
from workbench.memory_hint import prefetch

FARTHEST: Final = 36
"""So many opportunities ahead a place is drawn, and its memory asked for, that says whose an opportunity is."""

FAR: Final = 24
"""So many opportunities ahead the account is looked up there, and the memory asked for that says where its entries are.
"""

NEAR: Final = 12
"""So many opportunities ahead the memory of the entries is asked for, and not so many that it is gone again."""

RING: Final = 64
"""Opportunities of which something is known at a time, a power of two above FARTHEST."""

TICK_SHIFT: Final = 32
"""A tick numbers its opportunities with 32 bits."""

_LINE: Final = U64(64)
_HALF_LINE: Final = U64(32)
_WORD: Final = U64(8)
_HALF: Final = U64(32)
_NEXT: Final = U64(1)
_FIRST_KIND: Final = U64(0)
_RING_MASK: Final = U64(RING - 1)

_AD_GROUP = int(Offer.AD_GROUP)
_N_SEEN = int(Learner.N_SEEN)
_ONE: Final = np.uint8(1)
_WON, _CENSUS_WON = int(Column.WON), int(Column.CENSUS_WON)
_CANDIDATE = int(Stream.CANDIDATE)
_ACCOUNT, _COUNTRY = int(Stream.ACCOUNT), int(Stream.COUNTRY)


class Scratch(NamedTuple):
    """Memory to work in; one for each thread.

    Attributes
    ----------
    people : uint64 array, shape (RING,)
        Whose the coming opportunities are, by the lowest bits of their positions: places first, then accounts.
    ranked : Ranked
        The best of one opportunity.
    prices : Prices
        What its slots cost.
    """

    people: NDArray[np.uint64]
    ranked: Ranked
    prices: Prices


def new_scratch(rules: Rules) -> Scratch:
    """Make memory to work in for auctions under some rules."""
    n_slots = rules.position_effects.size

    def blank(n: int) -> NDArray[np.int64]:
        return np.zeros(n, dtype=np.int64)

    ranked = Ranked(blank(n_slots + 1), blank(n_slots + 1), blank(n_slots + 1), blank(rules.n_rival_bids))
    return Scratch(np.zeros(RING, dtype=U64), ranked, Prices(*(blank(n_slots) for _ in Prices._fields)))


@borrowing_kernel
def clear_auctions(first: int, n_opportunities: int, inputs: Inputs, outputs: Outputs, scratch: Scratch) -> None:
    """Clear the auctions of consecutive opportunities of one tick, in order.

    Parameters
    ----------
    first : int64
        Position of the first opportunity in its tick.
    n_opportunities : int64
        How many follow one another. Two calls for two halves do what one call for both does.
    inputs : Inputs
        What is read.
    outputs : Outputs
        What is changed in place.
    scratch : Scratch
        From `new_scratch`.
    """
    people, end = scratch.people, first + n_opportunities
    census_every = inputs.rules.census_every
    next_census = first + (-first) % census_every
    for position in range(first - FARTHEST, end):
        if position + FARTHEST < end:
            draw_place(position + FARTHEST, inputs, people)
        if first <= position + FAR < end:
            find_account(position + FAR, inputs, people)
        if IS_COMPILING and first <= position + NEAR < end:
            ask_for_entries(people[U64(position + NEAR) & _RING_MASK], inputs, outputs)
        if position >= first:
            is_in_census = position == next_census
            if is_in_census:
                next_census += census_every
            clear_one(position, is_in_census, inputs, outputs, scratch)
    add_waiting(outputs.raised)


@inner_kernel
def draw_place(position: int, inputs: Inputs, people: NDArray[np.uint64]) -> None:
    """Draw where it says whose a coming opportunity is, and ask for the memory of that.

    Parameters
    ----------
    position : int
        Its position in the tick.
    inputs : Inputs
        Of the tick.
    people : uint64 array, shape (RING,)
        The place is filled in.
    """
    keys = inputs.rules.keys
    opportunity = opportunity_number(inputs.tick, position)
    place = drawn_place(opportunity, keys[_COUNTRY], keys[_ACCOUNT], inputs.class_cuts, inputs.traffic)
    people[U64(position) & _RING_MASK] = place
    if IS_COMPILING:
        prefetch(np.uintp(inputs.traffic.columns.ctypes.data) + _WORD * (place >> _HALF))


@inner_kernel
def find_account(position: int, inputs: Inputs, people: NDArray[np.uint64]) -> None:
    """Look up whose a coming opportunity is, and ask for the memory that says where and what the account is.

    Parameters
    ----------
    position : int
        Its position in the tick.
    inputs : Inputs
        Of the tick.
    people : uint64 array, shape (RING,)
        The account takes the place of what `draw_place` filled in.
    """
    account = account_at(people[U64(position) & _RING_MASK], inputs.traffic)
    people[U64(position) & _RING_MASK] = account
    if IS_COMPILING:
        ask_for_account(account, inputs)


@inner_kernel
def ask_for_account(account: np.uint64, inputs: Inputs) -> None:
    """Ask for the memory that says where an account's entries are and of which kind it is.

    Parameters
    ----------
    account : uint64
        Whose opportunity comes.
    inputs : Inputs
        Of the tick.
    """
    prefetch(np.uintp(inputs.first_entry.ctypes.data) + np.uintp(inputs.first_entry.itemsize) * account)
    if inputs.account_kind.size:
        prefetch(np.uintp(inputs.account_kind.ctypes.data) + np.uintp(inputs.account_kind.itemsize) * account)


@inner_kernel
def ask_for_entries(account: np.uint64, inputs: Inputs, outputs: Outputs) -> None:
    """Ask for the memory of an account's first entries and their counters.

    Parameters
    ----------
    account : uint64
        Whose opportunity comes soon.
    inputs, outputs : Inputs, Outputs
        Of the tick.
    """
    entry = U64(inputs.first_entry[account])
    address = np.uintp(inputs.entry_offer.ctypes.data) + np.uintp(inputs.entry_offer.itemsize) * entry
    prefetch(address)
    prefetch(address + _LINE)
    prefetch(np.uintp(outputs.counts.ctypes.data) + entry)
    prefetch(np.uintp(outputs.counts.ctypes.data) + entry + _HALF_LINE)


@inner_kernel
def opportunity_number(tick: int, position: int) -> np.uint64:
    """Return the number of an opportunity in the run."""
    return U64((tick << TICK_SHIFT) + position)


@inner_kernel
def clear_one(position: int, is_in_census: bool, inputs: Inputs, outputs: Outputs, scratch: Scratch) -> None:
    """Clear the auction of one opportunity.

    Parameters
    ----------
    position : int
        Its position in the tick; whose it is has been found.
    is_in_census : bool
        Whether it is counted in full.
    inputs, outputs : Inputs, Outputs
        Of the tick.
    scratch : Scratch
        Memory to work in.
    """
    account, ranked, prices = scratch.people[U64(position) & _RING_MASK], scratch.ranked, scratch.prices
    first, last = U64(inputs.first_entry[account]), U64(inputs.first_entry[account + _NEXT])
    if first == last:
        return
    kind = _FIRST_KIND if inputs.account_kind.size == 0 else U64(inputs.account_kind[account])
    opportunity = opportunity_number(inputs.tick, position)
    seeker = Seeker(
        opportunity,
        draw(inputs.rules.keys[_CANDIDATE], opportunity),
        position,
        first,
        last,
        inputs.floors_micros[kind],
    )
    if is_in_census:
        take_census(seeker, inputs, outputs)
    rank(seeker, inputs.table_of_kind[kind], inputs, outputs, ranked)
    set_prices(seeker, inputs, outputs, ranked, prices)
    for slot in range(inputs.rules.position_effects.size):
        if ranked.entry[slot] == NOBODY:
            continue
        offer = offer_of(U64(ranked.entry[slot]), inputs)
        ad_group = U64(inputs.offers[offer, _AD_GROUP])
        if slot > 0 and is_out_of_budget(ad_group, bids_of(offer, seeker, inputs, outputs)[0], inputs, outputs):
            continue  # a better slot of this page has taken the last of the campaign's budget: this one stays empty
        outputs.tally[ad_group, _WON] += 1
        if is_in_census:
            outputs.tally[ad_group, _CENSUS_WON] += inputs.rules.census_every
        if is_seen(slot, opportunity, inputs):
            show(slot, prices, seeker, inputs, outputs, ranked)


@borrowing_kernel
def settle_learners(n_opportunities: int, learns: NDArray[np.bool_], inputs: Inputs, outputs: Outputs) -> None:
    """Bring what adaptive pacing knows up to the end of a tick, and make it ready to count the next one's.

    Parameters
    ----------
    n_opportunities : int
        Of the tick.
    learns : bool array, shape (n_ad_groups,)
        Which ad groups bid in it adaptively.
    inputs, outputs : Inputs, Outputs
        Of the tick; its learners are changed in place.
    """
    for ad_group in range(learns.size):
        if learns[ad_group]:
            learned_mu(U64(ad_group), n_opportunities, inputs, outputs)
            outputs.learners[ad_group, _N_SEEN] = 0


@borrowing_kernel
def leave_window(entries: NDArray[np.int64], counts: NDArray[np.uint8]) -> None:
    """Let impressions leave the windows of their accounts.

    Parameters
    ----------
    entries : int64 array
        The entry of each impression.
    counts : uint8 array, shape (n_entries,)
        Lowered in place.
    """
    for place in range(entries.size):
        counts[entries[place]] -= _ONE
