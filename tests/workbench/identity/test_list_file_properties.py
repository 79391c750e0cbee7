"""What holds for every file, however odd: no crash, no lost record, nothing leaked, no dependence on chunks."""

import pickle
import traceback

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.errors import CancelledError, ListFileError
from workbench.identity import ListType, hash_canonical, list_file, read_list
from workbench.identity.classification import classify
from workbench.identity.normalize import email_fault

LIST_TYPES = st.sampled_from(["EMAIL", "MAID"])
CANARY = "zyxcanary@shop.example"

# Pieces that lists are made of, right and wrong, in any order.
PIECES = st.sampled_from(
    [
        *(b"jan@shop.example", b"JAN@shop.example", b"jan", b"@", b"a" * 64, b"0" * 40, b"D" * 32, b"email"),
        *(b"38400000-8cf0-11bd-b23e-10b96e40000d", b"38400000-8CF0-11BD-B23E-10B96E40000D"),
        *(b"\n", b"\n", b"\n", b"\r\n", b"\r", b" ", b"\t", b",", b";", b'"', b"\xef\xbb\xbf", b"\xff", b"\0"),
        *("josé@shop.example".encode(), "\u00a0".encode(), "\u2028".encode(), b"x" * 1_100),
    ]
)
CONTENTS = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=30).map(b"".join))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("lists") / "list.csv"


def outcome(path, list_type):
    """Return everything that reading brings to light, in a form that can be compared."""
    try:
        checked = read_list(path, list_type)
    except ListFileError as refusal:
        return refusal.error_code, refusal.line_number, str(refusal)
    counts = (checked.record_counts, checked.error_counts, checked.record_errors, checked.warnings)
    return *counts, checked.digests.kinds.tobytes(), checked.digests.values.tobytes()


@given(content=CONTENTS, list_type=LIST_TYPES)
@settings(deadline=None, max_examples=300)
def test_every_file_is_read_or_refused_and_no_record_is_lost(path, content, list_type):
    path.write_bytes(content)
    try:
        checked = read_list(path, list_type)
    except ListFileError:
        return
    counts = checked.record_counts
    assert counts.processed == counts.valid + counts.invalid == len(content.removesuffix(b"\n").split(b"\n"))
    assert counts.valid == len(checked.digests) > 0
    assert counts.invalid == len(checked.record_errors) == sum(error.count for error in checked.error_counts)


@given(content=CONTENTS, list_type=LIST_TYPES, chunk_bytes=st.integers(4, 40))
@example(content=b"jan@shop.example\r\n\xef\xbb\xbf\xff\n\n", list_type="EMAIL", chunk_bytes=17)
@settings(deadline=None, max_examples=300)
def test_the_outcome_does_not_depend_on_the_chunks(path, content, list_type, chunk_bytes):
    path.write_bytes(content)
    expected = outcome(path, list_type)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_file, "CHUNK_BYTES", chunk_bytes)
        assert outcome(path, list_type) == expected


@given(before=CONTENTS, after=CONTENTS, list_type=LIST_TYPES)
@example(before=b"", after=b",second column", list_type="EMAIL")
@example(before=b"jan@shop.example\n", after=b"\xff", list_type="EMAIL")
@settings(deadline=None, max_examples=200)
def test_no_value_of_the_list_shows_in_what_is_returned_or_raised(path, before, after, list_type):
    path.write_bytes(before + CANARY.encode() + after)
    shown = shown_by_reading(path, list_type).lower()
    assert b"zyx" not in shown
    assert b"canary" not in shown


def shown_by_reading(path, list_type):
    """Return all that a person, a log, a pickle or a debugger could get to see of a reading."""
    try:
        checked = read_list(path, list_type)
    except ListFileError as error:
        refusal = error
    else:
        return repr(checked).encode() + pickle.dumps(checked)
    return shown_by_error(refusal)


def shown_by_error(error):
    """Return an error as a debugger shows it: the local variables of every frame, and every exception behind it."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
    behind = repr((error.__context__, error.__cause__, vars(error)))
    return "".join(frames.format()).encode() + behind.encode()


def test_stopping_shows_no_value_either(path):
    path.write_text(f"{CANARY}\n" * 3)

    def stop(_n_done, _n_total):
        raise CancelledError("stopped by the test")

    with pytest.raises(CancelledError) as cancelled:
        read_list(path, "EMAIL", on_progress=stop)
    shown = shown_by_error(cancelled.value)
    assert b"zyx" not in shown


@given(
    text=st.lists(st.sampled_from([*"aB9.-_@'+/*", "jan", "@shop.example", "é", "x" * 200]), max_size=9).map("".join)
)
@example(text="jan@shop-.example")
def test_the_short_cut_for_common_addresses_agrees_with_the_whole_rule(text):
    canonical = text.lower()
    verdict = classify(canonical, ListType.EMAIL)
    if "@" in canonical:
        assert verdict.error_code is email_fault(canonical)
        assert verdict.digest == (b"" if verdict.error_code else hash_canonical(canonical))
