"""A list in step with its source: what changed, what did not, and what is refused."""

import json
import sqlite3
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workbench.audiences.tiny_universe import email
from tests.workbench.customer_lists.conftest import emails, write_lines
from tests.workbench.customer_lists.test_saved_list import folder_content, members
from workbench.customer_lists import SavedList
from workbench.customer_lists.list_records import SyncChange
from workbench.customer_lists.source_link import FileSource, GlobSource, QuerySource, SourceLink
from workbench.customer_lists.sync import create_linked, interval_of, is_due, repeat, sync
from workbench.errors import CancelledError, DefinitionError, InputFileError, ListFileError
from workbench.folder_lock import locked
from workbench.identity import DigestKind


@pytest.fixture
def export(tmp_path):
    return write_lines(tmp_path / "export.csv", emails(range(10)))


@pytest.fixture
def linked(tmp_path, export, clock):
    """Return a list of the first ten people, linked to the file that says so."""
    link = SourceLink(source=FileSource(path=str(export)))
    create_linked(tmp_path / "list", "CRM", link, are_terms_acknowledged=True, clock=clock)
    clock.move(hours=6)
    return SavedList.open(tmp_path / "list", clock=clock)


def synced(saved, **options):
    return sync(saved, **{"are_terms_acknowledged": True} | options)


def test_a_linked_list_begins_with_all_that_its_source_holds(linked, universe, clock):
    created = linked.customer_list
    assert members(linked, universe) == set(range(10))
    assert (created.num_batches, created.num_uploaded_user_records) == (1, 10)
    assert linked.description.link.last_sync_time == created.created_time == clock.now - timedelta(hours=6)


def test_a_sync_adds_what_is_new_and_takes_away_what_is_gone(linked, universe, export, clock):
    write_lines(export, emails([*range(2, 10), 20, 21, 22]))
    report = synced(linked)
    assert report.change == SyncChange(n_added=3, n_removed=2, n_unchanged=8)
    assert report.is_changed
    assert members(linked, universe) == {*range(2, 10), 20, 21, 22}
    after = linked.customer_list
    assert after == report.customer_list
    # As the API would have to be called: one batch that adds three, one that removes two.
    assert (after.num_batches, after.num_uploaded_user_records, after.num_removed_user_records) == (3, 13, 2)
    assert after.updated_time == clock.now


def test_no_change_is_no_batch_but_a_sync(linked, export, clock):
    before = linked.customer_list
    write_lines(export, reversed(emails([*range(10), 3])))
    report = synced(linked)
    assert report.change == SyncChange(0, 0, 10)
    assert not report.is_changed
    assert linked.customer_list == before
    assert linked.description.link.last_sync_time == clock.now


def test_only_additions_are_one_batch_and_a_later_edit_is_later(linked, universe, upload, export):
    write_lines(export, emails([*range(10), 20]))
    assert synced(linked).customer_list.num_batches == 2
    linked.remove(upload(emails([20], DigestKind.MD5)))
    assert members(linked, universe) == set(range(10))


def test_edits_by_hand_survive_a_sync(linked, universe, upload, export):
    linked.add(upload(emails([30])))
    linked.remove(upload(emails([1])))
    linked.remove(upload(emails([2], DigestKind.MD5)))
    write_lines(export, emails([*range(9), 20]))
    synced(linked)
    assert members(linked, universe) == {0, 3, 4, 5, 6, 7, 8, 20, 30}


def test_a_person_who_loses_one_of_two_records_stays(linked, universe, export):
    write_lines(export, emails(range(10)) + emails(range(10), DigestKind.MD5))
    synced(linked)
    write_lines(export, emails(range(10), DigestKind.MD5))
    assert synced(linked).change == SyncChange(0, 10, 10)
    assert members(linked, universe) == set(range(10))


@given(st.lists(st.sets(st.tuples(st.integers(0, 8), st.sampled_from([None, DigestKind.MD5])), min_size=1), max_size=5))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_list_that_nobody_edits_is_what_its_source_is(tmp_path_factory, universe, exports):
    folder = tmp_path_factory.mktemp("synced")
    export = write_lines(folder / "export.csv", emails([0]))
    link = SourceLink(source=FileSource(path=str(export)))
    create_linked(folder / "list", "CRM", link, are_terms_acknowledged=True)
    saved = SavedList.open(folder / "list")
    for people in exports:
        write_lines(export, [emails([account], kind)[0] for account, kind in people])
        synced(saved, allow_shrink=True)
        assert members(saved, universe) == {account for account, _ in people}
        assert saved.records().n_held == len({emails([account], kind)[0] for account, kind in people})


