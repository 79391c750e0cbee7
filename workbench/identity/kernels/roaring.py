"""Bitsets as roaring bitmaps: the portable format that databases and search engines exchange sets in.

The numbers are cut into chunks of 65,536. A chunk that holds any is a *container* in the shortest of three forms: its
numbers (16 bits each), its runs of neighbours (two times 16 bits each), or its bits (8 kB). In front of the containers
stand their keys, sizes and places. The form is described in RoaringFormatSpec of the RoaringBitmap project; all numbers
are little-endian.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.identity.kernels.word_bits import lowest_bit, n_bits
from workbench.jit import kernel

CHUNK_BITS: Final = 1 << 16
_CHUNK_WORDS: Final = CHUNK_BITS // 64
_BITMAP_BYTES: Final = CHUNK_BITS // 8
_MAX_NUMBERS: Final = 4096  # in a container that lists them; more take less room as bits

_COOKIE: Final = 12346  # of a bitmap without containers of runs, followed by their number
_COOKIE_WITH_RUNS: Final = 12347  # the number less one stands in the upper half of the same word
_MIN_WITH_PLACES: Final = 4  # a bitmap with runs and fewer containers than that does not give their places

_NUMBERS, _BITS, _RUNS = range(3)
_ONE: Final = np.uint64(1)
DAMAGED: Final = -1


@kernel
def plan(
    words: NDArray[np.uint64], keys: NDArray[np.int64], sizes: NDArray[np.int64], n_runs: NDArray[np.int64]
) -> int:
    """Find out which containers a bitset makes.

    Parameters
    ----------
    words : uint64 array, shape (n_words,)
        The bitset.
    keys, sizes, n_runs : int64 array, shape (n_chunks,)
        Receive, for each container, the number of its chunk, how many numbers it holds and in how many runs.

    Returns
    -------
    int
        Number of containers.
    """
    n_containers = 0
    for key in range(keys.size):
        size, runs = 0, 0
        carried = np.uint64(0)
        for i in range(key * _CHUNK_WORDS, min((key + 1) * _CHUNK_WORDS, words.size)):
            word = words[i]
            size += n_bits(word)
            runs += n_bits(word & ~(word << _ONE | carried))
            carried = word >> np.uint64(63)
        if size:
            keys[n_containers], sizes[n_containers], n_runs[n_containers] = key, size, runs
            n_containers += 1
    return n_containers


@kernel
def n_bytes(sizes: NDArray[np.int64], n_runs: NDArray[np.int64]) -> int:
    """Return how long the portable form of containers is, in bytes."""
    total = _header_bytes(sizes, n_runs)
    for i in range(sizes.size):
        total += _container_bytes(sizes[i], n_runs[i])
    return total


@kernel
def write(
    words: NDArray[np.uint64],
    keys: NDArray[np.int64],
    sizes: NDArray[np.int64],
    n_runs: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:
    """Write the portable form.

    Parameters
    ----------
    words : uint64 array, shape (n_words,)
        The bitset.
    keys, sizes, n_runs : int64 array, shape (n_containers,)
        From `plan`.
    out : uint8 array, shape (`n_bytes`,)
        Receives it, all zeros before.
    """
    n = sizes.size
    has_runs = _has_runs(sizes, n_runs)
    if has_runs:
        _put(out, 0, 4, _COOKIE_WITH_RUNS | (n - 1) << 16)
        for i in range(n):
            if _form(sizes[i], n_runs[i]) == _RUNS:
                out[4 + i // 8] |= np.uint8(1 << (i % 8))
        place = 4 + (n + 7) // 8
    else:
        _put(out, 0, 4, _COOKIE)
        _put(out, 4, 4, n)
        place = 8
    for i in range(n):
        _put(out, place, 2, keys[i])
        _put(out, place + 2, 2, sizes[i] - 1)
        place += 4
    offset = _header_bytes(sizes, n_runs)
    for i in range(n):
        if not has_runs or n >= _MIN_WITH_PLACES:
            _put(out, place, 4, offset)
            place += 4
        _write_container(words, keys[i], _form(sizes[i], n_runs[i]), n_runs[i], out, offset)
        offset += _container_bytes(sizes[i], n_runs[i])


@kernel
def read(data: NDArray[np.uint8], n_accounts: int, words: NDArray[np.uint64]) -> int:
    """Read the portable form.

    Parameters
    ----------
    data : uint8 array, shape (n_bytes,)
        Bytes from anywhere; whatever they say is looked at before it is believed.
    n_accounts : int
        Numbers must be below this.
    words : uint64 array, shape (ceil(n_accounts / 64),)
        Receives the bitset, all zeros before.

    Returns
    -------
    int
        How many numbers there are, or `DAMAGED`.
    """
    if data.size < 4:
        return DAMAGED
    cookie = _take(data, 0, 4)
    has_runs = cookie & 0xFFFF == _COOKIE_WITH_RUNS
    if has_runs:
        n, run_flags, place = (cookie >> 16) + 1, 4, 4 + ((cookie >> 16) + 8) // 8
    elif cookie == _COOKIE and data.size >= 8:
        n, run_flags, place = _take(data, 4, 4), 0, 8
    else:
        return DAMAGED
    has_places = not has_runs or n >= _MIN_WITH_PLACES
    offset = place + (8 if has_places else 4) * n
    if n > CHUNK_BITS or offset > data.size:
        return DAMAGED
    total, last_key = 0, -1
    for i in range(n):
        key, size = _take(data, place + 4 * i, 2), _take(data, place + 4 * i + 2, 2) + 1
        is_runs = has_runs and (data[run_flags + i // 8] >> (i % 8)) & 1
        is_placed = not has_places or _take(data, place + 4 * n + 4 * i, 4) == offset
        form = _RUNS if is_runs else (_NUMBERS if size <= _MAX_NUMBERS else _BITS)
        n_taken = DAMAGED
        if key > last_key and key * CHUNK_BITS < n_accounts and is_placed:
            n_taken = _read_container(data, offset, form, size, key, n_accounts, words)
        if n_taken == DAMAGED:
            return DAMAGED
        offset += n_taken
        total += size
        last_key = key
    return total if offset == data.size else DAMAGED


@kernel
def _form(size: int, n_runs: int) -> int:
    as_runs = 2 + 4 * n_runs
    if size <= _MAX_NUMBERS:
        return _RUNS if as_runs < 2 * size else _NUMBERS
    return _RUNS if as_runs < _BITMAP_BYTES else _BITS


@kernel
def _container_bytes(size: int, n_runs: int) -> int:
    form = _form(size, n_runs)
    if form == _RUNS:
        return 2 + 4 * n_runs
    return 2 * size if form == _NUMBERS else _BITMAP_BYTES


@kernel
def _has_runs(sizes: NDArray[np.int64], n_runs: NDArray[np.int64]) -> bool:
    found = False
    for i in range(sizes.size):
        found |= _form(sizes[i], n_runs[i]) == _RUNS
    return found


@kernel
def _header_bytes(sizes: NDArray[np.int64], n_runs: NDArray[np.int64]) -> int:
    n = sizes.size
    if not _has_runs(sizes, n_runs):
        return 8 + 8 * n
    return 4 + (n + 7) // 8 + (8 if n >= _MIN_WITH_PLACES else 4) * n


@kernel
def _write_container(
    words: NDArray[np.uint64], key: int, form: int, n_runs: int, out: NDArray[np.uint8], offset: int
) -> None:
    first = key * _CHUNK_WORDS
    last = min(first + _CHUNK_WORDS, words.size)
    if form == _BITS:
        for i in range(first, last):
            _put(out, offset + 8 * (i - first), 8, np.int64(words[i]))  # type: ignore[arg-type] # all 64 bits of it
        return
    if form == _RUNS:
        _put(out, offset, 2, n_runs)
        offset += 2
    begin, previous = -1, -2
    for i in range(first, last):
        word = words[i]
        while word:
            number = 64 * (i - first) + lowest_bit(word)
            word &= word - _ONE
            if form == _NUMBERS:
                _put(out, offset, 2, number)
                offset += 2
            elif number != previous + 1:
                if begin >= 0:
                    _put(out, offset, 2, begin)
                    _put(out, offset + 2, 2, previous - begin)
                    offset += 4
                begin = number
            previous = number
    if form == _RUNS:
        _put(out, offset, 2, begin)
        _put(out, offset + 2, 2, previous - begin)


@kernel
def _read_container(
    data: NDArray[np.uint8], offset: int, form: int, size: int, key: int, n_accounts: int, words: NDArray[np.uint64]
) -> int:
    """Set the bits of one container and return how many bytes it took, or `DAMAGED`."""
    base = key * CHUNK_BITS
    if form == _BITS:
        return _read_bits(data, offset, size, base, n_accounts, words)
    if form == _RUNS:
        return _read_runs(data, offset, size, base, n_accounts, words)
    if offset + 2 * size > data.size:
        return DAMAGED
    previous = -1
    for i in range(size):
        number = _take(data, offset + 2 * i, 2)
        if number <= previous or base + number >= n_accounts:
            return DAMAGED
        words[(base + number) >> 6] |= _ONE << np.uint64(number & 63)
        previous = number
    return 2 * size


@kernel
def _read_bits(
    data: NDArray[np.uint8], offset: int, size: int, base: int, n_accounts: int, words: NDArray[np.uint64]
) -> int:
    if offset + _BITMAP_BYTES > data.size:
        return DAMAGED
    n = 0
    for i in range(_CHUNK_WORDS):
        word = np.uint64(_take(data, offset + 8 * i, 8))
        if not word:
            continue
        n += n_bits(word)
        place = (base >> 6) + i
        n_valid = n_accounts - 64 * place
        if n_valid <= 0 or (n_valid < 64 and word >> np.uint64(n_valid)):
            return DAMAGED
        words[place] = word
    return _BITMAP_BYTES if n == size else DAMAGED


@kernel
def _read_runs(
    data: NDArray[np.uint8], offset: int, size: int, base: int, n_accounts: int, words: NDArray[np.uint64]
) -> int:
    if offset + 2 > data.size:
        return DAMAGED
    n_runs = _take(data, offset, 2)
    if offset + 2 + 4 * n_runs > data.size:
        return DAMAGED
    n, previous = 0, -1
    for i in range(n_runs):
        begin = _take(data, offset + 2 + 4 * i, 2)
        last = begin + _take(data, offset + 4 + 4 * i, 2)
        if begin <= previous or last >= CHUNK_BITS or base + last >= n_accounts:
            return DAMAGED
        for number in range(base + begin, base + last + 1):
            words[number >> 6] |= _ONE << np.uint64(number & 63)
        n += last - begin + 1
        previous = last
    return 2 + 4 * n_runs if n == size else DAMAGED


@kernel
def _put(out: NDArray[np.uint8], place: int, n: int, number: int) -> None:
    for k in range(n):
        out[place + k] = np.uint8((number >> (8 * k)) & 0xFF)


@kernel
def _take(data: NDArray[np.uint8], place: int, n: int) -> int:
    number = np.uint64(0)
    for k in range(n):
        number |= np.uint64(data[place + k]) << np.uint64(8 * k)
    return np.int64(number)  # type: ignore[return-value] # int() would stay unsigned here
