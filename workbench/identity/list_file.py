"""Reading a customer list: one pass over the file, in bounded memory, with plaintext gone as soon as it was seen.

The file is read a chunk at a time. Every row of a chunk is stripped of what a spreadsheet adds (quotation marks,
trailing spaces), classified, hashed, and forgotten; 33 bytes per valid record remain. A row that breaks a rule about
the *file* ends the reading with `ListFileError`; one that breaks a rule about a *record* is counted, and the reading
goes on.

Choices where the platform's help page is silent:

- Lines end in LF or CRLF. A carriage return alone, as old Macintosh programs wrote, refuses the file: read as a line
  end it would turn CR CR LF into blank rows, and read as a character it would join all rows into one.
- A value wholly within double quotation marks is the value, since many programs quote every cell; a separator inside
  them opens no second column.
- A first row that is no identifier is a header if it is a word such as ``email``, or if any later row is valid.
- A line may have 1,024 bytes, three times the longest e-mail address, so that no file can fill the memory.
"""

import os
import re
from collections import Counter
from pathlib import Path
from typing import BinaryIO, NoReturn

import numpy as np

from workbench.errors import DefinitionError, ListFileError
from workbench.identity.checked_list import CheckedList, ErrorCount, ListWarning, RecordCounts, RecordError
from workbench.identity.classification import classify, looks_like_identifier
from workbench.identity.digests import MAX_DIGEST_BYTES, Digests, ListType
from workbench.identity.error_codes import ERROR_CODES, WARNINGS, ErrorCode, WarningCode
from workbench.identity.normalize import shape_of
from workbench.progress import Progress, ignore_progress
from workbench.regular_file import opened_regular_file

