"""What one row of a customer list is: a digest to match, or a rule that it breaks.

A row is told by its form alone. Only hexadecimal digits: a digest, its kind given by the length. The shape
8-4-4-4-12: a mobile advertising id. An ``@``: an e-mail address. The list's type decides which of them belong, and
whatever is plain becomes a SHA-256 digest here and now.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from workbench.identity.digests import DigestKind, ListType
from workbench.identity.error_codes import ErrorCode, WarningCode
from workbench.identity.hashing import hash_canonical
from workbench.identity.normalize import MAID_SHAPE, MAX_EMAIL_BYTES, OPTED_OUT_MAID, email_fault, maid_fault


class ListProfile(StrEnum):
    """Whose rules a list is held against where the platform has two.

    The help page takes e-mail addresses plain, hashed with SHA-256 or with MD5. The API's own text takes SHA-1 as
    well. An upload by hand follows the help page, so that is what counts unless somebody says otherwise.
    """

    HELP_PAGE = "HELP_PAGE"
    API = "API"


# The platform takes SHA-1 for mobile ids; for e-mail addresses the help page does not, and the API does.
ALLOWED_DIGEST_KINDS = {
    (ListType.EMAIL, ListProfile.HELP_PAGE): frozenset({DigestKind.MD5, DigestKind.SHA256}),
    (ListType.EMAIL, ListProfile.API): frozenset(DigestKind),
    (ListType.MAID, ListProfile.HELP_PAGE): frozenset(DigestKind),
    (ListType.MAID, ListProfile.API): frozenset(DigestKind),
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
    """What a row turned out to be: a digest of some kind or, if ``error_code`` is set, nothing that counts.

    ``is_plain`` says that the row was an identifier, and the digest of its lower case was made here.
    """

    digest_kind: DigestKind = DigestKind.SHA256
    digest: bytes = b""
    error_code: ErrorCode | None = None
    warning_codes: tuple[WarningCode, ...] = ()
    is_plain: bool = False


_REFUSED = {code: Verdict(error_code=code) for code in ErrorCode}


def classify(text: str, list_type: ListType, profile: ListProfile = ListProfile.HELP_PAGE) -> Verdict:
    """Return what a row is, with its digest if it is valid.

    Parameters
    ----------
    text : str
        The row without quotation marks and without white space around it.
    list_type : ListType
        What the list is said to hold.
    profile : ListProfile
        Whose rules count.

    Returns
    -------
    Verdict
        Digest or error code; never both, never the text.
    """
    if list_type is ListType.EMAIL:
        return _classify_in_email_list(text, profile)
    return _classify_in_maid_list(text, profile)


def looks_like_identifier(text: str) -> bool:
    """Return whether a row that is not valid was at least meant as an identifier, rather than as a title.

    Short digits and hyphens are not: a list may be titled with a year or a day.
    """
    is_long = len(text) >= _SHORTEST_CUT_DIGEST
    return "@" in text or (is_long and _HEXADECIMAL_AND_HYPHENS.fullmatch(text) is not None)


def _classify_in_email_list(text: str, profile: ListProfile) -> Verdict:
    if len(text) <= MAX_EMAIL_BYTES and _CANONICAL_EMAIL.fullmatch(text):
        return Verdict(DigestKind.SHA256, hash_canonical(text), is_plain=True)
    if _is_meant_as_digest(text):
        return _classify_digest(text, ListType.EMAIL, profile)
    if MAID_SHAPE.fullmatch(text):
        return _REFUSED[ErrorCode.MAID_IN_EMAIL_LIST]
    canonical = text.lower()
    fault = email_fault(canonical)
    if fault is not None:
        return _REFUSED[fault]
    warning_codes = _upper_case_warning(text, canonical)
    return Verdict(DigestKind.SHA256, hash_canonical(canonical), None, warning_codes, is_plain=True)


def _classify_in_maid_list(text: str, profile: ListProfile) -> Verdict:
    if _is_meant_as_digest(text):
        return _classify_digest(text, ListType.MAID, profile)
    if "@" in text:
        return _REFUSED[ErrorCode.EMAIL_IN_MAID_LIST]
    fault = maid_fault(text)
    if fault is not None:
        return _REFUSED[fault]
    return Verdict(DigestKind.SHA256, hash_canonical(text), is_plain=True)


def _is_meant_as_digest(text: str) -> bool:
    return len(text) >= _SHORTEST_CUT_DIGEST and _HEXADECIMAL.fullmatch(text) is not None


def _classify_digest(text: str, list_type: ListType, profile: ListProfile) -> Verdict:
    kind = _KIND_BY_LENGTH.get(len(text))
    if kind is None:
        return _REFUSED[ErrorCode.UNKNOWN_DIGEST_LENGTH]
    if kind not in ALLOWED_DIGEST_KINDS[list_type, profile]:
        return _REFUSED[ErrorCode.DIGEST_KIND_NOT_ALLOWED]
    digest = bytes.fromhex(text)
    if digest in EMPTY_VALUE_DIGESTS:
        return _REFUSED[ErrorCode.EMPTY_VALUE_DIGEST]
    if digest in OPTED_OUT_DIGESTS:
        return _REFUSED[ErrorCode.OPTED_OUT_MAID]
    warning_codes = _upper_case_warning(text, text.lower())
    if list_type is ListType.MAID and kind is DigestKind.MD5:
        warning_codes += (WarningCode.MAYBE_UNHYPHENATED_MAID,)
    if list_type is ListType.EMAIL and kind is DigestKind.SHA1:
        warning_codes += (WarningCode.SHA1_EMAIL,)
    return Verdict(kind, digest, warning_codes=warning_codes)


def _upper_case_warning(text: str, canonical: str) -> tuple[WarningCode, ...]:
    return (WarningCode.UPPER_CASE,) if text != canonical else ()
