"""A customer list, looked at before it is used: what is valid, what is not and why, and whom it matches."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import traitlets
from ipywidgets import HTML, VBox

from workbench.audiences import AudienceStatus, CustomerListDefinition, shown_share, shown_size
from workbench.audiences.customer_list import members_left
from workbench.charts import list_check_bars
from workbench.customer_lists import Upload
from workbench.identity import ERROR_CODES, CheckedList, ListType, MatchResult, match
from workbench.progress import Progress
from workbench.universe import Universe
from workbench.widgets.cleaning_hint import hint_for_checked, hint_for_refusal
from workbench.widgets.customer_list_form import CustomerListForm
from workbench.widgets.layout import button, card, figures_html, panel, row
from workbench.widgets.run_bar import RunBar
from workbench.widgets.status import status_pill_html
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.vega_chart import VegaChart
from workbench.widgets.work import Work

MAX_ERRORS_SHOWN = 200
NOT_MATCHED = '<p class="wb-hint">Whom the list matches is shown once the box above is ticked.</p>'
NO_RECORDS = pd.DataFrame({"label": [], "count": [], "is_valid": []})


class _Result(NamedTuple):
    definition: CustomerListDefinition
    checked: CheckedList
    matched: MatchResult | None


class CustomerListPanel(VBox):
    """Choose a list, check it and, once the platform's terms are acknowledged, see who matched.

    Parameters
    ----------
    universe : Universe
        Whose accounts to match.
    base_folder : Path
        What a relative path is relative to.
    list_file : str
        Path to begin with.

    Attributes
    ----------
    definition : CustomerListDefinition or None
        The list that was last checked; None before, and while a list is refused.
    checked : CheckedList or None
        What was found in it.
    matched : MatchResult or None
        Whom it matched, less the people who opted out; None as long as the terms are not acknowledged.
    """

    definition = traitlets.Instance(CustomerListDefinition, allow_none=True)
    checked = traitlets.Instance(CheckedList, allow_none=True)
    matched = traitlets.Instance(MatchResult, allow_none=True)

    def __init__(self, universe: Universe, *, base_folder: Path | None = None, list_file: str = "") -> None:
        self._universe, self._base_folder = universe, base_folder or Path()
        self._list_file, self._list_type = Path(list_file), ListType.EMAIL  # of the latest check
        self._form = CustomerListForm(list_file)
        self._run_bar = RunBar(button("Check", is_primary=True), "Reading the list")
        self._figures = HTML()
        self._chart = VegaChart(list_check_bars(NO_RECORDS))
        self._errors = Table(
            (
                Column("line", "Line", "figure"),
                Column("code", "Problem"),
                Column("shape", "Looks like", "code"),
                Column("fix", "What to do", "words"),
            ),
            title="Invalid records",
            empty="None – every record of a checked list that breaks a rule is listed here with its line.",
        )
        self._work: Work[_Result] = Work(self)
        super().__init__((self._root(),))
        self._run_bar.on_run(self._run_bar.notice.guarded(lambda _button: self.check()))
        self._run_bar.on_cancel(lambda _button: self._work.cancel())
        self._form.on_acknowledgement(self._run_bar.notice.guarded(lambda _change: self._on_acknowledgement()))

    def check(self) -> None:
        """Read the chosen list, and match it if the terms are acknowledged; the results arrive in the attributes."""
        definition = self._form.definition_to_check()
        folder, opted_out = self._base_folder, definition.suppression_file
        upload = Upload(
            folder / definition.list_file,
            definition.list_type,
            definition.profile,
            None if opted_out is None else folder / opted_out,
            definition.are_terms_acknowledged,
        )

        def job(on_progress: Progress) -> _Result:
            checked, suppression = upload.check(on_progress)
            if not upload.are_terms_acknowledged:
                return _Result(definition, checked, None)
            found = match(checked, self._universe.directory)
            return _Result(definition, checked, members_left(found, suppression, self._universe))

        self._list_file, self._list_type = upload.list_file, upload.list_type
        self._run_bar.begin()
        self._work.start(job)

    def on_progress(self, n_done: int, n_total: int) -> None:
        """Show how far reading is."""
        self._run_bar.show_progress(n_done, n_total)

    def on_compiling(self, is_compiling: bool) -> None:
        """Show that kernels are being compiled."""
        self._run_bar.show_compiling(is_compiling)

    def on_done(self, result: _Result) -> None:
        """Show what was found."""
        self._run_bar.end()
        self.definition, self.checked, self.matched = result
        self._show()

    def on_failed(self, error: Exception) -> None:
        """Show why the list was refused, and nothing of an earlier one."""
        self._run_bar.end(error)
        self.definition = self.checked = self.matched = None
        self._figures.value = hint_for_refusal(error, self._list_file, self._list_type)
        self._chart.chart = list_check_bars(NO_RECORDS)
        self._errors.show_rows([])

    def _on_acknowledgement(self) -> None:
        """Show whom the list matches as soon as it may be shared, and nobody when it may not."""
        if self.checked is not None or self._work.is_running:
            self.check()

    def _root(self) -> VBox:
        top = card(*self._form.fields, self._run_bar.buttons, self._run_bar, self._figures, title="Customer list")
        return panel(top, row(card(self._chart), card(self._errors), name="wide-two"), name="customer-list")

    def _show(self) -> None:
        checked = self.checked
        if checked is None:
            return
        self._figures.value = _figures_html(checked, self.matched) + hint_for_checked(checked, self._list_file)
        self._chart.chart = list_check_bars(_records(checked))
        errors = checked.record_errors
        is_cut = len(errors) > MAX_ERRORS_SHOWN
        note = f"first {MAX_ERRORS_SHOWN} of {len(errors):,}" if is_cut else f"{len(errors):,} in all"
        self._errors.show_rows([_error_row(error) for error in errors[:MAX_ERRORS_SHOWN]], note=note)


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
        ("Audience size", shown_size(size)),
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
    return (
        error_code.replace("_", " ")
        .capitalize()
        .replace("maid", "MAID")
        .replace("Maid", "MAID")
        .replace("Idfa", "IDFA")
    )
