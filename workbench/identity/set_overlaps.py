"""How many sets overlap, all at once: every pair, and every exact combination.

One pass over the accounts answers either. Of k sets there are k² pairs; of combinations there are at most as many as
accounts, and far fewer in practice, and every question about who is in these sets and not in those is a sum over them.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.identity.account_set import WORD_BITS, AccountSet
from workbench.identity.kernels.bitsets import addresses_of, count_pairs
from workbench.identity.kernels.exclusive_counts import count_masks, count_masks_in_table, move_masks
from workbench.jit import IS_COMPILING

MAX_SETS = 64
"""Sets whose combinations can be counted: one bit of a word each."""

_MAX_SETS_IN_ARRAY = 20  # a million counts, which the processor's caches still hold
_FIRST_SLOTS = 1 << 12


class ExclusiveOverlaps(NamedTuple):
    """How many accounts are in exactly these sets, for every combination that occurs.

    Parameters
    ----------
    masks : uint64 array, shape (m,)
        Combinations, ascending; bit i stands for set i. The first is 0, for accounts in no set, if there are any.
    counts : int64 array, shape (m,)
        Accounts of each.
    """

    masks: NDArray[np.uint64]
    counts: NDArray[np.int64]

    def n_accounts_in(self, include: Collection[int], exclude: Collection[int] = ()) -> int:
        """Return how many accounts are in any of some sets and in none of others.

        Parameters
        ----------
        include, exclude : collection of int
            Numbers of sets; exclude wins.
        """
        is_in = (self.masks & _mask_of(include)) != 0
        is_out = (self.masks & _mask_of(exclude)) != 0
        return int(self.counts[is_in & ~is_out].sum())


def pairwise_overlaps(sets: Sequence[AccountSet]) -> NDArray[np.int64]:
    """Return how many accounts every two sets have in common.

    Parameters
    ----------
    sets : sequence of AccountSet
        Of one universe, any number.

    Returns
    -------
    int64 array, shape (k, k)
        Symmetric; on the diagonal the size of each.

    Raises
    ------
    ValueError
        If the sets are of different universes.
    """
    return count_pairs(_words_of(sets))


def exclusive_overlaps(sets: Sequence[AccountSet]) -> ExclusiveOverlaps:
    """Count the accounts of every exact combination of sets.

    Parameters
    ----------
    sets : sequence of AccountSet
        Of one universe, 1 to `MAX_SETS`.

    Returns
    -------
    ExclusiveOverlaps
        Combinations that occur, the accounts in none of the sets among them; all accounts add up.

    Raises
    ------
    ValueError
        If there are too many sets or none, or they are of different universes.
    """
    if not 1 <= len(sets) <= MAX_SETS:
        raise ValueError(f"expected 1 to {MAX_SETS} sets, got {len(sets)}; leave some out")
    words = _words_of(sets)
    if not IS_COMPILING:
        masks, counts = _counted_by_numpy(words)
    elif len(sets) <= _MAX_SETS_IN_ARRAY:
        masks, counts = _counted_in_array(words)
    else:
        masks, counts = _counted_in_table(words)
    # The last word goes on past the last account, in no set.
    counts[0] -= words[0].size * WORD_BITS - sets[0].n_accounts
    is_there = counts > 0
    return ExclusiveOverlaps(masks[is_there], counts[is_there])


def _counted_in_array(words: list[NDArray[np.uint64]]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    counts = np.zeros(1 << len(words), dtype=np.int64)
    count_masks(addresses_of(words), words[0].size, counts)
    return np.arange(counts.size, dtype=np.uint64), counts


def _counted_in_table(words: list[NDArray[np.uint64]]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    addresses, n_words = addresses_of(words), words[0].size
    masks, counts = np.zeros(_FIRST_SLOTS, dtype=np.uint64), np.zeros(_FIRST_SLOTS, dtype=np.int64)
    word = count_masks_in_table(addresses, (0, n_words), masks, counts)
    while word < n_words:
        larger = np.zeros(2 * masks.size, dtype=np.uint64), np.zeros(2 * masks.size, dtype=np.int64)
        move_masks(masks, counts, *larger)
        masks, counts = larger
        word = count_masks_in_table(addresses, (word, n_words), masks, counts)
    is_used = counts > 0
    return _in_order(masks[is_used], counts[is_used])


def _counted_by_numpy(words: list[NDArray[np.uint64]]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    masks = np.zeros(words[0].size * WORD_BITS, dtype=np.uint64)
    for number, words_of_set in enumerate(words):
        bits = np.unpackbits(words_of_set.view(np.uint8), bitorder="little")
        masks |= bits.astype(np.uint64) << np.uint64(number)
    distinct, counts = np.unique(masks, return_counts=True)
    return _in_order(distinct, counts.astype(np.int64))


def _in_order(masks: NDArray[np.uint64], counts: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return combinations ascending, with the empty one in front even if it does not occur."""
    order = np.argsort(masks)
    masks, counts = masks[order], counts[order]
    if not masks.size or masks[0]:
        return np.concatenate([np.zeros(1, np.uint64), masks]), np.concatenate([np.zeros(1, np.int64), counts])
    return masks, counts


def _words_of(sets: Sequence[AccountSet]) -> list[NDArray[np.uint64]]:
    sizes = sorted({one.n_accounts for one in sets})
    if len(sizes) > 1:
        raise ValueError(
            f"expected sets of the same universe, got {sizes[0]} and {sizes[-1]} accounts; "
            "populate all audiences from one universe"
        )
    return [one.words for one in sets]


def _mask_of(numbers: Collection[int]) -> np.uint64:
    return np.uint64(sum(1 << number for number in set(numbers)))
