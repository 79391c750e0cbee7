"""A field to pick a file below a folder of the workbench's machine; what is outside of it is never shown."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import traitlets
from ipywidgets import HTML, VBox

from workbench.errors import InputFileError
from workbench.rooted_folder import FolderEntry, RootedFolder
from workbench.widgets.layout import button, row
from workbench.widgets.notice import Notice
from workbench.widgets.table import Cell, Column, Table

COLUMNS = (Column("name", "Name"), Column("size", "Size", "figure"), Column("changed", "Changed"))


class FilePicker(VBox):
    """Pick a file; folded to one line once there is one.

    Parameters
    ----------
    label : str
        What is picked.
    root : Path
        The folder that nobody gets out of.
    value : str
        What is picked to begin with.
    picks_folders : frozenset of str
        Names of files that make the folder around them something to pick, such as a saved list.

    Attributes
    ----------
    value : str
        Path of the file from the root on; empty while there is none.
    """

    value = traitlets.Unicode()

    def __init__(self, label: str, root: Path, value: str = "", *, picks_folders: frozenset[str] = frozenset()) -> None:
        self._label, self._folder, self._picks_folders = label, RootedFolder(root), picks_folders
        self._place = ""
        self._line = HTML()
        self._toggle, self._none, self._up = button("Choose…"), button("None"), button("Up")
        self._table = Table(COLUMNS, title="Files", empty="Nothing in this folder.", has_filter=True)
        self._notice = Notice()
        self._list = VBox((self._up, self._table))
        self._list.add_class("wb-files")
        buttons = row(self._toggle, self._none, name="buttons")
        super().__init__((row(self._line, buttons, name="picked"), self._list, self._notice), value=value)
        self.add_class("wb-picker")
        self._watch()
        self._fold(is_open=False)

    def path(self) -> Path:
        """Return the real path of what is picked; InputFileError if it is outside of the folder."""
        return self._folder.inside(self.value)

    def _watch(self) -> None:
        guarded = self._notice.guarded
        self.observe(guarded(lambda _change: self._fold(is_open=False)), names="value")
        self._toggle.on_click(guarded(lambda _button: self._fold(is_open=self._list.layout.display == "none")))
        self._none.on_click(guarded(lambda _button: setattr(self, "value", "")))
        self._up.on_click(guarded(lambda _button: self._open(self._place.rpartition("/")[0])))
        self._table.observe(guarded(self._on_selected), names="selected")

    def _fold(self, *, is_open: bool) -> None:
        shown = f"<b>{html.escape(self.value)}</b>" if self.value else '<span class="wb-empty">none yet</span>'
        self._line.value = f'<span class="wb-picked-label">{html.escape(self._label)}</span>{shown}'
        self._list.layout.display = None if is_open else "none"
        self._toggle.description = "Close" if is_open else "Change…" if self.value else "Choose…"
        self._toggle.tooltip = f"{self._label}: choose a file"
        self._none.layout.display = None if self.value and not is_open else "none"
        if is_open:
            self._open(self._start())

    def _start(self) -> str:
        """Return the folder to begin with: that of the file that is picked, if it is still there."""
        folder = self.value.rpartition("/")[0]
        try:
            return folder if self._folder.inside(folder).is_dir() else ""
        except InputFileError:
            return ""

    def _open(self, place: str) -> None:
        entries = self._folder.entries(place)
        self._place = place
        self._up.layout.display = None if place else "none"
        self._table.title = place.rpartition("/")[2] or "Files"
        rows = [_row(entry, is_picked_whole=self._is_picked_whole(entry)) for entry in entries]
        self._table.filter = ""
        self._table.show_rows(rows, keys=[entry.path for entry in entries])
        self._table.selected = ""

    def _on_selected(self, change: Any) -> None:
        path = change.new
        entry = next((each for each in self._folder.entries(self._place) if each.path == path), None)
        if entry is None:
            return
        if entry.is_folder and not self._is_picked_whole(entry):
            self._open(path)
        elif self.value == path:
            self._fold(is_open=False)
        else:
            self.value = path

    def _is_picked_whole(self, entry: FolderEntry) -> bool:
        inner = self._folder.inside(entry.path)
        return entry.is_folder and any((inner / name).is_file() for name in self._picks_folders)


def _row(entry: FolderEntry, *, is_picked_whole: bool) -> dict[str, str | Cell]:
    name = entry.name if is_picked_whole or not entry.is_folder else f"{entry.name} /"
    what = "kept list" if is_picked_whole else "folder"
    return {
        "name": name,
        "size": Cell(what, -1.0) if entry.is_folder else Cell(shown_bytes(entry.n_bytes), float(entry.n_bytes)),
        "changed": Cell(f"{entry.changed_at.day} {entry.changed_at:%b %Y}", entry.changed_at.timestamp()),
    }


def shown_bytes(n_bytes: int) -> str:
    """Return the size of a file for people: ``12 kB``, ``4.1 MB``, ``1.2 GB``."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= 0.9995 * scale:
            return f"{n_bytes / scale:.1f} {unit}" if n_bytes < 9.95 * scale else f"{n_bytes / scale:,.0f} {unit}"
    return f"{max(n_bytes, 1 if n_bytes else 0) / 1e3:.0f} kB" if n_bytes >= 500 else f"{n_bytes} bytes"
