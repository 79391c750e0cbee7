import itertools
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workbench.identity.list_contents import ENDS, VALUES
from workbench.errors import CancelledError, InputFileError, ListFileError
from workbench.identity import IncomingFile, ListType, SuppressionList, incoming_file, read_list

EMAILS = b"".join(b"user%d@mail.example\n" % n for n in range(60_000))
ROWS = st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(ENDS)).map(b"".join), max_size=6).map(b"".join)


def sent(content, cuts, name="list.csv"):
    """Return a file whose pieces are all there."""
    file = IncomingFile(name, len(content))
    places = sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})
    for begin, end in itertools.pairwise(places):
        file.put(begin, content[begin:end])
    return file


def outcome(source):
    """Return what reading comes to, without the name of the file."""
    try:
        checked = read_list(source, ListType.EMAIL)
    except ListFileError as error:
        return error.error_code, error.line_number
    counts = checked.record_counts, checked.error_counts, checked.warnings
    return *counts, tuple(checked.record_errors), bytes(checked.digests.values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.lists(st.integers(0, 3_000), max_size=8))
def test_a_file_in_pieces_reads_as_the_same_file_on_disk(tmp_path, content, cuts):
    (tmp_path / "list.csv").write_bytes(content)
    assert outcome(sent(content, cuts)) == outcome(tmp_path / "list.csv")


def test_a_long_file_in_pieces_reads_as_on_disk_while_few_pieces_are_in_memory(tmp_path):
    (tmp_path / "list.csv").write_bytes(EMAILS)
    credit = threading.Semaphore(3)
    file = IncomingFile("list.csv", len(EMAILS), on_taken=credit.release)

    def send():
        for offset in range(0, len(EMAILS), 50_000):
            assert credit.acquire(timeout=10)
            file.put(offset, EMAILS[offset : offset + 50_000])

    sender = threading.Thread(target=send)
    sender.start()
    assert outcome(file) == outcome(tmp_path / "list.csv")
    sender.join(timeout=10)
    assert not file._pieces


@pytest.mark.parametrize("offset_and_piece", [(1, b"a"), (0, b""), (0, b"toolong"), (-1, b"a")])
def test_pieces_out_of_order_or_past_the_end_are_refused_and_the_file_forgotten(offset_and_piece):
    file = IncomingFile("list.csv", 4)
    with pytest.raises(InputFileError, match="in order"):
        file.put(*offset_and_piece)
    with pytest.raises(CancelledError):
        read_list(file, "EMAIL")


def test_a_sender_that_is_gone_is_not_waited_for_forever(monkeypatch):
    monkeypatch.setattr(incoming_file, "SECONDS_TO_WAIT", 0.01)
    file = IncomingFile("list.csv", 100)
    file.put(0, b"ann@mail.example\n")
    with pytest.raises(InputFileError, match="got 17 and then nothing"):
        read_list(file, "EMAIL")


def test_whoever_waits_is_woken_when_the_file_is_abandoned():
    file, errors = IncomingFile("list.csv", 100), []

    def read():
        try:
            read_list(file, "EMAIL")
        except CancelledError as error:
            errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    file.abandon()
    reader.join(timeout=10)
    assert len(errors) == 1


def test_a_refused_file_is_let_go_at_once(monkeypatch):
    monkeypatch.setattr("workbench.identity.list_file.CHUNK_BYTES", 16)
    file = sent(b"email\n" + b"ann@mail.example\n" * 10, [8, 16, 24])
    with pytest.raises(ListFileError):
        read_list(file, "EMAIL")
    assert not file._pieces
    assert "ann" not in repr(file)


def test_the_name_counts_as_on_disk_and_opt_outs_may_arrive_too():
    with pytest.raises(ListFileError, match="ios_users"):
        read_list(sent(b"ann@mail.example\n", [], name="ios_users.csv"), "EMAIL")
    suppression = SuppressionList.read(sent(b"ann@mail.example\n", [3]), "EMAIL")
    checked = read_list(sent(b"ann@mail.example\nbob@mail.example\n", [9]), "EMAIL", suppression=suppression)
    assert (checked.record_counts.valid, checked.record_counts.invalid) == (1, 1)
