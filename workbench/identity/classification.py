"""What one row of a customer list is: a digest to match, or a rule that it breaks.

A row is told by its form alone. Only hexadecimal digits: a digest, its kind given by the length. The shape
8-4-4-4-12: a mobile advertising id. An ``@``: an e-mail address. The list's type decides which of them belong, and
whatever is plain becomes a SHA-256 digest here and now.
"""

import re
from typing import NamedTuple

from workbench.identity.digests import DigestKind, ListType
from workbench.identity.error_codes import ErrorCode, WarningCode
from workbench.identity.hashing import hash_canonical
from workbench.identity.normalize import MAID_SHAPE, MAX_EMAIL_BYTES, OPTED_OUT_MAID, email_fault, maid_fault

# The platform takes SHA-1 for mobile ids but not for e-mail addresses.
ALLOWED_DIGEST_KINDS = {
    ListType.EMAIL: frozenset({DigestKind.MD5, DigestKind.SHA256}),
    ListType.MAID: frozenset(DigestKind),
}

# Digests of what nobody should have hashed: a blank cell, and the id of people who opted out. The latter without its
# hyphens is 32 hexadecimal zeros, which would pass for an MD5 digest; zeros of another length are the same, filled up.
EMPTY_VALUE_DIGESTS = frozenset(hash_canonical("", kind) for kind in DigestKind)
OPTED_OUT_DIGESTS = frozenset(
    digest for kind in DigestKind for digest in (hash_canonical(OPTED_OUT_MAID, kind), bytes(kind.n_bytes))
)

_KIND_BY_LENGTH = {2 * kind.n_bytes: kind for kind in DigestKind}
_SHORTEST_CUT_DIGEST = 20  # hexadecimal text this long was meant to be a digest; shorter may be anything
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_HEXADECIMAL_AND_HYPHENS = re.compile(r"[0-9A-Fa-f-]*[0-9][0-9A-Fa-f-]*")

# Most rows of most lists: an address already in canonical form, which needs no closer look.
_CANONICAL_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@"
    r"[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*"
)


class Verdict(NamedTuple):
    """What a row turned out to be: a digest of some kind or, if ``error_code`` is set, nothing that counts."""

    digest_kind: DigestKind = DigestKind.SHA256
    digest: bytes = b""
    error_code: ErrorCode | None = None
    warning_codes: tuple[WarningCode, ...] = ()


_REFUSED = {code: Verdict(error_code=code) for code in ErrorCode}


def classify(text: str, list_type: ListType) -> Verdict:
    """Return what a row is, with its digest if it is valid.

    Parameters
    ----------
    text : str
        The row without quotation marks and without white space around it.
    list_type : ListType
        What the list is said to hold.

    Returns
    -------
    Verdict
        Digest or error code; never both, never the text.
    """
    if list_type is ListType.EMAIL:
        return _classify_in_email_list(text)
    return _classify_in_maid_list(text)


def looks_like_identifier(text: str) -> bool:
    """Return whether a row that is not valid was at least meant as an identifier, rather than as a title."""
    return "@" in text or _HEXADECIMAL_AND_HYPHENS.fullmatch(text) is not None


def _classify_in_email_list(text: str) -> Verdict:
    if len(text) <= MAX_EMAIL_BYTES and _CANONICAL_EMAIL.fullmatch(text):
        return Verdict(DigestKind.SHA256, hash_canonical(text))
    if _is_meant_as_digest(text):
        return _classify_digest(text, ListType.EMAIL)
    if MAID_SHAPE.fullmatch(text):
        return _REFUSED[ErrorCode.MAID_IN_EMAIL_LIST]
    canonical = text.lower()
    fault = email_fault(canonical)
    if fault is not None:
        return _REFUSED[fault]
    return Verdict(DigestKind.SHA256, hash_canonical(canonical), warning_codes=_upper_case_warning(text, canonical))


def _classify_in_maid_list(text: str) -> Verdict:
    if _is_meant_as_digest(text):
        return _classify_digest(text, ListType.MAID)
    if "@" in text:
        return _REFUSED[ErrorCode.EMAIL_IN_MAID_LIST]
    fault = maid_fault(text)
    if fault is not None:
        return _REFUSED[fault]
    return Verdict(DigestKind.SHA256, hash_canonical(text))


def _is_meant_as_digest(text: str) -> bool:
    return len(text) >= _SHORTEST_CUT_DIGEST and _HEXADECIMAL.fullmatch(text) is not None


def _classify_digest(text: str, list_type: ListType) -> Verdict:
    kind = _KIND_BY_LENGTH.get(len(text))
    if kind is None:
        return _REFUSED[ErrorCode.UNKNOWN_DIGEST_LENGTH]
    if kind not in ALLOWED_DIGEST_KINDS[list_type]:
        return _REFUSED[ErrorCode.DIGEST_KIND_NOT_ALLOWED]
    digest = bytes.fromhex(text)
    if digest in EMPTY_VALUE_DIGESTS:
        return _REFUSED[ErrorCode.EMPTY_VALUE_DIGEST]
    if digest in OPTED_OUT_DIGESTS:
        return _REFUSED[ErrorCode.OPTED_OUT_MAID]
    warning_codes = _upper_case_warning(text, text.lower())
    if list_type is ListType.MAID and kind is DigestKind.MD5:
        warning_codes += (WarningCode.MAYBE_UNHYPHENATED_MAID,)
    return Verdict(kind, digest, warning_codes=warning_codes)


def _upper_case_warning(text: str, canonical: str) -> tuple[WarningCode, ...]:
    return (WarningCode.UPPER_CASE,) if text != canonical else ()
