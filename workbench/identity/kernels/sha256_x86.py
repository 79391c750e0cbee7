"""SHA-256 with the instructions that x86 processors have for it, two messages at a time.

One instruction does two rounds but takes several cycles, and the next one needs its result. Two messages taken in turn
keep the unit busy; three would no longer fit the sixteen vector registers.

Short messages are taken straight from the text they stand in; see `short_block`.

These instructions exist in the older encoding only, which is slow while the upper halves of the vector registers are in
use. As functions of their own they begin with those halves cleared.
"""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from workbench.identity.kernels.compression import SHA256, SHA256_CONSTANTS, call, declared, own_function
from workbench.identity.kernels.short_block import BYTES, load, padded, store
from workbench.jit import intrinsic, types

FEATURES = ("sha", "sse4.1", "ssse3")
"""What a processor must have."""

_BYTE, _WORD, _ADDRESS = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_WORDS = ir.VectorType(_WORD, 4)

# The instructions want the eight words of the state, a to h, as (f, e, b, a) and (h, g, d, c).
_ABEF, _CDGH = (5, 4, 1, 0), (7, 6, 3, 2)

_State = tuple[ir.Value, ir.Value]


@intrinsic
def hash_two_short(
    _context: Any, _text: Any, _length: Any, _digest: Any, _text2: Any, _length2: Any, _digest2: Any, _case: Any
) -> Any:
    """Hash two messages of at most 55 bytes.

    Parameters
    ----------
    text, length, digest : uintp, int32, uintp
        Address of a message, with 64 bytes that may be read; its bytes; address of 32 bytes for the digest.
    text2, length2, digest2
        The same of the other message.
    case : uint8
        0x20 to lower-case ASCII letters, else 0.
    """
    one = (types.uintp, types.int32, types.uintp)
    return types.void(*one, *one, types.uint8), _write_call_of_two


@intrinsic
def compress_one(_context: Any, _block: Any, _state: Any) -> Any:
    """Fold one block into a state.

    Parameters
    ----------
    block : uintp
        Address of 64 bytes.
    state : uintp
        Address of eight words (uint32), changed in place.
    """
    return types.void(types.uintp, types.uintp), _write_call_of_one


def _write_call_of_two(context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    taken = [_ADDRESS, _WORD, _ADDRESS, _ADDRESS, _WORD, _ADDRESS, _BYTE]
    function, is_new = own_function(builder.module, "audience_workbench_sha256_x86_short_x2", taken)
    if is_new:
        _write_two(ir.IRBuilder(function.append_basic_block()), function)
    builder.call(function, arguments)
    return context.get_dummy_value()


def _write_call_of_one(context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    function, is_new = own_function(builder.module, "audience_workbench_sha256_x86_block", [_ADDRESS, _ADDRESS])
    if is_new:
        _write_one(ir.IRBuilder(function.append_basic_block()), function)
    builder.call(function, arguments)
    return context.get_dummy_value()


def _write_two(builder: ir.IRBuilder, function: ir.Function) -> None:
    text, length, digest, text2, length2, digest2, case = function.args
    blocks = [_short_block(builder, text, length, case), _short_block(builder, text2, length2, case)]
    first = tuple(ir.Constant(_WORDS, [SHA256.initial_state[i] for i in half]) for half in (_ABEF, _CDGH))
    for state, address in zip(_after_rounds(builder, [first, first], blocks), (digest, digest2), strict=True):
        for part, words in enumerate(_in_order(builder, state)):
            _store(builder, call(builder, "llvm.bswap", words), address, part)
    builder.ret_void()


def _write_one(builder: ir.IRBuilder, function: ir.Function) -> None:
    block, address = function.args
    words = [call(builder, "llvm.bswap", builder.bitcast(load(builder, block, part), _WORDS)) for part in range(4)]
    low, high = (builder.bitcast(load(builder, address, part), _WORDS) for part in range(2))
    state = (_shuffled(builder, low, high, _ABEF), _shuffled(builder, low, high, _CDGH))
    (after,) = _after_rounds(builder, [state], [words])
    for part, half in enumerate(_in_order(builder, after)):
        _store(builder, half, address, part)
    builder.ret_void()


def _short_block(builder: ir.IRBuilder, text: ir.Value, length: ir.Value, case: ir.Value) -> list[ir.Value]:
    """Return the four word vectors of a padded message."""
    parts = padded(builder, text, length, case)
    block = [call(builder, "llvm.bswap", builder.bitcast(part, _WORDS)) for part in parts]
    block[3] = builder.insert_element(block[3], builder.shl(length, _WORD(3)), _WORD(3))
    return block


def _after_rounds(builder: ir.IRBuilder, states: list[_State], blocks: list[list[ir.Value]]) -> list[_State]:
    """Return the states after the 64 rounds, four at a time, of each message in turn."""
    two_rounds = declared(builder.module, "llvm.x86.sha256rnds2", _WORDS, [_WORDS] * 3)
    abef, cdgh = ([state[half] for state in states] for half in range(2))
    schedules = [list(block) for block in blocks]
    for step in range(16):
        constants = ir.Constant(_WORDS, SHA256_CONSTANTS[4 * step : 4 * step + 4])
        sums = []
        for schedule in schedules:
            if step >= 4:
                schedule.append(_next_words(builder, schedule))
            sums.append(builder.add(schedule[step], constants))
        for i, words in enumerate(sums):
            cdgh[i] = builder.call(two_rounds, [cdgh[i], abef[i], words])
        for i, words in enumerate(sums):
            abef[i] = builder.call(two_rounds, [abef[i], cdgh[i], _shuffled(builder, words, words, (2, 3, 2, 3))])
    return [(builder.add(before[0], abef[i]), builder.add(before[1], cdgh[i])) for i, before in enumerate(states)]


def _next_words(builder: ir.IRBuilder, schedule: list[ir.Value]) -> ir.Value:
    first = declared(builder.module, "llvm.x86.sha256msg1", _WORDS, [_WORDS] * 2)
    second = declared(builder.module, "llvm.x86.sha256msg2", _WORDS, [_WORDS] * 2)
    *_, before4, before3, before2, before1 = schedule
    seven_back = _shuffled(builder, before2, before1, (1, 2, 3, 4))
    return builder.call(second, [builder.add(builder.call(first, [before4, before3]), seven_back), before1])


def _in_order(builder: ir.IRBuilder, state: _State) -> list[ir.Value]:
    """Return the words a to d and e to h of a state."""
    return [_shuffled(builder, *state, order) for order in ((3, 2, 7, 6), (1, 0, 5, 4))]


def _shuffled(builder: ir.IRBuilder, left: ir.Value, right: ir.Value, order: Sequence[int]) -> ir.Value:
    return builder.shuffle_vector(left, right, ir.Constant(ir.VectorType(_WORD, len(order)), list(order)))


def _store(builder: ir.IRBuilder, words: ir.Value, address: ir.Value, part: int) -> None:
    store(builder, builder.bitcast(words, BYTES), address, part)
