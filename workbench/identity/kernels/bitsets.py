"""Loops over the words of bitsets: what several sets have in common, and what is left of some without others.

Kernels are given the addresses of the words, so that any number of sets can be taken at once without a copy. The
callers see to it that all have the same number of words.

Bits are counted as Muła, Kurz and Lemire describe ("Faster population counts using AVX2 instructions", The Computer
Journal 61, 2018), after Harley and Seal: sixteen vectors are added up bit by bit with logic alone, like a column of
digits with carries, and only the carry out of the last place is counted.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from workbench.identity.kernels.word_bits import n_bits
from workbench.jit import IS_COMPILING, intrinsic, kernel, types

_U64 = ir.IntType(64)
_LANES: Final = 4
_VECTOR = ir.VectorType(_U64, _LANES)
_N_ADDED: Final = 16  # vectors that are added up before bits are counted
_CHUNK_WORDS: Final = _LANES * _N_ADDED

_BLOCK_WORDS: Final = 16 * _CHUNK_WORDS  # of each set at a time: 8 kB, so that fifty sets stay in the cache


@intrinsic
def _count_common(_context: Any, _left: Any, _right: Any, _n_chunks: Any) -> Any:
    """Return how many bits are set in both of two stretches of memory, given in chunks of `_CHUNK_WORDS` words."""
    return types.int64(types.uint64, types.uint64, types.int64), _write_call


@intrinsic
def word_at(_context: Any, _address: Any) -> Any:
    """Return the word (uint64) at an address (uint64)."""
    return types.uint64(types.uint64), _write_load


def _write_load(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    return builder.load(builder.inttoptr(arguments[0], _U64.as_pointer()), align=8)


def _write_call(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    name = "audience_workbench_count_common"
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(_U64, [_U64] * 3), name)
        function.linkage = "linkonce_odr"
        function.attributes.add("noinline")
        _write_count(function)
    return builder.call(function, arguments)


def _write_count(function: ir.Function) -> None:
    left, right, n_chunks = function.args
    zero = ir.Constant(_VECTOR, [0] * _LANES)
    before, loop, after = (function.append_basic_block(name) for name in ("before", "loop", "after"))
    builder = ir.IRBuilder(before)
    builder.cbranch(builder.icmp_signed(">", n_chunks, _U64(0)), loop, after)

    builder.position_at_end(loop)
    chunk = builder.phi(_U64)
    chunk.add_incoming(_U64(0), before)
    places = [builder.phi(_VECTOR) for _ in range(4)]  # ones, twos, fours, eights
    total = builder.phi(_VECTOR)
    for value in (*places, total):
        value.add_incoming(zero, before)
    offset = builder.mul(chunk, _U64(8 * _CHUNK_WORDS))
    common = [_common_vector(builder, left, right, offset, i) for i in range(_N_ADDED)]
    sums, carry = _added_up(builder, list(places), common)
    new_total = builder.add(total, _bits_of(builder, carry))
    following = builder.add(chunk, _U64(1))
    for value, new in zip((chunk, total, *places), (following, new_total, *sums), strict=True):
        value.add_incoming(new, loop)
    builder.cbranch(builder.icmp_signed("<", following, n_chunks), loop, after)

    builder.position_at_end(after)
    results = []
    for new in (new_total, *sums):
        result = builder.phi(_VECTOR)
        result.add_incoming(zero, before)
        result.add_incoming(new, loop)
        results.append(result)
    weighted = builder.shl(results[0], _spread(4))
    for place, result in enumerate(results[1:]):
        weighted = builder.add(weighted, builder.shl(_bits_of(builder, result), _spread(place)))
    n = _U64(0)
    for lane in range(_LANES):
        n = builder.add(n, builder.extract_element(weighted, _U64(lane)))
    builder.ret(n)


def _added_up(
    builder: ir.IRBuilder, places: list[ir.Value], vectors: list[ir.Value]
) -> tuple[list[ir.Value], ir.Value]:
    """Add vectors to a number whose binary places are vectors; return its places and the carry out of the last."""
    carries = vectors
    for place, sum_of_place in enumerate(places):
        following, running = [], sum_of_place
        for first, second in zip(carries[::2], carries[1::2], strict=True):
            running, carry = _full_adder(builder, running, first, second)
            following.append(carry)
        places[place], carries = running, following
    (carry,) = carries
    return places, carry


def _full_adder(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> tuple[ir.Value, ir.Value]:
    half = builder.xor(a, b)
    return builder.xor(half, c), builder.or_(builder.and_(a, b), builder.and_(half, c))


def _common_vector(builder: ir.IRBuilder, left: ir.Value, right: ir.Value, offset: ir.Value, i: int) -> ir.Value:
    values = []
    for address in (left, right):
        place = builder.add(builder.add(address, offset), _U64(8 * _LANES * i))
        values.append(builder.load(builder.inttoptr(place, _VECTOR.as_pointer()), align=8))
    return builder.and_(*values)


def _bits_of(builder: ir.IRBuilder, vector: ir.Value) -> ir.Value:
    name = f"llvm.ctpop.v{_LANES}i64"
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(_VECTOR, [_VECTOR]), name)
    return builder.call(function, [vector])


def _spread(value: int) -> ir.Constant:
    return ir.Constant(_VECTOR, [value] * _LANES)


def count_pairs(sets: Sequence[NDArray[np.uint64]]) -> NDArray[np.int64]:
    """Count the common bits of every two bitsets, in one pass over their words.

    Parameters
    ----------
    sets : sequence of uint64 arrays, each of shape (n_words,)
        The words of each bitset.

    Returns
    -------
    int64 array, shape (k, k)
        The counts; on the diagonal the size of each.
    """
    counts = np.zeros((len(sets), len(sets)), dtype=np.int64)
    if IS_COMPILING and sets:
        _count_pairs(addresses_of(sets), sets[0].size, counts)
    else:
        for i, left in enumerate(sets):
            for j, right in enumerate(sets):
                counts[i, j] = np.bitwise_count(left & right).sum()
    return counts


def combine(
    included: Sequence[NDArray[np.uint64]], excluded: Sequence[NDArray[np.uint64]], words: NDArray[np.uint64]
) -> None:
    """Unite bitsets and take others away, in one pass.

    Parameters
    ----------
    included, excluded : sequences of uint64 arrays, each of shape (n_words,)
        The words of the bitsets to unite and of those to take away.
    words : uint64 array, shape (n_words,)
        Receives the result.
    """
    if IS_COMPILING:
        _combine(addresses_of(included), addresses_of(excluded), words)
    else:
        words[:] = 0
        for one in included:
            words |= one
        for one in excluded:
            words &= ~one


def addresses_of(sets: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Return where the words of each bitset are; whoever asks keeps them alive."""
    return np.array([words.ctypes.data for words in sets], dtype=np.uint64)


