"""What a reader of a campaign report should know: columns that look misspelled, gaps, another clock."""

from typing import Final

import pandas as pd

from simulator.calibration.csv_table import CsvTable, shown_word
from simulator.calibration.report_columns import COUNTS, KNOWN
from simulator.calibration.report_times import Granularity, ReportTimes
from simulator.config import HOURS_PER_DAY

_MAX_SHOWN_DAYS: Final = 3


def notes_on_columns(table: CsvTable, has_ads: bool) -> list[str]:
    """Tell which columns are absent or look misspelled, and that ads were added up."""
    notes = [
        f"Column {name} is not looked at; if it means {known}, rename it."
        for name, known in table.probable_misspellings(KNOWN)
    ]
    absent = [column.meaning for column in COUNTS[1:4] if column.name not in table.columns]
    if absent:
        notes.append(f"The report has no {', no '.join(absent)}; their rates stay as the scenario has them.")
    if has_ads:
        notes.append("Rows of several ads were added up to their ad groups; reach cannot be and was left out.")
    return notes


def notes_on_times(rows: pd.DataFrame, times: ReportTimes) -> list[str]:
    """Tell of another clock than UTC, and of days and hours that have no rows; ``rows`` as a report holds them."""
    notes = []
    if times.time_zone is not None:
        notes.append(
            f"Times are told by the clock of {shown_word(times.time_zone)}, and the flight takes that for its own: "
            "hours of a fitted scenario are hours of that clock."
        )
    days = rows["time"].dt.floor("D")
    all_days = pd.date_range(days.min(), days.max(), freq="D")
    for ad_group_id, own in days.groupby(rows["ad_group_id"]):
        missing = all_days.difference(pd.DatetimeIndex(own.unique()))
        if len(missing):
            notes.append(
                f"Ad group {ad_group_id} has no rows on {len(missing)} of {len(all_days)} days "
                f"({_shown_days(missing)}); they are left out of its fit, not taken for days without impressions."
            )
    if times.granularity is Granularity.HOUR:
        keys = ["time", "ad_group_id"]
        n_hours = rows.drop_duplicates(keys).groupby([days, rows["ad_group_id"]]).size()
        n_missing = int((HOURS_PER_DAY - n_hours).sum())
        if n_missing:
            notes.append(f"{n_missing:,} hours of days that have other rows are absent and count as hours without any.")
    return notes


def _shown_days(days: pd.DatetimeIndex) -> str:
    shown = ", ".join(f"{day:%Y-%m-%d}" for day in days[:_MAX_SHOWN_DAYS])
    return f"{shown}, …" if len(days) > _MAX_SHOWN_DAYS else shown
