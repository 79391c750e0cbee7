"""What own ad groups cost each other, summed by pair: a hash table with open addressing, and a queue in front of it.

Pairs that meet are few among all there are, and yet their table outgrows the processor's caches. So an amount waits in
a queue while the memory of its place is on the way, and is added once some dozen others have come after it. Sums do not
depend on that.
"""

from typing import Final

import numpy as np

from simulator.kernels.draws import GOLDEN, U64
from simulator.kernels.tables import PairSums
from workbench.jit import IS_COMPILING, borrowing_kernel, inner_kernel, rare_kernel
from workbench.memory_hint import prefetch

QUEUE: Final = 64
"""Amounts that wait at a time, a power of two."""

_PLACES_A_PAIR: Final = 2  # so that searches are short, and end
_FEWEST_PLACES: Final = 16
_PAIR, _MICROS = 0, 1
_HIGH_HALF: Final = U64(32)
_NEXT: Final = U64(1)
_PLACE_BYTES: Final = U64(16)


def new_pair_sums(n_pairs: int) -> PairSums:
    """Make a table without sums that has room for so many pairs."""
    n_places = 1 << (max(_FEWEST_PLACES, _PLACES_A_PAIR * n_pairs) - 1).bit_length()
    return PairSums(
        places=np.zeros((n_places, 2), dtype=np.int64),
        n_used=np.zeros(1, dtype=np.int64),
        waiting=np.zeros((QUEUE, 2), dtype=np.int64),
        n_waiting=np.zeros(1, dtype=np.int64),
    )


def with_room(sums: PairSums, n_pairs: int) -> PairSums:
    """Return a table with the same sums and room for so many pairs: the same one, if it has that already."""
    if _PLACES_A_PAIR * n_pairs <= sums.places.shape[0]:
        return sums
    larger = new_pair_sums(n_pairs)
    move_sums(sums, larger)
    return larger


@rare_kernel
def add_later(sums: PairSums, pair: int, micros: int) -> None:
    """Put an amount into the queue.

    Parameters
    ----------
    sums : PairSums
        Changed in place.
    pair : int
        ``payer * n_own + raiser``.
    micros : int
        Micro-currency.
    """
    slot = sums.n_waiting[0] & (QUEUE - 1)
    if sums.n_waiting[0] >= QUEUE:
        _add(sums, sums.waiting[slot, _PAIR], sums.waiting[slot, _MICROS])
    sums.waiting[slot, _PAIR], sums.waiting[slot, _MICROS] = pair, micros
    sums.n_waiting[0] += 1
    if IS_COMPILING:
        prefetch(np.uintp(sums.places.ctypes.data) + _PLACE_BYTES * _first_place(sums, pair))


@inner_kernel
def add_waiting(sums: PairSums) -> None:
    """Add all that is in the queue."""
    n_waiting = sums.n_waiting[0]
    for number in range(max(0, n_waiting - QUEUE), n_waiting):
        slot = number & (QUEUE - 1)
        _add(sums, sums.waiting[slot, _PAIR], sums.waiting[slot, _MICROS])
    sums.n_waiting[0] = 0


@borrowing_kernel
def move_sums(sums: PairSums, larger: PairSums) -> None:
    """Add all sums of a table, whose queue is empty, to another one."""
    for place in range(sums.places.shape[0]):
        if sums.places[place, _PAIR] != 0:
            _add(larger, sums.places[place, _PAIR] - 1, sums.places[place, _MICROS])


@inner_kernel
def _first_place(sums: PairSums, pair: int) -> np.uint64:
    """Return where the search for a pair begins."""
    return ((U64(pair) * GOLDEN) >> _HIGH_HALF) & U64(sums.places.shape[0] - 1)


@inner_kernel
def _add(sums: PairSums, pair: int, micros: int) -> None:
    """Add to the sum of a pair; there is always a free place."""
    place, mask = _first_place(sums, pair), U64(sums.places.shape[0] - 1)
    while sums.places[place, _PAIR] not in (0, pair + 1):
        place = (place + _NEXT) & mask
    if sums.places[place, _PAIR] == 0:
        sums.places[place, _PAIR] = pair + 1
        sums.n_used[0] += 1
    sums.places[place, _MICROS] += micros
