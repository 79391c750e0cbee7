"""The value in one row of a customer list, without what programs put around it: quotation marks, trailing spaces.

A row that is no single value in one column breaks a rule about the *file*. Whether the value is an identifier is a
question about the *record*, and `classification` answers it.
"""

import re
from typing import NamedTuple

from workbench.identity.error_codes import ErrorCode, WarningCode

MAX_LINE_BYTES = 1024

# A row that no structural rule can object to: ASCII without white space, control characters, quotes and separators.
_BARE_ROW = re.compile(rb"[!#-+\--:<-~]{1,%d}" % MAX_LINE_BYTES)
_QUOTED_ROW = re.compile(r'"([^"]*(?:""[^"]*)*)"\s*')
_SEPARATOR = re.compile(r"[,;\t]")


class Cell(NamedTuple):
    """The value in a row or, if ``error_code`` is set, the row itself and the structural rule that it breaks."""

    text: str
    error_code: ErrorCode | None = None
    warning_codes: tuple[WarningCode, ...] = ()


def cell_of(line: bytes) -> Cell:
    """Return the value in a row, stripped of what programs put around it.

    Parameters
    ----------
    line : bytes
        A line of the file without the LF or CRLF that ends it.

    Returns
    -------
    Cell
        The value and what was left out; or the row and why its file is refused.
    """
    if _BARE_ROW.fullmatch(line):
        return Cell(line.decode("ascii"))
    if len(line) > MAX_LINE_BYTES:
        return Cell("", ErrorCode.LINE_TOO_LONG)
    row = _decoded(line)
    if row is None or "\0" in row:  # NUL: UTF-16 without its mark, or no text at all
        return Cell("", ErrorCode.WRONG_ENCODING)
    if "\r" in row:
        return Cell("", ErrorCode.LONE_CARRIAGE_RETURN)
    return _unwrapped(row)


def _unwrapped(row: str) -> Cell:
    quoted = _QUOTED_ROW.fullmatch(row)
    cell = quoted[1].replace('""', '"') if quoted else row
    value = cell.rstrip()
    if not value:
        return Cell("", ErrorCode.BLANK_ROW)
    if cell[0].isspace():
        return Cell(row, ErrorCode.INDENTED_ROW)
    if not quoted and _SEPARATOR.search(row):
        return Cell(row, ErrorCode.SECOND_COLUMN)
    warning_codes: tuple[WarningCode, ...] = (WarningCode.QUOTED_VALUE,) if quoted else ()
    if row[-1].isspace() or cell[-1].isspace():
        warning_codes += (WarningCode.TRAILING_SPACE,)
    return Cell(value, None, warning_codes)


def _decoded(line: bytes) -> str | None:
    # Nothing is raised from here: a UnicodeDecodeError holds all the bytes, and a chain of exceptions would keep them.
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None
