"""From a customer list to the accounts it matches: read, normalise, hash, match.

The files are the pipeline: `list_file` reads, `classification` says what each row is, `normalize` gives an identifier
its canonical form, `hashing` makes the digest, `directory` knows the accounts' digests and `matching` brings both
together into an `AccountSet`. Both packages use this one; there is no second hasher or matcher.
"""

from workbench.identity.account_set import AccountSet
from workbench.identity.checked_list import CheckedList, ErrorCount, ListWarning, RecordCounts
from workbench.identity.classification import ListProfile
from workbench.identity.digests import DigestKind, Digests, ListType
from workbench.identity.directory import AccountDirectory
from workbench.identity.error_codes import ERROR_CODES, WARNINGS, ErrorCode, Explanation, WarningCode
from workbench.identity.hashing import hash_all, hash_canonical, hash_email, hash_maid
from workbench.identity.incoming_file import IncomingFile
from workbench.identity.list_file import read_list
from workbench.identity.matching import MatchResult, match
from workbench.identity.normalize import normalize_email, normalize_maid, shape_of
from workbench.identity.record_errors import RecordError, RecordErrors
from workbench.identity.suppression import SuppressionList

__all__ = [
    "ERROR_CODES",
    "WARNINGS",
    "AccountDirectory",
    "AccountSet",
    "CheckedList",
    "DigestKind",
    "Digests",
    "ErrorCode",
    "ErrorCount",
    "Explanation",
    "IncomingFile",
    "ListProfile",
    "ListType",
    "ListWarning",
    "MatchResult",
    "RecordCounts",
    "RecordError",
    "RecordErrors",
    "SuppressionList",
    "WarningCode",
    "hash_all",
    "hash_canonical",
    "hash_email",
    "hash_maid",
    "match",
    "normalize_email",
    "normalize_maid",
    "read_list",
    "shape_of",
]
