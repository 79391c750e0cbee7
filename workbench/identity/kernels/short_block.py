"""The one block of a short message, made in registers from the text that the message stands in.

A message of at most 55 bytes fits one block of 64 with its padding: a mark after its end, zeros, and its length. Nearly
every identifier is that short. The text is loaded where it is, lower-cased, cut to length and marked, without a copy or
a pass of its own. The loads take 64 bytes whatever the length, so the caller must know that the text goes on that far.
"""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from workbench.jit import intrinsic, types

MAX_SHORT_BYTES = 55
"""Longest message that fits one block with its padding, bytes."""

_BYTE, _WORD, _ADDRESS = ir.IntType(8), ir.IntType(32), ir.IntType(64)

PART_BYTES = 16
BYTES = ir.VectorType(_BYTE, PART_BYTES)
"""A quarter of a block."""

_N_PARTS = 4
_LENGTH_PLACE = 56  # of the length in bits, which for a short message fills the lowest two of eight bytes


@intrinsic
def fill_short_block(_context: Any, _text: Any, _length: Any, _case: Any, _is_big_endian: Any, _block: Any) -> Any:
    """Write the one block of a short message.

    Parameters
    ----------
    text : uintp
        Address of the message, with 64 bytes that may be read.
    length : int32
        Its bytes, at most 55.
    case : uint8
        0x20 to lower-case ASCII letters, else 0.
    is_big_endian : bool
        Whether the length is written with its highest byte first.
    block : uintp
        Address of 64 bytes.
    """
    return types.void(types.uintp, types.int32, types.uint8, types.boolean, types.uintp), _write_fill


def _write_fill(context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    text, length, case, is_big_endian, block = arguments
    for part, values in enumerate(padded(builder, text, length, case)):
        store(builder, values, block, part)
    n_bits = builder.zext(builder.shl(length, _WORD(3)), _ADDRESS)
    swap = builder.module.declare_intrinsic("llvm.bswap", [_ADDRESS])
    n_bits = builder.select(is_big_endian, builder.call(swap, [n_bits]), n_bits)
    place = builder.inttoptr(builder.add(block, _ADDRESS(_LENGTH_PLACE)), _ADDRESS.as_pointer())
    builder.store(n_bits, place, align=1)
    return context.get_dummy_value()


def padded(builder: ir.IRBuilder, text: ir.Value, length: ir.Value, case: ir.Value) -> list[ir.Value]:
    """Return the four parts of a block that hold a message, lower-cased if ``case`` says so, and the mark after it."""
    zero, lengths, cases = _bytes(0), _spread(builder, builder.trunc(length, _BYTE)), _spread(builder, case)
    parts = []
    for part in range(_N_PARTS):
        letters = load(builder, text, part)
        is_capital = builder.icmp_unsigned("<", builder.sub(letters, _bytes(ord("A"))), _bytes(26))
        folded = builder.or_(letters, builder.select(is_capital, cases, zero))
        position = ir.Constant(BYTES, list(range(PART_BYTES * part, PART_BYTES * (part + 1))))
        after = builder.select(builder.icmp_unsigned("==", position, lengths), _bytes(0x80), zero)
        parts.append(builder.select(builder.icmp_unsigned("<", position, lengths), folded, after))
    return parts


def load(builder: ir.IRBuilder, address: ir.Value, part: int) -> ir.Value:
    """Return sixteen bytes, the ``part``-th from an address on."""
    return builder.load(_place(builder, address, part), align=1)


def store(builder: ir.IRBuilder, values: ir.Value, address: ir.Value, part: int) -> None:
    """Write sixteen bytes, the ``part``-th from an address on."""
    builder.store(values, _place(builder, address, part), align=1)


def _place(builder: ir.IRBuilder, address: ir.Value, part: int) -> ir.Value:
    return builder.inttoptr(builder.add(address, _ADDRESS(PART_BYTES * part)), BYTES.as_pointer())


def _bytes(value: int) -> ir.Constant:
    return ir.Constant(BYTES, [value] * PART_BYTES)


def _spread(builder: ir.IRBuilder, byte: ir.Value) -> ir.Value:
    undefined = ir.Constant(BYTES, ir.Undefined)
    lowest = builder.insert_element(undefined, byte, _WORD(0))
    return builder.shuffle_vector(lowest, undefined, ir.Constant(ir.VectorType(_WORD, PART_BYTES), [0] * PART_BYTES))
