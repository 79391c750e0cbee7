import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import IdentifierError
from workbench.identity import DigestKind, Digests, hash_all, hash_canonical, hash_email, hash_maid

AAID = "38400000-8cf0-11bd-b23e-10b96e40000d"

# RFC 1321, appendix A.5, in full.
RFC_1321 = {
    "": "d41d8cd98f00b204e9800998ecf8427e",
    "a": "0cc175b9c0f1b6a831c399e269772661",
    "abc": "900150983cd24fb0d6963f7d28e17f72",
    "message digest": "f96b697d7cb7938d525a2f31aaf161d0",
    "abcdefghijklmnopqrstuvwxyz": "c3fcd3d76192e4007dfb496cca67e13b",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789": "d174ab98d277d9f5a5611c2c9f419d9f",
    "1234567890" * 8: "57edf4a22be3c955ac49da2e2107b67a",
}
TWO_BLOCKS = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
FIPS_180_SHA1 = {
    "abc": "a9993e364706816aba3e25717850c26c9cd0d89d",
    TWO_BLOCKS: "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
    "a" * 1_000_000: "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
}
FIPS_180_SHA256 = {
    "abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    TWO_BLOCKS: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    "a" * 1_000_000: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        *((DigestKind.MD5, *vector) for vector in RFC_1321.items()),
        *((DigestKind.SHA1, *vector) for vector in FIPS_180_SHA1.items()),
        *((DigestKind.SHA256, *vector) for vector in FIPS_180_SHA256.items()),
    ],
)
def test_published_vectors_of_rfc_1321_and_fips_180(kind, text, expected):
    assert hash_canonical(text, kind).hex() == expected
    assert hash_all([text], kind).tobytes().hex() == expected


@pytest.mark.parametrize("kind", DigestKind)
def test_the_canonical_form_is_what_is_hashed(kind):
    function = {DigestKind.MD5: hashlib.md5, DigestKind.SHA1: hashlib.sha1, DigestKind.SHA256: hashlib.sha256}[kind]
    assert hash_email(" Jan@Shop.EXAMPLE", kind) == function(b"jan@shop.example").digest()
    assert hash_maid(AAID, kind) == function(AAID.encode()).digest()
    assert len(hash_maid(AAID, kind)) == kind.n_bytes


def test_hashing_refuses_what_normalizing_refuses():
    with pytest.raises(IdentifierError, match="with @"):
        hash_email("jan")
    with pytest.raises(IdentifierError, match="upper-case"):
        hash_maid(AAID.upper())


@given(st.lists(st.from_regex(r"[a-z]{1,9}[0-9]?@[a-zé]{1,9}\.example", fullmatch=True)), st.sampled_from(DigestKind))
def test_many_are_hashed_as_one_by_one(emails, kind):
    digests = hash_all(emails, kind)
    assert digests.shape == (len(emails), kind.n_bytes)
    assert [digest.tobytes() for digest in digests] == [hash_email(email, kind) for email in emails]


def test_digests_are_selected_by_kind_without_their_padding():
    emails = ["a@b.example", "c@d.example"]
    padded = Digests.of_kind(DigestKind.MD5, hash_all(emails, DigestKind.MD5))
    positions, values = padded.select(DigestKind.MD5)
    assert positions.tolist() == [0, 1]
    assert values.tolist() == hash_all(emails, DigestKind.MD5).tolist()
    assert padded.values.shape == (2, 32)
    assert padded.select(DigestKind.SHA256)[0].size == 0


def test_digests_cannot_be_changed_and_show_their_number_only():
    digests = Digests.of_kind(DigestKind.SHA256, hash_all(["a@b.example"]))
    assert repr(digests) == "Digests(n=1)"
    with pytest.raises(ValueError, match="read-only"):
        digests.values[0, 0] = 1
    with pytest.raises(AttributeError, match="cannot be changed"):
        digests.kinds = digests.kinds


def test_digests_of_disagreeing_shapes_are_refused():
    with pytest.raises(ValueError, match=r"expected kinds \(n,\)"):
        Digests(Digests.empty().kinds, Digests.of_kind(DigestKind.SHA256, hash_all(["a@b.example"])).values)
