import numpy as np
import pyarrow as pa
import pytest

from workbench.identity import AccountDirectory, DigestKind, Digests, ListType, hash_email, hash_maid

JAN, PIET = "jan@shop.example", "piet@shop.example"
AAID = "38400000-8cf0-11bd-b23e-10b96e40000d"


def identifiers_table(rows):
    """Return an identifiers table of (account, kind, md5, sha1, sha256)."""
    accounts, kinds, md5s, sha1s, sha256s = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return pa.table(
        {
            "account": pa.array(accounts, pa.int32()),
            "identifier_kind": pa.array(kinds, pa.string()),
            "md5": pa.array(md5s, pa.binary(16)),
            "sha1": pa.array(sha1s, pa.binary(20)),
            "sha256": pa.array(sha256s, pa.binary(32)),
        }
    )


def email_row(account, email):
    return account, "EMAIL", hash_email(email, DigestKind.MD5), None, hash_email(email)


def maid_row(account, aaid):
    return account, "MAID", *(hash_maid(aaid, kind) for kind in DigestKind)


def digests(kind, *values):
    return Digests.of_kind(kind, np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, kind.n_bytes))


@pytest.fixture
def directory():
    return AccountDirectory.build(identifiers_table([email_row(7, JAN), email_row(3, PIET), maid_row(7, AAID)]), 10)


@pytest.mark.parametrize("kind", [DigestKind.MD5, DigestKind.SHA256])
def test_an_email_digest_finds_its_account(directory, kind):
    wanted = digests(kind, hash_email(PIET, kind), hash_email("klaas@shop.example", kind), hash_email(JAN, kind))
    assert directory.match_digests(ListType.EMAIL, wanted).tolist() == [3, -1, 7]


@pytest.mark.parametrize("kind", DigestKind)
def test_a_maid_digest_finds_its_account(directory, kind):
    assert directory.match_digests(ListType.MAID, digests(kind, hash_maid(AAID, kind))).tolist() == [7]


def test_the_two_kinds_of_identifier_are_apart(directory):
    assert directory.match_digests(ListType.MAID, digests(DigestKind.SHA256, hash_email(JAN))).tolist() == [-1]


def test_a_digest_that_shares_only_its_first_eight_bytes_finds_nobody(directory):
    forged = hash_email(JAN)[:8] + bytes(24)
    assert directory.match_digests(ListType.EMAIL, digests(DigestKind.SHA256, forged)).tolist() == [-1]


def test_accounts_under_one_digest_key_are_told_apart():
    same_key = [b"8 bytes!" + bytes([ending]) * 24 for ending in range(5)]
    rows = [(account, "EMAIL", bytes(16), None, sha256) for account, sha256 in enumerate(same_key)]
    directory = AccountDirectory.build(identifiers_table(rows[::-1]), 5)
    unknown = b"8 bytes!" + b"?" * 24
    wanted = digests(DigestKind.SHA256, *same_key, unknown)
    assert directory.match_digests(ListType.EMAIL, wanted).tolist() == [0, 1, 2, 3, 4, -1]


@pytest.mark.parametrize("order", [[4, 2, 9], [9, 4, 2], [2, 9, 4]])
def test_an_identifier_that_several_accounts_share_is_the_lowest_ones_whatever_the_order(order):
    directory = AccountDirectory.build(identifiers_table([maid_row(account, AAID) for account in order]), 10)
    assert directory.match_digests(ListType.MAID, digests(DigestKind.MD5, hash_maid(AAID, DigestKind.MD5))) == [2]


def test_a_table_in_pieces_is_the_same_table():
    rows = [email_row(account, f"{account}@shop.example") for account in range(10)]
    whole = identifiers_table(rows)
    pieces = pa.concat_tables([whole.slice(6, 4), whole.slice(0, 0), whole.slice(0, 6)])
    wanted = digests(DigestKind.SHA256, *(row[4] for row in rows))
    found = AccountDirectory.build(pieces, 10).match_digests(ListType.EMAIL, wanted)
    assert found.tolist() == list(range(10))


def test_a_directory_without_identifiers_finds_nobody():
    directory = AccountDirectory.build(identifiers_table([]), 4)
    assert directory.n_accounts == 4
    assert directory.match_digests(ListType.EMAIL, digests(DigestKind.SHA256, hash_email(JAN))).tolist() == [-1]
    assert directory.match_digests(ListType.EMAIL, Digests.empty()).tolist() == []


@pytest.mark.parametrize("account", [-1, 10])
def test_an_account_outside_the_universe_is_refused(account):
    with pytest.raises(ValueError, match="expected accounts from 0 to 9"):
        AccountDirectory.build(identifiers_table([email_row(account, JAN)]), 10)


def test_repr_shows_sizes_only(directory):
    assert repr(directory) == "AccountDirectory(n_accounts=10, n_identifiers={'EMAIL': 2, 'MAID': 1})"
