"""Digests of stretches of text: many short messages that lie in one buffer, hashed where they lie.

A *span* is a start and a length in a buffer of bytes. There are three ways from spans to digests, and the best that the
machine offers is chosen when this module is imported: the processor's own SHA-256 instructions (`sha256_x86`), eight
messages side by side in vector registers (`compression`), and `hashlib` where nothing is compiled. All give the same
bytes.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.identity.kernels.compression import BLOCK_BYTES, FUNCTIONS, LANES, call_compress
from workbench.identity.kernels.sha256_x86 import FEATURES, compress_one, hash_two_short
from workbench.identity.kernels.short_block import MAX_SHORT_BYTES, fill_short_block
from workbench.jit import IS_COMPILING, has_cpu_feature, intrinsic, kernel, types

HAS_SHA256_INSTRUCTIONS: Final = all(map(has_cpu_feature, FEATURES))
"""Whether compiled code uses the processor's own SHA-256."""

VALUE_BYTES: Final = 32

_CASE_BIT: Final = 0x20  # what tells a small ASCII letter from a capital
_FIRST_CAPITAL: Final = np.uint8(ord("A"))
_N_LETTERS: Final = np.uint8(26)
_END_MARK: Final = np.uint8(0x80)
_LENGTH_BYTES: Final = 8
_NO_SPAN: Final = -1

# Inside a kernel a hash function is a number: its place in these.
_NAMES: Final = tuple(function.name for function in FUNCTIONS)
_MD5, _SHA1, _SHA256 = range(len(FUNCTIONS))
_N_WORDS: Final = np.array([len(function.initial_state) for function in FUNCTIONS])
_MAX_WORDS: Final = int(_N_WORDS.max())
_INITIAL_STATES: Final = np.array(
    [list(f.initial_state) + [0] * (_MAX_WORDS - len(f.initial_state)) for f in FUNCTIONS], dtype=np.uint32
)


class Spans(NamedTuple):
    """Messages in a buffer.

    Parameters
    ----------
    data : uint8 array, shape (n_bytes,)
        The buffer; never read past its end.
    starts : int64 array, shape (n,)
        First byte of each message.
    lengths : int32 array, shape (n,)
        Its bytes, 0 or more; messages may overlap.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int32]


def hash_spans(
    name: str, spans: Spans, rows: NDArray[np.int64], values: NDArray[np.uint8], *, is_folding: bool = False
) -> None:
    """Write the digests of messages into rows of an array.

    Parameters
    ----------
    name : str
        ``"md5"``, ``"sha1"`` or ``"sha256"``.
    spans : Spans
        The messages.
    rows : int64 array, shape (n,)
        Row of ``values`` that each digest goes to.
    values : uint8 array, shape (m, 32)
        Receives the digests; what a shorter digest leaves of its row is set to 0.
    is_folding : bool
        Hash the text with the ASCII letters A to Z in lower case.
    """
    function = _NAMES.index(name)
    data, starts, lengths, places = (_read_only(array) for array in (*spans, rows))
    if not IS_COMPILING:
        _hash_with_hashlib(name, spans, rows, values, is_folding)
    elif function == _SHA256 and HAS_SHA256_INSTRUCTIONS:
        _hash_with_instructions(data, starts, lengths, places, values, is_folding)
    else:
        _hash_in_lanes(function, data, starts, lengths, places, values, is_folding)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as one that may not be written, always, or the kernels would be compiled for each of the two."""
    view = array.view()
    view.flags.writeable = False
    return view


def _hash_with_hashlib(
    name: str, spans: Spans, rows: NDArray[np.int64], values: NDArray[np.uint8], is_folding: bool
) -> None:
    for start, length, row in zip(spans.starts.tolist(), spans.lengths.tolist(), rows.tolist(), strict=True):
        message = spans.data[start : start + length].tobytes()
        digest = hashlib.new(name, message.lower() if is_folding else message, usedforsecurity=False).digest()
        values[row] = np.frombuffer(digest.ljust(VALUE_BYTES, b"\0"), dtype=np.uint8)


def _call_of_compress(function: int, n_lanes: int) -> Any:
    """Return the signature and the writer of a call of ``compress(blocks, state)``; see `compression`."""

    def write(context: Any, builder: Any, _signature: Any, addresses: Sequence[Any]) -> Any:
        call_compress(builder, FUNCTIONS[function], n_lanes, *addresses)
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp), write


