"""A file to take away: made when it is asked for, handed to the browser, kept nowhere on the server."""

from collections.abc import Callable
from typing import Any, NamedTuple

import anywidget
import traitlets

from workbench.progress import Progress
from workbench.widgets.notice import error_words
from workbench.widgets.page import _FOLDER, page
from workbench.widgets.work import Work


class DownloadFile(NamedTuple):
    """What the browser gets.

    Attributes
    ----------
    name : str
        File name, without a folder.
    media_type : str
        Such as ``text/csv``.
    content : bytes
        All of it.
    """

    name: str
    media_type: str
    content: bytes


class Download(anywidget.AnyWidget):
    """A button that hands a file to the browser.

    Parameters
    ----------
    label : str
        What it says; it cannot be pressed before there is something to `offer`.
    """

    _esm = _FOLDER / "download.js"
    label = traitlets.Unicode().tag(sync=True)
    is_disabled = traitlets.Bool(True).tag(sync=True)
    is_busy = traitlets.Bool(False).tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)

    def __init__(self, label: str) -> None:
        page()
        super().__init__(label=label)
        self._make: Callable[[], DownloadFile] | None = None
        self._work: Work[DownloadFile] = Work(self)
        self.on_msg(self._on_message)

    def offer(self, make: Callable[[], DownloadFile]) -> None:
        """Let the button be pressed; ``make`` then makes the file, in a thread of its own where a loop runs."""
        self._make, self.is_disabled = make, False

    def on_progress(self, n_done: int, n_total: int) -> None:
        """Nothing is shown: a file takes seconds at most."""

    def on_compiling(self, is_compiling: bool) -> None:
        """Nothing is shown: a file is made of what is known already."""

    def on_done(self, result: DownloadFile) -> None:
        """Hand the file over."""
        self.is_busy, self.message = False, ""
        self.send({"kind": "file", "name": result.name, "type": result.media_type}, buffers=[result.content])

    def on_failed(self, error: Exception) -> None:
        """Say why there is no file."""
        self.is_busy, self.message = False, error_words(error)

    def _on_message(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        make = self._make
        if content.get("kind") != "wanted" or self.is_busy or make is None:
            return

        def job(_on_progress: Progress) -> DownloadFile:
            return make()

        self.is_busy, self.message = True, ""
        self._work.start(job)
