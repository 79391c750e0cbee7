"""A field to upload a file through memory: read while it arrives, a few pieces at a time, never written anywhere.

ipywidgets' own upload sends a whole file in one message, and loses one of 15 MB without a word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final

import anywidget
import traitlets

from workbench.errors import InputFileError
from workbench.identity import IncomingFile
from workbench.widgets.page import _FOLDER, page

MAX_BYTES: Final = 256_000_000
PIECES_UNDER_WAY: Final = 4
_LONGEST_NAME: Final = 120


class UploadField(anywidget.AnyWidget):
    """Choose or drop a file.

    Parameters
    ----------
    label : str
        What to choose.
    hint : str
        More words, until there is a file.
    max_bytes : int
        Longest file; a longer one is refused before anything of it is sent, and again here.

    Attributes
    ----------
    file_name : str
        Name of the latest file; empty before.
    """

    _esm = _FOLDER / "upload_field.js"
    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    file_name = traitlets.Unicode().tag(sync=True)
    max_bytes = traitlets.Int(MAX_BYTES).tag(sync=True)
    is_disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, label: str, *, hint: str = "", max_bytes: int = MAX_BYTES) -> None:
        page()
        super().__init__(label=label, hint=hint, max_bytes=max_bytes)
        self._incoming: IncomingFile | None = None
        self._id: Any = None
        self._on_file: Callable[[IncomingFile], None] = lambda file: file.abandon()
        self._on_trouble: Callable[[Exception], None] = lambda _error: None
        self.on_msg(self._on_message)

    def on_file(self, callback: Callable[[IncomingFile], None]) -> None:
        """Call back with a file that begins to arrive; whoever reads it reads it in another thread."""
        self._on_file = callback

    def on_trouble(self, callback: Callable[[Exception], None]) -> None:
        """Call back with what is wrong with a file that was refused."""
        self._on_trouble = callback

    def stop(self) -> None:
        """Let go of a file that is still arriving."""
        if self._incoming is not None:
            self._incoming.abandon()
            self.send({"kind": "stop", "id": self._id})
        self._incoming = None

    def _on_message(self, _widget: Any, message: Any, buffers: Any) -> None:
        try:
            match message:
                case {"kind": "begin", "id": upload_id, "name": str(name), "n_bytes": int(n_bytes)}:
                    self._begin(upload_id, name, n_bytes)
                case {"kind": "piece", "id": upload_id, "offset": int(offset)} if upload_id == self._id:
                    if self._incoming is not None:
                        self._incoming.put(offset, memoryview(buffers[0]).cast("B"))
                case {"kind": "failed", "id": upload_id} if upload_id == self._id:
                    self.stop()
        except InputFileError as error:
            self.stop()
            self._on_trouble(error)

    def _begin(self, upload_id: Any, name: str, n_bytes: int) -> None:
        self.stop()
        if not 0 < n_bytes <= self.max_bytes:
            raise InputFileError(
                f"expected a file of 1 to {self.max_bytes:,} bytes, got {n_bytes:,}; "
                "put a longer one into the workbench's folder and pick it there"
            )
        self._id, self.file_name = upload_id, _plain_name(name)
        incoming = self._incoming = IncomingFile(self.file_name, n_bytes, self._taken(upload_id))
        self._on_file(incoming)
        if self._incoming is incoming:  # and not refused on the spot
            self.send({"kind": "more", "id": upload_id, "n_pieces": PIECES_UNDER_WAY})

    def _taken(self, upload_id: Any) -> Callable[[], None]:
        """Return what asks the page for another piece; called in the thread that reads."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a script: whoever plays the page sends as it likes
            return lambda: None
        message = {"kind": "more", "id": upload_id, "n_pieces": 1}
        return lambda: _call(loop, lambda: self.send(message))


def _call(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)


def _plain_name(name: str) -> str:
    """Return the last part of whatever a browser calls a file."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    return last[-_LONGEST_NAME:] or "list"
