"""Which column of a table holds the identifiers, if exactly one does.

Rows at the top that hold nothing like an identifier are titles, whatever stands in them. Below them every way of
splitting lines is tried at once. One that gives rows of different numbers of cells is none; and of all columns of all
ways that are left, one must hold valid records and no other may. Lines that are one cell each need no splitting: a
file that is indented with tabs has one column, not two.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from workbench.customer_lists.table_text import SEPARATORS, Cell, cells_of, is_foreign, refused
from workbench.errors import ListFileError
from workbench.identity import ErrorCode, ListType
from workbench.identity.classification import classify, looks_like_identifier

_SEVERAL: Final = "expected one column that holds identifiers, got several"
_UNEVEN: Final = "expected the same number of columns in every row, got different ones"
_UNPAIRED: Final = "expected quotation marks around whole cells, on one line, got others"

_APART: Final = re.compile(r'[,;\t"]')


class IdentifierColumn(NamedTuple):
    """Where the identifiers stand.

    Parameters
    ----------
    separator : str or None
        What stands between cells; None if there is one column.
    column : int
        Which column, counted from 0.
    first_line : int
        Where records begin, counted from 1; titles are above.
    is_utf_8 : bool
        Whether the whole file is.
    """

    separator: str | None
    column: int
    first_line: int
    is_utf_8: bool


def find_identifier_column(lines: Iterable[str], list_type: ListType) -> IdentifierColumn:
    """Go through all lines and find the one column that holds identifiers.

    Parameters
    ----------
    lines : iterable of str
        All lines of the file.
    list_type : ListType
        What identifiers they are.

    Raises
    ------
    ListFileError
        If there is none, or several, or the lines are no table.
    """
    single, *split = ways = [_Way(separator) for separator in (None, *SEPARATORS)]
    is_utf_8, is_empty, first_line = True, True, 0
    for line_number, line in enumerate(lines, start=1):
        is_utf_8 = is_utf_8 and not is_foreign(line)
        if not line.strip():
            continue
        is_empty = False
        if not first_line and not _holds_identifier(line, list_type):
            continue
        first_line = first_line or line_number
        is_valid = _Validity(list_type)
        whole = None if _APART.search(line) else [Cell(line, False)]  # then no way of splitting does
        for way in ways:
            way.take(whole or cells_of(line, way.separator), line, line_number, is_valid)
    if is_empty:
        raise refused(ErrorCode.EMPTY_FILE)
    found = single.columns() or [place for way in split for place in way.columns()]
    if len(found) == 1:
        return IdentifierColumn(*found[0], first_line, is_utf_8)
    raise _refusal(ways, is_ambiguous=bool(found))


class _Validity(dict[str, bool]):
    """Which cells of one line are valid records; most ways of splitting it give the same cells."""

    def __init__(self, list_type: ListType) -> None:
        super().__init__()
        self._list_type = list_type

    def __missing__(self, text: str) -> bool:
        self[text] = bool(text) and not is_foreign(text) and classify(text, self._list_type).error_code is None
        return self[text]


class _Way:
    """One way of splitting lines."""

    def __init__(self, separator: str | None) -> None:
        self.separator = separator
        self.first_uneven: int | None = None
        self.first_unpaired: int | None = None
        self._width = 0 if separator else 1
        self._valid_columns: set[int] = set()

    def columns(self) -> list[tuple[str | None, int]]:
        """Return the columns that hold valid records, none unless this is a way to split all lines."""
        is_table = self.first_uneven is None and self.first_unpaired is None
        is_split = self.separator is None or self._width > 1
        return [(self.separator, column) for column in sorted(self._valid_columns)] if is_table and is_split else []

    def take(self, cells: list[Cell] | None, line: str, line_number: int, is_valid: _Validity) -> None:
        """Take note of a line and of its cells; None if they have no end."""
        if self.first_uneven or self.first_unpaired:
            return
        if cells is None:
            self.first_unpaired = line_number
            return
        width = len(cells) if self.separator else 1 + _is_split(line.strip())
        self._width = self._width or width
        if width != self._width:
            self.first_uneven = line_number
            return
        for column, cell in enumerate(cells):
            if column not in self._valid_columns and is_valid[cell.text.strip()]:
                self._valid_columns.add(column)


def _holds_identifier(line: str, list_type: ListType) -> bool:
    """Return whether anything in a line is an identifier, or was meant as one."""
    is_valid = _Validity(list_type)
    cells = map(str.strip, _APART.split(line))
    return any(is_valid[cell] or looks_like_identifier(cell) for cell in cells)


def _is_split(line: str) -> bool:
    """Return whether a line has a separator outside of quotation marks."""
    return any(len(cells_of(line, separator) or ()) > 1 for separator in SEPARATORS if separator in line)


def _refusal(ways: list[_Way], *, is_ambiguous: bool) -> ListFileError:
    if is_ambiguous:
        return refused(ErrorCode.SECOND_COLUMN, None, _SEVERAL)
    # The line that the way which went furthest stopped at: there the table ends, as its owner sees it.
    uneven = [way.first_uneven for way in ways if way.first_uneven is not None]
    if uneven:
        return refused(ErrorCode.SECOND_COLUMN, max(uneven), _UNEVEN)
    unpaired = [way.first_unpaired for way in ways if way.first_unpaired is not None]
    if unpaired:
        return refused(ErrorCode.SECOND_COLUMN, max(unpaired), _UNPAIRED)
    return refused(ErrorCode.NO_VALID_RECORDS)
