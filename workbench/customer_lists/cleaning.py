"""Mending a list before it is shared, where that is safe: a new file, hashed, that the platform takes as it is.

What programs put around identifiers is taken off, records that are invalid are left out and counted, and what remains
is written as digests: SHA-256 of what was plain, and digests as they came. Plaintext is not written, not even the
advertiser's own. Nothing is guessed. What can be read in two ways, or should not be shared at all, is refused: anything
from iOS; two columns that hold identifiers; rows of different numbers of columns; 32 hexadecimal digits among mobile
ids, which may be MD5 digests or ids that lost their hyphens.
"""

import os
import shlex
import traceback
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from workbench.customer_lists.identifier_column import IdentifierColumn, find_identifier_column
from workbench.customer_lists.ios_words import names_ios_source
from workbench.customer_lists.private_file import private_file
from workbench.customer_lists.table_text import Cell, TableText, cells_of, is_foreign, refused
from workbench.errors import InputFileError, ListFileError
from workbench.identity import ErrorCode, ListType, SuppressionList, WarningCode
from workbench.identity.classification import Verdict, classify
from workbench.identity.list_file import checked_list_type
from workbench.identity.list_row import MAX_LINE_BYTES
from workbench.progress import Progress, ignore_progress
from workbench.regular_file import opened_regular_file
from workbench.whole_file import check_file_destination

_N_PASSES: Final = 2  # one to find the column, one to write
_MAYBE_MD5: Final = (
    "expected ids or digests that cannot be anything else, got 32 hexadecimal digits, which may be an MD5 digest or an "
    "id without its hyphens"
)


class Cleaning(StrEnum):
    """What cleaning does about a rule that a list breaks."""

    MENDED = "MENDED"
    LEFT_OUT = "LEFT_OUT"
    REFUSED = "REFUSED"


CLEANING: Final[Mapping[ErrorCode, Cleaning]] = MappingProxyType(
    dict.fromkeys(ErrorCode, Cleaning.LEFT_OUT)
    | dict.fromkeys(
        (
            ErrorCode.LONE_CARRIAGE_RETURN,
            ErrorCode.HEADER_ROW,
            ErrorCode.BLANK_ROW,
            ErrorCode.INDENTED_ROW,
            ErrorCode.SECOND_COLUMN,
        ),
        Cleaning.MENDED,
    )
    | dict.fromkeys(
        (ErrorCode.EMPTY_FILE, ErrorCode.IOS_SOURCE, ErrorCode.NO_VALID_RECORDS, ErrorCode.IDFA_SHAPED),
        Cleaning.REFUSED,
    )
)
"""What is done about each rule. Of WRONG_ENCODING, UTF-16 with its mark is mended as well."""


def cleaning_command(list_file: str | os.PathLike[str], list_type: ListType) -> str:
    """Return the command that cleans a list, as one types it.

    Parameters
    ----------
    list_file : path-like
        The list as it is.
    list_type : ListType
        What it holds.
    """
    path = Path(list_file)
    cleaned = path.with_name(f"{path.stem}.cleaned.csv")
    return shlex.join(
        ["python", "-m", "workbench", "list", "clean", str(path), str(cleaned), "--type", list_type.value]
    )


@dataclass(frozen=True, slots=True)
class CleaningReport:
    """What was mended and what was left out.

    Parameters
    ----------
    n_rows : int
        Rows of the file, blank ones and titles included.
    n_written : int
        Records that were written.
    n_repeated : int
        Valid records that were there already.
    mended : mapping of str to int
        How many rows were put right, by the code of what was wrong with them.
    left_out : mapping of str to int
        How many records were not written, by the code of the rule that they break.
    """

    n_rows: int
    n_written: int
    n_repeated: int
    mended: Mapping[str, int]
    left_out: Mapping[str, int]


def clean_list(
    source: str | os.PathLike[str],
    destination: str | os.PathLike[str],
    list_type: ListType | str,
    *,
    suppression: SuppressionList | None = None,
    on_progress: Progress = ignore_progress,
) -> CleaningReport:
    """Write a list anew, as digests that the platform takes without a complaint.

    Parameters
    ----------
    source : path-like
        The list as it is.
    destination : path-like
        Where the mended list goes, readable by its owner only.
    list_type : ListType or str
        What the list holds.
    suppression : SuppressionList, optional
        People to leave out, as far as digests can tell: those by different functions cannot be compared.
    on_progress : Progress
        Called with the bytes read and all bytes; raise ``CancelledError`` in it to stop, which leaves nothing behind.

    Returns
    -------
    CleaningReport
        What was done.

    Raises
    ------
    ListFileError
        If mending would be guessing, the list must not be shared, or nothing valid is left of it.
    InputFileError
        If a file cannot be read or written, or both are the same.
    DefinitionError
        If the list type is none, or the suppression list is of the other one.
    """
    path = check_file_destination(destination, "the cleaned list")
    if path.exists() and Path(source).exists() and path.samefile(source):
        raise InputFileError(f"expected another file than {source} for the cleaned list; name one that is not the list")
    if names_ios_source(path.name):
        raise InputFileError(
            f"expected a name for the cleaned list that does not say IDFA or iOS, got {path.name}; choose another"
        )
    checked_type = checked_list_type(list_type)
    if suppression is not None:
        suppression.check_type(checked_type)
    try:
        return _clean(Path(source), path, checked_type, suppression, on_progress)
    except ListFileError as error:
        refusal = ListFileError(f"{source}, {error}", error_code=error.error_code, line_number=error.line_number)
        traceback.clear_frames(error.__traceback__)  # they hold rows, here and below
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)
        raise
    try:
        raise refusal
    finally:
        del refusal  # or it and this frame would hold each other


