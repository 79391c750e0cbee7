"""What a customer list turned out to hold: counts, errors by line, warnings, and the digests of its valid records.

The names ``processed``, ``valid``, ``invalid``, ``error_code``, ``message`` and ``count`` are those of the public API's
report on an upload.
"""

from dataclasses import dataclass

from workbench.identity.digests import Digests, ListType
from workbench.identity.error_codes import ErrorCode, WarningCode


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
class RecordError:
    """One record that was refused.

    Parameters
    ----------
    line_number : int
        Line of the file, counted from 1.
    error_code : ErrorCode
        The rule that it breaks.
    shape : str
        Outline of the value, never the value: ``aaaa99@aaa.aa``.
    """

    line_number: int
    error_code: ErrorCode
    shape: str


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
    record_errors : tuple of RecordError
        Every refused record, by line.
    warnings : tuple of ListWarning
        What was put right.
    digests : Digests
        Digests of the valid records, in file order, repeats included.
    """

    list_type: ListType
    record_counts: RecordCounts
    error_counts: tuple[ErrorCount, ...]
    record_errors: tuple[RecordError, ...]
    warnings: tuple[ListWarning, ...]
    digests: Digests
