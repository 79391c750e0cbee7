"""Laying out entries: every account has a run of them, one for each ad group that could ever want it.

Sets come as bitsets, one bit an account and 64 to a word, and ad groups one after the other. An ad group's members are
listed, each is told which of some further sets hold it, and then its entry is filled.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.jit import kernel

U64 = np.uint64
_ZERO = U64(0)
_ONE = U64(1)
_WORD_BITS = 64
_S6 = U64(6)
_LOW_6 = U64(63)

_DIVISOR = U64(67)
_PLACES = np.zeros(67, dtype=np.int32)
"""Place of a single bit by its remainder: the powers of 2 up to 2**63 have different remainders when divided by 67."""
for _place in range(_WORD_BITS):
    _PLACES[(1 << _place) % 67] = _place


@kernel
def list_members(words: NDArray[np.uint64], members: NDArray[np.int32]) -> None:
    """List the members of a bitset.

    Parameters
    ----------
    words : uint64 array, shape (n_words,)
        The bitset.
    members : int32 array, shape (n_members,)
        Receives the accounts, ascending.
    """
    n_listed = 0
    for number in range(words.size):
        word = words[number]
        while word != _ZERO:
            rest = word & (word - _ONE)
            members[n_listed] = number * _WORD_BITS + _PLACES[(word ^ rest) % _DIVISOR]
            n_listed += 1
            word = rest


@kernel
def count_entries(members: NDArray[np.int32], n_entries: NDArray[np.int64]) -> None:
    """Count one more entry for each member of an ad group.

    Parameters
    ----------
    members : int32 array, shape (n_members,)
        Accounts that the ad group could ever want.
    n_entries : int64 array, shape (n_accounts,)
        Entries of each account; changed in place.
    """
    for account in members:
        n_entries[account] += 1


@kernel
def mark_members(members: NDArray[np.int32], words: NDArray[np.uint64], bit: int, patterns: NDArray[np.uint32]) -> None:
    """Set one bit in the pattern of every account that is in a bitset as well.

    Parameters
    ----------
    members : int32 array, shape (n_members,)
        Accounts.
    words : uint64 array, shape (n_words,)
        The bitset.
    bit : int
        Which bit, 0 to 31.
    patterns : uint32 array, shape (n_members,)
        A pattern for each account; changed in place.
    """
    for place in range(members.size):
        account = U64(members[place])
        is_in = (words[account >> _S6] >> (account & _LOW_6)) & _ONE
        patterns[place] |= np.uint32(is_in << U64(bit))


@kernel
def fill_entries(
    members: NDArray[np.int32],
    own_offers: NDArray[np.unsignedinteger],
    first_offer: int,
    next_entry: NDArray[np.integer],
    entry_offer: NDArray[np.integer],
) -> None:
    """Write the offers of one ad group into the next entry of each of its accounts.

    Parameters
    ----------
    members : int32 array, shape (n_members,)
        Accounts that the ad group could ever want.
    own_offers : unsigned integer array, shape (n_members,)
        Offer that each gets, counted from the ad group's first.
    first_offer : int
        That one's number.
    next_entry : uint32 or int64 array, shape (n_accounts,)
        Entry of each account that is to be filled next; moved on in place.
    entry_offer : integer array, shape (n_entries,)
        Offer of each entry; filled in place.
    """
    for place in range(members.size):
        account = members[place]
        entry_offer[next_entry[account]] = first_offer + own_offers[place]
        next_entry[account] += 1


@kernel
def refill_entries(
    members: NDArray[np.int32],
    own_offers: NDArray[np.unsignedinteger],
    first_offer: int,
    first_entry: NDArray[np.integer],
    entry_offer: NDArray[np.integer],
) -> None:
    """Write the offers of one ad group anew, into entries that are filled already.

    The offers of an account's entries ascend, because ad groups number theirs one after the other in the order of
    entries. So the ad group's entry is found by halving.

    Parameters
    ----------
    members, own_offers, first_offer
        As for `fill_entries`.
    first_entry : uint32 or int64 array, shape (n_accounts + 1,)
        Where each account's entries begin.
    entry_offer : integer array, shape (n_entries,)
        Offer of each entry, an entry of this ad group naming any of its offers; changed in place.
    """
    for place in range(members.size):
        low = np.int64(first_entry[members[place]])
        high = np.int64(first_entry[members[place] + 1])
        while low < high:
            middle = (low + high) >> 1
            if np.int64(entry_offer[middle]) < first_offer:
                low = middle + 1
            else:
                high = middle
        entry_offer[low] = first_offer + own_offers[place]


@kernel
def renumber_offers(
    old: NDArray[np.unsignedinteger], new_number: NDArray[np.unsignedinteger], new: NDArray[np.unsignedinteger]
) -> None:
    """Give offers other numbers.

    Parameters
    ----------
    old : uint16 or uint32 array, shape (n_entries,)
        Offer of each entry.
    new_number : uint16 or uint32 array, shape (n_old_offers,)
        The new number of each.
    new : uint16 or uint32 array, shape (n_entries,)
        Receives the new numbers.
    """
    for entry in range(old.size):
        new[entry] = new_number[old[entry]]
