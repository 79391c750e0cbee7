"""The cells of a campaign report as ids, amounts and counts; every cell that is none is a problem with its line."""

from typing import Final

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from simulator.calibration import report_columns as names
from simulator.calibration.csv_table import CsvTable, Numbers, as_numbers, shown_word
from simulator.calibration.report_columns import IMPRESSIONS, CountColumn
from simulator.calibration.row_problems import RowProblems
from simulator.money import MICROS
from workbench.validation import DIGIT_ID_MEANING, DIGIT_ID_PATTERN

MAX_COUNT: Final = 2**53
"""Whole numbers up to here survive being a float; no campaign comes near."""

_CENT_MICROS: Final = 10_000


def ids(table: CsvTable, name: str, problems: RowProblems) -> NDArray[np.object_]:
    """Read a column of ids."""
    cells = table.columns[name]
    is_id = pc.match_substring_regex(cells, DIGIT_ID_PATTERN).to_numpy(zero_copy_only=False)
    problems.add(~is_id, lambda row: f"{name}: expected {DIGIT_ID_MEANING}, got {shown_word(cells[row].as_py())}")
    named: NDArray[np.object_] = cells.to_numpy(zero_copy_only=False)
    return named


def tells_countries(table: CsvTable) -> bool:
    """Tell whether rows are of one country each."""
    return names.COUNTRY in table.columns or {names.TARGETING_TYPE, names.TARGETING_VALUE} <= set(table.columns)


def countries(table: CsvTable, problems: RowProblems) -> NDArray[np.object_]:
    """Read which country rows are of, from the column COUNTRY or from a report by targeting."""
    if names.COUNTRY in table.columns:
        cells = table.columns[names.COUNTRY]
    else:
        cells, types = table.columns[names.TARGETING_VALUE], table.columns[names.TARGETING_TYPE]
        problems.add(
            pc.not_equal(types, names.COUNTRY).to_numpy(zero_copy_only=False),
            lambda row: (
                f"expected TARGETING_TYPE {names.COUNTRY}, got {shown_word(types[row].as_py())}; a report by "
                "something else counts people more than once"
            ),
        )
    is_country = pc.match_substring_regex(cells, "^[A-Z]{2}$").to_numpy(zero_copy_only=False)
    problems.add(
        ~is_country, lambda row: f"expected a country as two capitals, such as US, got {shown_word(cells[row].as_py())}"
    )
    named: NDArray[np.object_] = cells.to_numpy(zero_copy_only=False)
    return named


def spend_micros(table: CsvTable, problems: RowProblems) -> NDArray[np.int64]:
    """Read spend from the column in micro-units, or in whole ones; where both are there they must agree to the cent."""
    by_column = {
        name: np.nan_to_num(_amounts(table, name, problems, is_required=True).amounts)
        for name in (names.SPEND_MICROS, names.SPEND)
        if name in table.columns
    }
    micros = by_column.get(names.SPEND_MICROS)
    dollars = by_column.get(names.SPEND)
    if micros is None:
        return np.rint(by_column[names.SPEND] * MICROS).astype(np.int64)
    problems.add(micros % 1 > 0, lambda _row: f"{names.SPEND_MICROS}: expected a whole number of micros")
    if dollars is not None:
        problems.add(
            np.abs(dollars * MICROS - micros) > _CENT_MICROS,
            lambda row: (
                f"{names.SPEND_MICROS} and {names.SPEND} contradict each other: {micros[row] / MICROS:,.2f} and "
                f"{dollars[row]:,.2f}"
            ),
        )
    return micros.astype(np.int64)


def counts(table: CsvTable, column: CountColumn, problems: RowProblems) -> "pd.Series[int]":
    """Read a count; an empty cell is a missing value, except of impressions."""
    numbers, name = _amounts(table, column.name, problems, is_required=column is IMPRESSIONS), column.name
    amounts = numbers.amounts
    problems.add(
        (amounts > 0) & (amounts % 1 > 0), lambda row: f"{name}: expected a whole number, got {amounts[row]:g}"
    )
    counted = pd.Series(np.nan_to_num(amounts)).astype("int64")
    return counted if column is IMPRESSIONS else counted.astype("Int64").mask(numbers.is_blank)


def _amounts(table: CsvTable, name: str, problems: RowProblems, *, is_required: bool) -> Numbers:
    """Read a column of amounts; what is no number, negative or absurd is a problem and then missing."""
    cells, numbers = table.columns[name], as_numbers(table.columns[name])
    amounts = numbers.amounts
    if is_required:
        problems.add(numbers.is_blank, lambda _row: f"{name} is empty; write 0 where there was nothing")
    problems.add(numbers.is_text, lambda row: f"{name}: expected a number, got {shown_word(cells[row].as_py())}")
    problems.add(amounts < 0, lambda row: f"{name} is negative, {amounts[row]:,g}")
    problems.add(amounts > MAX_COUNT, lambda row: f"{name} is {amounts[row]:g}, more than any campaign has")
    is_possible = (amounts >= 0) & (amounts <= MAX_COUNT)
    return numbers._replace(amounts=np.where(is_possible, amounts, np.nan))


def one_currency(table: CsvTable, problems: RowProblems) -> str | None:
    """Read the currency; rows in another one than the first are problems."""
    cells = table.columns.get(names.CURRENCY)
    if cells is None:
        return None
    first = cells[0].as_py()
    problems.add(
        pc.not_equal(cells, first).to_numpy(zero_copy_only=False),
        lambda row: (
            f"expected one currency all through, {shown_word(first)} as in the first row, got "
            f"{shown_word(cells[row].as_py())}; amounts of several cannot be added up"
        ),
    )
    return first or None
