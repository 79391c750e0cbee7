"""Keeps a list that was uploaded, as digests, so that audiences can be made of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ipywidgets import VBox

from workbench.customer_lists import SavedList, UploadInMemory
from workbench.errors import DefinitionError
from workbench.rooted_folder import RootedFolder
from workbench.widgets.layout import button, row, text_field
from workbench.widgets.notice import Notice

LISTS_FOLDER = "lists"


class ListKeeper(VBox):
    """A name and a button; shown while there is something to keep.

    Parameters
    ----------
    base_folder : Path
        Lists are kept in ``lists`` below it.
    """

    def __init__(self, base_folder: Path) -> None:
        self._base_folder = base_folder
        self._upload: UploadInMemory | None = None
        self._on_kept: Callable[[str], None] = lambda _list_file: None
        self._name = text_field("Keep this list as", placeholder="for example Customers, autumn")
        self._keep, self._notice = button("Keep as digests"), Notice()
        super().__init__((row(self._name, self._keep), self._notice))
        self._keep.on_click(self._notice.guarded(self._on_keep))
        self.offer(None)

    def on_kept(self, callback: Callable[[str], None]) -> None:
        """Call back with the path of a list that was kept, relative to the base folder."""
        self._on_kept = callback

    def offer(self, upload: UploadInMemory | None) -> None:
        """Offer to keep a list, or none."""
        self._upload = upload
        self._name.layout.display = self._keep.layout.display = None if upload is not None else "none"
        if upload is not None:
            self._notice.clear()

    def _on_keep(self, _button: Any) -> None:
        name, upload = self._name.value.strip(), self._upload
        if not name or upload is None:
            raise DefinitionError("Please give the list a name, so that you find it again.")
        list_file = f"{LISTS_FOLDER}/{folder_name(name)}"
        folder = RootedFolder(self._base_folder).inside(list_file)
        if folder.exists():
            raise DefinitionError(f"There is already a list called “{name}”; choose another name.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        SavedList.create(folder, name, upload)
        self._name.value = ""
        self.offer(None)
        self._notice.say(f"Kept “{name}”: digests only, nothing that can be read back.", tone="plain")
        self._on_kept(list_file)


def folder_name(name: str) -> str:
    """Return a name as the name of a folder: small letters, digits and hyphens."""
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-_")[:80] or "list"
