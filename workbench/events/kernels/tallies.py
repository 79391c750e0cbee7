"""Who is in some stretches of events, and who is there often enough.

Members are bits. An audience of "at least k events" needs a count for each account, but only up to k: those counters
are bits, too, one plane of words for each binary place, so that counting for two million accounts stays in the cache.
A counter of p places begins at 2ᵖ − k; the k-th event carries out of the last place, and the carry is the membership.
For k = 1 there is no place at all, and every event is a carry.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.jit import kernel

ALL_WELL = -1
"""Returned when every account exists; else the place of the first event of one that does not."""

STRANGER = -1
"""Account of an event whose author was not recognised: it happened, and counts for nobody."""

_ONE, _LOW_BITS, _WORD_SHIFT = np.uint64(1), np.uint64(63), np.uint64(6)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


def new_planes(min_count: int, n_words: int) -> NDArray[np.uint64]:
    """Return counters that carry at the ``min_count``-th event, and before them the members, nobody.

    Parameters
    ----------
    min_count : int
        At least 1.
    n_words : int
        Words of a set of accounts.

    Returns
    -------
    uint64 array, shape (1 + places, n_words)
        The members, then the binary places of the counters, the lowest first.
    """
    n_places = (min_count - 1).bit_length()
    start = (1 << n_places) - min_count
    planes = np.zeros((1 + n_places, n_words), dtype=np.uint64)
    for place in range(n_places):
        if start >> place & 1:
            planes[1 + place] = _ALL
    return planes


@kernel
def tally(accounts: NDArray[np.int32], spans: NDArray[np.int64], n_accounts: int, planes: NDArray[np.uint64]) -> int:
    """Count the events in some spans.

    Parameters
    ----------
    accounts : int32 array, shape (n_events,)
        Whose event each is.
    spans : int64 array, shape (n, 3)
        What `find_spans` found.
    n_accounts : int
        How many accounts there are.
    planes : uint64 array, shape (1 + places, n_words)
        `new_planes`, counted on in place.

    Returns
    -------
    int
        `ALL_WELL`, or the place of an event of an account that does not exist.
    """
    for span in range(spans.shape[0]):
        begin, end = spans[span, 0], spans[span, 1]
        if planes.shape[0] == 1:
            fault = _mark(accounts, begin, end, n_accounts, planes[0])
        else:
            fault = _count(accounts, begin, end, n_accounts, planes)
        if fault != ALL_WELL:
            return fault
    return ALL_WELL


@kernel
def count_each(
    accounts: NDArray[np.int32], spans: NDArray[np.int64], n_accounts: int, counts: NDArray[np.int64]
) -> int:
    """Add the events in some spans to the counts of their accounts; arguments and result as those of `tally`.

    Parameters
    ----------
    accounts, spans, n_accounts
        As for `tally`.
    counts : int64 array, shape (n_accounts,)
        Counted on in place.
    """
    for span in range(spans.shape[0]):
        for event in range(spans[span, 0], spans[span, 1]):
            account = np.uint64(np.uint32(accounts[event]))
            if account >= np.uint64(n_accounts):
                if accounts[event] == STRANGER:
                    continue
                return event
            counts[account] += 1
    return ALL_WELL


@kernel
def _mark(accounts: NDArray[np.int32], begin: int, end: int, n_accounts: int, members: NDArray[np.uint64]) -> int:
    for event in range(begin, end):
        account = np.uint64(np.uint32(accounts[event]))
        if account >= np.uint64(n_accounts):
            if accounts[event] == STRANGER:
                continue
            return event
        members[account >> _WORD_SHIFT] |= _ONE << (account & _LOW_BITS)
    return ALL_WELL


@kernel
def _count(accounts: NDArray[np.int32], begin: int, end: int, n_accounts: int, planes: NDArray[np.uint64]) -> int:
    for event in range(begin, end):
        account = np.uint64(np.uint32(accounts[event]))
        if account >= np.uint64(n_accounts):
            if accounts[event] == STRANGER:
                continue
            return event
        word, carry = account >> _WORD_SHIFT, _ONE << (account & _LOW_BITS)
        if planes[0, word] & carry:  # a member needs no more; without this the branches below could not be foretold
            continue
        for place in range(1, planes.shape[0]):
            before = planes[place, word]
            planes[place, word] = before ^ carry
            carry &= before
            if carry == 0:
                break
        planes[0, word] |= carry
    return ALL_WELL
