"""The platform's three edits, and what is counted of them."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workbench.customer_lists.conftest import aaids, emails
from workbench.customer_lists import ListStatus, SavedList, Upload
from workbench.customer_lists.list_records import ListRecords
from workbench.errors import CancelledError, DefinitionError, InputFileError, ListFileError
from workbench.identity import DigestKind, ListType, read_list


def members(saved, universe):
    return set(saved.match(universe.directory).members)


def test_a_list_is_created_with_the_first_upload_as_its_first_batch(saved, universe, clock):
    created = saved.customer_list
    assert (created.name, created.list_type, created.status) == ("Customers", ListType.EMAIL, ListStatus.PROCESSING)
    assert (created.num_batches, created.num_uploaded_user_records, created.num_removed_user_records) == (1, 5, 0)
    assert created.created_time == created.updated_time == clock.now
    assert created.id.isdigit()
    assert members(saved, universe) == {0, 1, 2, 3, 4}


def test_adding_an_existing_record_raises_num_uploaded_user_records_but_not_the_size(saved, universe, upload, clock):
    clock.move(hours=1)
    edit = saved.add(upload(emails([0, 0])))
    assert edit.customer_list == saved.customer_list
    assert (edit.customer_list.num_batches, edit.customer_list.num_uploaded_user_records) == (2, 7)
    assert edit.customer_list.updated_time == clock.now > edit.customer_list.created_time
    assert len(members(saved, universe)) == 5


def test_removing_an_absent_record_raises_num_removed_user_records_only(saved, universe, upload):
    after = saved.remove(upload(emails([7]))).customer_list
    assert (after.num_batches, after.num_uploaded_user_records, after.num_removed_user_records) == (2, 5, 1)
    assert len(members(saved, universe)) == 5


def test_the_same_person_by_email_and_maid_counts_once(saved, universe, upload):
    saved.add(upload(aaids([0, 2, 6]), "MAID"))
    assert members(saved, universe) == {0, 1, 2, 3, 4, 6}
    assert saved.customer_list.list_type is ListType.EMAIL
    found = saved.match(universe.directory)
    assert (found.n_distinct_valid_records, found.n_matched_records) == (8, 8)


@pytest.mark.parametrize(("n_people", "is_enough"), [(99, False), (100, True)])
def test_99_matched_are_too_small_and_100_are_ready_also_after_edits(tmp_path, universe, upload, n_people, is_enough):
    saved = SavedList.create(tmp_path / "list", "Customers", upload(emails(range(120))))
    saved.remove(upload(emails(range(n_people, 120), DigestKind.MD5)))
    assert (len(members(saved, universe)) >= 100) == is_enough


def test_150_records_of_99_people_are_99_members(tmp_path, universe, upload):
    rows = emails(range(99)) + emails(range(51), DigestKind.MD5)
    saved = SavedList.create(tmp_path / "list", "Customers", upload(rows))
    assert len(members(saved, universe)) == 99


@pytest.mark.parametrize("kind", [None, DigestKind.MD5, DigestKind.SHA256])
@pytest.mark.parametrize("added_as", [None, DigestKind.MD5, DigestKind.SHA256])
def test_a_removal_finds_the_person_whichever_digest_they_were_added_by(tmp_path, universe, upload, added_as, kind):
    saved = SavedList.create(tmp_path / "list", "Customers", upload(emails(range(6), added_as)))
    saved.remove(upload(emails([2, 3], kind)))
    assert members(saved, universe) == {0, 1, 4, 5}


def test_a_removal_by_maid_finds_the_person_who_was_added_by_email(saved, universe, upload):
    saved.remove(upload(aaids([2]), "MAID"))
    assert members(saved, universe) == {0, 1, 3, 4}


def test_who_is_added_again_after_a_removal_is_back(saved, universe, upload):
    saved.remove(upload(emails([2], DigestKind.MD5)))
    saved.add(upload(emails([2])))
    assert members(saved, universe) == {0, 1, 2, 3, 4}


def test_replacing_leaves_exactly_the_new_files_matches(saved, universe, upload):
    saved.remove(upload(emails([4, 8], DigestKind.MD5)))
    after = saved.replace(upload(emails([3, 4, 8, 9]))).customer_list
    assert members(saved, universe) == {3, 4, 8, 9}
    # One batch; 5 + 4 records uploaded; 2 removed by hand, and of the five those three that are not in the new file.
    assert (after.num_batches, after.num_uploaded_user_records, after.num_removed_user_records) == (3, 9, 5)
    assert len(saved.records().rows) == 4


def test_a_list_means_the_same_people_in_another_universe(saved, universe, sample_universe):
    assert len(members(saved, universe)) == 5
    assert members(saved, sample_universe) == set()


edits = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "replace"]),
        st.lists(
            st.tuples(
                st.sampled_from([ListType.EMAIL, ListType.MAID]),
                st.integers(0, 5),
                st.sampled_from([None, DigestKind.MD5, DigestKind.SHA256]),
            ),
            min_size=1,
            max_size=4,
        ),
    ),
    max_size=6,
)


@given(edits)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_edits_on_digests_give_what_the_platforms_edits_on_accounts_give(universe, tmp_path, edits):
    """The twin keeps accounts and forgets the uploads, as the platform does."""
    records, accounts = ListRecords.empty(), set()
    for batch, (edit, named) in enumerate(edits, start=1):
        list_type = named[0][0]
        draw = emails if list_type is ListType.EMAIL else aaids
        rows = [
            row for kind, account, digest_kind in named if kind is list_type for row in draw([account], digest_kind)
        ]
        (tmp_path / "upload.csv").write_text("".join(f"{row}\n" for row in rows))
        digests = read_list(tmp_path / "upload.csv", list_type).digests
        matched = set(universe.directory.match_digests(list_type, digests).tolist()) - {-1}
        match edit:
            case "add":
                records, accounts = records.added(list_type, digests, batch), accounts | matched
            case "remove":
                records, accounts = records.removed(list_type, digests, batch), accounts - matched
            case "replace":
                records, accounts = records.replaced(list_type, digests, batch), matched
    assert set(records.match(universe.directory).members) == accounts


# -- who opted out -----------------------------------------------------------------------------------------------------


@pytest.fixture
def opted_out(tmp_path):
    def write(rows):
        path = tmp_path / "opted_out.csv"
        path.write_text("".join(f"{row}\n" for row in rows))
        return path

    return write


@pytest.mark.parametrize("kind", [None, DigestKind.MD5, DigestKind.SHA256])
@pytest.mark.parametrize("added_as", [None, DigestKind.MD5, DigestKind.SHA256])
def test_who_opted_out_is_no_member_in_whatever_form_the_two_files_are(
    tmp_path, universe, upload, opted_out, added_as, kind
):
    options = {"suppression_file": opted_out(emails([1, 4], kind))}
    saved = SavedList.create(tmp_path / "list", "Customers", upload(emails(range(6), added_as), **options))
    assert members(saved, universe) == {0, 2, 3, 5}


def test_who_opted_out_stays_out_when_added_by_another_identifier_and_after_a_replacement(
    tmp_path, universe, upload, opted_out
):
    options = {"suppression_file": opted_out(emails([2]))}
    saved = SavedList.create(tmp_path / "list", "Customers", upload(emails(range(3)), **options))
    saved.add(upload(aaids([2, 4]), "MAID"))
    assert members(saved, universe) == {0, 1, 4}
    saved.replace(upload(emails([2, 3])))
    assert members(saved, universe) == {3}
    saved.add(upload(emails([2]), suppression_file=opted_out(emails([3]))))
    assert members(saved, universe) == {2}


def test_people_who_opted_out_by_email_and_by_maid_are_two_lists_that_both_count(tmp_path, universe, upload, opted_out):
    options = {"suppression_file": opted_out(emails([1]))}
    saved = SavedList.create(tmp_path / "list", "Customers", upload(emails(range(5)), **options))
    saved.add(upload(aaids([0, 4, 6]), "MAID", suppression_file=opted_out(aaids([4]))))
    assert members(saved, universe) == {0, 2, 3, 6}


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edit", ["add", "remove", "replace"])
def test_an_edit_without_acknowledgement_is_refused_and_changes_nothing(saved, upload, edit):
    before = folder_content(saved)
    with pytest.raises(DefinitionError, match=r"Ad Data Terms and the Advertising Guidelines, then set are_terms"):
        getattr(saved, edit)(upload(emails([9]), are_terms_acknowledged=False))
    assert folder_content(saved) == before


def test_a_list_without_acknowledgement_is_not_created(tmp_path, upload):
    with pytest.raises(DefinitionError, match="acknowledgement"):
        SavedList.create(tmp_path / "list", "x", upload(emails([9]), are_terms_acknowledged=False))
    assert not (tmp_path / "list").exists()
    assert [path.suffix for path in tmp_path.iterdir()] == [".csv"]


def test_a_refused_upload_leaves_the_list_as_it_was(saved, upload):
    before = folder_content(saved)
    with pytest.raises(ListFileError):
        saved.add(upload(["email", *emails([9])]))
    with pytest.raises(InputFileError):
        saved.replace(Upload(saved.folder / "absent.csv", are_terms_acknowledged=True))
    assert folder_content(saved) == before


def test_an_edit_that_is_cancelled_leaves_the_list_as_it_was(saved, upload):
    def stop(_n_done, _n_total):
        raise CancelledError("stopped")

    before = folder_content(saved)
    with pytest.raises(CancelledError):
        saved.add(upload(emails([9])), on_progress=stop)
    assert folder_content(saved) == before


def test_a_list_is_not_created_where_something_is(saved, tmp_path, upload):
    with pytest.raises(InputFileError, match="found something"):
        SavedList.create(saved.folder, "x", upload(emails([9])))
    with pytest.raises(DefinitionError, match=r"^name: "):
        SavedList.create(tmp_path / "other", "", upload(emails([9])))
    with pytest.raises(DefinitionError, match=r"^id: "):
        SavedList.create(tmp_path / "other", "x", upload(emails([9])), list_id="abc")
    assert not (tmp_path / "other").exists()


def test_nothing_of_a_list_can_be_read_back(saved):
    text = f"{saved!r} {saved.description!r} {saved.records()!r} {saved.customer_list!r}"
    assert emails([0], DigestKind.SHA256)[0] not in text
    assert "ListRecords(n=5, n_held=5, n_opted_out=0)" in text


def test_an_upload_is_a_value(upload):
    shared = upload(emails([1]))
    assert replace(shared) == shared


def folder_content(saved):
    return {path.name: path.read_bytes() for path in saved.folder.iterdir()} | {"lock": b""}
