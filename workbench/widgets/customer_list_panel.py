"""A customer list, looked at before it is used: what is valid, what is not and why, and whom it matches."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import traitlets
from ipywidgets import VBox

from workbench.audiences import CustomerListDefinition
from workbench.audiences.customer_list import members_left
from workbench.customer_lists import ReadUpload, Upload, UploadInMemory
from workbench.errors import DefinitionError
from workbench.identity import CheckedList, IncomingFile, ListType, MatchResult, match
from workbench.progress import Progress
from workbench.universe import Universe
from workbench.widgets.cleaning_hint import hint_for_checked, hint_for_refusal
from workbench.widgets.customer_list_form import CustomerListForm
from workbench.widgets.layout import button, card, panel, row
from workbench.widgets.list_findings import ListFindings
from workbench.widgets.list_keeper import ListKeeper
from workbench.widgets.opt_out_upload import OptOutUpload
from workbench.widgets.run_bar import RunBar, ShowsWork
from workbench.widgets.upload_field import UploadField
from workbench.widgets.work import Work

UPLOAD_HINT = "or drop it here. It is hashed while it arrives; nothing of it is stored."


class _Result(NamedTuple):
    definition: CustomerListDefinition | None
    found: ReadUpload
    matched: MatchResult | None


class CustomerListPanel(ShowsWork, VBox):
    """Upload a list or pick a file, see what is in it and, once the platform's terms are acknowledged, who matched.

    Parameters
    ----------
    universe : Universe
        Whose accounts to match.
    base_folder : Path
        Where files can be picked; nothing outside of it is shown. Uploads that are kept go into its folder ``lists``.
    list_file : str
        File to begin with, relative to it.

    Attributes
    ----------
    definition : CustomerListDefinition or None
        The list that was last checked; None before, while a list is refused, and of an upload until it is kept.
    checked : CheckedList or None
        What was found in it.
    matched : MatchResult or None
        Whom it matched, less the people who opted out; None as long as the terms are not acknowledged.
    """

    definition = traitlets.Instance(CustomerListDefinition, allow_none=True)
    checked = traitlets.Instance(CheckedList, allow_none=True)
    matched = traitlets.Instance(MatchResult, allow_none=True)

    def __init__(self, universe: Universe, *, base_folder: Path | None = None, list_file: str = "") -> None:
        self._universe, folder = universe, base_folder or Path()
        self._list_file: Path | None = None  # of the latest list, if it is on disk
        self._list_type = ListType.EMAIL
        self._found: ReadUpload | None = None
        self._trouble: Exception | None = None  # what is wrong with the way that an upload arrives
        self._form = CustomerListForm(folder, list_file, label="or pick a file in the workbench’s folder")
        self._upload = UploadField("Upload a list", hint=UPLOAD_HINT)
        self._opt_outs = OptOutUpload(lambda: self._form.list_type)
        self._run_bar = RunBar(button("Check", is_primary=True), "Reading the list")
        self._findings, self._keeper = ListFindings(), ListKeeper(folder)
        self._work: Work[_Result] = Work(self)
        super().__init__((self._root(),))
        self._watch()

    def check(self) -> None:
        """Read the file that is picked, and match it if the terms are acknowledged; the attributes have the results."""
        definition = self._form.definition()
        path = self._form.picker.path()
        if path.is_dir():
            raise DefinitionError("This list is kept already, so it was checked before; create an audience of it.")
        # What names no file of the people who opted out would take them in when it is counted again.
        self._start(self._upload_of(path), definition if self._opt_outs.suppression is None else None)

    def cancel(self) -> None:
        """Stop reading."""
        self._work.cancel()
        self._upload.stop()

    def on_done(self, result: _Result) -> None:
        """Show what was found."""
        self._run_bar.end()
        found = self._found = result.found
        self.definition, self.checked, self.matched = result.definition, found.checked, result.matched
        is_upload = result.definition is None
        self._findings.show(
            found.checked, result.matched, hint_for_checked(found.checked, self._list_file) if self._list_file else ""
        )
        if self._form.terms.value is not (result.matched is not None):
            self._match(found)  # the box was ticked, or no longer is, since that was asked
        elif result.matched is not None and is_upload:
            self._keeper.offer(UploadInMemory(self._list_type, found, are_terms_acknowledged=True))

    def on_failed(self, error: Exception) -> None:
        """Show why the list was refused, and nothing of an earlier one."""
        self._run_bar.end(self._trouble or error)
        self._forget(hint_for_refusal(error, self._list_file, self._list_type) if self._list_file is not None else "")

    def _root(self) -> VBox:
        uploads = row(self._upload, self._opt_outs, name="side-by-side")
        form = (uploads, *self._form.fields, self._run_bar.buttons, self._run_bar)
        top = card(*form, self._findings.figures, self._keeper, title="Customer list")
        return panel(top, self._findings, name="customer-list")

    def _watch(self) -> None:
        guarded = self._run_bar.notice.guarded
        self._run_bar.on_run(guarded(lambda _button: self.check()))
        self._run_bar.on_cancel(guarded(lambda _button: self.cancel()))
        self._form.picker.observe(guarded(self._on_picked), names="value")
        self._form.terms.observe(guarded(lambda _change: self._on_terms()), names="value")
        self._form.on_rules(guarded(lambda _change: self._on_rules()))
        self._opt_outs.on_change(guarded(self._on_rules))
        self._upload.on_file(self._on_upload)
        self._upload.on_trouble(self._on_trouble)
        self._keeper.on_kept(self._on_kept)

    def _on_picked(self, change: Any) -> None:
        if change.new:
            self.check()

    def _on_upload(self, file: IncomingFile) -> None:
        with self._run_bar.notice.guard():
            self._form.picker.value = ""  # there is one list at a time
            self._start(self._upload_of(file), None)

    def _on_trouble(self, error: Exception) -> None:
        self._trouble = error
        if not self._work.is_running:
            self._run_bar.notice.say_error(error)

    def _on_terms(self) -> None:
        """Show whom the list matches as soon as it may be shared, and nobody when it may not."""
        if self._found is not None and not self._work.is_running:
            self._match(self._found)

    def _on_rules(self) -> None:
        """Look at a file again by the new rules; of an upload nothing is left that could be looked at again."""
        if self._found is None:
            return
        if self._form.picker.value:
            self.check()
        else:
            self._forget("")
            self._run_bar.notice.say("The rules have changed; upload the list once more.", tone="plain")

    def _on_kept(self, list_file: str) -> None:
        self.definition = CustomerListDefinition(
            list_file=list_file, list_type=self._form.list_type, are_terms_acknowledged=True
        )

    def _upload_of(self, source: Path | IncomingFile) -> Upload:
        form = self._form
        opted_out = self._opt_outs.suppression or form.suppression_path()
        return Upload(source, form.list_type, form.profile, opted_out, form.terms.value)

    def _start(self, upload: Upload, definition: CustomerListDefinition | None) -> None:
        def job(on_progress: Progress) -> _Result:
            found = upload.check(on_progress)
            return self._result(definition, found, are_acknowledged=self._form.terms.value)

        self._list_file = upload.list_file if isinstance(upload.list_file, Path) else None
        self._list_type, self._found, self._trouble = upload.list_type, None, None
        if self._list_file is not None:
            self._upload.stop()
            self._upload.file_name = ""
        self._keeper.offer(None)
        self._run_bar.begin()
        self._work.start(job)

    def _match(self, found: ReadUpload) -> None:
        are_acknowledged, definition = self._form.terms.value, self.definition
        self._keeper.offer(None)
        self._run_bar.begin()
        self._work.start(lambda _on_progress: self._result(definition, found, are_acknowledged=are_acknowledged))

    def _result(
        self, definition: CustomerListDefinition | None, found: ReadUpload, *, are_acknowledged: bool
    ) -> _Result:
        if definition is not None:
            definition = definition.model_copy(update={"are_terms_acknowledged": are_acknowledged})
        if not are_acknowledged:
            return _Result(definition, found, None)
        matched = match(found.checked, self._universe.directory)
        return _Result(definition, found, members_left(matched, found.suppression, self._universe))

    def _forget(self, hint: str) -> None:
        self._found = self.definition = self.checked = self.matched = None
        self._findings.clear(hint)
        self._keeper.offer(None)
