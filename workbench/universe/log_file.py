"""Reading an engagement log: text files of who engaged with what become arrays of codes.

User ids in a log may be personal (some logs use e-mail addresses), so they live here only: what leaves this module
knows users as numbers. Errors show the line number and the shape of a line, never the line.
"""

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from workbench.errors import UniverseError
from workbench.identity import shape_of
from workbench.progress import Progress, ignore_progress
from workbench.regular_file import opened_regular_file
from workbench.universe.event_times import parse_times
from workbench.universe.schema import ENGAGEMENT_ACTIONS, ID_PATTERN

NO_TIME: Final = np.iinfo(np.int64).min
"""Event time of an engagement whose log does not say when it was."""
_SAVE: Final = ENGAGEMENT_ACTIONS.index("save")
_ROLES: Final = ("user", "item", "action", "time")
_ROLE_OF_HEADER: Final = {
    **dict.fromkeys(("user", "user_id", "userid", "uid", "account", "account_id", "board", "board_id"), "user"),
    **dict.fromkeys(("item", "item_id", "itemid", "pin", "pin_id", "product", "product_id"), "item"),
    **dict.fromkeys(("action", "event", "event_type", "engagement"), "action"),
    **dict.fromkeys(("time", "timestamp", "event_time", "date", "datetime", "ts"), "time"),
}
_ACTION_OF_WORD: Final = {
    **{action: action for action in ENGAGEMENT_ACTIONS},
    **dict.fromkeys(("click", "closeup", "pinclick"), "pin_click"),
    **dict.fromkeys(("outboundclick", "clickthrough"), "outbound_click"),
    **dict.fromkeys(("repin", "pin", "saved"), "save"),
    **dict.fromkeys(("video", "videoview", "view"), "video_view"),
}
_BLANK_IN_TIME: Final = r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ \t]+([0-9]{2}:[0-9]{2})"
"""What stands between day and hour; it separates no fields, even where blanks do."""
_DELIMITER_NAMES: Final = {"\t": "tab", ",": "comma", ";": "semicolon", " ": "blanks"}


class LogLayout(StrEnum):
    """How the lines of a log are laid out."""

    PAIRS = "pairs"
    """One engagement a line: user, item[, action, time]."""
    ITEM_LISTS = "item_lists"
    """One user a line: the user, then every item."""


@dataclass(frozen=True)
class EngagementLog:
    """The distinct engagements of one or several log files, by user and item.

    Parameters
    ----------
    n_users : int
        Distinct users, engaged or not.
    items : pyarrow.Array of str
        The distinct item ids, ascending.
    user, item : int64 array, shape (n_rows,)
        User, numbered in the order of their ids, and position in ``items``.
    action : int64 array, shape (n_rows,)
        Position in ``ENGAGEMENT_ACTIONS``; save where the log does not say.
    event_time : int64 array, shape (n_rows,)
        Microseconds since 1970; ``NO_TIME`` where the log does not say.
    n_rows_read : int
        Engagements before exact duplicates were dropped.
    has_actions : bool
        Whether any file says what was done.
    delimiters : tuple of str
        What separates the fields, one name per file.
    """

    n_users: int
    items: pa.Array
    user: npt.NDArray[np.int64]
    item: npt.NDArray[np.int64]
    action: npt.NDArray[np.int64]
    event_time: npt.NDArray[np.int64]
    n_rows_read: int
    has_actions: bool
    delimiters: tuple[str, ...]


@dataclass(frozen=True)
class _Rows:
    """The rows of one file: texts for users and items, codes for the rest; ``listed`` are users without any row."""

    user: pa.Array
    item: pa.Array
    action: npt.NDArray[np.int64] | None
    event_time: npt.NDArray[np.int64] | None
    listed: pa.Array
    delimiter: str