CHUNK_BYTES = 1 << 20
MAX_LINE_BYTES = 1024

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# First bytes of what people upload by mistake: ZIP (every modern workbook is one), gzip, UTF-16 in both byte orders.
_FOREIGN_BEGINNINGS = (b"PK\x03\x04", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")

# A row that no structural rule can object to: ASCII without white space, control characters, quotes and separators.
_BARE_ROW = re.compile(rf"[!#-+\--:<-~]{{1,{MAX_LINE_BYTES}}}")
_QUOTED_ROW = re.compile(r'"([^"]*(?:""[^"]*)*)"\s*')
_SEPARATOR = re.compile(r"[,;\t]")

# Compared without case and punctuation, so that "E-mail address" is one of them.
_HEADER_WORDS = frozenset(
    [
        *("id", "ids", "uid", "userid", "customerid"),
        *("email", "emails", "mail", "emailaddress", "emailaddresses", "emailadres", "emailadressen"),
        *("hash", "md5", "sha1", "sha256", "hashedemail", "emailhash"),
        *("maid", "maids", "mobileadid", "mobileadids", "mobileadvertisingid"),
        *("advertisingid", "androidid", "deviceid"),
        *("aaid", "aaids", "gaid", "gaids", "adid", "adids", "idfa", "idfas"),
    ]
)
_NOT_IN_A_WORD = re.compile(r"[^a-z0-9]+")

# "ios" only as a word of its own, or every kiosk and studio would be refused; no other word holds "idfa".
_IOS_WORD = re.compile(r"idfa|(?<![a-z])ios(?![a-z])")


def read_list(
    path: str | os.PathLike[str], list_type: ListType | str, *, on_progress: Progress = ignore_progress
) -> CheckedList:
    """Read a customer list and keep nothing of it but digests.

    Parameters
    ----------
    path : path-like
        A regular file of plain text, one identifier per line.
    list_type : ListType or str
        What it holds: ``"EMAIL"`` or ``"MAID"``.
    on_progress : Progress
        Called after every chunk with the bytes read and the bytes in the file.

    Returns
    -------
    CheckedList
        Counts, errors by line, warnings and the digests of the valid records.

    Raises
    ------
    InputFileError
        If there is no such file, it cannot be read, is not a regular file, or changes while it is read.
    ListFileError
        If it breaks a structural rule or holds no valid record.
    DefinitionError
        If the list type is neither.
    """
    reader = _ListReader(Path(path), _checked_list_type(list_type))
    try:
        return reader.read_all(on_progress)
    except ListFileError as error:
        # The frames of the traceback hold rows of the list; raised anew from here, nothing can print them.
        refusal = error.with_traceback(None)
    raise refusal


class _ListReader:
    """One reading of one file."""

    def __init__(self, path: Path, list_type: ListType) -> None:
        self._path = path
        self._list_type = list_type
        self._n_read = 0  # bytes
        self._n_lines = 0
        self._partial_line = b""
        self._doubtful_title = ""  # shape of a first row that is a header if any later row is valid
        self._kinds = bytearray()
        self._values = bytearray()
        self._record_errors: list[RecordError] = []
        self._warning_counts: Counter[WarningCode] = Counter()

    def read_all(self, on_progress: Progress) -> CheckedList:
        """Read the file from beginning to end."""
        with opened_regular_file(self._path) as file:
            if _IOS_WORD.search(self._path.name.lower()):
                self._refuse(ErrorCode.IOS_SOURCE)
            n_bytes = os.fstat(file.fileno()).st_size
            while self._read_chunk(file) and self._n_read <= n_bytes:  # more than there was: it grows, leaving says so
                on_progress(self._n_read, n_bytes)
        return self._checked_list()

    def _without_beginning(self, chunk: bytes) -> bytes:
        """Return the file's first chunk without its byte order mark, or refuse what is no text at all."""
        if chunk.startswith(_FOREIGN_BEGINNINGS):
            self._refuse(ErrorCode.WRONG_ENCODING, 1)
        if chunk.startswith(_BYTE_ORDER_MARK):
            self._warning_counts[WarningCode.BYTE_ORDER_MARK] = 1
        return chunk.removeprefix(_BYTE_ORDER_MARK)

    def _read_chunk(self, file: BinaryIO) -> bool:
        """Read the lines that end in the next chunk, keep the beginning of one more, and tell if there was a chunk."""
        chunk = file.read(CHUNK_BYTES)
        data = self._partial_line + (chunk if self._n_read else self._without_beginning(chunk))
        self._n_read += len(chunk)
        n_whole = data.rfind(b"\n") + 1 if chunk else len(data)  # at the end of the file the last line is whole too
        self._read_lines(data[:n_whole])
        self._partial_line = data[n_whole:]
        if len(self._partial_line) > MAX_LINE_BYTES + 1:  # one more for a CR whose LF is still to come
            self._refuse(ErrorCode.LINE_TOO_LONG, self._n_lines + 1)
        return bool(chunk)

    def _read_lines(self, data: bytes) -> None:
        text, undecodable_line = _decoded(data)
        if text:
            self._read_rows(text.replace("\r\n", "\n").removesuffix("\n").split("\n"))
        if undecodable_line:
            is_long = len(undecodable_line) > MAX_LINE_BYTES
            self._refuse(ErrorCode.LINE_TOO_LONG if is_long else ErrorCode.WRONG_ENCODING, self._n_lines + 1)

    def _read_rows(self, rows: list[str]) -> None:
        """Classify rows: the loop that plaintext goes into and only digests come out of."""
        for row in rows:
            self._n_lines += 1
            text = row if _BARE_ROW.fullmatch(row) else self._cell_of(row)
            verdict = classify(text, self._list_type)
            if verdict.error_code is not None:
                self._note_error(verdict.error_code, text)
                continue
            if self._doubtful_title:
                self._refuse(ErrorCode.HEADER_ROW, 1, self._doubtful_title)
            self._kinds.append(verdict.digest_kind.code)
            self._values += verdict.digest.ljust(MAX_DIGEST_BYTES, b"\0")
            for warning_code in verdict.warning_codes:
                self._warning_counts[warning_code] += 1

    def _cell_of(self, row: str) -> str:
        """Return the value in a row, stripped of what programs put around it, or refuse the file."""
        if len(row.encode()) > MAX_LINE_BYTES:
            self._refuse(ErrorCode.LINE_TOO_LONG, self._n_lines)
        if "\0" in row:  # UTF-16 without its mark, or no text at all
            self._refuse(ErrorCode.WRONG_ENCODING, self._n_lines)
        if "\r" in row:
            self._refuse(ErrorCode.LONE_CARRIAGE_RETURN, self._n_lines)
        quoted = _QUOTED_ROW.fullmatch(row)
        cell = quoted[1].replace('""', '"') if quoted else row
        value = cell.rstrip()
        if not value:
            self._refuse(ErrorCode.BLANK_ROW, self._n_lines)
        if cell[0].isspace():
            self._refuse(ErrorCode.INDENTED_ROW, self._n_lines, shape_of(row))
        if not quoted and _SEPARATOR.search(row):
            self._refuse(ErrorCode.SECOND_COLUMN, self._n_lines, shape_of(row))
        if quoted:
            self._warning_counts[WarningCode.QUOTED_VALUE] += 1
        if row[-1].isspace() or cell[-1].isspace():
            self._warning_counts[WarningCode.TRAILING_SPACE] += 1
        return value

    def _note_error(self, error_code: ErrorCode, text: str) -> None:
        if self._n_lines == 1 and not looks_like_identifier(text):
            self._doubt_title(text)
        self._record_errors.append(RecordError(self._n_lines, error_code, shape_of(text)))

    def _doubt_title(self, text: str) -> None:
        """Refuse a first row that is surely a title, and remember one that is if anything after it is valid."""
        shape = shape_of(text)
        if _IOS_WORD.search(text.lower()):
            self._refuse(ErrorCode.IOS_SOURCE, 1, shape)
        if _NOT_IN_A_WORD.sub("", text.lower()) in _HEADER_WORDS:
            self._refuse(ErrorCode.HEADER_ROW, 1, shape)
        self._doubtful_title = shape

    def _checked_list(self) -> CheckedList:
        if not self._n_lines:
            self._refuse(ErrorCode.EMPTY_FILE)
        error_counts = _error_counts(self._record_errors)
        n_valid = len(self._kinds)
        if not n_valid:
            self._refuse_without_valid_records(error_counts[0])
        return CheckedList(
            list_type=self._list_type,
            record_counts=RecordCounts(self._n_lines, n_valid, self._n_lines - n_valid),
            error_counts=error_counts,
            record_errors=tuple(self._record_errors),
            warnings=tuple(
                ListWarning(code, WARNINGS[code], self._warning_counts[code])
                for code in WarningCode
                if self._warning_counts[code]
            ),
            digests=Digests(
                np.frombuffer(self._kinds, dtype=np.uint8),
                np.frombuffer(self._values, dtype=np.uint8).reshape(n_valid, MAX_DIGEST_BYTES),
            ),
        )

    def _refuse_without_valid_records(self, most_frequent: ErrorCount) -> NoReturn:
        code = ErrorCode.NO_VALID_RECORDS
        explanation = ERROR_CODES[most_frequent.error_code]
        raise ListFileError(
            f"{self._path}: {ERROR_CODES[code].message} in {self._n_lines:,}; most frequent: {explanation.message} "
            f"({most_frequent.error_code}, {most_frequent.count:,} times); {explanation.fix} ({code})",
            error_code=code,
        )

    def _refuse(self, error_code: ErrorCode, line_number: int | None = None, shape: str = "") -> NoReturn:
        explanation = ERROR_CODES[error_code]
        place = f"{self._path}, line {line_number:,}" if line_number else f"{self._path}"
        came = f" (shape {shape})" if shape else ""
        raise ListFileError(
            f"{place}: {explanation.message}{came}; {explanation.fix} ({error_code})",
            error_code=error_code,
            line_number=line_number,
        )


def _decoded(data: bytes) -> tuple[str, bytes]:
    """Return the text of the lines up to the first that is not UTF-8, and that line.

    Nothing is raised from here: a UnicodeDecodeError holds all the bytes, and a chain of exceptions would keep them.
    """
    try:
        return data.decode(), b""
    except UnicodeDecodeError as error:
        n_decodable = data.rfind(b"\n", 0, error.start) + 1
    return data[:n_decodable].decode(), data[n_decodable:].partition(b"\n")[0]


def _error_counts(record_errors: list[RecordError]) -> tuple[ErrorCount, ...]:
    counts = Counter(record_error.error_code for record_error in record_errors)
    return tuple(ErrorCount(code, ERROR_CODES[code].message, count) for code, count in counts.most_common())


def _checked_list_type(list_type: ListType | str) -> ListType:
    try:
        return ListType(list_type)
    except ValueError:
        raise DefinitionError(f"expected list type EMAIL or MAID, got {list_type!r}; name one of the two") from None
