"""What is kept of the records read so far, in columns that grow: digests, refused records, counts.

Memory that nobody has written to yet costs a page fault where it is first touched, as much as parsing the row that
goes there. So the columns are sized once, from the share of the file that has been read, and hardly ever moved.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from workbench.identity.checked_list import ErrorCount, ListWarning
from workbench.identity.digests import MAX_DIGEST_BYTES, DigestKind, Digests
from workbench.identity.error_codes import ERROR_CODES, WARNINGS, ErrorCode, WarningCode
from workbench.identity.record_errors import (
    MAX_RECORD_ERRORS,
    NUMBER_OF_CODE,
    RECORD_CODES,
    ErrorColumns,
    RecordErrors,
)

WARNING_CODES = tuple(WarningCode)
_NUMBER_OF_WARNING = {code: number for number, code in enumerate(WARNING_CODES)}
_HEADROOM = 1.03  # rows of one file differ in length; what is not used is never touched


class RecordColumns:
    """Growing columns, written by the Python reader row by row and by the compiled one in place.

    Attributes
    ----------
    n_valid, n_refused : int
        Records so far.
    kinds, values : uint8 arrays, shapes (capacity,) and (capacity, 32)
        Digests of the valid ones, in file order.
    errors : ErrorColumns
        The first ``MAX_RECORD_ERRORS`` refused ones.
    error_counts : int64 array, shape (len(RECORD_CODES),)
        How often records broke each rule.
    warning_counts : int64 array, shape (len(WARNING_CODES),)
        How often each warning applies.
    """

    def __init__(self) -> None:
        self.n_valid = self.n_refused = 0
        self.kinds: NDArray[np.uint8] = np.empty(0, dtype=np.uint8)
        self.values: NDArray[np.uint8] = np.empty((0, MAX_DIGEST_BYTES), dtype=np.uint8)
        self._kinds, self._values = bytearray(), bytearray()  # added and not flushed yet
        self.errors = ErrorColumns.empty(MAX_RECORD_ERRORS)
        self.error_counts = np.zeros(len(RECORD_CODES), dtype=np.int64)
        self.warning_counts = np.zeros(len(WARNING_CODES), dtype=np.int64)

    def make_room(self, n_more: int, share_read: float) -> None:
        """Make room for more valid records, and if there is too little, for all that the file may hold.

        Parameters
        ----------
        n_more : int
            Records that there must be room for.
        share_read : float
            Share of the file that the records so far stand for, 0 to 1; 0 at its beginning.
        """
        n_needed = self.n_valid + n_more
        if n_needed <= self.kinds.size:
            return
        n_expected = int(self.n_valid / share_read * _HEADROOM) if share_read else 0
        capacity = max(n_needed, n_expected + n_more)
        kinds = np.empty(capacity, dtype=np.uint8)
        values = np.empty((capacity, MAX_DIGEST_BYTES), dtype=np.uint8)
        kinds[: self.n_valid], values[: self.n_valid] = self.kinds[: self.n_valid], self.values[: self.n_valid]
        self.kinds, self.values = kinds, values

    def add_digest(self, kind: DigestKind, digest: bytes) -> None:
        """Add a valid record; it is in its column after the next `flush`. There must be room."""
        self._kinds.append(kind.code)
        self._values += padded(digest)
        self.n_valid += 1

    def flush(self) -> None:
        """Write what was added one by one into the columns, all at once."""
        if not self._kinds:
            return
        begin = self.n_valid - len(self._kinds)
        self.kinds[begin : self.n_valid] = np.frombuffer(bytes(self._kinds), dtype=np.uint8)
        self.values[begin : self.n_valid] = np.frombuffer(bytes(self._values), dtype=np.uint8).reshape(
            -1, MAX_DIGEST_BYTES
        )
        self._kinds.clear()
        self._values.clear()

    def add_error(self, line_number: int, error_code: ErrorCode, text: str) -> None:
        """Count a refused record, and keep its shape if it is one of the first."""
        if self.n_refused < MAX_RECORD_ERRORS:
            self.errors.write(self.n_refused, line_number, error_code, text)
        self.error_counts[NUMBER_OF_CODE[error_code]] += 1
        self.n_refused += 1

    def leave_out(
        self,
        first: int,
        who: NDArray[np.int64],
        line_numbers: NDArray[np.int64],
        n_refused_before: int,
        texts: Iterable[str],
    ) -> None:
        """Turn valid records of the last chunk into refused ones.

        Parameters
        ----------
        first : int
            How many valid records there were before the chunk.
        who : int64 array, shape (n,)
            Which of those since then, ascending.
        line_numbers : int64 array, shape (n,)
            Their lines.
        n_refused_before : int
            How many refused records there were before the chunk.
        texts : iterable of str
            The records; asked for as many as are kept.
        """
        self.kinds[first : self.n_valid - who.size] = np.delete(self.kinds[first : self.n_valid], who)
        self.values[first : self.n_valid - who.size] = np.delete(self.values[first : self.n_valid], who, axis=0)
        self.n_valid -= who.size
        begin, end = (min(n, MAX_RECORD_ERRORS) for n in (n_refused_before, self.n_refused))
        more = ErrorColumns.empty(min(who.size, MAX_RECORD_ERRORS - begin))
        for place, (line_number, text) in enumerate(zip(line_numbers[: more.codes.size].tolist(), texts, strict=False)):
            more.write(place, line_number, ErrorCode.SUPPRESSED, text)
        order = np.argsort(np.concatenate([self.errors.line_numbers[begin:end], more.line_numbers]), kind="stable")
        order = order[: MAX_RECORD_ERRORS - begin]
        for name in ErrorColumns._fields:
            mine, theirs = getattr(self.errors, name), getattr(more, name)
            mine[begin : begin + order.size] = np.concatenate([mine[begin:end], theirs])[order]
        self.error_counts[NUMBER_OF_CODE[ErrorCode.SUPPRESSED]] += who.size
        self.n_refused += who.size

    def add_warnings(self, warning_codes: Iterable[WarningCode]) -> None:
        """Count warnings."""
        for warning_code in warning_codes:
            self.warning_counts[_NUMBER_OF_WARNING[warning_code]] += 1

    def digests(self) -> Digests:
        """Return the digests of the valid records."""
        return Digests(self.kinds[: self.n_valid], self.values[: self.n_valid])

    def record_errors(self) -> RecordErrors:
        """Return the first refused records."""
        return RecordErrors(self.errors.taken(slice(min(self.n_refused, MAX_RECORD_ERRORS))))

    def counted_errors(self) -> tuple[ErrorCount, ...]:
        """Return the rules that records broke, most frequent first."""
        counts = {code: int(count) for code, count in zip(RECORD_CODES, self.error_counts, strict=True) if count}
        by_count = sorted(counts.items(), key=lambda item: -item[1])
        return tuple(ErrorCount(code, ERROR_CODES[code].message, count) for code, count in by_count)

    def counted_warnings(self) -> tuple[ListWarning, ...]:
        """Return the warnings that apply."""
        counts = zip(WARNING_CODES, self.warning_counts, strict=True)
        return tuple(ListWarning(code, WARNINGS[code], int(count)) for code, count in counts if count)


def padded(digest: bytes) -> bytes:
    """Return a digest with zeros on its right up to 32 bytes."""
    return digest.ljust(MAX_DIGEST_BYTES, b"\0")
