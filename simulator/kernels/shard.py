"""The auctions of a shard: those of the opportunities of some accounts, while others clear the rest of the tick.

An opportunity belongs to whom its draw says, so a shard draws for all of a tick and lists those of its own accounts.
Most draws it need not follow to an account, because a draw picks a column first and no account of that is its own.
Accounts meet nowhere but in the budgets and in the bids that learn from charges. What the other shards charge is
therefore all that a shard has to be told in order to do what it would do if it cleared the whole tick: their charges
are taken from the budgets in their places among its own.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.auction import RING, Scratch, ask_for_account, ask_for_entries, clear_one, opportunity_number
from simulator.kernels.draws import U64, Stream
from simulator.kernels.pair_sums import add_waiting
from simulator.kernels.ranking import learned_mu
from simulator.kernels.response import take_from_budgets
from simulator.kernels.sampling import TrafficTable, account_at, drawn_place
from simulator.kernels.tables import CHARGE_MASK, CHARGE_SHIFT, Inputs, Learner, Outputs
from workbench.jit import IS_COMPILING, borrowing_kernel
from workbench.memory_hint import prefetch

FAR: Final = 24
"""So many opportunities ahead the memory is asked for that says where an account's entries are."""

NEAR: Final = 12
"""So many opportunities ahead the memory of the entries is asked for."""

AHEAD: Final = 16
"""So many opportunities ahead the memory is asked for that an account is drawn from."""

_HALF, _BYTE = U64(32), U64(3)
_LOW_32, _LOW_3, _LOW_1 = U64(0xFFFFFFFF), U64(7), U64(1)
_WORD: Final = np.uintp(8)
_RING_MASK: Final = U64(RING - 1)
_ACCOUNT, _COUNTRY = int(Stream.ACCOUNT), int(Stream.COUNTRY)
_STEP = int(Learner.STEP)


class OwnAccounts(NamedTuple):
    """Whose opportunities a shard clears: all accounts from ``first`` to before ``end``."""

    first: int
    end: int


class Listed(NamedTuple):
    """Opportunities of a shard, in order.

    Attributes
    ----------
    positions : uint32 array
        Their positions in the tick.
    accounts : uint32 array
        Whose they are.
    """

    positions: NDArray[np.uint32]
    accounts: NDArray[np.uint32]


class Told(NamedTuple):
    """Charges that other shards make; see `simulator.kernels.tables.ChargeLog`.

    Attributes
    ----------
    keys, micros : int64 array, shape (n,)
        In ascending order of the keys.
    next : int64 array, shape (1,)
        Place of the first that has not been taken from the budgets yet.
    """

    keys: NDArray[np.int64]
    micros: NDArray[np.int64]
    next: NDArray[np.int64]


def own_columns(own: OwnAccounts, traffic: TrafficTable) -> NDArray[np.uint8]:
    """Tell of each column from which accounts are drawn whether one of its accounts is a shard's.

    Parameters
    ----------
    own : OwnAccounts
        Who is in the shard.
    traffic : TrafficTable
        The columns.

    Returns
    -------
    uint8 array, shape (ceil(n_accounts / 8),)
        One bit a column, the lowest first.
    """
    accounts = traffic.accounts if traffic.accounts.size else np.arange(traffic.columns.size, dtype=np.uint32)
    others = (traffic.columns & _LOW_32).astype(np.uint32)
    is_own = [(own.first <= each) & (each < own.end) for each in (accounts, others)]
    return np.packbits(is_own[0] | is_own[1], bitorder="little")


@borrowing_kernel
def list_own(
    first: int,
    n: int,
    own: OwnAccounts,
    columns: NDArray[np.uint8],
    inputs: Inputs,
    listed: Listed,
    places: NDArray[np.uint64],
) -> int:
    """Draw whose the opportunities of a part of a tick are, and list those of a shard.

    Parameters
    ----------
    first, n : int64
        Position of the first opportunity, and how many follow one another.
    own : OwnAccounts
        Who is in the shard.
    columns : uint8 array
        From `own_columns`.
    inputs : Inputs
        Of the tick.
    listed : Listed
        With room for ``n``; filled from its beginning.
    places : uint64 array
        Memory to work in, with room for ``n``.

    Returns
    -------
    int64
        How many there are.
    """
    keys, n_drawn, n_listed = inputs.rules.keys, 0, 0
    for position in range(first, first + n):
        opportunity = opportunity_number(inputs.tick, position)
        place = drawn_place(opportunity, keys[_COUNTRY], keys[_ACCOUNT], inputs.class_cuts, inputs.traffic)
        listed.positions[n_drawn], places[n_drawn] = position, place
        column = place >> _HALF
        n_drawn += int(np.int64((U64(columns[column >> _BYTE]) >> (column & _LOW_3)) & _LOW_1))
    for number in range(n_drawn):
        if IS_COMPILING and number + AHEAD < n_drawn:
            prefetch(np.uintp(inputs.traffic.columns.ctypes.data) + _WORD * (places[number + AHEAD] >> _HALF))
        account = int(np.int64(account_at(places[number], inputs.traffic)))
        listed.positions[n_listed] = listed.positions[number]
        listed.accounts[n_listed] = account
        n_listed += own.first <= account < own.end
    return n_listed


@borrowing_kernel
def clear_listed(
    first: int, end: int, listed: Listed, told: Told, inputs: Inputs, outputs: Outputs, scratch: Scratch
) -> None:
    """Clear the auctions of consecutive opportunities of a shard, in order.

    Parameters
    ----------
    first, end : int64
        Place of the first among those listed, and of the one behind the last.
    listed : Listed
        The shard's opportunities.
    told : Told
        What the other shards charge; taken from the budgets as far as it comes before the last one cleared.
    inputs, outputs : Inputs, Outputs
        Of the tick.
    scratch : Scratch
        From `simulator.kernels.auction.new_scratch`.
    """
    for place in range(first, end):
        if IS_COMPILING and place + FAR < end:
            ask_for_account(U64(listed.accounts[place + FAR]), inputs)
        if IS_COMPILING and place + NEAR < end:
            ask_for_entries(U64(listed.accounts[place + NEAR]), inputs, outputs)
        position = int(np.int64(listed.positions[place]))
        take_told(position, told, inputs, outputs)
        scratch.people[U64(position) & _RING_MASK] = listed.accounts[place]
        clear_one(position, position % inputs.rules.census_every == 0, inputs, outputs, scratch)
    add_waiting(outputs.raised)


@borrowing_kernel
def take_told(end_position: int, told: Told, inputs: Inputs, outputs: Outputs) -> None:
    """Take what other shards charge before a position from the budgets.

    Parameters
    ----------
    end_position : int64
        Charges at it and after it stay.
    told : Told
        What they charge.
    inputs, outputs : Inputs, Outputs
        Of the tick.
    """
    place = told.next[0]
    while place < told.keys.size and told.keys[place] >> CHARGE_SHIFT < end_position:
        ad_group, position = U64(told.keys[place] & CHARGE_MASK), told.keys[place] >> CHARGE_SHIFT
        is_adaptive = outputs.learners[ad_group, _STEP] > 0
        if is_adaptive:
            learned_mu(ad_group, position, inputs, outputs)
        take_from_budgets(ad_group, told.micros[place], is_adaptive, position, inputs, outputs)
        place += 1
    told.next[0] = place
