import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.identity import naive
from tests.workbench.identity.test_directory import email_row, identifiers_table, maid_row
from workbench.identity import (
    AccountDirectory,
    CheckedList,
    DigestKind,
    Digests,
    ListType,
    RecordCounts,
    hash_email,
    match,
    read_list,
)
from workbench.identity.matching import distinct_digests

N_ACCOUNTS = 20
AAID = "38400000-8cf0-11bd-b23e-10b96e40000d"

# Few different values, so that shared digests, shared keys and repeats are common.
SHA256S = st.builds(lambda key, rest: bytes([key]) * 8 + bytes([rest]) * 24, st.integers(0, 2), st.integers(0, 3))
MD5S = st.builds(lambda key, rest: bytes([key]) * 8 + bytes([rest]) * 8, st.integers(0, 2), st.integers(0, 3))
SHA1S = st.builds(lambda key, rest: bytes([key]) * 8 + bytes([rest]) * 12, st.integers(0, 2), st.integers(0, 3))
ROWS = st.tuples(st.integers(0, N_ACCOUNTS - 1), st.sampled_from(ListType), MD5S, SHA1S | st.none(), SHA256S)
RECORDS = st.one_of(
    st.tuples(st.just(DigestKind.MD5), MD5S),
    st.tuples(st.just(DigestKind.SHA1), SHA1S),
    st.tuples(st.just(DigestKind.SHA256), SHA256S),
)


def checked_list(records, list_type):
    kinds = np.array([kind.code for kind, _ in records], dtype=np.uint8)
    padded = b"".join(digest.ljust(32, b"\0") for _, digest in records)
    values = np.frombuffer(padded, dtype=np.uint8).reshape(-1, 32)
    counts = RecordCounts(len(records), len(records), 0)
    return CheckedList(list_type, counts, (), (), (), Digests(kinds, values.copy()))


@given(rows=st.lists(ROWS, max_size=30), records=st.lists(RECORDS, max_size=30), list_type=st.sampled_from(ListType))
@settings(deadline=None)
def test_matching_agrees_with_its_naive_twin(rows, records, list_type):
    result = match(checked_list(records, list_type), AccountDirectory.build(identifiers_table(rows), N_ACCOUNTS))
    members, n_distinct, n_matched = naive.match(records, rows, list_type)
    assert set(result.members) == members
    assert (result.n_distinct_valid_records, result.n_matched_records) == (n_distinct, n_matched)


@pytest.fixture
def read(tmp_path):
    def read_rows(rows, list_type="EMAIL"):
        path = tmp_path / "list.csv"
        path.write_text("".join(f"{row}\n" for row in rows))
        return read_list(path, list_type)

    return read_rows


def emails(n, start=0):
    return [f"customer{number}@shop.example" for number in range(start, start + n)]


def test_match_rate_is_matched_over_distinct_valid_records(read):
    directory = AccountDirectory.build(identifiers_table([email_row(i, e) for i, e in enumerate(emails(3))]), 10)
    result = match(read([*emails(4), *emails(2), "not an address"]), directory)
    assert (result.n_distinct_valid_records, result.n_matched_records) == (4, 3)
    assert result.match_rate == 3 / 4


def test_150_rows_that_name_99_people_are_99_members(read):
    people = emails(99)
    directory = AccountDirectory.build(identifiers_table([email_row(i, e) for i, e in enumerate(people)]), 200)
    rows = [*people, *(hash_email(email, DigestKind.MD5).hex() for email in people[:51])]
    result = match(read(rows), directory)
    assert len(rows) == 150
    assert len(result.members) == 99
    assert (result.n_distinct_valid_records, result.match_rate) == (150, 1.0)


def test_the_same_person_by_email_and_by_maid_counts_once(read):
    rows = [email_row(4, "jan@shop.example"), email_row(5, "piet@shop.example"), maid_row(4, AAID)]
    directory = AccountDirectory.build(identifiers_table(rows), 10)
    by_email = match(read(["jan@shop.example", "piet@shop.example"]), directory).members
    by_maid = match(read([AAID], "MAID"), directory).members
    assert list(by_email | by_maid) == [4, 5]
    assert list(by_email & by_maid) == [4]


def test_two_accounts_behind_one_list_are_two_members_and_two_addresses_of_one_account_are_one(read):
    rows = [email_row(1, "jan@shop.example"), email_row(1, "jan@work.example"), email_row(2, "piet@shop.example")]
    directory = AccountDirectory.build(identifiers_table(rows), 10)
    result = match(read(["jan@shop.example", "jan@work.example", "piet@shop.example"]), directory)
    assert list(result.members) == [1, 2]
    assert result.n_matched_records == 3


def test_a_list_without_records_has_no_match_rate_to_divide():
    result = match(checked_list([], ListType.EMAIL), AccountDirectory.build(identifiers_table([]), 10))
    assert (result.match_rate, len(result.members)) == (0.0, 0)


@given(records=st.lists(RECORDS, max_size=40))
def test_distinct_digests_are_the_set_of_them_in_order(records):
    distinct = distinct_digests(checked_list(records, ListType.EMAIL).digests)
    expected = sorted({(kind.code, digest.ljust(32, b"\0")) for kind, digest in records})
    assert list(zip(distinct.kinds.tolist(), map(bytes, distinct.values), strict=True)) == expected


@pytest.mark.parametrize("n_kinds", [1, 3])
def test_distinct_digests_of_many_that_all_begin_differently(n_kinds):
    emails_and_kinds = [(kind, email) for kind in list(DigestKind)[:n_kinds] for email in emails(500) + emails(250)]
    records = [(kind, hash_email(email, kind)) for kind, email in emails_and_kinds]
    distinct = distinct_digests(checked_list(records, ListType.EMAIL).digests)
    expected = sorted({(kind.code, digest.ljust(32, b"\0")) for kind, digest in records})
    assert list(zip(distinct.kinds.tolist(), map(bytes, distinct.values), strict=True)) == expected