def read_log(
    paths: Sequence[str | os.PathLike[str]], layout: LogLayout, on_progress: Progress = ignore_progress
) -> EngagementLog:
    """Read log files and unite them; an engagement that is the same in every field counts once.

    Parameters
    ----------
    paths : sequence of path-like
        Text files, UTF-8.
    layout : LogLayout
        How their lines are laid out.
    on_progress : Progress
        Called after every file.

    Returns
    -------
    EngagementLog
        Engagements by user and item.

    Raises
    ------
    InputFileError
        If a file is missing or unreadable.
    UniverseError
        If a file is empty, no text or not laid out so; the message gives the line number.
    """
    if not paths:
        raise UniverseError("expected at least one log file, got none; name the files")
    files = []
    for number, path in enumerate(map(Path, paths)):
        text = _LogText(path)
        files.append(_read_pairs(text) if layout is LogLayout.PAIRS else _read_item_lists(text))
        on_progress(number + 1, len(paths))
    return _unite(files)


class _LogText:
    """The bytes of one log file, known to be text, and how to speak of its lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with opened_regular_file(path) as file:
            data = file.read().removeprefix(b"\xef\xbb\xbf")
        if (place := _find_other_bytes(data)) is not None:
            line_number = data.count(b"\n", 0, place) + 1
            raise UniverseError(f"expected UTF-8 text in {path}, found other bytes in line {line_number}; convert it")
        # From here on a line ends in one way, and a blank one is empty: every reader counts the same rows.
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self.data = re.sub(rb"(?m)^[ \t\v\f]+$", b"", data)
        if not self.data.strip():
            raise UniverseError(f"expected engagements in {path}, found an empty file; name a file with some")

    def lines(self, n: int) -> list[str]:
        """Return the first ``n`` lines that are not blank, or fewer."""
        end = 0
        lines: list[str] = []
        while len(lines) < n and end < len(self.data):
            start, end = end, self.data.find(b"\n", end) + 1 or len(self.data)
            if line := self.data[start:end].decode().rstrip("\n"):
                lines.append(line)
        return lines

    def refusal(self, row: int, expected: str, advice: str) -> UniverseError:
        """Return an error about the line of a row; rows are counted from 0 over lines that are not blank."""
        filled = ((number, line) for number, line in enumerate(self.data.split(b"\n"), start=1) if line)
        number, line = next((pair for position, pair in enumerate(filled) if position == row), (1, b""))
        shape = shape_of(line.decode().rstrip()[:60])
        return UniverseError(f"{self.path}, line {number}: expected {expected}, found {shape!r}; {advice}")


def _find_other_bytes(data: bytes) -> int | None:
    """Return where the first byte is that no text has, if any."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    place = data.find(b"\0")
    return None if place < 0 else place


def _read_pairs(text: _LogText) -> _Rows:
    delimiter = _sniff_delimiter(text)
    roles, has_header = _find_roles(text, delimiter)
    columns = {
        role: pc.utf8_trim_whitespace(values)
        for role, values in zip(roles, _parse_fields(text, delimiter, len(roles), has_header), strict=True)
    }
    for role in ("user", "item"):
        empty = pc.index(columns[role], "").as_py()
        if empty >= 0:
            raise text.refusal(empty + has_header, f"an id of the {role}", "complete or drop the line")
    if not has_header and _is_header(columns["item"], 1):
        raise _unknown_header(text)

    def refuse(row: int, expected: str) -> UniverseError:
        return text.refusal(row + has_header, expected, "correct or drop the line")

    action, event_time = None, None
    if "action" in columns:
        action = _code_actions(text, columns["action"], has_header)
    if "time" in columns:
        event_time = parse_times(columns["time"], NO_TIME, refuse)
    name = _DELIMITER_NAMES[delimiter]
    return _Rows(columns["user"], columns["item"], action, event_time, columns["user"].slice(0, 0), name)


def _sniff_delimiter(text: _LogText) -> str:
    first = text.lines(1)[0]
    for delimiter in ("\t", ",", ";", " "):  # blanks last: a time may hold one
        if 2 <= len(_split(first, delimiter)) <= len(_ROLES):
            return delimiter
    raise text.refusal(
        0,
        "user, item[, action, time] separated by commas, tabs or blanks",
        "choose the layout item_lists if a line is a user with all its items",
    )


