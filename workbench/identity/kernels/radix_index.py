"""Searching millions of digests: an index that is bound by nothing but the memory's speed.

Digests are evenly spread, so their leading bits say where to look, like the thumb notches of a dictionary. A *bucket*
holds the digests that begin with the same bits, six to twelve of them; `Index.first` says where each bucket begins. Of
a digest the index keeps the 32 bits after the bucket's in one array, which is all that a search reads of nearly every
digest that it passes, and 64 more in another, which it reads only where those 32 agree.

Both building and searching sort by leading bits first, so that what follows happens within a stretch of memory that
the processor's caches hold. Searching asks for the memory of many digests at once instead of waiting for each.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.identity.kernels.machine_words import N_COMPARED, n_before_equal
from workbench.jit import IS_COMPILING, kernel
from workbench.memory_hint import prefetch

NO_ACCOUNT: Final = -1

_BATCH: Final = 256  # searches whose memory is asked for at once
_PER_BUCKET: Final = 6  # at least, on average; twice as many at most
_MIN_BUCKET_BITS: Final = 8  # so that even a small index compares 104 bits of a digest
_MAX_BUCKET_BITS: Final = 28
_REMAINDER_BITS: Final = 32
_ROWS_PER_PART: Final = 4096  # of what is sorted by leading bits: 64 kB, well within a second-level cache
_MAX_PART_BITS: Final = 10  # more parts than that would each be written too rarely to stay in the cache

_U1, _U8, _U32, _U64 = np.uint64(1), np.uint64(8), np.uint64(32), np.uint64(64)
_LOW_WORD: Final = np.uint64(0xFFFFFFFF)
_SPREADER: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: Fibonacci hashing, Knuth volume 3, 6.4


class Keys(NamedTuple):
    """The first sixteen bytes of digests, sorted by leading bits into parts.

    Parameters
    ----------
    high, low : uint64 array, shape (n,)
        Bytes 0 to 7 and 8 to 15 as numbers, so that numbers sort as the bytes do.
    rows : uint32 array, shape (n,)
        Which row each is from.
    ends : int64 array, shape (2**n_part_bits + 1,)
        Where each part begins and the last one ends; within a part rows stay in their order.
    """

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    rows: NDArray[np.uint32]
    ends: NDArray[np.int64]


class Index(NamedTuple):
    """Digests that share their leading ``n_shared_bits``, in buckets, and the account of each.

    Parameters
    ----------
    first : uint32 array, shape (2**n_bucket_bits + 1,)
        Where each bucket begins in the other arrays, and where the last one ends.
    remainders : uint32 array, shape (n,)
        The 32 bits after those that choose the bucket.
    accounts : uint32 array, shape (n,)
        Whose digest; ascending within a bucket.
    tails : uint64 array, shape (n,)
        Bits 64 to 127, mixed with bits 0 to 63: see `_tail`.
    """

    first: NDArray[np.uint32]
    remainders: NDArray[np.uint32]
    accounts: NDArray[np.uint32]
    tails: NDArray[np.uint64]


def n_bucket_bits(n: int) -> int:
    """Return how many bits choose the bucket in an index of ``n`` digests."""
    return min(max((n // _PER_BUCKET).bit_length() - 1, _MIN_BUCKET_BITS), _MAX_BUCKET_BITS)


def n_part_bits(n: int, at_least: int = 0) -> int:
    """Return how many leading bits to sort ``n`` keys by before they are searched or placed."""
    return max(min((n // _ROWS_PER_PART).bit_length(), _MAX_PART_BITS), at_least)


@kernel
def sort_into_parts(
    digests: NDArray[np.uint8], selected: NDArray[np.int64], is_all: bool, n_skipped_bits: int, keys: Keys
) -> None:
    """Fill in the keys of rows of digests.

    Parameters
    ----------
    digests : uint8 array, shape (n, 16 or more)
        Digests.
    selected : int64 array, shape (m,)
        Rows to take; ignored if ``is_all``.
    is_all : bool
        Take every row.
    n_skipped_bits : int
        Leading bits to pass over because all rows share them; the bits after those choose the part.
    keys : Keys
        Receives the result; ``ends`` must be all zeros, and its size says how many parts there are.
    """
    n_bits = 0
    while (1 << n_bits) < keys.ends.size - 1:
        n_bits += 1
    n = keys.high.size
    shift = _U64 - np.uint64(n_bits)
    n_skipped = np.uint64(n_skipped_bits)
    for i in range(n):
        keys.ends[_part(_high(digests, i if is_all else int(selected[i])) << n_skipped, shift, n_bits) + 1] += 1
    for number in range(keys.ends.size - 1):
        keys.ends[number + 1] += keys.ends[number]
    places = keys.ends.copy()
    for i in range(n):
        row = i if is_all else int(selected[i])
        digest_high = _high(digests, row)
        part = _part(digest_high << n_skipped, shift, n_bits)
        place = places[part]
        places[part] = place + 1
        keys.high[place], keys.low[place], keys.rows[place] = digest_high, _low(digests, row), np.uint32(row)


@kernel
def _part(high: np.uint64, shift: np.uint64, n_bits: int) -> np.int64:
    return np.int64(high >> shift) if n_bits else np.int64(0)  # a shift by 64 bits would not be one


@kernel
def _high(digests: NDArray[np.uint8], row: int) -> np.uint64:
    number = np.uint64(0)
    for k in range(8):
        number = number << _U8 | np.uint64(digests[row, k])
    return number


@kernel
def _low(digests: NDArray[np.uint8], row: int) -> np.uint64:
    number = np.uint64(0)
    for k in range(8, 16):
        number = number << _U8 | np.uint64(digests[row, k])
    return number


@kernel
def fill_index(
    keys: Keys, accounts_of_rows: NDArray[np.int32], n_shared_bits: int, index_bits: int, index: Index
) -> None:
    """Place every key in its bucket.

    Parameters
    ----------
    keys : Keys
        Sorted into parts by the bits after the shared ones.
    accounts_of_rows : int32 array, shape (n_rows,)
        Account of each row.
    n_shared_bits : int
        Leading bits that all keys share.
    index_bits : int
        Bits that choose the bucket; no fewer than those of the parts.
    index : Index
        Receives the result; ``first`` must be all zeros.
    """
    n_shared, bucket_shift = np.uint64(n_shared_bits), np.uint64(64 - index_bits)
    remainder_shift = np.uint64(64 - index_bits - _REMAINDER_BITS)
    n_parts = keys.ends.size - 1
    buckets_per_part = (1 << index_bits) // n_parts
    for part in range(n_parts):
        begin, end = keys.ends[part], keys.ends[part + 1]
        for i in range(begin, end):
            index.first[((keys.high[i] << n_shared) >> bucket_shift) + _U1] += np.uint32(1)
        first_bucket = part * buckets_per_part
        for number in range(first_bucket, first_bucket + buckets_per_part):
            index.first[number + 1] += index.first[number]
        # Downwards, each bucket is filled from its end, which moves `first` of the next bucket to the bucket's begin.
        places = index.first[first_bucket + 1 : first_bucket + buckets_per_part + 1].copy()
        for i in range(begin, end):
            shifted = keys.high[i] << n_shared
            bucket = np.int64(shifted >> bucket_shift)
            place = places[bucket - first_bucket] - np.uint32(1)
            places[bucket - first_bucket] = place
            remainder = np.uint32((shifted >> remainder_shift) & _LOW_WORD)
            account, tail = np.uint32(accounts_of_rows[keys.rows[i]]), _tail(keys.high[i], keys.low[i])
            _insert(index, place, index.first[bucket + 1], account, remainder, tail)


@kernel
def _tail(high: np.uint64, low: np.uint64) -> np.uint64:
    """Return 64 bits that differ between digests that differ in either half, unless they were made to agree.

    Some bits of the first half are neither in the bucket's number nor in the remainder. A product with an odd number
    is another number for each first half, so that these bits count as well, at no cost in memory.
    """
    return low ^ (high * _SPREADER)


@kernel
def _insert(
    index: Index, place: np.uint32, end: np.uint32, account: np.uint32, remainder: np.uint32, tail: np.uint64
) -> None:
    """Put an entry in front of those of its bucket and move it behind all of lower accounts."""
    while place + np.uint32(1) < end and index.accounts[place + np.uint32(1)] < account:
        following = place + np.uint32(1)
        index.accounts[place] = index.accounts[following]
        index.remainders[place] = index.remainders[following]
        index.tails[place] = index.tails[following]
        place = following
    index.accounts[place], index.remainders[place], index.tails[place] = account, remainder, tail


@kernel
def keep_distinct(keys: Keys) -> NDArray[np.int64]:
    """Move the distinct keys of each part to its front, in their order.

    Parameters
    ----------
    keys : Keys
        Rearranged in place.

    Returns
    -------
    int64 array, shape (n_parts,)
        How many keys each part keeps.
    """
    kept = np.empty(keys.ends.size - 1, dtype=np.int64)
    n_slots = 1
    for part in range(kept.size):
        while n_slots < 2 * (keys.ends[part + 1] - keys.ends[part]):
            n_slots *= 2
    slots = np.empty(n_slots, dtype=np.int32)
    for part in range(kept.size):
        kept[part] = _keep_distinct_of_part(keys, keys.ends[part], keys.ends[part + 1], slots)
    return kept


@kernel
def _keep_distinct_of_part(keys: Keys, begin: int, end: int, slots: NDArray[np.int32]) -> int:
    n_slots = 1
    bits = 0
    while n_slots < 2 * (end - begin):
        n_slots *= 2
        bits += 1
    for i in range(n_slots):
        slots[i] = NO_ACCOUNT
    shift = np.uint64(64 - bits)
    mask = n_slots - 1
    n_kept = 0
    for i in range(begin, end):
        # The leading bits are those of the part; a product carries the others upwards.
        slot = np.int64((keys.low[i] * _SPREADER) >> shift) if bits else np.int64(0)
        is_new = True
        while slots[slot] != NO_ACCOUNT:
            other = begin + slots[slot]
            if keys.low[other] == keys.low[i] and keys.high[other] == keys.high[i]:
                is_new = False
                break
            slot = (slot + 1) & mask
        if is_new:
            place = begin + n_kept
            slots[slot] = np.int32(n_kept)
            keys.high[place], keys.low[place], keys.rows[place] = keys.high[i], keys.low[i], keys.rows[i]
            n_kept += 1
    return n_kept


@kernel
def search_parts(
    keys: Keys,
    parts: tuple[int, int],
    kept: NDArray[np.int64],
    n_shared_bits: int,
    index: Index,
    found: NDArray[np.int64],
) -> None:
    """Find the account of the keys that parts keep.

    Parameters
    ----------
    keys : Keys
        What to search for.
    parts : tuple of int
        From which part up to but not including which.
    kept : int64 array, shape (n_parts,)
        How many keys of each part, from its front.
    n_shared_bits : int
        Leading bits that all digests of the index share.
    index : Index
        Where to search.
    found : int64 array, shape (n,)
        Receives, at the place of each key, the lowest account with this digest, or -1.
    """
    for part in range(parts[0], parts[1]):
        for begin in range(keys.ends[part], keys.ends[part] + kept[part], _BATCH):
            n_batch = min(_BATCH, keys.ends[part] + kept[part] - begin)
            _search(keys, begin, n_batch, n_shared_bits, index, found[begin : begin + n_batch])


@kernel
def mark_parts(
    keys: Keys,
    parts: tuple[int, int],
    kept: NDArray[np.int64],
    n_shared_bits: int,
    index: Index,
    n_accounts: int,
    words: NDArray[np.uint64],
) -> int:
    """Set the bit of every account that one of the keys belongs to which parts keep.

    Parameters
    ----------
    keys, parts, kept, n_shared_bits, index
        As for `search_parts`.
    n_accounts : int
        Accounts that there are.
    words : uint64 array, shape (ceil(n_accounts / 64),)
        Bit ``i % 64`` of word ``i // 64`` stands for account ``i``; changed in place.

    Returns
    -------
    int
        Keys that were found, or -1 if one led to an account that does not exist: the index is damaged.
    """
    found = np.empty(_BATCH, dtype=np.int64)
    n_found = 0
    for part in range(parts[0], parts[1]):
        for begin in range(keys.ends[part], keys.ends[part] + kept[part], _BATCH):
            n_batch = min(_BATCH, keys.ends[part] + kept[part] - begin)
            _search(keys, begin, n_batch, n_shared_bits, index, found)
            for k in range(n_batch):
                account = found[k]
                if account >= n_accounts:
                    return -1
                if account != NO_ACCOUNT:
                    words[account >> 6] |= _U1 << np.uint64(account & 63)
                    n_found += 1
    return n_found


@kernel
def _search(keys: Keys, begin: int, n_batch: int, n_shared_bits: int, index: Index, found: NDArray[np.int64]) -> None:
    """Find the accounts of at most `_BATCH` keys: each step asks for the memory that the next one reads."""
    index_bits = 0
    while (1 << index_bits) < index.first.size - 1:
        index_bits += 1
    n_shared, bucket_shift = np.uint64(n_shared_bits), np.uint64(64 - index_bits)
    remainder_shift = np.uint64(64 - index_bits - _REMAINDER_BITS)
    first_address, remainders_address = index.first.ctypes.data, index.remainders.ctypes.data
    accounts_address, tails_address = index.accounts.ctypes.data, index.tails.ctypes.data
    n = np.int64(index.remainders.size)
    places, stops = np.empty(_BATCH, dtype=np.int64), np.empty(_BATCH, dtype=np.int64)
    remainders = np.empty(_BATCH, dtype=np.uint32)
    for k in range(n_batch):
        shifted = keys.high[begin + k] << n_shared
        places[k] = np.int64(shifted >> bucket_shift)
        remainders[k] = np.uint32((shifted >> remainder_shift) & _LOW_WORD)
        if IS_COMPILING:
            prefetch(np.uintp(first_address + 4 * places[k]))
    for k in range(n_batch):
        bucket = places[k]
        # A damaged `first` must not lead outside of the arrays.
        places[k] = min(np.int64(index.first[bucket]), n)
        stops[k] = min(np.int64(index.first[bucket + 1]), n)
        if IS_COMPILING:
            prefetch(np.uintp(remainders_address + 4 * places[k]))
            prefetch(np.uintp(remainders_address + 4 * stops[k]))
    for k in range(n_batch):
        places[k] = _next_candidate(index.remainders, places[k], stops[k], remainders[k])
        if IS_COMPILING and places[k] < stops[k]:
            prefetch(np.uintp(accounts_address + 4 * places[k]))
            prefetch(np.uintp(tails_address + 8 * places[k]))
    for k in range(n_batch):
        place = places[k]
        tail = _tail(keys.high[begin + k], keys.low[begin + k])
        while place < stops[k] and index.tails[place] != tail:
            place = _next_candidate(index.remainders, place + 1, stops[k], remainders[k])
        found[k] = np.int64(index.accounts[place]) if place < stops[k] else NO_ACCOUNT


@kernel
def _next_candidate(remainders: NDArray[np.uint32], place: int, stop: int, remainder: np.uint32) -> int:
    """Return the first place from ``place`` on with a remainder, or ``stop``."""
    if IS_COMPILING:
        while place + N_COMPARED <= remainders.size and place < stop:
            n_passed = n_before_equal(np.uintp(remainders.ctypes.data + 4 * place), remainder)
            place += n_passed
            if n_passed < N_COMPARED:
                return min(place, stop)
    while place < stop and remainders[place] != remainder:
        place += 1
    return min(place, stop)
