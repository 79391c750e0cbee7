"""A CSV file as columns of text, each row with the line that it stands on.

Platforms and bidders export in many dialects: commas, semicolons or tabs, with or without a byte order mark, in UTF-16
out of a spreadsheet. All of these are read. Column names are told apart by their letters and not by their case.
"""

import csv
import difflib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from simulator.calibration.row_problems import RowProblems
from simulator.errors import CampaignDataError
from workbench.identity import shape_of
from workbench.regular_file import opened_regular_file

MAX_FILE_BYTES: Final = 2**30
"""A gigabyte: a bid log of some ten million auctions. A longer one says nothing that a sample of it does not."""

_DELIMITERS: Final = ",;\t"
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_UTF_8_MARK: Final = b"\xef\xbb\xbf"
_WORD: Final = r"[A-Z]{2,5}|[A-Z][A-Za-z_]+/[A-Z][A-Za-z_/-]+|[-+0-9:./ TZ]{1,32}"
"""What may be repeated: currencies, countries, time zones, dates and numbers; it can be nobody's name or address."""
_NUMBER: Final = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"


@dataclass(frozen=True, eq=False)
class CsvTable:
    """The rows of a file.

    Attributes
    ----------
    source : str
        Name of the file, without its folder.
    columns : mapping of str to pyarrow.StringArray
        Cells without blanks around them, by the column's name in capitals.
    lines : int64 array, shape (n_rows,)
        Line of each row, counted from 1.
    misshapen_lines : int64 array
        Lines that have another number of cells than the header and are no rows.
    """

    source: str
    columns: Mapping[str, pa.StringArray]
    lines: NDArray[np.int64]
    misshapen_lines: NDArray[np.int64]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.lines.size)

    def problems(self) -> RowProblems:
        """Begin the list of the file's problems with its misshapen lines."""
        problems = RowProblems(self.source, self.lines)
        problems.add_lines(self.misshapen_lines, f"expected {len(self.columns)} cells, as the header has")
        return problems

    def require_columns(self, wanted: Sequence[tuple[str, ...]], advice: str) -> None:
        """Refuse a file that lacks columns.

        Parameters
        ----------
        wanted : sequence of tuple of str
            Columns; of those in one tuple one is enough.
        advice : str
            Where to get them, for the refusal.

        Raises
        ------
        CampaignDataError
            Naming every missing column and what was probably meant for it.
        """
        missing = [names for names in wanted if not any(name in self.columns for name in names)]
        if missing:
            others = [name for name in self.columns if not any(name in names for names in wanted)]
            told = "; ".join(" or ".join(names) + _probably_meant(names, others) for names in missing)
            columns = "column" if len(missing) == 1 else "columns"
            raise CampaignDataError(f"{self.source}: {columns} missing: {told}; {advice}")

    def probable_misspellings(self, known: Sequence[str]) -> list[tuple[str, str]]:
        """Return pairs of a column that is not known and a known one that is absent and close to it."""
        absent = [name for name in known if name not in self.columns]
        unknown = [name for name in self.columns if name not in known]
        close = [(name, difflib.get_close_matches(name, absent, n=1, cutoff=0.85)) for name in unknown]
        return [(name, matches[0]) for name, matches in close if matches]


class Numbers(NamedTuple):
    """A column read as numbers.

    Attributes
    ----------
    amounts : float64 array, shape (n_rows,)
        NaN where the cell holds no number.
    is_blank, is_text : bool array, shape (n_rows,)
        Where it is empty, and where it holds something else than a number.
    """

    amounts: NDArray[np.float64]
    is_blank: NDArray[np.bool_]
    is_text: NDArray[np.bool_]


def read_csv_table(path: str | os.PathLike[str]) -> CsvTable:
    """Read a CSV file.

    Parameters
    ----------
    path : path-like
        A regular file of at most a gigabyte, in UTF-8 or UTF-16, the first line its header.

    Returns
    -------
    CsvTable

    Raises
    ------
    InputFileError
        If the file is missing or cannot be read.
    CampaignDataError
        If it is empty, no text, has a column twice, or an open quotation mark.
    """
    source = Path(path)
    with opened_regular_file(source) as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise CampaignDataError(
            f"{source.name}: expected at most {MAX_FILE_BYTES // 2**30} GiB, got a larger file; leave out early days"
        )
    return parse_csv_table(content, source.name)


