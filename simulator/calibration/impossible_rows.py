"""Rows of a campaign report that cannot be: more clicks than impressions, money for nothing, one period twice."""

import numpy as np
import pandas as pd

from simulator.calibration.csv_table import CsvTable
from simulator.calibration.report_columns import COUNTS, WITHIN_IMPRESSIONS, CountColumn
from simulator.calibration.report_times import Granularity
from simulator.calibration.row_problems import RowProblems
from simulator.money import MICROS


def check_possible(rows: pd.DataFrame, granularity: Granularity, problems: RowProblems) -> None:
    """Look for amounts that cannot be, among rows that nothing else is wrong with.

    An hour may have a click on an impression of the hour before, so hours are looked at as days of their ad group.
    """
    amounts = [name for name in ("spend_micros", "impressions", *WITHIN_IMPRESSIONS) if name in rows]
    told = rows[amounts].astype("float64")
    told.loc[problems.is_wrong] = np.nan
    if granularity is Granularity.HOUR:
        days = [rows["time"].dt.floor("D"), rows["ad_group_id"]]
        is_first = ~pd.concat(days, axis="columns").duplicated()
        told = told.groupby(days, dropna=False).transform("sum").where(is_first)
    impressions = told["impressions"].to_numpy()
    spend = told["spend_micros"].to_numpy()
    of_day = " on that day" if granularity is Granularity.HOUR else ""
    problems.add(
        (spend > 0) & (impressions == 0), lambda row: f"spend of {spend[row] / MICROS:,.2f} without impressions{of_day}"
    )
    for column in COUNTS:
        if column.field == "reach" and column.field in rows:
            _check_reach(rows, problems)
        elif column.field in told:
            _check_within(told, column, problems, of_day)


def _check_within(told: pd.DataFrame, column: CountColumn, problems: RowProblems, of_day: str) -> None:
    counted, impressions = told[column.field].to_numpy(), told["impressions"].to_numpy()
    problems.add(
        counted > impressions,
        lambda row: f"{counted[row]:,.0f} {column.meaning} on {impressions[row]:,.0f} impressions{of_day}",
    )


def _check_reach(rows: pd.DataFrame, problems: RowProblems) -> None:
    """Compare reach row by row: people of several hours may be the same. How many it is must not be told."""
    reach = rows["reach"].to_numpy(dtype="float64", na_value=np.nan)
    impressions = rows["impressions"].to_numpy()
    problems.add(
        (reach > impressions) & ~problems.is_wrong,
        lambda row: f"more people reached than the {impressions[row]:,} impressions can have reached",
    )


def check_once(rows: pd.DataFrame, keys: list[str], table: CsvTable, problems: RowProblems) -> None:
    """Look for periods that an ad group has twice."""
    is_repeated = rows.duplicated(keys).to_numpy() & rows["time"].notna().to_numpy()
    if not is_repeated.any():
        return
    first_lines = pd.Series(table.lines).groupby([rows[key] for key in keys], dropna=False).transform("min")

    def fault(row: int) -> str:
        period = f"{rows['time'][row]:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
        return f"ad group {rows['ad_group_id'][row]} has {period} a second time, first on line {first_lines[row]}"

    problems.add(is_repeated, fault)