def _find_roles(text: _LogText, delimiter: str) -> tuple[tuple[str, ...], bool]:
    """Return what each column is, and whether a header says so."""
    first = _split(text.lines(1)[0], delimiter)
    named = [_ROLE_OF_HEADER.get(field.lower()) for field in first]
    if named[0] in ("user", "item") and ("user" in named and "item" in named):
        if None in named or len(set(named)) < len(named):
            raise text.refusal(0, "a header of user, item, action and time only", "drop the other columns")
        return tuple(str(role) for role in named), True
    if named[0] in ("user", "item"):
        raise _unknown_header(text)
    if len(first) == 3:
        is_action = first[2].lower() in _ACTION_OF_WORD
        return ("user", "item", "action" if is_action else "time"), False
    return _ROLES[: len(first)], False


def _is_header(items: pa.Array, n_first: int) -> bool:
    """Tell whether the items of the first row are words and all others digit strings.

    Taken for an engagement, such a row would be one too many, and no pin would keep its id.
    """
    is_id = pc.match_substring_regex(items, f"^{ID_PATTERN}$")
    first, others = is_id.slice(0, n_first), is_id.slice(n_first)
    return len(first) > 0 and len(others) > 0 and not pc.any(first).as_py() and bool(pc.all(others).as_py())


def _unknown_header(text: _LogText) -> UniverseError:
    advice = "the first line looks like a header with unknown names: name the columns user, item, action, time"
    return text.refusal(0, "an engagement, or a header of user, item, action and time", advice)


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter in ",;" and '"' in line:
        try:
            return [field.strip() for field in next(csv.reader([line], delimiter=delimiter))]
        except csv.Error:  # a field longer than any id
            return []
    fields = re.sub(_BLANK_IN_TIME, r"\1T\2", line).split() if delimiter == " " else line.split(delimiter)
    return [field.strip().strip('"') for field in fields]


def _parse_fields(text: _LogText, delimiter: str, n_fields: int, has_header: bool) -> list[pa.Array]:
    data = text.data.lstrip(b"\n")  # so that a header is the first line
    if delimiter == " ":  # runs of blanks: one tab each, none at the ends of a line
        data = re.sub(_BLANK_IN_TIME.encode(), rb"\1T\2", data)
        data = re.sub(rb"[ \t]+", b"\t", data)
        data = re.sub(rb"(?m)^\t|\t$", b"", data)
    names = [str(number) for number in range(n_fields)]
    if has_header and len(text.lines(2)) < 2:
        raise UniverseError(f"expected engagements in {text.path}, found a header only; name a file with some")
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(data),
            pa_csv.ReadOptions(column_names=names, skip_rows=int(has_header)),
            pa_csv.ParseOptions(
                delimiter="\t" if delimiter == " " else delimiter, quote_char='"' if delimiter in ",;" else False
            ),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise _find_wrong_row(text, delimiter, n_fields) from error
    if b'"' in data and table.num_rows + has_header < sum(map(bool, data.split(b"\n"))):
        raise _find_wrong_row(text, delimiter, n_fields)  # an open quotation has swallowed the lines after it
    return [table[name].combine_chunks() for name in names]


def _find_wrong_row(text: _LogText, delimiter: str, n_fields: int) -> UniverseError:
    filled = [line for line in text.data.decode().split("\n") if line]
    # Fields are counted as Arrow does, except that it looks for the end of an open quotation in the lines that follow.
    wrong = (row for row, line in enumerate(filled) if len(_split(line, delimiter)) != n_fields or line.count('"') % 2)
    expected = f"{n_fields} fields separated by {_DELIMITER_NAMES[delimiter]}"
    return text.refusal(next(wrong, 0), expected, "correct or drop the line")


