"""The compression functions of MD5, SHA-1 and SHA-256, written once and used for numbers, words and rows of words.

A hash function cuts a message into blocks of 64 bytes and folds one after another into a few 32-bit words, its state.
The folding needs nothing but sums, rotations and bitwise logic, so the formulas below, from RFC 1321 (MD5) and
FIPS 180-4 (SHA-1, SHA-256), work on anything that has these: on one word of a message, or on the same word of eight
messages side by side, which any processor with vector registers does in the time of one.

`Words` lets the formulas write LLVM's language. The result is a function of two addresses, ``compress(blocks, state)``,
for the `LANES` messages of a vector or for one message. No instruction of a particular machine is named.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from llvmlite import ir

LANES = 8
BLOCK_BYTES = 64
WORDS_PER_BLOCK = 16

_BYTE, _WORD, _ADDRESS = ir.IntType(8), ir.IntType(32), ir.IntType(64)


class Word(Protocol):
    """What the formulas ask of a word: sums modulo 2**32, logic and rotation to the left."""

    def __add__(self: "W", other: "W | int", /) -> "W": ...
    def __xor__(self: "W", other: "W", /) -> "W": ...
    def __and__(self: "W", other: "W", /) -> "W": ...
    def __or__(self: "W", other: "W", /) -> "W": ...
    def __invert__(self: "W", /) -> "W": ...
    def rotated(self: "W", n_bits: int, /) -> "W":
        """Return the word rotated to the left."""

    def shifted(self: "W", n_bits: int, /) -> "W":
        """Return the word shifted to the right."""


W = TypeVar("W", bound=Word)


class HashFunction(NamedTuple):
    """A hash function made of 32-bit words.

    Parameters
    ----------
    name : str
        As `hashlib` calls it.
    initial_state : tuple of int
        State before the first block.
    is_big_endian : bool
        Whether words and the message's length are written with the highest byte first.
    rounds : callable
        From the sixteen words of a block and the state to the state after all rounds, before the old one is added.
    """

    name: str
    initial_state: tuple[int, ...]
    is_big_endian: bool
    rounds: Callable[[Sequence[Any], Sequence[Any]], list[Any]]


def _md5_rounds(words: Sequence[W], state: Sequence[W]) -> list[W]:
    a, b, c, d = state
    for i in range(64):
        match i // 16:
            case 0:
                mixed, k = (b & c) | (~b & d), i
            case 1:
                mixed, k = (d & b) | (~d & c), (5 * i + 1) % 16
            case 2:
                mixed, k = b ^ c ^ d, (3 * i + 5) % 16
            case _:
                mixed, k = c ^ (b | ~d), (7 * i) % 16
        total = a + mixed + words[k] + _MD5_SINES[i]
        a, b, c, d = d, b + total.rotated(_MD5_ROTATIONS[i // 16][i % 4]), b, c
    return [a, b, c, d]


def _sha1_rounds(words: Sequence[W], state: Sequence[W]) -> list[W]:
    schedule = list(words)
    for i in range(16, 80):
        schedule.append((schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16]).rotated(1))
    a, b, c, d, e = state
    for i in range(80):
        match i // 20:
            case 0:
                mixed = (b & c) | (~b & d)
            case 2:
                mixed = (b & c) | (b & d) | (c & d)
            case _:
                mixed = b ^ c ^ d
        a, b, c, d, e = a.rotated(5) + mixed + e + schedule[i] + _SHA1_CONSTANTS[i // 20], a, b.rotated(30), c, d
    return [a, b, c, d, e]


def _sha256_rounds(words: Sequence[W], state: Sequence[W]) -> list[W]:
    schedule = list(words)
    for i in range(16, 64):
        early, late = schedule[i - 15], schedule[i - 2]
        early_mixed = early.rotated(32 - 7) ^ early.rotated(32 - 18) ^ early.shifted(3)
        late_mixed = late.rotated(32 - 17) ^ late.rotated(32 - 19) ^ late.shifted(10)
        schedule.append(schedule[i - 16] + early_mixed + schedule[i - 7] + late_mixed)
    a, b, c, d, e, f, g, h = state
    for i in range(64):
        e_mixed = e.rotated(32 - 6) ^ e.rotated(32 - 11) ^ e.rotated(32 - 25)
        a_mixed = a.rotated(32 - 2) ^ a.rotated(32 - 13) ^ a.rotated(32 - 22)
        first = h + e_mixed + (g ^ (e & (f ^ g))) + schedule[i] + SHA256_CONSTANTS[i]
        second = a_mixed + ((a & b) | (c & (a | b)))
        a, b, c, d, e, f, g, h = first + second, a, b, c, d + first, e, f, g
    return [a, b, c, d, e, f, g, h]


def _primes(n: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < n:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found


def _cube_root(number: int) -> int:
    """Return the whole part of a cube root, exactly."""
    root: int = round(number ** (1 / 3))
    while root**3 > number:
        root -= 1
    while (root + 1) ** 3 <= number:
        root += 1
    return root


# The constants are published as numbers that anybody can compute: parts of sines, square roots and cube roots.
_MD5_SINES = [math.floor(abs(math.sin(i + 1)) * 2**32) for i in range(64)]
_MD5_ROTATIONS = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
_SHA1_CONSTANTS = [math.isqrt(n << 60) for n in (2, 3, 5, 10)]  # 2**30 times the square root
SHA256_CONSTANTS = [_cube_root(prime << 96) % 2**32 for prime in _primes(64)]
_FIRST_STATE = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)

MD5 = HashFunction("md5", _FIRST_STATE[:4], False, _md5_rounds)
SHA1 = HashFunction("sha1", _FIRST_STATE, True, _sha1_rounds)
SHA256 = HashFunction("sha256", tuple(math.isqrt(prime << 64) % 2**32 for prime in _primes(8)), True, _sha256_rounds)
FUNCTIONS = (MD5, SHA1, SHA256)


class Words:
    """A word of each message, side by side, as a value of LLVM's language; see `Word`."""

    __slots__ = ("_builder", "value")

    def __init__(self, builder: ir.IRBuilder, value: ir.Value) -> None:
        self._builder = builder
        self.value = value

    def __add__(self, other: "Words | int") -> "Words":
        return Words(self._builder, self._builder.add(self.value, self._value_of(other)))

    def __xor__(self, other: "Words") -> "Words":
        return Words(self._builder, self._builder.xor(self.value, other.value))

    def __and__(self, other: "Words") -> "Words":
        return Words(self._builder, self._builder.and_(self.value, other.value))

    def __or__(self, other: "Words") -> "Words":
        return Words(self._builder, self._builder.or_(self.value, other.value))

    def __invert__(self) -> "Words":
        return Words(self._builder, self._builder.not_(self.value))

    def rotated(self, n_bits: int) -> "Words":
        """Return the words rotated to the left."""
        return Words(self._builder, call(self._builder, "llvm.fshl", self.value, self.value, self._value_of(n_bits)))

    def shifted(self, n_bits: int) -> "Words":
        """Return the words shifted to the right."""
        return Words(self._builder, self._builder.lshr(self.value, self._value_of(n_bits)))

    def _value_of(self, number: "Words | int") -> ir.Value:
        return number.value if isinstance(number, Words) else constant(self.value.type, number)


