"""A table to sort, filter and choose rows from; on a phone it scrolls inside its card, and empty it says what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import anywidget
import traitlets

from workbench.widgets.page import _FOLDER, page

Tone = Literal["good", "warn", "bad", "plain"]
Kind = Literal["text", "figure", "code", "words"]


class Column(NamedTuple):
    """One column.

    Parameters
    ----------
    key : str
        Key of its cells in a row.
    label : str
        Heading.
    kind : {"text", "figure", "code", "words"}
        Figures are aligned to the right, in digits of equal width; code is cut at about 30 letters; words wrap.
    """

    key: str
    label: str
    kind: Kind = "text"


class Cell(NamedTuple):
    """One cell that is more than its text.

    Parameters
    ----------
    text : str
        What is read.
    order : float or str or None
        What the column is sorted by; None sorts by the text, and behind the numbers in a column of numbers. NaN is
        None: there is nothing to sort by, and JSON has no NaN.
    tone : {"good", "warn", "bad", "plain"} or None
        Makes a pill of it: a word, a dot and a colour.
    """

    text: str
    order: float | str | None = None
    tone: Tone | None = None


class Table(anywidget.AnyWidget):
    """A sortable table.

    Parameters
    ----------
    columns : sequence of Column
        From left to right.
    title : str
        Heading above the table.
    empty : str
        Sentence in place of the table while it has no rows.
    has_filter : bool
        Whether there is a field to filter rows by their texts.

    Attributes
    ----------
    selected : str
        Key of the row that was chosen; empty when none is, or rows have no keys.
    filter : str
        Words that every row shown has.
    sorting : dict
        Key of the ``column`` that rows are sorted by, empty for their own order, and whether ``is_descending``.
    """

    _esm = _FOLDER / "table.js"
    title = traitlets.Unicode().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)
    columns: Any = traitlets.List().tag(sync=True)
    cells: Any = traitlets.List().tag(sync=True)
    row_keys: Any = traitlets.List().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    has_filter = traitlets.Bool(False).tag(sync=True)
    filter = traitlets.Unicode().tag(sync=True)
    sorting: Any = traitlets.Dict({"column": "", "is_descending": False}).tag(sync=True)

    def __init__(self, columns: Sequence[Column], *, title: str, empty: str, has_filter: bool = False) -> None:
        page()
        made = [column._asdict() for column in columns]
        super().__init__(columns=made, title=title, empty=empty, has_filter=has_filter)

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Have these columns instead of the present ones, and no rows until there are others."""
        with self.hold_sync():
            self.cells, self.row_keys, self.sorting = [], [], {"column": "", "is_descending": False}
            self.columns = [column._asdict() for column in columns]

    def show_rows(self, rows: Sequence[Mapping[str, str | Cell]], *, note: str = "", keys: Sequence[str] = ()) -> None:
        """Show these rows instead of the present ones.

        Parameters
        ----------
        rows : sequence of mapping
            Cells by column key.
        note : str
            Beside the heading, for example how many rows there are in all.
        keys : sequence of str
            One a row, if rows can be chosen.
        """
        columns = [column["key"] for column in self.columns]
        with self.hold_sync():
            self.note, self.row_keys = note, list(keys)
            self.cells = [[_as_dict(row[key]) for key in columns] for row in rows]
            if self.selected not in self.row_keys:
                self.selected = ""


def _as_dict(cell: str | Cell) -> dict[str, Any]:
    whole = cell if isinstance(cell, Cell) else Cell(cell)
    has_order = not isinstance(whole.order, float) or math.isfinite(whole.order)
    return (whole if has_order else whole._replace(order=None))._asdict()