@kernel
def _count_pairs(addresses: NDArray[np.uint64], n_words: int, counts: NDArray[np.int64]) -> None:
    k = addresses.size
    for begin in range(0, n_words, _BLOCK_WORDS):
        n_block = min(_BLOCK_WORDS, n_words - begin)
        n_chunks = n_block // _CHUNK_WORDS
        rest = begin + n_chunks * _CHUNK_WORDS
        for i in range(k):
            left = addresses[i]
            for j in range(i, k):
                right = addresses[j]
                counts[i, j] += _count_common(left + np.uint64(8 * begin), right + np.uint64(8 * begin), n_chunks)
                for word in range(rest, begin + n_block):
                    common = word_at(left + np.uint64(8 * word)) & word_at(right + np.uint64(8 * word))
                    counts[i, j] += n_bits(common)
    for i in range(k):
        for j in range(i):
            counts[i, j] = counts[j, i]


@kernel
def _combine(included: NDArray[np.uint64], excluded: NDArray[np.uint64], words: NDArray[np.uint64]) -> None:
    for begin in range(0, words.size, _BLOCK_WORDS):
        block = words[begin : min(begin + _BLOCK_WORDS, words.size)]
        for i in range(block.size):
            block[i] = np.uint64(0)
        for address in included:
            for i in range(block.size):
                block[i] |= word_at(address + np.uint64(8 * (begin + i)))
        for address in excluded:
            for i in range(block.size):
                block[i] &= ~word_at(address + np.uint64(8 * (begin + i)))