def constant(word_type: ir.Type, number: int) -> ir.Constant:
    """Return a number as a word, or as the same word of every message."""
    if isinstance(word_type, ir.VectorType):
        return ir.Constant(word_type, [number] * word_type.count)
    return ir.Constant(word_type, number)


def call(builder: ir.IRBuilder, name: str, *values: ir.Value) -> ir.Value:
    """Call one of LLVM's own functions that is named by the type of its values, such as ``llvm.bswap``."""
    word_type = values[0].type
    suffix = f"v{word_type.count}i32" if isinstance(word_type, ir.VectorType) else "i32"
    return builder.call(declared(builder.module, f"{name}.{suffix}", word_type, [v.type for v in values]), values)


def declared(module: ir.Module, name: str, returned: ir.Type, taken: Sequence[ir.Type]) -> ir.Function:
    """Return a function of a module, declared if it is not there yet."""
    found = module.globals.get(name)
    return found if found is not None else ir.Function(module, ir.FunctionType(returned, taken), name)


def own_function(module: ir.Module, name: str, taken: Sequence[ir.Type]) -> tuple[ir.Function, bool]:
    """Return a function of our own, and whether it is new and wants a body.

    It is never inlined: as a function of its own it is compiled once however often it is used, and keeps to itself what
    it does to the vector registers.
    """
    function = declared(module, name, ir.VoidType(), taken)
    is_new = function.is_declaration
    if is_new:
        function.linkage = "linkonce_odr"
        for attribute in ("noinline", "nounwind"):
            function.attributes.add(attribute)
    return function, is_new


def call_compress(builder: ir.IRBuilder, hash_function: HashFunction, n_lanes: int, *addresses: ir.Value) -> None:
    """Write a call of ``compress(blocks, state)``, whose body is written on the first call in a module.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where to write.
    hash_function : HashFunction
        Whose compression function.
    n_lanes : int
        Messages side by side, 1 or `LANES`.
    *addresses : 64-bit values
        Of ``blocks``, uint8 array, shape (n_lanes, 64), and of ``state``, uint32 array, shape (n_words, n_lanes),
        which is changed in place.
    """
    name = f"audience_workbench_{hash_function.name}_x{n_lanes}"
    function, is_new = own_function(builder.module, name, [_ADDRESS, _ADDRESS])
    if is_new:
        _write_compress(ir.IRBuilder(function.append_basic_block()), function, hash_function, n_lanes)
    builder.call(function, addresses)


def _write_compress(builder: ir.IRBuilder, function: ir.Function, hash_function: HashFunction, n_lanes: int) -> None:
    blocks, state = (builder.inttoptr(argument, _WORD.as_pointer()) for argument in function.args)
    words_type = _WORD if n_lanes == 1 else ir.VectorType(_WORD, n_lanes)

    def word_of_block(word: int) -> Words:
        value = _gathered(builder, blocks, word, n_lanes)
        return Words(builder, call(builder, "llvm.bswap", value) if hash_function.is_big_endian else value)

    def place_in_state(word: int) -> ir.Value:
        return builder.bitcast(builder.gep(state, [_ADDRESS(word * n_lanes)]), words_type.as_pointer())

    places = [place_in_state(word) for word in range(len(hash_function.initial_state))]
    before = [Words(builder, builder.load(place, align=4)) for place in places]
    after = hash_function.rounds([word_of_block(word) for word in range(WORDS_PER_BLOCK)], before)
    for place, old, new in zip(places, before, after, strict=True):
        builder.store((old + new).value, place, align=4)
    builder.ret_void()


def _gathered(builder: ir.IRBuilder, blocks: ir.Value, word: int, n_lanes: int) -> ir.Value:
    """Return one word of every block, in the machine's byte order (little-endian on all that Numba runs on)."""
    values = [
        builder.load(builder.gep(blocks, [_ADDRESS(lane * WORDS_PER_BLOCK + word)]), align=4) for lane in range(n_lanes)
    ]
    if n_lanes == 1:
        return values[0]
    gathered: ir.Value = ir.Constant(ir.VectorType(_WORD, n_lanes), ir.Undefined)
    for lane, value in enumerate(values):
        gathered = builder.insert_element(gathered, value, _WORD(lane))
    return gathered
