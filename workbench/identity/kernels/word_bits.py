"""The bits of one word, in the forms that compilers know and turn into the processor's own instructions."""

import numpy as np

from workbench.jit import kernel

_ONE = np.uint64(1)
_PAIRS, _FOURS, _EIGHTS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)


@kernel
def n_bits(word: np.uint64) -> int:
    """Return how many bits of a word (uint64) are set: sums of neighbours, twice as wide at every step."""
    word = word - ((word >> _ONE) & _PAIRS)
    word = (word & _FOURS) + ((word >> np.uint64(2)) & _FOURS)
    word = (word + (word >> np.uint64(4))) & _EIGHTS
    word = word + (word >> np.uint64(8))
    word = word + (word >> np.uint64(16))
    word = word + (word >> np.uint64(32))
    return np.int64(word & np.uint64(0x7F))  # type: ignore[return-value] # int() would stay unsigned here


@kernel
def lowest_bit(word: np.uint64) -> int:
    """Return the place of the lowest bit that is set in a word (uint64); 64 if none is."""
    return n_bits(~word & (word - _ONE)) if word else 64