@intrinsic
def _compress_md5_lanes(_context: Any, _blocks: Any, _states: Any) -> Any:
    return _call_of_compress(_MD5, LANES)


@intrinsic
def _compress_sha1_lanes(_context: Any, _blocks: Any, _states: Any) -> Any:
    return _call_of_compress(_SHA1, LANES)


@intrinsic
def _compress_sha256_lanes(_context: Any, _blocks: Any, _states: Any) -> Any:
    return _call_of_compress(_SHA256, LANES)


@intrinsic
def _compress_md5(_context: Any, _block: Any, _state: Any) -> Any:
    return _call_of_compress(_MD5, 1)


@intrinsic
def _compress_sha1(_context: Any, _block: Any, _state: Any) -> Any:
    return _call_of_compress(_SHA1, 1)


@intrinsic
def _compress_sha256(_context: Any, _block: Any, _state: Any) -> Any:
    return _call_of_compress(_SHA256, 1)


@kernel
def _hash_with_instructions(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int32],
    rows: NDArray[np.int64],
    values: NDArray[np.uint8],
    is_folding: bool,
) -> None:
    text, digest = data.ctypes.data, values.ctypes.data
    case = np.uint8(_CASE_BIT if is_folding else 0)
    block, state = np.empty(BLOCK_BYTES, dtype=np.uint8), np.empty((_MAX_WORDS, 1), dtype=np.uint32)
    waiting = _NO_SPAN
    for i in range(starts.size):
        if lengths[i] > MAX_SHORT_BYTES or starts[i] + BLOCK_BYTES > data.size:
            _begin(_SHA256, state)
            for offset in range(0, lengths[i] + 1 + _LENGTH_BYTES, BLOCK_BYTES):
                _fill_block(_SHA256, data, starts[i], lengths[i], offset, is_folding, block)
                compress_one(np.uintp(block.ctypes.data), np.uintp(state.ctypes.data))
            _write_digest(_SHA256, state, 0, values, rows[i])
        elif waiting == _NO_SPAN:
            waiting = i
        else:
            _hash_pair(text, digest, starts, lengths, rows, waiting, i, case)
            waiting = _NO_SPAN
    if waiting != _NO_SPAN:
        _hash_pair(text, digest, starts, lengths, rows, waiting, waiting, case)


@kernel
def _hash_pair(
    text: int,
    digest: int,
    starts: NDArray[np.int64],
    lengths: NDArray[np.int32],
    rows: NDArray[np.int64],
    i: int,
    j: int,
    case: np.uint8,
) -> None:
    hash_two_short(
        np.uintp(text + starts[i]),
        lengths[i],
        np.uintp(digest + VALUE_BYTES * rows[i]),
        np.uintp(text + starts[j]),
        lengths[j],
        np.uintp(digest + VALUE_BYTES * rows[j]),
        case,
    )


@kernel
def _hash_in_lanes(
    function: int,
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int32],
    rows: NDArray[np.int64],
    values: NDArray[np.uint8],
    is_folding: bool,
) -> None:
    """Hash short messages as they come, eight at a time, and each long one alone."""
    blocks = np.zeros((LANES, BLOCK_BYTES), dtype=np.uint8)
    states = np.empty((_MAX_WORDS, LANES), dtype=np.uint32)
    lane_rows = np.empty(LANES, dtype=np.int64)
    text, block = data.ctypes.data, blocks.ctypes.data
    case = np.uint8(_CASE_BIT if is_folding else 0)
    n_waiting = 0
    for i in range(starts.size):
        if lengths[i] > MAX_SHORT_BYTES or starts[i] + BLOCK_BYTES > data.size:
            _hash_alone(function, data, starts[i], lengths[i], is_folding, values, rows[i])
            continue
        place = np.uintp(block + BLOCK_BYTES * n_waiting)
        fill_short_block(np.uintp(text + starts[i]), lengths[i], case, function != _MD5, place)
        lane_rows[n_waiting] = rows[i]
        n_waiting += 1
        if n_waiting == LANES:
            _empty_lanes(function, blocks, states, lane_rows, n_waiting, values)
            n_waiting = 0
    _empty_lanes(function, blocks, states, lane_rows, n_waiting, values)


