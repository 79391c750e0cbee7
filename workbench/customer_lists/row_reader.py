"""Reading records that come as values and not as a file: a query's rows, while they pass through memory.

Each value is held to the rules of a row in a file, by the same code; only what a file begins with, a title or a mark, a
query does not have. Nothing is written anywhere, and of each value a digest is left.
"""

from collections.abc import Iterable, Sequence
from typing import NoReturn
from uuid import UUID

from workbench.customer_lists.source_link import SourceLink
from workbench.errors import DefinitionError, ListFileError
from workbench.identity import ERROR_CODES, CheckedList, ErrorCode, RecordCounts, SuppressionList, shape_of
from workbench.identity.classification import classify
from workbench.identity.list_row import cell_of
from workbench.identity.record_columns import RecordColumns
from workbench.progress import Progress

_DOUBLING = 0.5  # share of the rows that have been read, as far as anybody knows: room is made for as many again
_BINARY = (bytes, bytearray, memoryview)


class RowReader:
    """One reading of one column.

    Parameters
    ----------
    place : str
        What to call the column's source in a refusal.
    link : SourceLink
        What the column holds, and whose rules count.
    suppression : SuppressionList or None
        The people who opted out.
    """

    def __init__(self, place: str, link: SourceLink, suppression: SuppressionList | None) -> None:
        self._place, self._link, self._suppression = place, link, suppression
        self._records = RecordColumns()
        self._n_rows = 0

    def read(self, batches: Iterable[Sequence[object]], on_progress: Progress) -> CheckedList:
        """Read all values and keep nothing of them but digests.

        Parameters
        ----------
        batches : iterable of sequences
            The values, some at a time: texts, UUIDs, or digests as bytes.
        on_progress : Progress
            Called after every batch with the rows so far, and 0 because nobody knows how many there will be.

        Raises
        ------
        ListFileError
            If there is no valid record, or a value breaks a rule that holds for a whole list.
        DefinitionError
            If a value is neither text, UUID nor bytes.
        """
        for batch in batches:
            self._records.make_room(len(batch), _DOUBLING)
            for value in batch:
                self._read_row(value)
            self._records.flush()
            on_progress(self._n_rows, 0)
        if not self._n_rows:
            self._refuse(ErrorCode.EMPTY_FILE)
        if not self._records.n_valid:
            self._refuse(ErrorCode.NO_VALID_RECORDS)
        return CheckedList(
            list_type=self._link.list_type,
            record_counts=RecordCounts(self._n_rows, self._records.n_valid, self._records.n_refused),
            error_counts=self._records.counted_errors(),
            record_errors=self._records.record_errors(),
            warnings=self._records.counted_warnings(),
            digests=self._records.digests(),
        )

    def _read_row(self, value: object) -> None:
        self._n_rows += 1
        text, error_code, warning_codes = cell_of(self._line(value))
        if error_code is not None:
            self._refuse(error_code, shape_of(text))
        self._records.add_warnings(warning_codes)
        verdict = classify(text, self._link.list_type, self._link.profile)
        if verdict.error_code is not None:
            self._records.add_error(self._n_rows, verdict.error_code, text)
            return
        self._records.add_warnings(verdict.warning_codes)
        if self._suppression is not None and self._suppression.leaves_out_record(text, verdict):
            self._records.add_error(self._n_rows, ErrorCode.SUPPRESSED, text)
            return
        self._records.add_digest(verdict.digest_kind, verdict.digest)

    def _line(self, value: object) -> bytes:
        if isinstance(value, str):
            return value.encode(errors="surrogatepass")
        if value is None:
            return b""
        if isinstance(value, _BINARY):
            return bytes(value).hex().encode()
        if isinstance(value, UUID):
            return str(value).encode()
        raise DefinitionError(
            f"{self._place}, row {self._n_rows:,}: expected a text, a UUID or the bytes of a digest, got a "
            f"{type(value).__name__}; select another column, or cast it"
        )

    def _refuse(self, error_code: ErrorCode, shape: str = "") -> NoReturn:
        explanation = ERROR_CODES[error_code]
        is_of_a_row = error_code not in (ErrorCode.EMPTY_FILE, ErrorCode.NO_VALID_RECORDS)
        place = f"{self._place}, row {self._n_rows:,}" if is_of_a_row else self._place
        came = f" (shape {shape})" if shape else ""
        raise ListFileError(
            f"{place}: {explanation.message}{came}; {explanation.fix} ({error_code})",
            error_code=error_code,
            line_number=self._n_rows if is_of_a_row else None,
        )