def parse_csv_table(content: bytes, source: str) -> CsvTable:
    """Read the content of a CSV file; see `read_csv_table`."""
    content = _as_utf_8(content, source)
    starts, is_blank = _line_starts(content)
    filled = np.flatnonzero(~is_blank)
    if not filled.size:
        raise CampaignDataError(f"{source}: expected a header and rows, got an empty file; export it again")
    first = int(filled[0])
    ends = np.append(starts[1:], len(content))
    header_line = content[starts[first] : ends[first]].decode()
    delimiter = max(_DELIMITERS, key=header_line.count)
    names = _column_names(header_line, delimiter, source)
    rows, misshapen = _parse_rows(content[ends[first] :], names, delimiter, source)
    if len(rows) + len(misshapen) != filled.size - 1:
        raise CampaignDataError(
            f"{source}: expected one row a line, got a quotation mark that is not closed on its line; correct the "
            "quotation marks"
        )
    line_numbers = filled[1:] + 1
    is_row = np.ones(line_numbers.size, dtype=np.bool_)
    is_row[misshapen] = False
    columns = {name: pc.utf8_trim_whitespace(rows[name].combine_chunks()) for name in names}
    return CsvTable(source, columns, line_numbers[is_row], line_numbers[~is_row])


def as_numbers(column: pa.StringArray) -> Numbers:
    """Read a column's cells as numbers, such as ``12``, ``-0.5`` or ``1e6``."""
    is_number = pc.match_substring_regex(column, _NUMBER)
    numeric = pc.if_else(is_number, column, pa.scalar(None, pa.string()))
    amounts = pc.cast(numeric, pa.float64()).to_numpy(zero_copy_only=False)
    is_blank = pc.equal(column, "").to_numpy(zero_copy_only=False)
    return Numbers(amounts, is_blank, ~is_blank & ~is_number.to_numpy(zero_copy_only=False))


def shown_word(text: str) -> str:
    """Return a cell's text for a refusal: a date, a code or a number as it is, anything else as its shape."""
    if not text:
        return "nothing"
    return text if re.fullmatch(_WORD, text) else f"a text of the shape {shape_of(text)}"


def _probably_meant(names: tuple[str, ...], others: list[str]) -> str:
    """Say which other column was probably meant for one that is missing."""
    close = [match for name in names for match in difflib.get_close_matches(name, others, n=1)]
    best = max(
        close, key=lambda match: max(difflib.SequenceMatcher(None, name, match).ratio() for name in names), default=""
    )
    return f" (did you mean your column {best}? rename it)" if best else ""


def _as_utf_8(content: bytes, source: str) -> bytes:
    """Return a text in UTF-8 whose lines end in a line feed."""
    try:
        if content.startswith(_UTF_16_MARKS):
            content = content.decode("utf-16").encode()
        else:
            content = content.removeprefix(_UTF_8_MARK)
            content.decode()
    except UnicodeDecodeError:
        raise CampaignDataError(f"{source}: expected text in UTF-8, got something else; save it as CSV UTF-8") from None
    if b"\0" in content:
        raise CampaignDataError(f"{source}: expected text, got a file with NUL bytes; save it as CSV UTF-8")
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _line_starts(content: bytes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return where each line starts, and whether it is empty."""
    letters = np.frombuffer(content, dtype=np.uint8)
    starts = np.concatenate((np.zeros(1, dtype=np.int64), np.flatnonzero(letters == ord("\n")) + 1))
    lengths = np.diff(np.append(starts, letters.size + 1)) - 1
    return starts, lengths == 0


def _column_names(header_line: str, delimiter: str, source: str) -> list[str]:
    try:
        cells = next(csv.reader([header_line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        raise CampaignDataError(f"{source}: expected a header of column names, got something else") from None
    names = [cell.strip().upper() for cell in cells]
    unnamed = [str(place) for place, name in enumerate(names, start=1) if not name]
    if unnamed:
        raise CampaignDataError(f"{source}: expected a name for every column, got none for number {unnamed[0]}")
    repeated = [name for place, name in enumerate(names) if name in names[:place]]
    if repeated:
        raise CampaignDataError(f"{source}: expected every column once, got {repeated[0]} twice; drop one of them")
    return names


def _parse_rows(content: bytes, names: list[str], delimiter: str, source: str) -> tuple[pa.Table, list[int]]:
    """Split lines into cells; positions, among lines that are not empty, of those with too many or too few."""
    misshapen: list[int] = []

    def skip(row: pa_csv.InvalidRow) -> str:
        misshapen.append(row.number - 1)
        return "skip"

    texts = pa.schema([(name, pa.string()) for name in names])
    if not content.strip(b"\n"):
        return texts.empty_table(), misshapen
    try:
        rows = pa_csv.read_csv(
            pa.BufferReader(content),
            pa_csv.ReadOptions(use_threads=False, column_names=names),
            pa_csv.ParseOptions(delimiter=delimiter, invalid_row_handler=skip),
            pa_csv.ConvertOptions(column_types=texts, strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        raise CampaignDataError(
            f"{source}: expected rows of some kilobytes at most, got a longer one; correct the quotation marks"
        ) from None
    return rows, misshapen
