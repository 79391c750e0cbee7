"""Counting the accounts of every exact combination of sets, in one pass over the words of all of them.

The same word of k sets is a table of k rows and 64 columns of bits. Turned on its side it is 64 rows of k bits, and
each is a *mask*: the sets that one account is in. Masks are counted in an array where that is small, else in a hash
table.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.identity.kernels.bitsets import word_at
from workbench.jit import kernel

WORD_BITS: Final = 64

_NIL, _ONE = np.uint64(0), np.uint64(1)
_SPREADER: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: Fibonacci hashing, Knuth volume 3, 6.4


@kernel
def count_masks(addresses: NDArray[np.uint64], n_words: int, counts: NDArray[np.int64]) -> None:
    """Count masks of few sets.

    Parameters
    ----------
    addresses : uint64 array, shape (k,)
        Where the words of each bitset are.
    n_words : int
        Words of each.
    counts : int64 array, shape (2**k,)
        Receives, for each mask, how many bit positions have it; all zeros before.
    """
    rows = np.zeros(WORD_BITS, dtype=np.uint64)
    # Neighbours often have the same mask, and a count cannot grow again before it has grown: they count apart.
    others = np.zeros(counts.size, dtype=np.int64)
    for word in range(n_words):
        if not _take_word(addresses, word, rows):
            counts[0] += WORD_BITS
            continue
        _turn(rows, addresses.size)
        for i in range(0, WORD_BITS, 2):
            counts[rows[i]] += 1
            others[rows[i + 1]] += 1
    for mask in range(counts.size):
        counts[mask] += others[mask]


@kernel
def count_masks_in_table(
    addresses: NDArray[np.uint64], words: tuple[int, int], masks: NDArray[np.uint64], counts: NDArray[np.int64]
) -> int:
    """Count masks of many sets in a hash table, as far as it has room.

    Parameters
    ----------
    addresses : uint64 array, shape (k,)
        Where the words of each bitset are.
    words : tuple of int
        From which word up to but not including which.
    masks, counts : uint64 array, int64 array, shape (a power of two,)
        The table: where a count is above 0, the mask that it is of. Changed in place.

    Returns
    -------
    int
        The first word that was not counted, because the table is half full; the last one if there is none.
    """
    rows = np.zeros(WORD_BITS, dtype=np.uint64)
    n_slots = masks.size
    n_used = 0
    for count in counts:
        n_used += count > 0
    for word in range(words[0], words[1]):
        if n_used + WORD_BITS > n_slots // 2:
            return word
        _take_word(addresses, word, rows)
        _turn(rows, addresses.size)
        for i in range(WORD_BITS):
            slot = _slot_of(rows[i], masks, counts)
            if counts[slot] == 0:
                masks[slot] = rows[i]
                n_used += 1
            counts[slot] += 1
    return words[1]


@kernel
def move_masks(
    masks: NDArray[np.uint64], counts: NDArray[np.int64], new_masks: NDArray[np.uint64], new_counts: NDArray[np.int64]
) -> None:
    """Copy a hash table into a larger one, which is empty before."""
    for old in range(masks.size):
        if counts[old] > 0:
            slot = _slot_of(masks[old], new_masks, new_counts)
            new_masks[slot], new_counts[slot] = masks[old], counts[old]


@kernel
def _slot_of(mask: np.uint64, masks: NDArray[np.uint64], counts: NDArray[np.int64]) -> np.int64:
    last = masks.size - 1
    slot = np.int64((mask * _SPREADER) >> np.uint64(20)) & last
    while counts[slot] > 0 and masks[slot] != mask:
        slot = (slot + 1) & last
    return slot


@kernel
def _take_word(addresses: NDArray[np.uint64], word: int, rows: NDArray[np.uint64]) -> np.uint64:
    """Write the same word of each set into rows, zeros below; return what any of them has."""
    any_bits = _NIL
    for i in range(addresses.size):
        rows[i] = word_at(addresses[i] + np.uint64(8 * word))
        any_bits |= rows[i]
    for i in range(addresses.size, WORD_BITS):
        rows[i] = _NIL
    return any_bits


@kernel
def _turn(rows: NDArray[np.uint64], n_filled: int) -> None:
    """Exchange rows and columns of a table of 64 by 64 bits, of which only the first rows are not zero.

    Blocks of bits change places across the diagonal: halves first, then quarters within them, and so on.
    """
    width = 32
    mask = np.uint64(0x00000000FFFFFFFF)
    while width:
        shift = np.uint64(width)
        for first in range(0, WORD_BITS, 2 * width):
            for i in range(first, first + width):
                if width >= n_filled:  # the other half of these blocks is still zero
                    rows[i + width] = (rows[i] >> shift) & mask
                    rows[i] &= mask
                else:
                    change = ((rows[i] >> shift) ^ rows[i + width]) & mask
                    rows[i] ^= change << shift
                    rows[i + width] ^= change
        width >>= 1
        mask ^= mask << np.uint64(width)
