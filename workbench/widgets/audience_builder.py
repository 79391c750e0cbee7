"""Builds an audience of any type; its state is one value, ``.spec``."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import traitlets
from ipywidgets import HTML, Box, VBox

from workbench.audiences import Audience, AudienceSpec, populate, shown_share, shown_size
from workbench.errors import DefinitionError
from workbench.progress import Progress
from workbench.universe import Universe
from workbench.widgets.definition_forms import FORMS
from workbench.widgets.definition_sentence import definition_sentence
from workbench.widgets.layout import button, card, choice_field, empty_html, figures_html, panel, row, text_field
from workbench.widgets.run_bar import RunBar
from workbench.widgets.status import TYPE_WORDS, status_pill_html
from workbench.widgets.work import Work

FIRST_AUDIENCE_ID = 1001


class AudienceBuilder(VBox):
    """Choose a type, say who belongs in it, create it.

    Parameters
    ----------
    universe : Universe
        Whose accounts to look among.
    base_folder : Path
        What the path of a customer list is relative to.

    Attributes
    ----------
    spec : AudienceSpec or None
        What the form says; None while it does not say enough. Set it and the form follows.
    audiences : tuple of Audience
        Those created so far.
    """

    spec = traitlets.Instance(AudienceSpec, allow_none=True)
    audiences = traitlets.Tuple()

    def __init__(self, universe: Universe, *, base_folder: Path | None = None) -> None:
        self._universe, self._base_folder = universe, base_folder or Path()
        self._forms = {kind: make(universe) for kind, make in FORMS.items()}
        self._name = text_field("Name", placeholder="for example Cart, 30 days")
        self._type = choice_field("Type", [(TYPE_WORDS[kind], kind) for kind in FORMS])
        self._fields = Box()
        self._fields.add_class("wb-fields")
        self._sentence, self._result = HTML(), HTML(empty_html("Created audiences show their size and status here."))
        self._run_bar = RunBar(button("Create audience", is_primary=True), "Finding the members")
        self._work: Work[Audience] = Work(self)
        super().__init__((self._root(),))
        self._watch()

    def create(self) -> None:
        """Populate the audience that the form describes and add it to ``audiences``."""
        spec = self._said()
        self._refuse_repeated_name(spec)

        def job(on_progress: Progress) -> Audience:
            return populate(spec, self._universe, base_folder=self._base_folder, on_progress=on_progress)

        self._run_bar.begin()
        self._work.start(job)

    def add(self, *specs: AudienceSpec) -> None:
        """Populate audiences that are defined already and add them to ``audiences``, before returning."""
        for spec in specs:
            self._refuse_repeated_name(spec)
            self.on_done(populate(spec, self._universe, base_folder=self._base_folder))

    def on_progress(self, n_done: int, n_total: int) -> None:
        """Show how far populating is."""
        self._run_bar.show_progress(n_done, n_total)

    def on_compiling(self, is_compiling: bool) -> None:
        """Show that kernels are being compiled."""
        self._run_bar.show_compiling(is_compiling)

    def on_done(self, audience: Audience) -> None:
        """Show the new audience."""
        self._run_bar.end()
        self.audiences = (*self.audiences, audience)
        self._result.value = _result_html(audience)
        self._name.value = ""

    def on_failed(self, error: Exception) -> None:
        """Show why there is no new audience."""
        self._run_bar.end(error)

    def _root(self) -> VBox:
        form = card(row(self._name, self._type), self._fields, self._sentence, self._run_bar.buttons, self._run_bar)
        return panel(row(form, card(self._result, title="Latest audience"), name="two"), name="audience-builder")

    def _watch(self) -> None:
        guarded = self._run_bar.notice.guarded
        for form in self._forms.values():
            form.on_change(guarded(self._on_field))
        self._name.observe(guarded(self._on_field), names="value")
        self._type.observe(guarded(self._on_type), names="value")
        self._run_bar.on_run(guarded(lambda _button: self.create()))
        self._run_bar.on_cancel(lambda _button: self._work.cancel())
        self.observe(guarded(self._on_spec), names="spec")
        self._on_type()

    def _on_type(self, _change: Any = None) -> None:
        self._fields.children = self._forms[self._type.value].fields
        self._on_field()

    def _on_field(self, _change: Any = None) -> None:
        try:
            spec = self._said()
        except DefinitionError:
            spec = None  # said aloud only when the button is pressed: a half-filled form is no mistake
        self.spec = spec

    def _on_spec(self, _change: Any) -> None:
        spec = self.spec
        if spec is None:
            self._sentence.value = ""
            return
        self._sentence.value = f'<p class="wb-rule">{html.escape(_sentence(spec))}</p>'
        if spec != self._said_or_none():
            self._name.value, self._type.value = spec.name, spec.definition.type
            self._forms[spec.definition.type].fill(spec.definition)

    def _said(self) -> AudienceSpec:
        if not self._name.value.strip():
            raise DefinitionError("Please give the audience a name, so that you find it again.")
        definition = self._forms[self._type.value].definition()
        return AudienceSpec(audience_id=self._next_id(), name=self._name.value.strip(), definition=definition)

    def _said_or_none(self) -> AudienceSpec | None:
        try:
            return self._said()
        except DefinitionError:
            return None

    def _refuse_repeated_name(self, spec: AudienceSpec) -> None:
        if any(audience.spec.name == spec.name for audience in self.audiences):
            raise DefinitionError(f"There is already an audience called “{spec.name}”; choose another name.")

    def _next_id(self) -> str:
        return str(max([FIRST_AUDIENCE_ID, *(int(audience.spec.audience_id) + 1 for audience in self.audiences)]))


def _sentence(spec: AudienceSpec) -> str:
    return f"“{spec.name}” is everyone: {definition_sentence(spec.definition)}."


def _result_html(audience: Audience) -> str:
    figures = [("Audience size", shown_size(audience.audience_size))]
    details = audience.details
    if "match_rate" in details:
        rate = shown_share(details["n_matched_records"], details["n_distinct_valid_records"])
        figures = [("Valid records", f"{details['record_counts']['valid']:,}"), ("Match rate", rate), *figures]
    if "data_fee_rate_bp" in details:
        figures.append(("Data fee", f"{details['data_fee_rate_bp'] / 100:.1f} %"))
    name = f'<p class="wb-name">{html.escape(audience.spec.name)}</p>'
    return name + figures_html(figures, status=status_pill_html(audience.status))