def _code_actions(text: _LogText, words: pa.Array, has_header: bool) -> npt.NDArray[np.int64]:
    encoded = pc.utf8_lower(words).dictionary_encode()
    known = encoded.dictionary.to_pylist()
    codes = [_SAVE if not word else _action_code(word) for word in known]
    for code, word in zip(codes, known, strict=True):
        if code < 0:
            row = pc.index(pc.utf8_lower(words), word).as_py() + has_header
            raise text.refusal(row, f"an action, one of {', '.join(ENGAGEMENT_ACTIONS)}", "map or drop the action")
    action: npt.NDArray[np.int64] = np.array(codes, dtype=np.int64)[encoded.indices.to_numpy()]
    return action


def _action_code(word: str) -> int:
    action = _ACTION_OF_WORD.get(word.replace("-", "_").replace(" ", "_"))
    return -1 if action is None else ENGAGEMENT_ACTIONS.index(action)


def _read_item_lists(text: _LogText) -> _Rows:
    first = text.lines(1)[0]
    delimiter = next((each for each in ("\t", ",", ";") if each in first), " ")
    fields = _split(first, delimiter)
    if fields and _ROLE_OF_HEADER.get(fields[0].lower()):
        raise text.refusal(0, "a user and then its items", "choose the layout pairs if the file has a header")
    users: list[str] = []
    items: list[str] = []
    n_items: list[int] = []
    for line in text.data.decode().split("\n"):
        if not line:
            continue
        fields = line.split() if delimiter == " " else _split(line, delimiter)
        if not fields or not fields[0]:
            raise text.refusal(len(users), "a user and then its items", "complete or drop the line")
        users.append(fields[0])
        found = [field for field in fields[1:] if field]
        items.extend(found)
        n_items.append(len(found))
    if n_items and _is_header(pa.array(items, pa.string()), n_items[0]):
        raise text.refusal(0, "a user and then its items", "the first line looks like a header: drop it")
    listed = pa.array(users, pa.string())
    user = listed.take(pa.array(np.repeat(np.arange(len(users)), n_items)))
    return _Rows(user, pa.array(items, pa.string()), None, None, listed, _DELIMITER_NAMES[delimiter])


def _unite(files: list[_Rows]) -> EngagementLog:
    users, user = _encode([*(rows.user for rows in files), *(rows.listed for rows in files)])
    items, item = _encode([rows.item for rows in files])
    n_rows = len(item)
    if len(users) < 2 or not len(items):
        raise UniverseError(
            f"expected engagements of two users or more, found {len(users)} with {len(items)} items;"
            " a universe needs people to compare"
        )
    action = _concatenate([rows.action for rows in files], [len(rows.item) for rows in files], _SAVE)
    event_time = _concatenate([rows.event_time for rows in files], [len(rows.item) for rows in files], NO_TIME)
    user = user[:n_rows]
    order = np.lexsort((event_time, action, item, user))
    sorted_columns = [column[order] for column in (user, item, action, event_time)]
    is_new = np.ones(n_rows, dtype=np.bool_)
    is_new[1:] = np.any([column[1:] != column[:-1] for column in sorted_columns], axis=0)
    user, item, action, event_time = (column[is_new] for column in sorted_columns)
    has_actions = any(rows.action is not None for rows in files)
    delimiters = tuple(rows.delimiter for rows in files)
    return EngagementLog(len(users), items, user, item, action, event_time, n_rows, has_actions, delimiters)


def _encode(texts: list[pa.Array]) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Sort and number the distinct texts, short ones first and then by letters: digit strings come in their order."""
    encoded = pa.chunked_array(texts).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    distinct = encoded.dictionary
    columns = pa.table({"length": pc.utf8_length(distinct), "text": distinct})
    order = pc.sort_indices(columns, [("length", "ascending"), ("text", "ascending")]).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return distinct.take(pa.array(order)), rank[encoded.indices.to_numpy()]


def _concatenate(columns: list[npt.NDArray[np.int64] | None], n_rows: list[int], missing: int) -> npt.NDArray[np.int64]:
    filled = [np.full(n, missing) if column is None else column for column, n in zip(columns, n_rows, strict=True)]
    return np.concatenate(filled)
