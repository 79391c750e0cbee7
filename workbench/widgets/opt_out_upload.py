"""A field to upload the people who opted out: read while they arrive, kept as digests while the page is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import VBox

from workbench.identity import IncomingFile, ListType, SuppressionList
from workbench.progress import Progress
from workbench.widgets.layout import button, row
from workbench.widgets.notice import Notice
from workbench.widgets.upload_field import UploadField
from workbench.widgets.work import Work

HINT = "Optional. Lists are read without them, so give them first."


class OptOutUpload(VBox):
    """Upload a list of people who opted out.

    Parameters
    ----------
    list_type : callable
        Returns what the file holds: the same as the list.

    Attributes
    ----------
    suppression : SuppressionList or None
        Who was uploaded last; None before, and while a file is refused.
    """

    def __init__(self, list_type: Callable[[], ListType]) -> None:
        self._list_type = list_type
        self.suppression: SuppressionList | None = None
        self._on_change: Callable[[], None] = lambda: None
        self._field, self._notice = UploadField("Upload people who opted out", hint=HINT), Notice()
        self._work: Work[SuppressionList] = Work(self)
        self._forget = button("Forget them")
        super().__init__((self._field, self._notice, row(self._forget, name="buttons")))
        self.add_class("wb-opt-out")
        self._forget.on_click(self._notice.guarded(lambda _button: self.forget()))
        self._show_forget(is_shown=False)
        self._field.on_file(self._on_file)
        self._field.on_trouble(self._notice.say_error)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back when others opted out than before."""
        self._on_change = callback

    def forget(self) -> None:
        """Forget who was uploaded."""
        self._field.stop()
        self.suppression, self._field.file_name = None, ""
        self._notice.clear()
        self._show_forget(is_shown=False)
        self._on_change()

    def on_progress(self, n_done: int, n_total: int) -> None:
        """Show how far reading is."""
        self._notice.say(f"Reading who opted out: {n_done / max(n_total, 1):.0%}".replace("%", " %"), tone="plain")

    def on_compiling(self, is_compiling: bool) -> None:
        """Nobody is told: it is a part of reading."""

    def on_done(self, suppression: SuppressionList) -> None:
        """Take the people, and say what could not be read: each such record may be a person who is not left out."""
        counts = suppression.checked.record_counts
        said = f"{counts.valid:,} records of people who opted out."
        if counts.invalid:
            said += f" {counts.invalid:,} could not be read: those people are not left out."
        self._notice.say(said, tone="plain")
        self._show_forget(is_shown=True)
        self.suppression = suppression
        self._on_change()

    def on_failed(self, error: Exception) -> None:
        """Say why they were refused; nobody is left out then."""
        self.suppression = None
        self._show_forget(is_shown=False)
        self._notice.say_error(error)
        self._on_change()

    def _show_forget(self, *, is_shown: bool) -> None:
        self._forget.layout.display = None if is_shown else "none"

    def _on_file(self, file: IncomingFile) -> None:
        list_type: Any = self._list_type()

        def job(on_progress: Progress) -> SuppressionList:
            return SuppressionList.read(file, list_type, on_progress=on_progress)

        self._work.start(job)
