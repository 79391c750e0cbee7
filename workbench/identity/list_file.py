"""Reading a customer list: one pass over the file, in bounded memory, with plaintext gone as soon as it was seen.

The file is read a chunk at a time. Every row of a chunk is stripped of what a spreadsheet adds (quotation marks,
trailing spaces), classified, hashed, and forgotten; 33 bytes per valid record remain. A row that breaks a rule about
the *file* ends the reading with `ListFileError`; one that breaks a rule about a *record* is counted, and the reading
goes on.

There are two ways through a chunk. `ListReader` reads row by row, in Python; what it decides is the rule. Long files go
through `compiled_rows`, fifty times faster, which hands every row back that it is not sure of. Tests hold both against
each other, and against an oracle that shares no code with them.

Choices where the platform's help page is silent:

- Lines end in LF or CRLF. A carriage return alone, as old Macintosh programs wrote, refuses the file: read as a line
  end it would turn CR CR LF into blank rows, and read as a character it would join all rows into one.
- A value wholly within double quotation marks is the value, since many programs quote every cell; a separator inside
  them opens no second column.
- A first row that is no identifier is a header if it is a word such as ``email``, or if any later row is valid. Meant
  as an identifier, and so a record, is what has an ``@`` or is at least 20 hexadecimal digits and hyphens.
- A file or column is from iOS if its name says IDFA, or iOS as a word of its own or written so.
- A line may have 1,024 bytes, four times the longest e-mail address, so that no file can fill the memory. What grows
  with the file are the digests, 33 bytes a valid record.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from workbench.errors import DefinitionError, InputFileError, ListFileError
from workbench.identity.checked_list import CheckedList, RecordCounts
from workbench.identity.chunk_buffer import ByteSource, ChunkBuffer
from workbench.identity.classification import ListProfile, classify, looks_like_identifier
from workbench.identity.digests import ListType
from workbench.identity.error_codes import ERROR_CODES, ErrorCode, WarningCode
from workbench.identity.incoming_file import IncomingFile
from workbench.identity.list_row import MAX_LINE_BYTES, cell_of
from workbench.identity.normalize import shape_of
from workbench.identity.person_filter import PersonFilter
from workbench.identity.record_columns import RecordColumns
from workbench.progress import Progress, ignore_progress
from workbench.regular_file import opened_regular_file

if TYPE_CHECKING:
    from workbench.identity.compiled_rows import CompiledRows
    from workbench.identity.suppression import SuppressionList

CHUNK_BYTES = 1 << 20

# Loading compiled code takes longer than a shorter file takes in Python.
COMPILED_FROM_BYTES = 1 << 20

_MOST_BY_HAND = 256  # rows

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# First bytes of what people upload by mistake: ZIP (every modern workbook is one), gzip, UTF-16 in both byte orders.
_FOREIGN_BEGINNINGS = (b"PK\x03\x04", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")
_MIN_CHUNK_BYTES = 4  # the first chunk must show the whole of these

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

# "ios" only as a word of its own, or every kiosk and studio would be refused; written "iOS" it is one anywhere, and no
# other word holds "idfa".
IOS_WORD = re.compile(r"(?i:idfa)|(?<![A-Za-z])(?i:ios)(?![A-Za-z])|iOS")

# Shapes are told only of faults that one cannot see without them.
_SHOWN_WITH_SHAPE = frozenset({ErrorCode.INDENTED_ROW, ErrorCode.SECOND_COLUMN})


def read_list(
    path: str | os.PathLike[str] | IncomingFile,
    list_type: ListType | str,
    *,
    profile: ListProfile | str = ListProfile.HELP_PAGE,
    suppression: "SuppressionList | None" = None,
    on_progress: Progress = ignore_progress,
) -> CheckedList:
    """Read a customer list and keep nothing of it but digests.

    Parameters
    ----------
    path : path-like or IncomingFile
        A regular file of plain text, one identifier per line; or one that is on its way.
    list_type : ListType or str
        What it holds: ``"EMAIL"`` or ``"MAID"``.
    profile : ListProfile or str
        Whose rules count where the platform has two: ``"HELP_PAGE"`` or ``"API"``.
    suppression : SuppressionList, optional
        The people who opted out; a record of one of them is refused.
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
        If the list type or the profile is neither, or the suppression list is of the other type.
    """
    reader = ListReader(path, checked_list_type(list_type), _checked_profile(profile))
    if suppression is not None:
        suppression.check_type(reader.list_type)
        reader.person_filter = suppression
    return reader.read(on_progress)


class ListReader:
    """One reading of one file.

    Parameters
    ----------
    source : path-like or IncomingFile
        The file.
    list_type : ListType
        What it holds.
    profile : ListProfile
        Whose rules count.

    Attributes
    ----------
    person_filter : PersonFilter or None
        Tells of whom a valid record is left out nevertheless.
    """

    def __init__(
        self, source: str | os.PathLike[str] | IncomingFile, list_type: ListType, profile: ListProfile
    ) -> None:
        self.list_type = list_type
        self.person_filter: PersonFilter | None = None
        self._source = source
        self._path = Path(source.name if isinstance(source, IncomingFile) else source)
        self._profile = profile
        self._n_read = 0  # bytes
        self._n_lines = 0
        self._doubtful_title = ""  # shape of a first row that is a header if any later row is valid
        self._buffer = ChunkBuffer(max(CHUNK_BYTES, _MIN_CHUNK_BYTES), MAX_LINE_BYTES + 1)
        self._records = RecordColumns()
        self._compiled: CompiledRows | None = None

    def read(self, on_progress: Progress) -> CheckedList:
        """Read the file from beginning to end, and leave no plaintext behind, whatever happens."""
        try:
            return self._read_file(on_progress)
        except ListFileError as error:
            refusal = error.with_traceback(None)
        except BaseException as error:
            _forget_rows(error.__traceback__)
            raise
        finally:
            self._buffer.forget()
        # The frames of the traceback hold rows of the list; raised anew from here, nothing can print them.
        try:
            raise refusal
        finally:
            del refusal  # or it and this frame would hold each other, and with them the buffers

    def _read_file(self, on_progress: Progress) -> CheckedList:
        with self._opened() as (file, n_bytes):
            if IOS_WORD.search(self._path.name):
                self._refuse(ErrorCode.IOS_SOURCE)
            if n_bytes >= COMPILED_FROM_BYTES:
                self._compiled = self._compiled_rows()
            while self._read_chunk(file, n_bytes) and self._n_read <= n_bytes:
                on_progress(self._n_read, n_bytes)
        if self._n_read != n_bytes:  # nobody wrote to it: no real file, but what a system shows as one
            raise InputFileError(
                f"expected {n_bytes:,} bytes in {self._path}, got another number; copy what it holds to a file first"
            )
        return self._checked_list()

    @contextmanager
    def _opened(self) -> Iterator[tuple[ByteSource, int]]:
        if isinstance(self._source, IncomingFile):
            try:
                yield self._source, self._source.n_bytes
            finally:
                self._source.abandon()  # of a list that was refused, the rest is not wanted
            return
        with opened_regular_file(self._path) as file:
            yield file, os.fstat(file.fileno()).st_size

    def _read_chunk(self, file: ByteSource, n_bytes: int) -> bool:
        """Read the lines that end in the next chunk, and tell if there was a chunk."""
        share_read = self._n_read / max(n_bytes, 1)
        n_new = self._buffer.read_chunk(file)
        if not self._n_read:
            self._skip_beginning()
        self._n_read += n_new
        self._read_lines(share_read)
        if self._buffer.n_partial_bytes > MAX_LINE_BYTES + 1:  # one more for a CR whose LF is still to come
            self._refuse(ErrorCode.LINE_TOO_LONG, self._n_lines + 1)
        return bool(n_new)

    def _skip_beginning(self) -> None:
        """Skip the byte order mark of the file's first chunk, or refuse what is no text at all."""
        beginning = self._buffer.beginning()
        if beginning.startswith(_FOREIGN_BEGINNINGS):
            self._refuse(ErrorCode.WRONG_ENCODING, 1)
        if beginning.startswith(_BYTE_ORDER_MARK):
            self._records.add_warnings([WarningCode.BYTE_ORDER_MARK])
            self._buffer.skip(len(_BYTE_ORDER_MARK))

    def _compiled_rows(self) -> "CompiledRows | None":
        from workbench.jit import IS_COMPILING  # imported late, and the next only if there is a compiler: they are slow

        if not IS_COMPILING:
            return None
        from workbench.identity.compiled_rows import CompiledRows

        return CompiledRows(self.list_type, self._profile, self._records, self._buffer, self.person_filter)

    def _read_lines(self, share_read: float) -> None:
        """Read the whole lines: the loop that plaintext goes into and only digests come out of."""
        if self._compiled is not None and self._buffer.ends_with_line_feed():
            self._read_compiled(self._compiled, share_read)
            return
        *lines, last_line = self._buffer.lines().split(b"\n")
        self._records.make_room(len(lines) + 1, share_read)
        for line in lines:
            self._read_row(line.removesuffix(b"\r"))
        if last_line:  # the end of the file, without an end of line
            self._read_row(last_line)
        self._records.flush()

    def _read_compiled(self, compiled: "CompiledRows", share_read: float) -> None:
        """Do the same in machine code, which hands back every row that it is not sure of."""
        compiled.begin_chunk(share_read)
        if not self._n_lines:
            self._read_row(self._buffer.take_line())  # it may be a title
        n_by_hand = 1
        while True:
            n_before = self._n_lines
            status, self._n_lines = compiled.scan(n_before, is_title_doubtful=bool(self._doubtful_title))
            if status == compiled.ALL_READ:
                break
            if status == compiled.IS_UNDER_TITLE:
                self._refuse(ErrorCode.HEADER_ROW, 1, self._doubtful_title)
            # Where one such row follows another, going to and fro would cost as much again as the rows.
            n_by_hand = min(2 * n_by_hand, _MOST_BY_HAND) if self._n_lines == n_before else 1
            for _ in range(n_by_hand):
                if self._buffer.begin < self._buffer.end:
                    self._read_row(self._buffer.take_line())
        compiled.end_chunk()

    def _read_row(self, line: bytes) -> None:
        """Read one row, given without its end of line; everything that the platform asks of a row is decided here."""
        self._n_lines += 1
        text, error_code, warning_codes = cell_of(line)
        if error_code is not None:
            self._refuse(error_code, self._n_lines, shape_of(text) if error_code in _SHOWN_WITH_SHAPE else "")
        if warning_codes:
            self._records.add_warnings(warning_codes)
        verdict = classify(text, self.list_type, self._profile)
        if verdict.error_code is not None:
            self._note_error(verdict.error_code, text)
            return
        if self._doubtful_title:
            self._refuse(ErrorCode.HEADER_ROW, 1, self._doubtful_title)
        self._records.add_warnings(verdict.warning_codes)
        if self.person_filter is not None and self.person_filter.leaves_out_record(text, verdict):
            self._records.add_error(self._n_lines, ErrorCode.SUPPRESSED, text)
            return
        self._records.add_digest(verdict.digest_kind, verdict.digest)

    def _note_error(self, error_code: ErrorCode, text: str) -> None:
        if self._n_lines == 1 and not looks_like_identifier(text):
            self._doubt_title(text)
        self._records.add_error(self._n_lines, error_code, text)

    def _doubt_title(self, text: str) -> None:
        """Refuse a first row that is surely a title, and remember one that is if anything after it is valid."""
        shape = shape_of(text)
        if IOS_WORD.search(text):
            self._refuse(ErrorCode.IOS_SOURCE, 1, shape)
        if _NOT_IN_A_WORD.sub("", text.lower()) in _HEADER_WORDS:
            self._refuse(ErrorCode.HEADER_ROW, 1, shape)
        self._doubtful_title = shape

    def _checked_list(self) -> CheckedList:
        records = self._records
        if not self._n_lines:
            self._refuse(ErrorCode.EMPTY_FILE)
        if not records.n_valid:
            self._refuse_without_valid_records()
        return CheckedList(
            list_type=self.list_type,
            record_counts=RecordCounts(self._n_lines, records.n_valid, records.n_refused),
            error_counts=records.counted_errors(),
            record_errors=records.record_errors(),
            warnings=records.counted_warnings(),
            digests=records.digests(),
        )

    def _refuse_without_valid_records(self) -> NoReturn:
        code, most_frequent = ErrorCode.NO_VALID_RECORDS, self._records.counted_errors()[0]
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


def checked_list_type(list_type: ListType | str) -> ListType:
    """Return a type of list that was given by name or as itself, or refuse it with `DefinitionError`."""
    try:
        return ListType(list_type)
    except ValueError:
        raise DefinitionError(f"expected list type EMAIL or MAID, got {list_type!r}; name one of the two") from None


def _checked_profile(profile: ListProfile | str) -> ListProfile:
    try:
        return ListProfile(profile)
    except ValueError:
        raise DefinitionError(f"expected profile HELP_PAGE or API, got {profile!r}; name one of the two") from None


def _forget_rows(frames: TracebackType | None) -> None:
    """Clear the local variables of this package's frames in a traceback that somebody may print."""
    while frames is not None:
        if frames.tb_frame.f_globals["__name__"].startswith(__package__):
            with suppress(RuntimeError):  # this very frame is still running
                frames.tb_frame.clear()
        frames = frames.tb_next