def _clean(
    source: Path, path: Path, list_type: ListType, suppression: SuppressionList | None, on_progress: Progress
) -> CleaningReport:
    if names_ios_source(source.name):
        raise refused(ErrorCode.IOS_SOURCE)
    # The new file takes its name last, when it is known that the list did not change while it was read.
    with ExitStack() as at_last, opened_regular_file(source) as file:
        table = TableText(file, os.fstat(file.fileno()).st_size, on_progress)
        place = find_identifier_column(table.lines(_N_PASSES), list_type)
        cleaner = _Cleaner(list_type, place, suppression)
        path.parent.mkdir(parents=True, exist_ok=True)
        cleaned = at_last.enter_context(private_file(path, "the cleaned list"))
        for line in table.lines(_N_PASSES):
            digest = cleaner.digest_of(line)
            if digest is not None:
                cleaned.write(digest.hex().encode() + b"\n")
        if not cleaner.n_written:
            raise refused(ErrorCode.NO_VALID_RECORDS)
    return cleaner.report(table)


class _Cleaner:
    """Takes the lines of a file one by one, and keeps count."""

    def __init__(self, list_type: ListType, place: IdentifierColumn, suppression: SuppressionList | None) -> None:
        self._list_type, self._place, self._suppression = list_type, place, suppression
        self._mended: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._written: set[bytes] = set()  # each kind of digest has its own length
        self._n_lines = self._n_repeated = 0

    @property
    def n_written(self) -> int:
        return len(self._written)

    def digest_of(self, line: str) -> bytes | None:
        """Return the digest to write for a line, or None and take note why there is none."""
        self._n_lines += 1
        if self._n_lines < self._place.first_line:
            self._take_off_title(line)
            return None
        cells = cells_of(line, self._place.separator) or []
        if any(names_ios_source(cell.text) for column, cell in enumerate(cells) if column != self._place.column):
            raise refused(ErrorCode.IOS_SOURCE, self._n_lines)
        cell = cells[self._place.column] if len(cells) > self._place.column else Cell("", False)
        text = cell.text.strip()
        verdict = self._verdict(text)
        if verdict is None:
            return None
        self._note_mended(cell, len(cells), verdict)
        if verdict.digest in self._written:
            self._n_repeated += 1
            return None
        self._written.add(verdict.digest)
        return verdict.digest

    def report(self, table: TableText) -> CleaningReport:
        """Return what was done."""
        of_the_file = {
            WarningCode.BYTE_ORDER_MARK: table.has_mark,
            ErrorCode.WRONG_ENCODING: table.is_utf_16,
            ErrorCode.LONE_CARRIAGE_RETURN: table.has_lone_carriage_returns,
        }
        mended = {str(code): 1 for code, applies in of_the_file.items() if applies}
        mended |= {str(code): count for code, count in self._mended.most_common()}
        left_out = {str(code): count for code, count in self._left_out.most_common()}
        return CleaningReport(self._n_lines, self.n_written, self._n_repeated, mended, left_out)

    def _take_off_title(self, line: str) -> None:
        if names_ios_source(line):
            raise refused(ErrorCode.IOS_SOURCE, self._n_lines)
        self._mended[ErrorCode.HEADER_ROW if line.strip() else ErrorCode.BLANK_ROW] += 1

    def _fault_of_text(self, text: str) -> ErrorCode | None:
        is_in_doubt = is_foreign(text) or (not self._place.is_utf_8 and not text.isascii())
        if is_in_doubt:  # another encoding would give another digest
            return ErrorCode.WRONG_ENCODING
        return ErrorCode.LINE_TOO_LONG if len(text.encode()) > MAX_LINE_BYTES else None

    def _verdict(self, text: str) -> Verdict | None:
        """Return what a row is, or None and take note why it is not written."""
        if not text:
            self._mended[ErrorCode.BLANK_ROW] += 1
            return None
        fault = self._fault_of_text(text)
        verdict = classify(text, self._list_type) if fault is None else Verdict(error_code=fault)
        if verdict.error_code is ErrorCode.IDFA_SHAPED:
            raise refused(ErrorCode.IDFA_SHAPED, self._n_lines)
        if WarningCode.MAYBE_UNHYPHENATED_MAID in verdict.warning_codes:
            raise refused(ErrorCode.MALFORMED_MAID, self._n_lines, _MAYBE_MD5)
        fault = verdict.error_code
        if fault is None and self._suppression is not None and self._suppression.leaves_out_record(text, verdict):
            fault = ErrorCode.SUPPRESSED
        if fault is None:
            return verdict
        self._left_out[fault] += 1
        return None

    def _note_mended(self, cell: Cell, n_cells: int, verdict: Verdict) -> None:
        applies = {
            ErrorCode.SECOND_COLUMN: n_cells > 1,
            ErrorCode.INDENTED_ROW: cell.text[0].isspace(),
            WarningCode.TRAILING_SPACE: cell.text[-1].isspace(),
            WarningCode.QUOTED_VALUE: cell.is_quoted,
            WarningCode.UPPER_CASE: WarningCode.UPPER_CASE in verdict.warning_codes,
        }
        self._mended.update(code for code, does in applies.items() if does)
