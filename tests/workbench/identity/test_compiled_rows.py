"""The compiled reader against its twin in Python: every count, code, line, shape, warning and digest is the same."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.workbench.identity.list_contents import CONTENTS, DIGESTS, SOUND_ROWS, VALUES
from workbench.errors import ListFileError
from workbench.identity import ListProfile, SuppressionList, list_file, read_list
from workbench.identity.error_codes import WarningCode
from workbench.identity.kernels import rows
from workbench.identity.list_row import MAX_LINE_BYTES
from workbench.identity.normalize import MAX_EMAIL_BYTES
from workbench.identity.record_errors import RECORD_CODES
from workbench.jit import IS_COMPILING

LIST_TYPES = st.sampled_from(["EMAIL", "MAID"])
PROFILES = st.sampled_from(ListProfile)
EVERY_FILE, NO_FILE = 0, sys.maxsize


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lists")


def outcome(path, list_type, *, compiled_from, chunk_bytes=list_file.CHUNK_BYTES, profile="HELP_PAGE", opted_out=None):
    """Return everything that reading brings to light, in a form that can be compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_file, "COMPILED_FROM_BYTES", compiled_from)
        patch.setattr(list_file, "CHUNK_BYTES", chunk_bytes)
        try:
            suppression = None if opted_out is None else SuppressionList.read(opted_out, list_type)
            checked = read_list(path, list_type, profile=profile, suppression=suppression)
        except ListFileError as refusal:
            return refusal.error_code, refusal.line_number, str(refusal)
    counts = (checked.record_counts, checked.error_counts, list(checked.record_errors), checked.warnings)
    return *counts, checked.digests.kinds.tobytes(), checked.digests.values.tobytes()


def assert_both_agree(path, list_type, **options):
    expected = outcome(path, list_type, compiled_from=NO_FILE, **options | {"chunk_bytes": list_file.CHUNK_BYTES})
    assert outcome(path, list_type, compiled_from=EVERY_FILE, **options) == expected


@given(content=CONTENTS, list_type=LIST_TYPES, profile=PROFILES, chunk_bytes=st.sampled_from([1, 7, 64, 300, 1 << 20]))
@example(content=b"jan@shop.example\n\njan@shop.example\n", list_type="EMAIL", profile="API", chunk_bytes=17)
@settings(deadline=None, max_examples=350)
def test_any_content_is_read_alike(folder, content, list_type, profile, chunk_bytes):
    path = folder / "list.csv"
    path.write_bytes(content)
    assert_both_agree(path, list_type, profile=profile, chunk_bytes=chunk_bytes)


@pytest.mark.parametrize("list_type", ["EMAIL", "MAID"])
@pytest.mark.parametrize("profile", ListProfile)
@pytest.mark.parametrize(
    "around",
    [
        *(b"%b\n", b'"%b"\r\n', b"%b  \r\n", b'"%b " \n', b" %b\n"),
        *(b"%b" + b" " * n + b"\n" for n in (63, 64, 65, 960, 961, 1_000)),
    ],
)
def test_every_value_is_read_alike_in_every_wrapping(folder, list_type, profile, around):
    path = folder / "list.csv"
    valid = b"jan@shop.example\n" if list_type == "EMAIL" else DIGESTS[0] + b"\n"
    for value in VALUES:
        path.write_bytes(valid + around % value + valid)
        assert_both_agree(path, list_type, profile=profile)


@given(
    people=st.lists(SOUND_ROWS, max_size=40),
    opted_out=st.lists(SOUND_ROWS, min_size=1, max_size=10),
    list_type=LIST_TYPES,
    chunk_bytes=st.sampled_from([64, 1_000]),
)
@settings(deadline=None, max_examples=80)
def test_the_same_people_are_left_out(folder, people, opted_out, list_type, chunk_bytes):
    path, opted_out_path = folder / "list.csv", folder / "opted_out.csv"
    path.write_bytes(b"".join(people))
    opted_out_path.write_bytes(b"".join(opted_out))
    assert_both_agree(path, list_type, opted_out=opted_out_path, chunk_bytes=chunk_bytes)


@pytest.mark.parametrize("n_kept", [0, 1, 7, 1_000])
@pytest.mark.parametrize("has_filter", [False, True])
def test_the_first_refused_records_are_kept_and_all_are_counted(folder, monkeypatch, n_kept, has_filter):
    monkeypatch.setattr("workbench.identity.record_columns.MAX_RECORD_ERRORS", n_kept)
    path, opted_out = folder / "list.csv", folder / "opted_out.csv"
    path.write_bytes(b"jan@shop.example\npiet\npiet@shop.example\njan@\nklaas@shop.example\n" * 60)
    opted_out.write_bytes(b"piet@shop.example\n")
    options = {"chunk_bytes": 100, "opted_out": opted_out if has_filter else None}
    assert_both_agree(path, "EMAIL", **options)
    _, counts, kept, *_ = outcome(path, "EMAIL", compiled_from=EVERY_FILE, **options)
    lines = [number for number in range(1, 301) if number % 5 in ((2, 3, 4) if has_filter else (2, 4))]
    assert [error.line_number for error in kept] == lines[:n_kept]
    assert sum(count.count for count in counts) == len(lines)


def test_the_kernel_counts_codes_and_measures_as_the_rules_do():
    assert [code.value for code in RECORD_CODES[: len(rows.FAULT_NAMES)]] == list(rows.FAULT_NAMES)
    assert [code.value for code in WarningCode] == list(rows.WARNING_NAMES)
    assert (rows.MAX_ROW_BYTES, rows.MAX_ADDRESS_BYTES) == (MAX_LINE_BYTES, MAX_EMAIL_BYTES)


ON_ANOTHER_TARGET = """
from tests.workbench.identity.test_compiled_rows import read_on_this_target
read_on_this_target()
"""


def hash_one_by_one(name, spans, places, values, *, is_folding):
    for start, length, place in zip(spans.starts, spans.lengths, places, strict=True):
        text = spans.data[start : start + length].tobytes()
        digest = hashlib.new(name, text.lower() if is_folding else text).digest()
        values[place] = np.frombuffer(digest.ljust(32, b"\0"), dtype=np.uint8)


def read_on_this_target():
    """Read a list of everything both ways, and look at the machine code: run in a process of its own."""
    import tempfile

    from workbench.identity import compiled_rows

    compiled_rows.hash_spans = hash_one_by_one  # the hash kernels have tests of their own, and take long to compile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        sound = [value for value in VALUES if len(value) < 1_000]
        path.write_bytes(b"jan@shop.example\n" + b"".join(value + b'\n"' + value + b'" \r\n' for value in sound))
        assert_both_agree(path, "EMAIL")
    assembly = "".join(rows.scan_rows.inspect_asm().values())
    assert "scan_rows" in assembly
    assert "pextrb" not in assembly  # masks taken apart bit by bit: four to six times slower
    print("alike")  # noqa: T201 - told to the test


@pytest.mark.skipif(not IS_COMPILING, reason="nothing is compiled here")
def test_a_plain_processor_gets_the_same_answers_without_bits_in_pieces(tmp_path):
    target = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    environment = os.environ | target
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", ON_ANOTHER_TARGET], env=environment, capture_output=True, check=False, timeout=120
    )
    assert (done.stdout, done.returncode) == (b"alike\n", 0), done.stderr.decode()[-2000:]
