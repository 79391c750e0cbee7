"""The text of a file that may be any table: lines in one of three encodings, cells in one of three ways.

Bytes that are no UTF-8 become lone surrogates, which no text has, and so stay where they are: a name in Latin-1 in one
column does not hide an address in ASCII in another.
"""

import re
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper
from typing import Final, NamedTuple

from workbench.errors import ListFileError
from workbench.identity import ERROR_CODES, ErrorCode
from workbench.progress import Progress

SEPARATORS: Final = (",", ";", "\t")

_MOST_LINE_LETTERS: Final = 1 << 20
_LINES_BETWEEN_NEWS: Final = 10_000
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_UTF_8_MARK: Final = b"\xef\xbb\xbf"
_NO_TEXT: Final = (b"PK\x03\x04", b"\x1f\x8b")  # a workbook is the former
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Cell(NamedTuple):
    """What stands between two separators, and whether it was in quotation marks."""

    text: str
    is_quoted: bool


class TableText:
    """The lines of an open file, as often as they are asked for.

    Parameters
    ----------
    file : binary file
        Open at its beginning.
    n_bytes : int
        Its size.
    on_progress : Progress
        Called while lines are read.

    Attributes
    ----------
    encoding : str
        What the file begins with says it is.
    has_mark : bool
        Whether it begins with a byte order mark.
    has_lone_carriage_returns : bool
        Whether any line so far ended in one.
    """

    def __init__(self, file: BufferedReader, n_bytes: int, on_progress: Progress) -> None:
        self._file, self._n_bytes, self._on_progress = file, n_bytes, on_progress
        self._n_before = 0  # bytes of earlier passes
        self.has_lone_carriage_returns = False
        beginning = file.read(4)
        if beginning.startswith(_NO_TEXT):
            raise refused(ErrorCode.WRONG_ENCODING)
        self.is_utf_16 = beginning.startswith(_UTF_16_MARKS)
        self.has_mark = beginning.startswith(_UTF_8_MARK)
        self.encoding = "utf-16" if self.is_utf_16 else "utf-8-sig" if self.has_mark else "utf-8"

    def lines(self, n_passes: int) -> Iterator[str]:
        """Yield the lines without their ends, from the first.

        Parameters
        ----------
        n_passes : int
            How often this will be called, for the progress.

        Raises
        ------
        ListFileError
            If the file turns out to be no text.
        """
        self._file.seek(0)
        errors = "strict" if self.is_utf_16 else "surrogateescape"
        text = TextIOWrapper(self._file, encoding=self.encoding, errors=errors)  # takes CR, LF and CRLF for ends
        n_lines, line = 0, " "
        try:
            while line:
                line = _next_line(text)
                if line:
                    yield line.removesuffix("\n")
                n_lines += 1
                if n_lines % _LINES_BETWEEN_NEWS == 0 or not line:
                    self._on_progress(self._n_before + text.buffer.tell(), n_passes * self._n_bytes)
            ends = text.newlines or ()
            self.has_lone_carriage_returns |= "\r" in ((ends,) if isinstance(ends, str) else ends)
        finally:
            text.detach()  # or it would close the file
        self._n_before += self._n_bytes


def cells_of(line: str, separator: str | None) -> list[Cell] | None:
    """Return the cells of a line, or None if a quotation mark has no partner.

    Parameters
    ----------
    line : str
        Without its end.
    separator : str or None
        What stands between cells; None if the line is one cell.
    """
    if '"' not in line:
        return [Cell(text, False) for text in (line.split(separator) if separator else [line])]
    cells, place = [], 0
    pattern = _CELLS[separator]
    while True:
        found = pattern.match(line, place)
        if found is None:
            return None
        is_quoted = found[1] is not None
        cells.append(Cell(found[1].replace('""', '"') if is_quoted else found[2], is_quoted))
        if found.end() == len(line):
            # A separator at the very end opens one more cell.
            if separator and line.endswith(separator) and found[3]:
                cells.append(Cell("", False))
            return cells
        place = found.end()


def is_foreign(text: str) -> bool:
    """Return whether a text holds bytes that are no UTF-8."""
    return _SURROGATE.search(text) is not None


def refused(error_code: ErrorCode, line_number: int | None = None, detail: str = "") -> ListFileError:
    """Return the refusal of a file that cannot be cleaned: the rule, the line, and what is special about it."""
    explanation = ERROR_CODES[error_code]
    place = f"line {line_number:,}: " if line_number else ""
    return ListFileError(
        f"{place}{detail or explanation.message}; {explanation.fix} ({error_code})",
        error_code=error_code,
        line_number=line_number,
    )


def _next_line(text: TextIOWrapper) -> str:
    try:
        line = text.readline(_MOST_LINE_LETTERS + 1)
    except UnicodeDecodeError:
        line = "\0"
    if "\0" in line:
        raise refused(ErrorCode.WRONG_ENCODING)
    if len(line) > _MOST_LINE_LETTERS:
        raise refused(ErrorCode.LINE_TOO_LONG)
    return line


def _cell_pattern(separator: str | None) -> re.Pattern[str]:
    end = f"({re.escape(separator)}|$)" if separator else "($)"
    plain = rf'[^"{re.escape(separator)}]*' if separator else '[^"]*'
    return re.compile(rf'(?:\s*"([^"]*(?:""[^"]*)*)"\s*|({plain})){end}')


_CELLS: Final = {separator: _cell_pattern(separator) for separator in (None, *SEPARATORS)}
