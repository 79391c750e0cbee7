"""The compiled way through a chunk of a list: rows scanned in machine code, plain ones hashed many at a time.

Imported where a file is long enough to be worth it: compiled code takes a quarter of a second to load, in which Python
reads a hundred thousand rows.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.identity.chunk_buffer import ChunkBuffer
from workbench.identity.classification import (
    ALLOWED_DIGEST_KINDS,
    EMPTY_VALUE_DIGESTS,
    OPTED_OUT_DIGESTS,
    ListProfile,
)
from workbench.identity.digests import MAX_DIGEST_BYTES, DigestKind, ListType
from workbench.identity.error_codes import ErrorCode
from workbench.identity.kernels import rows
from workbench.identity.kernels.digest_spans import Spans, hash_spans
from workbench.identity.person_filter import PersonFilter
from workbench.identity.record_columns import RecordColumns, padded
from workbench.identity.record_errors import NUMBER_OF_CODE

_MIN_RECORD_BYTES: Final = 4  # "a@b" and its line feed


class CompiledRows:
    """Scans the rows of one file, chunk by chunk.

    Parameters
    ----------
    list_type, profile : ListType, ListProfile
        What the rows are held against.
    records : RecordColumns
        Where they go.
    buffer : ChunkBuffer
        Where they come from.
    person_filter : PersonFilter or None
        Whoever may leave a person out.
    """

    ALL_READ, IS_ODD, IS_UNDER_TITLE = rows.ALL_READ, rows.IS_ODD, rows.IS_UNDER_TITLE

    def __init__(
        self,
        list_type: ListType,
        profile: ListProfile,
        records: RecordColumns,
        buffer: ChunkBuffer,
        person_filter: PersonFilter | None,
    ) -> None:
        is_email, is_sha1_allowed = (
            list_type is ListType.EMAIL,
            DigestKind.SHA1 in ALLOWED_DIGEST_KINDS[list_type, profile],
        )
        bad = _bad_digests()
        self._rules = {
            is_doubtful: rows.RowRules(is_email, is_sha1_allowed, is_doubtful, *bad) for is_doubtful in (False, True)
        }
        self._records, self._buffer, self._filter = records, buffer, person_filter
        n_most = buffer.data.size // _MIN_RECORD_BYTES
        self._plain = _Spans.empty(n_most)
        self._valid = _Spans.empty(0 if person_filter is None else n_most)
        self._cursor = np.zeros(rows.N_CURSOR, dtype=np.int64)
        self._n_refused_before = 0

    def begin_chunk(self, share_read: float) -> None:
        """Prepare for the whole lines of a chunk; ``share_read`` is the share of the file before them."""
        records, buffer = self._records, self._buffer
        records.make_room((buffer.end - buffer.begin) // _MIN_RECORD_BYTES + 1, share_read)
        self._cursor[rows.FIRST_VALID] = records.n_valid
        self._cursor[rows.N_PLAIN] = 0
        self._n_refused_before = records.n_refused
        self._results = rows.RowResults(
            records.kinds,
            records.values,
            *records.errors,
            records.error_counts,
            records.warning_counts,
            *self._plain,
            *self._valid,
        )

    def scan(self, n_lines: int, *, is_title_doubtful: bool) -> tuple[int, int]:
        """Read lines until none is left or one is for the caller; see `workbench.identity.kernels.rows`.

        Parameters
        ----------
        n_lines : int
            Lines of the file so far.
        is_title_doubtful : bool
            The first row is a title if any later row is valid.

        Returns
        -------
        tuple of int
            ``ALL_READ``, ``IS_ODD`` or ``IS_UNDER_TITLE``, and the lines of the file so far.
        """
        records, buffer, cursor = self._records, self._buffer, self._cursor
        records.flush()
        cursor[: rows.N_PLAIN] = buffer.begin, buffer.end, n_lines, records.n_valid, records.n_refused
        status = rows.scan_rows(buffer.data, cursor, self._rules[is_title_doubtful], self._results)
        buffer.begin = int(cursor[rows.POSITION])
        records.n_valid, records.n_refused = int(cursor[rows.N_VALID]), int(cursor[rows.N_REFUSED])
        return status, int(cursor[rows.N_LINES])

    def end_chunk(self) -> None:
        """Hash what was plain, and leave out whom the filter names."""
        n_plain = int(self._cursor[rows.N_PLAIN])
        plain = self._plain
        spans, places = Spans(self._buffer.data, plain.starts[:n_plain], plain.lengths[:n_plain]), plain.lines[:n_plain]
        hash_spans("sha256", spans, places, self._records.values, is_folding=True)
        if self._filter is not None:
            self._leave_out(self._filter, spans, places)

    def _leave_out(self, person_filter: PersonFilter, spans: Spans, places: NDArray[np.int64]) -> None:
        records, first = self._records, int(self._cursor[rows.FIRST_VALID])
        kinds, values = records.kinds[first : records.n_valid], records.values[first : records.n_valid]
        # Of the rows that the caller read, the filter has let pass what is still here, and will again.
        is_left_out = np.zeros(kinds.size, dtype=np.bool_)
        for kind in DigestKind:
            of_kind = np.flatnonzero(kinds == kind.code)
            is_left_out[of_kind] |= person_filter.leaves_out(kind, values[of_kind])
        for kind in person_filter.further_kinds:
            digests = np.empty((places.size, MAX_DIGEST_BYTES), dtype=np.uint8)
            hash_spans(kind.value.lower(), spans, np.arange(places.size), digests, is_folding=True)
            is_left_out[places - first] |= person_filter.leaves_out(kind, digests)
        who = np.flatnonzero(is_left_out)
        if who.size:
            records.leave_out(first, who, self._valid.lines[who], self._n_refused_before, self._texts(who))

    def _texts(self, who: NDArray[np.int64]) -> Iterator[str]:
        for start, length in zip(self._valid.starts[who].tolist(), self._valid.lengths[who].tolist(), strict=True):
            yield self._buffer.data[start : start + length].tobytes().decode("ascii")


class _Spans(NamedTuple):
    """Room for the spans of a chunk, and a number for each: its row, or its line."""

    starts: NDArray[np.int64]
    lengths: NDArray[np.int32]
    lines: NDArray[np.int64]

    @classmethod
    def empty(cls, n_spans: int) -> "_Spans":
        return cls(
            np.empty(n_spans, dtype=np.int64), np.empty(n_spans, dtype=np.int32), np.empty(n_spans, dtype=np.int64)
        )


def _bad_digests() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return the digests of what nobody should have hashed, as `RowRules` wants them."""
    kind_by_length = {kind.n_bytes: kind for kind in DigestKind}
    faults = dict.fromkeys(OPTED_OUT_DIGESTS, ErrorCode.OPTED_OUT_MAID)
    faults |= dict.fromkeys(EMPTY_VALUE_DIGESTS, ErrorCode.EMPTY_VALUE_DIGEST)
    digests = sorted(faults)
    may_be_bad = np.zeros(256, dtype=np.bool_)
    may_be_bad[[digest[0] for digest in digests]] = True
    return (
        np.array([kind_by_length[len(digest)].code for digest in digests], dtype=np.uint8),
        np.array([list(padded(digest)) for digest in digests], dtype=np.uint8),
        np.array([NUMBER_OF_CODE[faults[digest]] for digest in digests], dtype=np.uint8),
        may_be_bad,
    )
