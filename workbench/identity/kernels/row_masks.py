"""Sixty-four bytes of text at once: where each class of character stands, as bits, and hexadecimal digits as bytes.

Bit i of a mask is about the i-th byte. Questions about a whole row then are a few operations on integers: whether two
dots touch is ``dots & dots << 1``. All is written in LLVM's own vector language and names no processor, so every
machine gets the best of its instructions.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from llvmlite import ir

from workbench.jit import intrinsic, types

BLOCK_BYTES: Final = 64

_BYTE, _PAIR, _MASK, _INDEX = ir.IntType(8), ir.IntType(16), ir.IntType(64), ir.IntType(64)
_BYTES = ir.VectorType(_BYTE, BLOCK_BYTES)
_PAIRS, _HALF = ir.VectorType(_PAIR, BLOCK_BYTES // 2), ir.VectorType(_BYTE, BLOCK_BYTES // 2)
_CASE_BIT: Final = 0x20  # what tells a small ASCII letter from a capital


@intrinsic
def line_masks(_context: Any, _address: Any) -> Any:
    """Return where line feeds and where ``@`` stand among 64 bytes that may be read, from an address (uintp) on."""
    return _masks(_LINE_CLASSES)


@intrinsic
def address_masks(_context: Any, _address: Any) -> Any:
    """Return where stand what e-mail addresses are made of among 64 bytes that may be read.

    Returns
    -------
    tuple of five uint64
        Dots; hyphens; ASCII letters and digits; all these, plus and underscore; capital letters.
    """
    return _masks(_ADDRESS_CLASSES)


@intrinsic
def digest_masks(_context: Any, _address: Any) -> Any:
    """Return where hexadecimal digits, and where capital letters stand among 64 bytes that may be read."""
    return _masks(_DIGEST_CLASSES)


@intrinsic
def space_mask(_context: Any, _address: Any) -> Any:
    """Return where spaces stand among 64 bytes that may be read, as a tuple of one mask."""
    return _masks(_SPACE_CLASSES)


@intrinsic
def byte_at(_context: Any, _address: Any) -> Any:
    """Return the byte (uint8) at an address (uintp).

    Functions that are given addresses instead of arrays cost no counting of references, row after row.
    """
    return types.uint8(types.uintp), _write_byte


@intrinsic
def decode_hex(_context: Any, _address: Any, _n_digits: Any, _digest: Any) -> Any:
    """Write the bytes that hexadecimal digits stand for, and zeros behind them: 32 bytes in all.

    Parameters
    ----------
    address : uintp
        First of 64 bytes that may be read.
    n_digits : uint8
        How many of them are the digits, an even number.
    digest : uintp
        First of 32 bytes that may be written.
    """
    return types.void(types.uintp, types.uint8, types.uintp), _write_hex


@intrinsic
def lowest(_context: Any, _mask: Any) -> Any:
    """Return the place of the lowest bit of a mask (uint64) that is not 0."""
    return types.int64(types.uint64), _write_lowest


@intrinsic
def highest(_context: Any, _mask: Any) -> Any:
    """Return the place of the highest bit of a mask (uint64) that is not 0."""
    return types.int64(types.uint64), _write_highest


def _write_byte(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    return builder.load(builder.inttoptr(arguments[0], _BYTE.as_pointer()), typ=_BYTE)


def _write_lowest(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))


def _write_highest(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    return builder.sub(_MASK(63), builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 1)))


def _masks(classes: Sequence["_Class"]) -> Any:
    """Return the signature and the writer of a function from an address to masks."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
        text = _load(builder, arguments[0])
        masks = [_as_integer(builder, members(builder, text)) for members in classes]
        return context.make_tuple(builder, signature.return_type, masks)

    return types.UniTuple(types.uint64, len(classes))(types.uintp), write  # type: ignore[no-untyped-call]


def _equal(character: str) -> "_Class":
    return lambda builder, text: builder.icmp_unsigned("==", text, _all(ord(character)))


