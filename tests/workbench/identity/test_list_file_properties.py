"""What holds for every file, however odd: no crash, no lost record, nothing leaked, no dependence on chunks."""

import contextlib
import gc
import pickle
import sys
import traceback

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.workbench.identity import naive_list
from tests.workbench.identity.list_contents import CONTENTS
from workbench.errors import CancelledError, ListFileError
from workbench.identity import DigestKind, ListType, hash_canonical, list_file, read_list
from workbench.identity.classification import classify
from workbench.identity.normalize import email_fault

COMPILED_FROM = st.sampled_from([0, sys.maxsize])
LIST_TYPES = st.sampled_from(["EMAIL", "MAID"])
CANARY = "zyxcanary@shop.example"


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
@settings(deadline=None, max_examples=150)
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
@settings(deadline=None, max_examples=150)
def test_the_outcome_does_not_depend_on_the_chunks(path, content, list_type, chunk_bytes):
    path.write_bytes(content)
    expected = outcome(path, list_type)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_file, "CHUNK_BYTES", chunk_bytes)
        assert outcome(path, list_type) == expected


@given(content=CONTENTS, list_type=LIST_TYPES, profile=st.sampled_from(["HELP_PAGE", "API"]))
@settings(deadline=None, max_examples=250)
def test_an_oracle_that_shares_no_code_finds_the_same_digests(path, content, list_type, profile):
    path.write_bytes(content)
    try:
        digests = read_list(path, list_type, profile=profile).digests
    except ListFileError:
        found = None
    else:
        kinds = [list(DigestKind)[code] for code in digests.kinds]
        found = [
            (kind.lower(), value[: kind.n_bytes].tobytes()) for kind, value in zip(kinds, digests.values, strict=True)
        ]
    assert found == naive_list.read(content, list_type, is_sha1_allowed=profile == "API")


@given(before=CONTENTS, after=CONTENTS, list_type=LIST_TYPES, compiled_from=COMPILED_FROM)
@example(before=b"", after=b",second column", list_type="EMAIL", compiled_from=sys.maxsize)
@example(before=b"jan@shop.example\n", after=b"\xff", list_type="EMAIL", compiled_from=0)
@settings(deadline=None, max_examples=100)
def test_no_value_of_the_list_shows_in_what_is_returned_or_raised(path, before, after, list_type, compiled_from):
    path.write_bytes(before + CANARY.encode() + after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_file, "COMPILED_FROM_BYTES", compiled_from)
        shown = shown_by_reading(path, list_type).lower()
    assert b"zyx" not in shown
    assert b"canary" not in shown
    assert str(list(CANARY.encode()))[1:30].encode() not in shown  # as NumPy shows bytes


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


@pytest.mark.parametrize("compiled_from", [0, sys.maxsize])
def test_stopping_shows_no_value_either(path, monkeypatch, compiled_from):
    monkeypatch.setattr(list_file, "COMPILED_FROM_BYTES", compiled_from)
    path.write_text(f"{CANARY}\n" * 3)

    def stop(_n_done, _n_total):
        raise CancelledError("stopped by the test")

    with pytest.raises(CancelledError) as cancelled:
        read_list(path, "EMAIL", on_progress=stop)
    shown = shown_by_error(cancelled.value)
    assert b"zyx" not in shown


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, RuntimeError])
@pytest.mark.parametrize("place", ["classify", "cell_of", "RecordColumns.add_digest"])
@pytest.mark.parametrize("compiled_from", [0, sys.maxsize])
def test_what_breaks_the_reading_in_the_middle_of_a_row_shows_nothing_of_it(
    path, monkeypatch, place, error, compiled_from
):
    def fail(*_arguments):
        raise error

    monkeypatch.setattr(list_file, "COMPILED_FROM_BYTES", compiled_from)
    monkeypatch.setattr(f"workbench.identity.list_file.{place}", fail)
    path.write_text(f"{CANARY}\nzyx.canary\n")
    with pytest.raises(error) as broken:
        read_list(path, "EMAIL")
    frames = traceback.TracebackException.from_exception(broken.value, capture_locals=True).stack
    shown = "".join(f"{frame.name} {frame.locals}" for frame in frames if frame.name != fail.__name__)
    assert "read_list" in shown
    assert "zyx" not in shown


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


@pytest.mark.parametrize("content", [b"jan@shop.example\n", b"jan@shop.example\n\n"])
def test_a_reading_and_its_buffers_are_gone_when_it_is_over(path, content):
    path.write_bytes(content)
    gc.collect()
    gc.disable()
    try:
        with contextlib.suppress(ListFileError):
            read_list(path, "EMAIL")
        assert [thing for thing in gc.get_objects() if isinstance(thing, list_file.ListReader)] == []
    finally:
        gc.enable()
