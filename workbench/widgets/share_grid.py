"""A heat map of shares whose cells can be chosen, with the mouse or the arrow keys."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import anywidget
import traitlets

from workbench.widgets.page import _FOLDER, page


class ShareCell(NamedTuple):
    """One cell.

    Parameters
    ----------
    text : str
        What stands in it.
    share : float or None
        How strong its colour is, 0 to 1; None for a share that is hidden or none.
    sentence : str
        What it means, in full.
    """

    text: str
    share: float | None
    sentence: str


class ShareGrid(anywidget.AnyWidget):
    """A square of shares.

    Parameters
    ----------
    title, note : str
        Heading, and how to read it.
    empty : str
        Sentence in its place while there are fewer than two rows.

    Attributes
    ----------
    chosen : list of int
        Row and column of the cell that was chosen; empty while none is.
    """

    _esm = _FOLDER / "share_grid.js"
    title = traitlets.Unicode().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)
    labels: Any = traitlets.List().tag(sync=True)
    cells: Any = traitlets.List().tag(sync=True)
    chosen: Any = traitlets.List().tag(sync=True)

    def __init__(self, *, title: str, note: str, empty: str) -> None:
        page()
        super().__init__(title=title, note=note, empty=empty)

    def show(self, labels: Sequence[str], cells: Sequence[Sequence[ShareCell]], chosen: Sequence[int] = ()) -> None:
        """Show these cells, one of them chosen or none.

        Parameters
        ----------
        labels : sequence of str
            Names of rows and columns alike.
        cells : sequence of sequence of ShareCell
            Row by row.
        chosen : sequence of int
            Row and column.
        """
        with self.hold_sync():
            self.labels, self.cells = list(labels), [[cell._asdict() for cell in row] for row in cells]
            self.chosen = list(chosen)
