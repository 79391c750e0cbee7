"""What was found in a customer list: counts, who matched, and what is wrong with the rest, line by line."""

from __future__ import annotations

from typing import Any

import pandas as pd
from ipywidgets import HTML, VBox

from workbench.audiences import AudienceStatus, shown_share
from workbench.charts import list_check_bars, shown_people
from workbench.identity import ERROR_CODES, WARNINGS, CheckedList, MatchResult
from workbench.widgets.layout import card, figures_html, row
from workbench.widgets.reach_html import warnings_html
from workbench.widgets.status import status_pill_html
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.vega_chart import VegaChart

MAX_ERRORS_SHOWN = 200
NOT_MATCHED = '<p class="wb-hint">Whom the list matches is shown once the box above is ticked.</p>'
NO_RECORDS = pd.DataFrame({"label": [], "count": [], "is_valid": []})
COLUMNS = (
    Column("line", "Line", "figure"),
    Column("code", "Problem"),
    Column("shape", "Looks like", "code"),
    Column("fix", "What to do", "words"),
)


class ListFindings(VBox):
    """Figures, a chart of the rules that records broke, and those records as shapes.

    Attributes
    ----------
    figures : HTML
        The counts; to be placed where they belong.
    """

    def __init__(self) -> None:
        self.figures = HTML()
        self._chart = VegaChart(list_check_bars(NO_RECORDS))
        self._errors = Table(
            COLUMNS,
            title="Invalid records",
            empty="None – every record of a checked list that breaks a rule is listed here with its line.",
            has_filter=True,
        )
        super().__init__((row(card(self._chart), card(self._errors), name="wide-two"),))

    def show(self, checked: CheckedList, matched: MatchResult | None, hint: str = "") -> None:
        """Show what was found.

        Parameters
        ----------
        checked : CheckedList
            The list.
        matched : MatchResult or None
            Whom it matched; None as long as the terms are not acknowledged.
        hint : str
            HTML to add to the figures.
        """
        warnings = tuple(f"{WARNINGS[warning.warning_code]} ({warning.count:,})" for warning in checked.warnings)
        self.figures.value = _figures_html(checked, matched) + warnings_html(warnings) + hint
        self._chart.chart = list_check_bars(_records(checked))
        errors, n_errors = checked.record_errors, checked.record_counts.invalid
        is_cut = n_errors > MAX_ERRORS_SHOWN
        note = f"first {MAX_ERRORS_SHOWN} of {n_errors:,}" if is_cut else f"{n_errors:,} in all"
        self._errors.show_rows([_error_row(error) for error in errors[:MAX_ERRORS_SHOWN]], note=note)

    def clear(self, hint: str = "") -> None:
        """Show nothing of any list but a hint, as HTML."""
        self.figures.value = hint
        self._chart.chart = list_check_bars(NO_RECORDS)
        self._errors.show_rows([])


def _figures_html(checked: CheckedList, matched: MatchResult | None) -> str:
    counts = checked.record_counts
    figures = [
        ("Processed", f"{counts.processed:,}"),
        ("Valid", f"{counts.valid:,}"),
        ("Invalid", f"{counts.invalid:,}"),
    ]
    if matched is None:
        return figures_html(figures) + NOT_MATCHED
    size = len(matched.members)
    figures += [
        ("Match rate", shown_share(matched.n_matched_records, matched.n_distinct_valid_records)),
        ("Audience size", shown_people(size)),
    ]
    return figures_html(figures, status=status_pill_html(AudienceStatus.of_size(size)))


def _records(checked: CheckedList) -> pd.DataFrame:
    errors = checked.error_counts
    return pd.DataFrame(
        {
            "label": ["Valid", *(problem_name(error.error_code) for error in errors)],
            "count": [checked.record_counts.valid, *(error.count for error in errors)],
            "is_valid": [True] + [False] * len(errors),
        }
    )


def _error_row(error: Any) -> dict[str, str | Cell]:
    return {
        "line": Cell(f"{error.line_number:,}", error.line_number),
        "code": problem_name(error.error_code),
        "shape": error.shape,
        "fix": ERROR_CODES[error.error_code].fix,
    }


def problem_name(error_code: str) -> str:
    """Return an error code as words: ``MISSING_AT_SIGN`` reads "Missing at sign"."""
    words = error_code.replace("_", " ").capitalize()
    return words.replace("maid", "MAID").replace("Maid", "MAID").replace("Idfa", "IDFA")