# -- sources -----------------------------------------------------------------------------------------------------------


def test_all_files_of_a_pattern_are_one_source(tmp_path, universe, clock):
    (tmp_path / "exports").mkdir()
    write_lines(tmp_path / "exports" / "b.csv", emails([1, 2, 3]))
    write_lines(tmp_path / "exports" / "a.csv", emails([0, 1]))
    (tmp_path / "exports" / "c.csv").mkdir()
    link = SourceLink(source=GlobSource(pattern=str(tmp_path / "exports" / "*.csv")))
    report = create_linked(tmp_path / "list", "CRM", link, are_terms_acknowledged=True, clock=clock)
    assert [part.place.rpartition("/")[2] for part in report.parts] == ["a.csv", "b.csv"]
    assert report.customer_list.num_uploaded_user_records == 5
    saved = SavedList.open(tmp_path / "list")
    assert members(saved, universe) == {0, 1, 2, 3}
    write_lines(tmp_path / "exports" / "b.csv", ["email", *emails([1])])
    with pytest.raises(ListFileError, match=r"b\.csv, line 1"):
        synced(saved)


def test_a_query_is_a_source_and_no_row_of_it_is_on_disk(tmp_path, universe):
    connection = sqlite3.connect(tmp_path / "crm.db")
    with connection:
        connection.execute("CREATE TABLE customers (email TEXT, has_opted_in INT)")
        connection.executemany("INSERT INTO customers VALUES (?, ?)", [(email(n), n % 2) for n in range(20)])
    source = QuerySource(url=f"sqlite:///{tmp_path / 'crm.db'}", query="SELECT email FROM customers WHERE has_opted_in")
    create_linked(tmp_path / "list", "CRM", SourceLink(source=source), are_terms_acknowledged=True)
    saved = SavedList.open(tmp_path / "list")
    assert members(saved, universe) == set(range(1, 20, 2))
    with connection:
        connection.execute("UPDATE customers SET has_opted_in = 1 WHERE email = ?", [email(4)])
    connection.close()
    assert synced(saved).change == SyncChange(1, 0, 10)
    assert not [path for path in saved.folder.iterdir() if b"@mail" in path.read_bytes()]


def test_who_opts_out_leaves_with_the_next_sync_though_no_record_changes(tmp_path, universe, clock):
    export = write_lines(tmp_path / "export.csv", emails(range(10), DigestKind.MD5))
    opted_out = write_lines(tmp_path / "opted_out.csv", emails([1], DigestKind.SHA256))
    link = SourceLink(source=FileSource(path=str(export)), suppression_file=str(opted_out))
    create_linked(tmp_path / "list", "CRM", link, are_terms_acknowledged=True, clock=clock)
    saved = SavedList.open(tmp_path / "list", clock=clock)
    write_lines(opted_out, emails([1, 2], DigestKind.SHA256))
    report = synced(saved)
    assert report.change == SyncChange(0, 0, 10)
    assert report.is_changed
    assert report.customer_list.num_batches == 1  # no upload took place
    assert members(saved, universe) == set(range(10)) - {1, 2}


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_a_source_that_lost_more_than_half_is_followed_only_when_allowed(linked, universe, export):
    write_lines(export, emails(range(4)))
    before = folder_content(linked)
    with pytest.raises(DefinitionError, match=r"at least half of the 10 records .* got 4"):
        synced(linked)
    assert folder_content(linked) == before
    assert synced(linked, allow_shrink=True).change == SyncChange(0, 6, 4)
    assert members(linked, universe) == set(range(4))


def test_a_source_that_lost_half_is_followed(linked, export):
    write_lines(export, emails(range(5)))
    assert synced(linked).change.n_removed == 5


@pytest.mark.parametrize("content", [None, [], ["email", email(1)], ["nobody"], [email(1), ""]])
def test_a_failed_sync_leaves_the_list_as_it_was(linked, export, content):
    before = folder_content(linked)
    export.unlink()
    if content is not None:
        write_lines(export, content)
    with pytest.raises((InputFileError, ListFileError)):
        synced(linked, allow_shrink=True)
    assert folder_content(linked) == before