@kernel
def _empty_lanes(
    function: int,
    blocks: NDArray[np.uint8],
    states: NDArray[np.uint32],
    lane_rows: NDArray[np.int64],
    n_waiting: int,
    values: NDArray[np.uint8],
) -> None:
    _begin(function, states)
    if function == _MD5:
        _compress_md5_lanes(np.uintp(blocks.ctypes.data), np.uintp(states.ctypes.data))
    elif function == _SHA1:
        _compress_sha1_lanes(np.uintp(blocks.ctypes.data), np.uintp(states.ctypes.data))
    else:
        _compress_sha256_lanes(np.uintp(blocks.ctypes.data), np.uintp(states.ctypes.data))
    for lane in range(n_waiting):
        _write_digest(function, states, lane, values, lane_rows[lane])


@kernel
def _hash_alone(
    function: int,
    data: NDArray[np.uint8],
    start: int,
    length: int,
    is_folding: bool,
    values: NDArray[np.uint8],
    row: int,
) -> None:
    block, state = np.empty(BLOCK_BYTES, dtype=np.uint8), np.empty((_MAX_WORDS, 1), dtype=np.uint32)
    _begin(function, state)
    for offset in range(0, length + 1 + _LENGTH_BYTES, BLOCK_BYTES):
        _fill_block(function, data, start, length, offset, is_folding, block)
        if function == _MD5:
            _compress_md5(np.uintp(block.ctypes.data), np.uintp(state.ctypes.data))
        elif function == _SHA1:
            _compress_sha1(np.uintp(block.ctypes.data), np.uintp(state.ctypes.data))
        else:
            _compress_sha256(np.uintp(block.ctypes.data), np.uintp(state.ctypes.data))
    _write_digest(function, state, 0, values, row)


@kernel
def _begin(function: int, states: NDArray[np.uint32]) -> None:
    for word in range(_MAX_WORDS):
        for lane in range(states.shape[1]):
            states[word, lane] = _INITIAL_STATES[function, word]


@kernel
def _fill_block(
    function: int,
    data: NDArray[np.uint8],
    start: int,
    length: int,
    offset: int,
    is_folding: bool,
    block: NDArray[np.uint8],
) -> None:
    """Write the block that begins ``offset`` bytes into a message, with what padding falls into it."""
    case = np.uint8(_CASE_BIT if is_folding else 0)
    first = start + offset
    n_left = length - offset
    if n_left >= BLOCK_BYTES:
        for k in range(BLOCK_BYTES):
            block[k] = _folded(data[first + k], case)
    elif 0 <= n_left <= MAX_SHORT_BYTES and first + BLOCK_BYTES <= data.size:
        text = np.uintp(data.ctypes.data + first)
        fill_short_block(text, np.int32(n_left), case, function != _MD5, np.uintp(block.ctypes.data))
    else:
        for k in range(BLOCK_BYTES):
            block[k] = _folded(data[first + k], case) if k < n_left else np.uint8(0)
        if n_left >= 0:
            block[n_left] = _END_MARK
    if n_left + 1 + _LENGTH_BYTES <= BLOCK_BYTES:
        n_bits = np.uint64(length) * np.uint64(8)
        for k in range(_LENGTH_BYTES):
            place = BLOCK_BYTES - _LENGTH_BYTES + k if function == _MD5 else BLOCK_BYTES - 1 - k
            block[place] = np.uint8((n_bits >> np.uint64(8 * k)) & np.uint64(0xFF))


@kernel
def _folded(letter: np.uint8, case: np.uint8) -> np.uint8:
    return letter | case if np.uint8(letter - _FIRST_CAPITAL) < _N_LETTERS else letter


@kernel
def _write_digest(function: int, states: NDArray[np.uint32], lane: int, values: NDArray[np.uint8], row: int) -> None:
    for word in range(_MAX_WORDS):
        state = states[word, lane] if word < _N_WORDS[function] else np.uint32(0)
        for k in range(4):
            shift = np.uint32(8 * k if function == _MD5 else 24 - 8 * k)
            values[row, 4 * word + k] = np.uint8((state >> shift) & np.uint32(0xFF))
