"""The one buffer that a list passes through: plaintext is in it while its chunk is read, and nowhere afterwards."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# Compiled code looks at 64 bytes at a time, from any place of a line on; behind the last line these are looked at.
N_SPARE_BYTES = 128
_LINE_FEED = ord("\n")


class ByteSource(Protocol):
    """Whatever gives bytes as a buffered file does."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill a buffer; less only at the end, and 0 behind it."""


class ChunkBuffer:
    """A chunk of a file: whole lines, and the beginning of the line that the next chunk ends.

    Memory that is used again is warm; a fresh array for every chunk would cost more in page faults than reading does.

    Parameters
    ----------
    chunk_bytes : int
        Bytes to read at a time.
    max_line_bytes : int
        Bytes of the longest partial line to carry over from one chunk to the next.

    Attributes
    ----------
    data : uint8 array, shape (max_line_bytes + chunk_bytes + N_SPARE_BYTES,)
        The bytes.
    begin, end : int
        The whole lines are ``data[begin:end]``.
    n_partial_bytes : int
        Bytes of the partial line, which begins at ``end``.
    """

    def __init__(self, chunk_bytes: int, max_line_bytes: int) -> None:
        self.data: NDArray[np.uint8] = np.zeros(max_line_bytes + chunk_bytes + N_SPARE_BYTES, dtype=np.uint8)
        self.begin = self.end = self.n_partial_bytes = 0
        self._chunk_bytes = chunk_bytes

    def read_chunk(self, file: ByteSource) -> int:
        """Read on; at the end of the file the partial line becomes a whole one.

        Returns
        -------
        int
            Bytes that were read; 0 at the end of the file.
        """
        n_carried = self.n_partial_bytes
        self.data[:n_carried] = self.data[self.end : self.end + n_carried]
        n_read = file.readinto(self.data[n_carried : n_carried + self._chunk_bytes].data)
        n_filled = n_carried + n_read
        self.begin, self.end = 0, self._end_of_lines(n_carried, n_filled) if n_read else n_filled
        self.n_partial_bytes = n_filled - self.end
        return n_read

    def beginning(self) -> bytes:
        """Return the first four bytes that were read, as far as there are any."""
        return self.data[: min(4, self.end + self.n_partial_bytes)].tobytes()

    def skip(self, n_bytes: int) -> None:
        """Leave out the first bytes; they may belong to a line that has not ended yet."""
        if self.end:
            self.begin += n_bytes
        else:
            self.end, self.begin = n_bytes, n_bytes
            self.n_partial_bytes -= n_bytes

    def lines(self) -> bytes:
        """Return the whole lines."""
        return self.data[self.begin : self.end].tobytes()

    def ends_with_line_feed(self) -> bool:
        """Return whether there are whole lines and the last of them has its end."""
        return self.end > self.begin and self.data[self.end - 1] == _LINE_FEED

    def take_line(self) -> bytes:
        """Return the first of the whole lines without its end, and leave it out from now on."""
        length = 256
        while (end := self.data[self.begin : self.begin + length].tobytes().find(b"\n")) < 0:
            length *= 2
        line = self.data[self.begin : self.begin + end].tobytes()
        self.begin += end + 1
        return line.removesuffix(b"\r")

    def forget(self) -> None:
        """Overwrite everything."""
        self.data.fill(0)
        self.begin = self.end = self.n_partial_bytes = 0

    def __repr__(self) -> str:
        return "ChunkBuffer(…)"

    def _end_of_lines(self, begin: int, end: int) -> int:
        """Return where the last line ends that does end in ``data[begin:end]``, or 0."""
        while begin < end:
            middle = max(begin, end - 4096)  # lines are short: the last bytes nearly always hold an end
            place = self.data[middle:end].tobytes().rfind(b"\n")
            if place >= 0:
                return middle + place + 1
            end = middle
        return 0