def test_a_sync_that_is_stopped_leaves_the_list_as_it_was(linked, export):
    def stop(_n_done, _n_total):
        raise CancelledError("stopped")

    write_lines(export, emails(range(20)))
    before = folder_content(linked)
    with pytest.raises(CancelledError):
        synced(linked, on_progress=stop)
    assert folder_content(linked) == before


def test_a_pattern_without_files_is_refused(tmp_path):
    link = SourceLink(source=GlobSource(pattern=str(tmp_path / "*.csv")))
    with pytest.raises(InputFileError, match="found none"):
        create_linked(tmp_path / "list", "CRM", link, are_terms_acknowledged=True)
    assert list(tmp_path.iterdir()) == []


def test_a_sync_without_acknowledgement_or_link_or_beside_another_is_refused(linked, saved_by_hand):
    with pytest.raises(DefinitionError, match="Ad Data Terms"):
        synced(linked, are_terms_acknowledged=False)
    with pytest.raises(DefinitionError, match="linked to a source"):
        synced(saved_by_hand)
    with locked(linked.folder, "the list"), pytest.raises(InputFileError, match="another program"):
        synced(linked)


@pytest.fixture
def saved_by_hand(tmp_path, upload):
    return SavedList.create(tmp_path / "by-hand", "x", upload(emails([1])))


def test_a_linked_list_is_not_replaced_by_hand_before_it_is_unlinked(linked, universe, upload):
    with pytest.raises(DefinitionError, match="unlink it first"):
        linked.replace(upload(emails([1])))
    linked.link(None)
    assert linked.records().n_linked == 0
    linked.replace(upload(emails([1])))
    assert members(linked, universe) == {1}


def test_a_list_made_by_hand_can_be_linked_later(saved_by_hand, universe, export):
    saved_by_hand.link(SourceLink(source=FileSource(path=str(export))))
    assert synced(saved_by_hand).change == SyncChange(10, 0, 0)
    assert members(saved_by_hand, universe) == set(range(10))


def test_the_folder_of_a_linked_list_holds_no_secret(saved_by_hand, monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD", "geheim")
    source = QuerySource(url="postgresql://reader:${CRM_PASSWORD}@crm.example/sales", query="SELECT email FROM c")
    saved_by_hand.link(SourceLink(source=source))
    text = (saved_by_hand.folder / "list.json").read_text()
    assert json.loads(text)["link"]["source"]["url"] == source.url
    assert "geheim" not in text + repr(saved_by_hand.description)


# -- when --------------------------------------------------------------------------------------------------------------


def test_a_sync_is_due_when_the_last_one_is_long_enough_ago(linked, clock):
    assert is_due(linked, timedelta(hours=6))
    assert not is_due(linked, timedelta(hours=7))
    synced(linked)
    assert not is_due(linked, timedelta(hours=6))
    clock.move(hours=6)
    assert is_due(linked, timedelta(hours=6))


def test_a_list_that_was_never_synced_is_due(saved_by_hand, export):
    saved_by_hand.link(SourceLink(source=FileSource(path=str(export))))
    assert is_due(saved_by_hand, timedelta(days=9))


def test_rounds_keep_to_their_times_and_skip_those_they_miss():
    now, begun, lengths = 100.0, [], iter([1, 5, 25, 10, 3])

    def once():
        nonlocal now
        begun.append(now)
        length = next(lengths, None)
        if length is None:
            raise KeyboardInterrupt
        now += length

    def wait(seconds):
        nonlocal now
        now += seconds

    with pytest.raises(KeyboardInterrupt):
        repeat(once, timedelta(seconds=10), clock=lambda: now, wait=wait)
    assert begun == [100, 110, 120, 150, 160, 170]


@pytest.mark.parametrize(
    ("text", "interval"), [("30m", timedelta(minutes=30)), ("6h", timedelta(hours=6)), ("1d", timedelta(days=1))]
)
def test_intervals_are_written_short(text, interval):
    assert interval_of(text) == interval


@pytest.mark.parametrize("text", ["", "6", "0h", "-1h", "6 h", "1.5h", "6s", "6H", "٦h", "9999999h"])
def test_other_intervals_are_refused(text):
    with pytest.raises(DefinitionError, match="such as 30m, 6h or 1d"):
        interval_of(text)
