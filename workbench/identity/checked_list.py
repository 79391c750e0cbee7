"""What a customer list turned out to hold: counts, errors by line, warnings, and the digests of its valid records.

The names ``processed``, ``valid``, ``invalid``, ``error_code``, ``message`` and ``count`` are those of the public API's
report on an upload.
"""

from dataclasses import dataclass

from workbench.identity.digests import Digests, ListType
from workbench.identity.error_codes import ErrorCode, WarningCode
from workbench.identity.record_errors import RecordErrors


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """How many records were read; ``processed = valid + invalid``."""

    processed: int
    valid: int
    invalid: int


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """How often records broke one rule."""

    error_code: ErrorCode
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class ListWarning:
    """Something that was put right or may be a mistake, and in how many records (or once, for the file)."""

    warning_code: WarningCode
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class CheckedList:
    """A customer list after reading: nothing in it can be read back as an identifier.

    Parameters
    ----------
    list_type : ListType
        What the list was said to hold.
    record_counts : RecordCounts
        Records processed, valid and invalid.
    error_counts : tuple of ErrorCount
        The rules that records broke, most frequent first.
    record_errors : RecordErrors
        The refused records by line: all of them, or the first 100,000 if there are more.
    warnings : tuple of ListWarning
        What was put right.
    digests : Digests
        Digests of the valid records, in file order, repeats included: 33 bytes a record.
    """

    list_type: ListType
    record_counts: RecordCounts
    error_counts: tuple[ErrorCount, ...]
    record_errors: RecordErrors
    warnings: tuple[ListWarning, ...]
    digests: Digests
