"""A table that can be sorted, scrolls inside its card on a phone, and says what to do when it has no rows."""

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
    """

    _esm = _FOLDER / "table.js"
    title = traitlets.Unicode().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)
    columns: Any = traitlets.List().tag(sync=True)
    cells: Any = traitlets.List().tag(sync=True)

    def __init__(self, columns: Sequence[Column], *, title: str, empty: str) -> None:
        page()
        super().__init__(columns=[column._asdict() for column in columns], title=title, empty=empty)

    def show_rows(self, rows: Sequence[Mapping[str, str | Cell]], *, note: str = "") -> None:
        """Show these rows instead of the present ones.

        Parameters
        ----------
        rows : sequence of mapping
            Cells by column key.
        note : str
            Beside the heading, for example how many rows there are in all.
        """
        keys = [column["key"] for column in self.columns]
        self.note = note
        self.cells = [[_as_dict(row[key]) for key in keys] for row in rows]


def _as_dict(cell: str | Cell) -> dict[str, Any]:
    whole = cell if isinstance(cell, Cell) else Cell(cell)
    has_order = not isinstance(whole.order, float) or math.isfinite(whole.order)
    return (whole if has_order else whole._replace(order=None))._asdict()
