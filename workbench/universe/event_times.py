"""Reading the times of a log: numbers since 1970 in seconds or finer, or ISO 8601."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# Inside the range of the schema, for site visits are made up for the 540 days before, and "now" is the next midnight.
_EARLIEST: Final = int(datetime(1992, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_LATEST: Final = int(datetime(2099, 12, 31, tzinfo=UTC).timestamp()) * 1_000_000
_EXPECTED: Final = "a time from 1992 to 2099, ISO 8601 or seconds, milliseconds or microseconds since 1970"


def parse_times(texts: pa.Array, missing: int, refuse: Callable[[int, str], Exception]) -> npt.NDArray[np.int64]:
    """Turn texts into microseconds since 1970.

    Parameters
    ----------
    texts : pyarrow.Array of str, shape (n,)
        Times; an ISO time without a zone is taken as UTC; an empty text is a missing time.
    missing : int
        What stands for a missing time.
    refuse : callable
        Makes the error to raise from the number of a row and what was expected there.

    Returns
    -------
    int64 array, shape (n,)
        Microseconds since 1970, or ``missing``.
    """
    is_number = pc.match_substring_regex(texts, r"^[0-9]{9,16}(\.[0-9]*)?$").to_numpy(zero_copy_only=False)
    is_empty = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    micros = np.full(len(texts), missing, dtype=np.int64)
    micros[is_number] = _from_numbers(texts.filter(pa.array(is_number)))
    is_text = ~is_number & ~is_empty
    parsed, is_time = _from_iso(texts.filter(pa.array(is_text)))
    micros[is_text] = parsed
    is_wrong = ~is_empty & ((micros < _EARLIEST) | (micros > _LATEST))
    is_wrong[is_text] |= ~is_time
    if is_wrong.any():
        raise refuse(int(np.argmax(is_wrong)), _EXPECTED)
    return micros


def _from_numbers(texts: pa.Array) -> npt.NDArray[np.int64]:
    whole = pc.cast(pc.replace_substring_regex(texts, r"\..*$", ""), pa.int64()).to_numpy()
    fraction = pc.cast(pc.replace_substring_regex(texts, r"^[0-9]*\.?", "0."), pa.float64()).to_numpy()
    # Seconds have ten digits in these decades, milliseconds thirteen, microseconds sixteen.
    unit = np.where(whole < 10**11, 1_000_000, np.where(whole < 10**14, 1_000, 1))
    micros: npt.NDArray[np.int64] = whole * unit + np.floor(fraction * unit + 0.5).astype(np.int64)
    return micros


def _from_iso(texts: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    import pandas as pd  # imported late: the command line does not wait for it

    times = pd.to_datetime(texts.to_pandas(), format="ISO8601", utc=True, errors="coerce")
    return times.to_numpy(dtype="datetime64[us]").astype(np.int64), times.notna().to_numpy()
