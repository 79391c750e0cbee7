"""The records that a list's reading refused: by line, as shapes, in columns instead of objects.

A list of a million faults must not cost a million Python objects. Each refused record is 58 bytes in four arrays and
becomes a `RecordError` when somebody looks at it. The first `MAX_RECORD_ERRORS` are kept, which is more than anybody
reads; all of them are counted, in `CheckedList.error_counts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from workbench.identity.error_codes import ERROR_CODES, ErrorCode
from workbench.identity.normalize import MAX_SHAPE_LENGTH, shape_of

MAX_RECORD_ERRORS = 100_000

# A record's error code is stored as its place in this tuple; the compiled reader numbers them alike.
RECORD_CODES = tuple(code for code in ErrorCode if not ERROR_CODES[code].is_structural)
NUMBER_OF_CODE = {code: number for number, code in enumerate(RECORD_CODES)}

_CUT = MAX_SHAPE_LENGTH + 1  # the length that stands for a shape which goes on
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class RecordError:
    """One record that was refused.

    Parameters
    ----------
    line_number : int
        Line of the file, counted from 1.
    error_code : ErrorCode
        The rule that it breaks.
    shape : str
        Outline of the value, never the value: ``aaaa99@aaa.aa``.
    """

    line_number: int
    error_code: ErrorCode
    shape: str


class ErrorColumns(NamedTuple):
    """Refused records as the readers write them, compiled or not.

    Parameters
    ----------
    line_numbers : int64 array, shape (n,)
        Line of each, counted from 1, ascending.
    codes : uint8 array, shape (n,)
        Its error code, as a place in `RECORD_CODES`.
    shape_lengths : uint8 array, shape (n,)
        Characters of its shape, or one more than ``MAX_SHAPE_LENGTH`` when the shape was cut.
    shapes : uint8 array, shape (n, MAX_SHAPE_LENGTH)
        The shapes, which are ASCII; bytes beyond the length mean nothing.
    """

    line_numbers: NDArray[np.int64]
    codes: NDArray[np.uint8]
    shape_lengths: NDArray[np.uint8]
    shapes: NDArray[np.uint8]

    @classmethod
    def empty(cls, n_records: int) -> "ErrorColumns":
        """Return columns with room for some records; memory that nobody writes to is not taken."""
        return cls(
            np.empty(n_records, dtype=np.int64),
            np.empty(n_records, dtype=np.uint8),
            np.empty(n_records, dtype=np.uint8),
            np.empty((n_records, MAX_SHAPE_LENGTH), dtype=np.uint8),
        )

    def write(self, place: int, line_number: int, error_code: ErrorCode, text: str) -> None:
        """Write down one refused record: the shape of its text, not the text."""
        shape = shape_of(text).encode("ascii", "ignore")  # without the ellipsis
        self.line_numbers[place] = line_number
        self.codes[place] = NUMBER_OF_CODE[error_code]
        self.shape_lengths[place] = _CUT if len(text) > MAX_SHAPE_LENGTH else len(shape)
        self.shapes[place, : len(shape)] = np.frombuffer(shape, dtype=np.uint8)

    def taken(self, places: slice | NDArray[np.int64]) -> "ErrorColumns":
        """Return copies of some of the records."""
        return ErrorColumns(
            np.array(self.line_numbers[places]),
            np.array(self.codes[places]),
            np.array(self.shape_lengths[places]),
            np.array(self.shapes[places]),
        )


class RecordErrors(Sequence[RecordError]):
    """Refused records by line, the first `MAX_RECORD_ERRORS` of them; immutable.

    Parameters
    ----------
    columns : ErrorColumns
        Taken over, not copied, and made read-only.
    """

    __slots__ = ("_columns",)

    _columns: ErrorColumns

    def __init__(self, columns: ErrorColumns) -> None:
        for column in columns:
            column.flags.writeable = False
        object.__setattr__(self, "_columns", columns)

    def __len__(self) -> int:
        return int(self._columns.line_numbers.size)

    @overload
    def __getitem__(self, place: int) -> RecordError: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[RecordError, ...]: ...
    def __getitem__(self, place: int | slice) -> RecordError | tuple[RecordError, ...]:
        if isinstance(place, slice):
            return tuple(map(self._record_error, range(*place.indices(len(self)))))
        return self._record_error(range(len(self))[place])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RecordErrors | tuple):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(self._columns.line_numbers.tobytes())

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"record errors cannot be changed, and {name!r} was; read the list again")

    def __reduce__(self) -> tuple[Any, tuple[ErrorColumns]]:
        return RecordErrors, (self._columns.taken(slice(None)),)

    def __repr__(self) -> str:
        return f"RecordErrors(n={len(self)})"

    def _record_error(self, place: int) -> RecordError:
        columns = self._columns
        length = int(columns.shape_lengths[place])
        shape = columns.shapes[place, : min(length, MAX_SHAPE_LENGTH)].tobytes().decode("ascii")
        return RecordError(
            line_number=int(columns.line_numbers[place]),
            error_code=RECORD_CODES[columns.codes[place]],
            shape=shape + _ELLIPSIS if length == _CUT else shape,
        )
