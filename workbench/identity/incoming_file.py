"""A file that arrives in pieces while it is read: what a browser uploads goes through memory and nowhere else.

Two threads meet here. One puts pieces in as they arrive, the other reads them like a file and waits where there are
none. A few pieces are in memory at a time, because the sender sends on only when told that one was taken.
"""

import threading
from collections import deque
from collections.abc import Callable

from workbench.errors import CancelledError, InputFileError

SECONDS_TO_WAIT = 60.0
"""Without a piece for so long, whoever sends them is taken to be gone."""


class IncomingFile:
    """A file on its way.

    Parameters
    ----------
    name : str
        What it is called where it comes from.
    n_bytes : int
        How long it is.
    on_taken : callable
        Called by the thread that reads whenever it has taken a piece.
    """

    def __init__(self, name: str, n_bytes: int, on_taken: Callable[[], None] = lambda: None) -> None:
        self.name, self.n_bytes, self._on_taken = name, n_bytes, on_taken
        self._pieces: deque[bytes | memoryview] = deque()
        self._n_put = self._n_read = 0
        self._is_abandoned = False
        self._news = threading.Condition()

    def put(self, offset: int, piece: bytes | memoryview) -> None:
        """Put the next piece in.

        Parameters
        ----------
        offset : int
            Where in the file it begins.
        piece : bytes
            At least one byte.

        Raises
        ------
        InputFileError
            If it is not the next one, or goes past the end of the file; the file is abandoned then.
        """
        with self._news:
            is_next = offset == self._n_put and 0 < len(piece) <= self.n_bytes - offset
            if not is_next:
                self._abandon()
                raise InputFileError(
                    f"expected the bytes of {self.name} in order and {self.n_bytes:,} in all, got others; "
                    "upload it again"
                )
            self._n_put += len(piece)
            self._pieces.append(piece)
            self._news.notify_all()

    def abandon(self) -> None:
        """Forget what has arrived; whoever reads gets `CancelledError`."""
        with self._news:
            self._abandon()

    def readinto(self, buffer: memoryview) -> int:
        """Fill a buffer with the next bytes, as files do.

        Parameters
        ----------
        buffer : memoryview of bytes
            To fill; less only at the end of the file.

        Returns
        -------
        int
            Bytes that were written; 0 at the end of the file.

        Raises
        ------
        CancelledError
            If the file was abandoned.
        InputFileError
            If no more pieces arrive.
        """
        n_filled = 0
        while n_filled < len(buffer) and self._n_read < self.n_bytes:
            piece = self._next_piece()
            n = min(len(piece), len(buffer) - n_filled)
            buffer[n_filled : n_filled + n] = piece[:n]
            n_filled, self._n_read = n_filled + n, self._n_read + n
            self._leave(piece[n:])
        return n_filled

    def __repr__(self) -> str:
        return f"IncomingFile(n_bytes={self.n_bytes:,})"

    def _next_piece(self) -> memoryview:
        with self._news:
            has_news = self._news.wait_for(lambda: self._pieces or self._is_abandoned, timeout=SECONDS_TO_WAIT)
            if self._is_abandoned:
                raise CancelledError("the upload was stopped")
            if not has_news:
                self._abandon()
                raise InputFileError(
                    f"expected {self.n_bytes:,} bytes of {self.name}, got {self._n_put:,} and then nothing for "
                    f"{SECONDS_TO_WAIT:.0f} seconds; upload it again"
                )
            return memoryview(self._pieces.popleft())

    def _leave(self, rest: memoryview) -> None:
        if len(rest):
            with self._news:
                self._pieces.appendleft(rest)
        else:
            self._on_taken()

    def _abandon(self) -> None:
        self._is_abandoned = True
        self._pieces.clear()
        self._news.notify_all()
