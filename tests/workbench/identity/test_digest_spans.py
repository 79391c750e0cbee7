"""Compiled hashing against hashlib, on every way that a machine may offer."""

import ctypes
import hashlib
import mmap
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.identity.kernels import compression, digest_spans
from workbench.identity.kernels.digest_spans import HAS_SHA256_INSTRUCTIONS, VALUE_BYTES, Spans, hash_spans
from workbench.jit import IS_COMPILING, has_cpu_feature

NAMES = ("md5", "sha1", "sha256")
# Where a block, its padding or a second block begins.
LENGTHS = [*range(70), 118, 119, 120, 127, 128, 129, 200, 1000]

# FIPS 180-4 (examples of the Secure Hash Standard) and the test suite of RFC 1321.
PUBLISHED = [
    ("sha256", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("sha256", b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (
        "sha256",
        b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ),
    ("sha1", b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
        "sha1",
        b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
    ),
    ("md5", b"", "d41d8cd98f00b204e9800998ecf8427e"),
    ("md5", b"message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ("md5", b"1234567890" * 8, "57edf4a22be3c955ac49da2e2107b67a"),
]

needs_compiler = pytest.mark.skipif(not IS_COMPILING, reason="nothing is compiled under NUMBA_DISABLE_JIT")


def digest(name, message):
    return hashlib.new(name, message, usedforsecurity=False).digest()


def spans_of(data, places):
    """Return the spans with these starts and lengths in some bytes."""
    starts, lengths = zip(*places, strict=True) if places else ((), ())
    buffer = np.frombuffer(data, dtype=np.uint8)
    return Spans(buffer, np.array(starts, dtype=np.int64), np.array(lengths, dtype=np.int32))


def hashed(name, data, places, *, is_folding=False):
    """Return the digests of spans as bytes, in order, and check that what is left of each row is zero."""
    values = np.full((len(places), VALUE_BYTES), 255, dtype=np.uint8)
    hash_spans(name, spans_of(data, places), np.arange(len(places)), values, is_folding=is_folding)
    n_bytes = hashlib.new(name).digest_size
    assert not values[:, n_bytes:].any()
    return [row[:n_bytes].tobytes() for row in values]


@pytest.fixture(params=["best", "lanes"])
def _every_way(request, monkeypatch):
    """Hash with the best that the machine has, and as if it had no instructions for it."""
    if request.param == "lanes":
        monkeypatch.setattr(digest_spans, "HAS_SHA256_INSTRUCTIONS", False)


@pytest.mark.usefixtures("_every_way")
@pytest.mark.parametrize(("name", "message", "expected"), PUBLISHED)
def test_digests_published_in_fips_180_4_and_rfc_1321(name, message, expected):
    room = b"x" * 100  # before and after, so that short messages are read in one go
    assert hashed(name, room + message + room, [(100, len(message))])[0].hex() == expected
    assert hashed(name, message, [(0, len(message))])[0].hex() == expected


@pytest.mark.usefixtures("_every_way")
@pytest.mark.parametrize("name", NAMES)
def test_every_length_hashes_as_in_hashlib(name):
    data = np.random.default_rng(1).bytes(2_000)
    places = [(start, length) for length in LENGTHS for start in (0, 7, 500, len(data) - length)]
    expected = [digest(name, data[start : start + length]) for start, length in places]
    assert hashed(name, data, places) == expected


@st.composite
def buffers_with_spans(draw):
    data = draw(st.binary(max_size=400))
    place = st.integers(0, len(data)).flatmap(
        lambda start: st.tuples(st.just(start), st.integers(0, len(data) - start))
    )
    return data, draw(st.lists(place, max_size=30))


@given(buffers_with_spans(), st.sampled_from(NAMES), st.booleans(), st.booleans())
def test_any_spans_hash_as_in_hashlib(case, name, is_folding, is_best):
    data, places = case
    messages = [data[start : start + length] for start, length in places]
    expected = [digest(name, message.lower() if is_folding else message) for message in messages]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest_spans, "HAS_SHA256_INSTRUCTIONS", is_best and HAS_SHA256_INSTRUCTIONS)
        assert hashed(name, data, places, is_folding=is_folding) == expected


@pytest.mark.parametrize("name", NAMES)
def test_digests_go_to_the_rows_that_are_named_and_leave_others_alone(name):
    values = np.full((7, VALUE_BYTES), 7, dtype=np.uint8)
    hash_spans(name, spans_of(b"onetwothree", [(0, 3), (3, 3), (6, 5)]), np.array([5, 0, 2]), values)
    n_bytes = hashlib.new(name).digest_size
    for row, message in ((5, b"one"), (0, b"two"), (2, b"three")):
        assert values[row, :n_bytes].tobytes() == digest(name, message)
    assert (values[[1, 3, 4, 6]] == 7).all()


@pytest.mark.usefixtures("_every_way")
@pytest.mark.skipif(sys.platform != "linux", reason="page protection is tested on Linux")
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_read_past_the_end_of_the_buffer(name):
    """The page after the buffer may not be read: whoever tries is ended by the system."""
    page = mmap.PAGESIZE
    memory = mmap.mmap(-1, 2 * page)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mprotect(ctypes.c_void_p(address + page), page, mmap.PROT_READ & 0) == 0
    data = np.frombuffer(memory, dtype=np.uint8, count=page)
    lengths = np.array(LENGTHS, dtype=np.int32)
    values = np.empty((lengths.size, VALUE_BYTES), dtype=np.uint8)
    hash_spans(name, Spans(data, page - lengths.astype(np.int64), lengths), np.arange(lengths.size), values)
    assert values[5, : hashlib.new(name).digest_size].tobytes() == digest(name, bytes(5))
    libc.mprotect(ctypes.c_void_p(address + page), page, mmap.PROT_READ | mmap.PROT_WRITE)


class Number(int):
    """A 32-bit word as a Python number, for the formulas on their own."""

    def _of(self, value):
        return Number(value & 0xFFFFFFFF)

    def __add__(self, other):
        return self._of(int(self) + int(other))

    def __xor__(self, other):
        return self._of(int(self) ^ int(other))

    def __and__(self, other):
        return self._of(int(self) & int(other))

    def __or__(self, other):
        return self._of(int(self) | int(other))

    def __invert__(self):
        return self._of(~int(self))

    def rotated(self, n_bits):
        return self._of(int(self) << n_bits | int(self) >> 32 - n_bits)

    def shifted(self, n_bits):
        return self._of(int(self) >> n_bits)


@pytest.mark.parametrize("function", compression.FUNCTIONS, ids=lambda function: function.name)
def test_the_formulas_hold_for_plain_numbers(function):
    order = "big" if function.is_big_endian else "little"
    block = b"abc\x80".ljust(56, b"\0") + (24).to_bytes(8, order)
    words = [Number.from_bytes(block[i : i + 4], order) for i in range(0, 64, 4)]
    state = [Number(word) for word in function.initial_state]
    after = [a + b for a, b in zip(state, function.rounds([Number(w) for w in words], state), strict=True)]
    assert b"".join(int(word).to_bytes(4, order) for word in after) == digest(function.name, b"abc")


HASH_IN_A_NEW_PROCESS = """
import sys
import numpy as np
from workbench.identity.kernels.digest_spans import HAS_SHA256_INSTRUCTIONS, Spans, hash_spans
from workbench.jit import telling_of_compilation
data = np.frombuffer(b"x" * 200, dtype=np.uint8)
starts, lengths = np.array([0, 5, 9]), np.array([3, 55, 100], dtype=np.int32)
values = np.empty((3, 32), dtype=np.uint8)
with telling_of_compilation(lambda is_compiling: print("compiling") if is_compiling else None):
    for name in sys.argv[1:]:
        hash_spans(name, Spans(data, starts, lengths), np.arange(3), values)
        print(name, HAS_SHA256_INSTRUCTIONS, values.tobytes().hex())
"""


def hash_in_a_new_process(*names, **variables):
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", HASH_IN_A_NEW_PROCESS, *names],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def expected_lines(*names, has_instructions):
    lines = []
    for name in names:
        rows = [digest(name, b"x" * length).ljust(VALUE_BYTES, b"\0") for length in (3, 55, 100)]
        lines.append(f"{name} {has_instructions} {b''.join(rows).hex()}")
    return lines


@needs_compiler
def test_a_lesser_machine_never_aborts_and_a_new_process_finds_the_compiled_code(tmp_path):
    lesser = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    expected = expected_lines(*NAMES, has_instructions=False)
    assert hash_in_a_new_process(*NAMES, **lesser) == ["compiling", *expected]
    assert hash_in_a_new_process(*NAMES, **lesser) == expected


@needs_compiler
def test_code_with_instructions_of_this_machine_is_found_again_too(tmp_path):
    expected = expected_lines("sha256", has_instructions=HAS_SHA256_INSTRUCTIONS)
    assert hash_in_a_new_process("sha256", NUMBA_CACHE_DIR=str(tmp_path)) == ["compiling", *expected]
    assert hash_in_a_new_process("sha256", NUMBA_CACHE_DIR=str(tmp_path)) == expected


def test_where_nothing_is_compiled_hashlib_does_the_work():
    lines = hash_in_a_new_process(*NAMES, NUMBA_DISABLE_JIT="1")
    assert lines == expected_lines(*NAMES, has_instructions=False)


SHOW_ASSEMBLY = """
from tests.workbench.identity.test_digest_spans import hashed
from workbench.identity.kernels import digest_spans
hashed("sha256", b"x" * 200, [(0, 3), (1, 60)])
(assembly,) = digest_spans._hash_with_instructions.inspect_asm().values()
print(assembly)
"""


@needs_compiler
@pytest.mark.skipif(not HAS_SHA256_INSTRUCTIONS, reason="this machine has no SHA-256 instructions")
def test_the_instructions_are_in_functions_that_begin_with_clean_registers(tmp_path):
    # Code from the cache cannot be looked at.
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    assembly = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", SHOW_ASSEMBLY], env=environment, check=True, capture_output=True, text=True
    ).stdout
    parts = re.split(r"^(\w+):$", assembly, flags=re.MULTILINE)
    with_instructions = {name for name, code in zip(parts[1::2], parts[2::2], strict=True) if "sha256rnds2" in code}
    assert with_instructions == {"audience_workbench_sha256_x86_short_x2", "audience_workbench_sha256_x86_block"}
    assert not has_cpu_feature("avx") or "vzeroupper" in assembly
