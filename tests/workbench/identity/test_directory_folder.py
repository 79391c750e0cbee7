"""The directory on disk: the same matches as in memory, whole or refused."""

import json
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.identity import naive
from tests.workbench.identity.test_directory import digests, email_row, identifiers_table, maid_row
from tests.workbench.identity.test_matching import N_ACCOUNTS, RECORDS, ROWS, checked_list
from workbench.errors import CancelledError, InputFileError, UniverseError
from workbench.identity import AccountDirectory, DigestKind, ListType, hash_email, match
from workbench.identity.directory_building import write_directory
from workbench.identity.directory_folder import DirectoryFolder

AAID = "38400000-8cf0-11bd-b23e-10b96e40000d"
PEOPLE = [f"customer{number}@shop.example" for number in range(300)]


@pytest.fixture(scope="module")
def identifiers(tmp_path_factory):
    """A Parquet file in several row groups: 300 e-mail addresses of accounts 0 to 299, and an advertising id of 7."""
    path = tmp_path_factory.mktemp("identifiers") / "identifiers.parquet"
    rows = [email_row(account, email) for account, email in enumerate(PEOPLE)] + [maid_row(7, AAID)]
    pq.write_table(identifiers_table(rows), path, row_group_size=70)
    return path


@pytest.fixture(scope="module")
def built(identifiers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("built") / "directory"
    write_directory(identifiers, folder, 300, n_partition_bits=2)
    return folder


@pytest.fixture
def folder(built, tmp_path):
    """A directory that a test may damage."""
    return shutil.copytree(built, tmp_path / "directory")


def accounts_of(directory, emails, kind=DigestKind.SHA256):
    return directory.match_digests(ListType.EMAIL, digests(kind, *(hash_email(e, kind) for e in emails))).tolist()


@pytest.mark.parametrize("n_partition_bits", [0, 1, 3, 6])
def test_any_number_of_partitions_gives_the_same_accounts(identifiers, tmp_path, n_partition_bits):
    write_directory(identifiers, tmp_path / "d", 300, n_partition_bits=n_partition_bits)
    directory = AccountDirectory.open(tmp_path / "d")
    for kind in (DigestKind.SHA256, DigestKind.MD5):
        assert accounts_of(directory, [*PEOPLE, "nobody@shop.example"], kind) == [*range(300), -1]
    assert directory.n_accounts == 300
    assert repr(directory) == "AccountDirectory(n_accounts=300, n_identifiers={'EMAIL': 300, 'MAID': 1})"


@settings(max_examples=25)
@given(
    rows=st.lists(ROWS, max_size=30),
    records=st.lists(RECORDS, max_size=30),
    list_type=st.sampled_from(ListType),
    n_partition_bits=st.integers(0, 3),
)
def test_matching_a_folder_agrees_with_the_naive_twin(tmp_path_factory, rows, records, list_type, n_partition_bits):
    place = tmp_path_factory.mktemp("twin")
    pq.write_table(identifiers_table(rows), place / "i.parquet", row_group_size=7)
    write_directory(place / "i.parquet", place / "d", N_ACCOUNTS, n_partition_bits=n_partition_bits)
    result = match(checked_list(records, list_type), AccountDirectory.open(place / "d"))
    members, n_distinct, n_matched = naive.match(records, rows, list_type)
    assert set(result.members) == members
    assert (result.n_distinct_valid_records, result.n_matched_records) == (n_distinct, n_matched)


def test_the_same_identifiers_are_the_same_bytes(identifiers, built, tmp_path):
    write_directory(identifiers, tmp_path / "again", 300, n_partition_bits=2)
    for path in built.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_a_kind_of_digest_that_nobody_has_finds_nobody(built):
    wanted = digests(DigestKind.SHA1, hash_email(PEOPLE[0], DigestKind.SHA1))
    assert AccountDirectory.open(built).match_digests(ListType.EMAIL, wanted).tolist() == [-1]


def test_a_directory_is_opened_again_where_it_is_unpickled(built):
    directory = pickle.loads(pickle.dumps(AccountDirectory.open(built)))  # noqa: S301 - our own bytes
    assert accounts_of(directory, PEOPLE[:3]) == [0, 1, 2]
    assert len(pickle.dumps(directory)) < 20_000


def accounts_in_another_process(folder):
    return accounts_of(AccountDirectory.open(folder), PEOPLE[:50])


def test_processes_share_a_folder(built):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        found = list(processes.map(accounts_in_another_process, [built, built]))
    assert found == [list(range(50))] * 2


def test_mapped_arrays_cannot_be_written(built):
    index = AccountDirectory.open(built).index(ListType.EMAIL, DigestKind.SHA256)
    with pytest.raises(ValueError, match="read-only"):
        index.partitions[0].accounts[:] = 0


def test_what_was_written_verifies_with_progress(built):
    seen = []
    DirectoryFolder.open(built).verify(lambda n_done, n_total: seen.append((n_done, n_total)))
    assert seen[-1][0] == seen[-1][1] == sum(path.stat().st_size for path in built.glob("*.npy"))


def test_any_byte_that_differs_is_found(folder):
    for path in folder.glob("EMAIL-SHA256-001-*.npy"):
        original = path.read_bytes()
        damaged = bytearray(original)
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(UniverseError, match=rf"expected {path.name} as it was written.*universe index"):
            DirectoryFolder.open(folder).verify()
        path.write_bytes(original)


@pytest.mark.parametrize("name", ["EMAIL-MD5-000-first.npy", "EMAIL-SHA256-003-tails.npy"])
@pytest.mark.parametrize("damage", ["cut", "lengthened", "removed"])
def test_a_file_of_another_size_is_refused_at_once(folder, name, damage):
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    if damage != "removed":
        (folder / name).write_bytes(content[:-1] if damage == "cut" else content + b"\0")
    with pytest.raises(UniverseError, match=rf"bytes in {name}.*build it with"):
        AccountDirectory.open(folder)


def test_a_file_with_another_header_is_refused_when_it_is_needed(folder):
    path = folder / "EMAIL-SHA256-000-accounts.npy"
    path.write_bytes(path.read_bytes().replace(b"<u4", b"<i4"))
    directory = AccountDirectory.open(folder)
    with pytest.raises(UniverseError, match="array of uint32"):
        accounts_of(directory, PEOPLE[:1])


def test_buckets_that_lead_astray_stay_inside_the_arrays(folder):
    path = folder / "EMAIL-SHA256-000-first.npy"
    first = np.load(path)
    first[1:-1] = np.random.default_rng(1).integers(0, 2**32, first.size - 2)
    np.save(path, first)
    assert set(accounts_of(AccountDirectory.open(folder), PEOPLE)) <= {*range(300), -1}


def test_an_account_that_does_not_exist_is_refused_and_not_counted(folder):
    for path in folder.glob("EMAIL-SHA256-*-accounts.npy"):
        np.save(path, np.load(path) + np.uint32(1000))
    checked = checked_list([(DigestKind.SHA256, hash_email(PEOPLE[0]))], ListType.EMAIL)
    with pytest.raises(UniverseError, match="expected accounts from 0 to 299"):
        match(checked, AccountDirectory.open(folder))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"format_version": 2}, "format_version 1, found 2"),
        ({"format": "something"}, "a description"),
        ({"indexes": {"EMAIL-SHA256": [{}]}}, "all fields"),
        ({"indexes": {"EMAIL-SHA256": []}}, "all fields"),
        ({"indexes": {"PHONE-SHA256": [{}]}}, "all fields"),
        ({"n_accounts": None}, "all fields"),
    ],
)
def test_a_description_of_something_else_is_refused(folder, change, expected):
    path = folder / "directory.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UniverseError, match=f"expected {expected}.*universe index"):
        AccountDirectory.open(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", "[" * 100_000])
def test_a_description_that_is_none_is_refused(folder, content):
    (folder / "directory.json").write_text(content)
    with pytest.raises(UniverseError, match="a description"):
        AccountDirectory.open(folder)


@pytest.mark.parametrize("n_partition_bits", [-1, 7])
def test_a_number_of_partitions_out_of_range_is_refused(identifiers, tmp_path, n_partition_bits):
    with pytest.raises(ValueError, match="expected 0 to 6 partition bits"):
        write_directory(identifiers, tmp_path / "d", 300, n_partition_bits=n_partition_bits)
    assert list(tmp_path.iterdir()) == []


def test_building_tells_how_far_it_is_and_leaves_only_what_it_describes(identifiers, tmp_path):
    seen = []
    write_directory(identifiers, tmp_path / "d", 300, n_partition_bits=1, on_progress=lambda *s: seen.append(s))
    assert [n_done for n_done, _ in seen] == sorted(n_done for n_done, _ in seen)
    assert {n_total for _, n_total in seen} == {seen[-1][0]}
    named = {file.name for file in DirectoryFolder.open(tmp_path / "d").description.files()}
    assert {path.name for path in (tmp_path / "d").iterdir()} == named | {"directory.json"}


@pytest.mark.parametrize("rewrite", [pa.binary(), pa.large_binary(), pa.dictionary(pa.int32(), pa.binary())])
def test_digests_in_another_binary_type_are_the_same_digests(identifiers, tmp_path, rewrite):
    table = pq.read_table(identifiers)
    number = table.column_names.index("sha256")
    plain = table["sha256"].cast(pa.binary())
    column = plain.dictionary_encode() if pa.types.is_dictionary(rewrite) else plain.cast(rewrite)
    other = table.set_column(number, "sha256", column)
    pq.write_table(other, tmp_path / "i.parquet")
    write_directory(tmp_path / "i.parquet", tmp_path / "d", 300)
    for directory in (AccountDirectory.open(tmp_path / "d"), AccountDirectory.build(other, 300)):
        assert accounts_of(directory, PEOPLE) == list(range(300))


def test_a_row_without_an_account_is_refused(identifiers, tmp_path):
    table = pq.read_table(identifiers)
    nobody = table.set_column(0, "account", pa.array([None] * len(table), pa.int32()))
    pq.write_table(nobody, tmp_path / "i.parquet")
    with pytest.raises(ValueError, match="expected an account in every row"):
        write_directory(tmp_path / "i.parquet", tmp_path / "d", 300)


def test_a_path_in_the_description_is_not_followed(folder):
    path = folder / "directory.json"
    path.write_text(path.read_text().replace("EMAIL-MD5-000-first.npy", "../first.npy"))
    with pytest.raises(UniverseError, match="all fields"):
        AccountDirectory.open(folder)


def test_an_unfinished_folder_is_refused(folder, tmp_path):
    (folder / "directory.json").unlink()
    with pytest.raises(UniverseError, match="it was not finished"):
        AccountDirectory.open(folder)
    with pytest.raises(InputFileError, match="expected the directory of accounts"):
        AccountDirectory.open(tmp_path / "nowhere")


@pytest.mark.parametrize("n_calls", [1, 2, 3, 6])
def test_building_that_is_stopped_leaves_nothing(identifiers, tmp_path, n_calls):
    seen = []

    def stop(n_done, n_total):
        seen.append(n_done)
        assert n_done <= n_total
        if len(seen) == n_calls:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        write_directory(identifiers, tmp_path / "d", 300, n_partition_bits=1, on_progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_there_is_replaced_only_when_that_is_meant(identifiers, folder):
    with pytest.raises(InputFileError, match="found one"):
        write_directory(identifiers, folder, 300)
    open_before = AccountDirectory.open(folder)
    assert accounts_of(open_before, PEOPLE[:2]) == [0, 1]
    write_directory(identifiers, folder, 300, overwrite=True)
    assert accounts_of(AccountDirectory.open(folder), PEOPLE[:2]) == [0, 1]
    assert accounts_of(open_before, PEOPLE[:2]) == [0, 1]  # what is mapped stays
    with pytest.raises(UniverseError, match="built anew since; open it again"):
        accounts_of(open_before, PEOPLE)  # what is not would be another's
    assert [path.name for path in folder.parent.iterdir()] == ["directory"]


def test_an_unfinished_directory_can_be_replaced(identifiers, folder):
    (folder / "directory.json").unlink()
    write_directory(identifiers, folder, 300, overwrite=True)
    assert accounts_of(AccountDirectory.open(folder), PEOPLE[:2]) == [0, 1]


@pytest.mark.parametrize("name", ["a.txt", "list.csv.npy", "sub-folder"])
def test_a_directory_beside_which_something_else_lies_is_not_replaced(identifiers, folder, name):
    (folder / name).write_text("dear")
    with pytest.raises(InputFileError, match="other folder"):
        write_directory(identifiers, folder, 300, overwrite=True)
    assert (folder / name).read_text() == "dear"


def test_another_folder_is_never_replaced(identifiers, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    with pytest.raises(InputFileError, match="other folder"):
        write_directory(identifiers, tmp_path / "letters", 300, overwrite=True)
    assert (tmp_path / "letters" / "a.txt").read_text() == "dear"


def test_an_account_outside_the_universe_is_refused_and_leaves_nothing(identifiers, tmp_path):
    with pytest.raises(ValueError, match="expected accounts from 0 to 99"):
        write_directory(identifiers, tmp_path / "d", 100)
    assert list(tmp_path.iterdir()) == []


def test_a_changed_value_in_the_description_is_found(folder):
    path = folder / "directory.json"
    path.write_text(path.read_text().replace('"n_accounts": 300', '"n_accounts": 310'))
    with pytest.raises(UniverseError, match=r"directory\.json as it was written"):
        AccountDirectory.open(folder)


def test_only_the_partitions_that_a_list_needs_are_mapped(folder):
    number = hash_email(PEOPLE[0])[0] >> 6
    for path in folder.glob("EMAIL-SHA256-*.npy"):
        if f"-{number:03d}-" not in path.name:
            path.write_bytes(bytes(path.stat().st_size))  # nothing that could be mapped
    directory = AccountDirectory.open(folder)
    assert accounts_of(directory, PEOPLE[:1]) == [0]
    with pytest.raises(UniverseError, match="found something else"):
        accounts_of(directory, PEOPLE)


def test_another_directory_at_the_same_path_is_refused_where_one_is_unpickled(identifiers, folder):
    pickled = pickle.dumps(AccountDirectory.open(folder))
    write_directory(identifiers, folder, 301, overwrite=True)
    with pytest.raises(UniverseError, match="found another"):
        pickle.loads(pickled)  # noqa: S301 - our own bytes
