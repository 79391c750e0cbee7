"""The times of a campaign report: dates, hours and the clock that they are told by.

A flight's clock is the report's clock. Budgets begin anew at the account's midnight, so a report of an account that
lives by another zone than UTC is taken as it is, hour by hour, and not moved; what the simulator calls UTC is then that
zone, which is said.
"""

from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simulator.calibration.csv_table import CsvTable, as_numbers, shown_word
from simulator.calibration.report_columns import DATE, HOUR, TIME_ZONE
from simulator.calibration.row_problems import RowProblems
from simulator.config import HOURS_PER_DAY

_TIME: Final = (
    r"^(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<hour>[0-9]{2})(?::?(?P<rest>[0-9]{2}(?::?[0-9]{2}(?:\.[0-9]{1,9})?)?))?)?"
    r" ?(?P<zone>Z|UTC|[+-][0-9]{2}:?[0-9]{2})?$"
)
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_UTC: Final = ("", "Z", "UTC", "+00:00", "-00:00")


class Granularity(StrEnum):
    """What period a row of a report is for."""

    DAY = "DAY"
    HOUR = "HOUR"


class ReportTimes(NamedTuple):
    """When the rows of a report are.

    Attributes
    ----------
    time : datetime64[us] array, shape (n_rows,)
        Beginning of each row's day or hour by the report's clock; NaT where the row has none.
    granularity : Granularity
        What period a row is for.
    time_zone : str or None
        The zone or offset that the report names; None: none, or UTC.
    """

    time: NDArray[np.datetime64]
    granularity: Granularity
    time_zone: str | None


def read_times(table: CsvTable, problems: RowProblems) -> ReportTimes:
    """Read the columns DATE, HOUR and TIME_ZONE.

    Parameters
    ----------
    table : CsvTable
        With a column DATE: ``2026-11-02``, or with an hour, ``2026-11-02T13:00:00``, and an offset.
    problems : RowProblems
        Gets the rows whose time is none, or is told by another clock.

    Returns
    -------
    ReportTimes
    """
    cells = table.columns[DATE]
    parts = pc.extract_regex(cells, _TIME)
    date, hour, rest, zone = (pc.struct_field(parts, name) for name in ("date", "hour", "rest", "zone"))
    days = pd.to_datetime(date.to_pandas(), format="%Y-%m-%d", errors="coerce").to_numpy(dtype="datetime64[us]")
    year = days.astype("datetime64[Y]").astype(np.int64) + 1970
    is_date = ~np.isnat(days) & (year >= _FIRST_YEAR) & (year <= _LAST_YEAR)
    problems.add(~is_date, lambda row: f"expected a date such as 2026-11-02, got {_shown(cells, row)}")
    hours, has_hours = _hours(table, hour, problems)
    is_whole = pc.fill_null(pc.match_substring_regex(rest, r"^[0:.]*$"), True).to_numpy(zero_copy_only=False)
    problems.add(is_date & ~is_whole, lambda row: f"expected a whole hour, got {_shown(cells, row)}")
    time = np.where(is_date, days + hours.astype("timedelta64[h]"), np.datetime64("NaT"))
    is_hourly = has_hours or bool(hours.any())
    if is_hourly and _is_one_hour_a_day(hours):
        problems.add(
            is_date,
            lambda row: (
                f"expected hours, or days that begin at midnight, got {_shown(cells, row)} and no other hour; "
                "export days by the account's own clock"
            ),
        )
    return ReportTimes(time, Granularity.HOUR if is_hourly else Granularity.DAY, _clock(table, zone, problems))


def _hours(table: CsvTable, of_date: pa.StringArray, problems: RowProblems) -> tuple[NDArray[np.int64], bool]:
    """Return the hour of each row, from the date or from a column of its own, and whether there is such a column."""
    texts = pc.if_else(pc.equal(pc.fill_null(of_date, ""), ""), "0", of_date)
    hours = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
    has_column = HOUR in table.columns
    if has_column:
        hours = as_numbers(table.columns[HOUR]).amounts
    is_hour = (hours >= 0) & (hours < HOURS_PER_DAY) & (hours == np.floor(hours))
    problems.add(~is_hour, lambda _row: f"expected an hour of the day, 0 to {HOURS_PER_DAY - 1}, got something else")
    return np.where(is_hour, hours, 0).astype(np.int64), has_column


def _is_one_hour_a_day(hours: NDArray[np.int64]) -> bool:
    """Tell whether all rows are of one hour that is not midnight: days that were written by another clock."""
    return hours.size > 1 and bool(hours[0]) and bool((hours == hours[0]).all())


def _clock(table: CsvTable, offsets: pa.StringArray, problems: RowProblems) -> str | None:
    """Return the one clock of a report; rows that are told by another one than the first are problems."""
    named = table.columns.get(TIME_ZONE)
    texts = pc.fill_null(offsets, "") if named is None else named
    codes = texts.dictionary_encode()
    known = codes.dictionary.to_pylist()
    clocks = np.array(["UTC" if text in _UTC else text for text in known], dtype=object)[codes.indices.to_numpy()]
    if not clocks.size:
        return None
    what = "offset" if named is None else "time zone"
    problems.add(
        clocks != clocks[0],
        lambda row: (
            f"expected one {what} all through, {shown_word(clocks[0])} as in the first row, got "
            f"{shown_word(clocks[row])}; export the report by one clock"
        ),
    )
    return None if clocks[0] == "UTC" else str(clocks[0])


def _shown(cells: pa.StringArray, row: int) -> str:
    return shown_word(cells[row].as_py())