def _alphanumeric(builder: ir.IRBuilder, text: ir.Value) -> ir.Value:
    letter = _is_within(builder, builder.or_(text, _all(_CASE_BIT)), "a", "z")
    return builder.or_(letter, _is_within(builder, text, "0", "9"))


def _common(builder: ir.IRBuilder, text: ir.Value) -> ir.Value:
    members = _alphanumeric(builder, text)
    for character in ".-+_":
        members = builder.or_(members, _equal(character)(builder, text))
    return members


def _capital(builder: ir.IRBuilder, text: ir.Value) -> ir.Value:
    return _is_within(builder, text, "A", "Z")


def _hexadecimal(builder: ir.IRBuilder, text: ir.Value) -> ir.Value:
    letter = _is_within(builder, builder.or_(text, _all(_CASE_BIT)), "a", "f")
    return builder.or_(letter, _is_within(builder, text, "0", "9"))


_Class = Callable[[ir.IRBuilder, ir.Value], ir.Value]
_LINE_CLASSES: Final = (_equal("\n"), _equal("@"))
_ADDRESS_CLASSES: Final = (_equal("."), _equal("-"), _alphanumeric, _common, _capital)
_DIGEST_CLASSES: Final = (_hexadecimal, _capital)
_SPACE_CLASSES: Final = (_equal(" "),)


def _write_hex(context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    address, n_digits, digest = arguments
    text = _load(builder, address)
    # The low four bits of a digit are its value; those of a letter are nine less, and bit 6 tells the letters.
    is_letter = builder.and_(builder.lshr(text, _all(6)), _all(1))
    nibbles = builder.add(builder.and_(text, _all(0x0F)), builder.mul(is_letter, _all(9)))
    places = ir.Constant(_BYTES, list(range(BLOCK_BYTES)))
    is_digit = builder.icmp_unsigned("<", places, _spread(builder, n_digits))
    nibbles = builder.select(is_digit, nibbles, _all(0))
    pairs = builder.bitcast(nibbles, _PAIRS)  # in each the low byte is the first digit
    eight, four = (ir.Constant(_PAIRS, [n] * (BLOCK_BYTES // 2)) for n in (8, 4))
    values = builder.or_(builder.shl(pairs, four), builder.lshr(pairs, eight))
    pointer = builder.inttoptr(digest, _HALF.as_pointer())
    builder.store(builder.trunc(values, _HALF), pointer, align=1)
    return context.get_dummy_value()


def _load(builder: ir.IRBuilder, address: ir.Value) -> ir.Value:
    return builder.load(builder.inttoptr(address, _BYTES.as_pointer()), align=1, typ=_BYTES)


def _is_within(builder: ir.IRBuilder, text: ir.Value, first: str, last: str) -> ir.Value:
    distance = builder.sub(text, _all(ord(first)))
    return builder.icmp_unsigned("<=", distance, _all(ord(last) - ord(first)))


def _as_integer(builder: ir.IRBuilder, members: ir.Value) -> ir.Value:
    """Return sixty-four truths as an integer, behind a wall of nothing.

    Without the wall LLVM moves the operations on masks back into vectors of single bits, which the processor has no
    instructions for, and takes these apart bit by bit: four to six times slower.
    """
    mask = builder.bitcast(members, _MASK)
    return builder.asm(ir.FunctionType(_MASK, [_MASK]), "", "=r,0", [mask], side_effect=False)


def _spread(builder: ir.IRBuilder, byte: ir.Value) -> ir.Value:
    first = builder.insert_element(ir.Constant(_BYTES, ir.Undefined), byte, _INDEX(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), BLOCK_BYTES), [0] * BLOCK_BYTES)
    return builder.shuffle_vector(first, ir.Constant(_BYTES, ir.Undefined), zeros)


def _all(value: int) -> ir.Constant:
    return ir.Constant(_BYTES, [value] * BLOCK_BYTES)
