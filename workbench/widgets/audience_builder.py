"""Builds an audience of any type and counts it while one does; its state is one value, ``.spec``."""

from __future__ import annotations

import html
from typing import Any

import traitlets
from ipywidgets import HTML, Box, VBox

from workbench.audiences import Audience, AudienceDefinition, AudienceSpec, AudienceType
from workbench.audiences.estimate import Estimate, estimate
from workbench.charts import shown_people
from workbench.errors import DefinitionError
from workbench.progress import Progress
from workbench.widgets.definition_forms import FORMS
from workbench.widgets.definition_sentence import definition_sentence
from workbench.widgets.estimate_html import answer_html, estimate_html, waiting_html
from workbench.widgets.follows_state import FollowsState
from workbench.widgets.layout import button, card, panel, row, stack, text_field
from workbench.widgets.live_answer import LiveAnswer
from workbench.widgets.notice import Notice, screen_words
from workbench.widgets.picks import Option, PickOne
from workbench.widgets.reach_html import warnings_html
from workbench.widgets.run_bar import RunBar, ShowsWork
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.status import TYPE_HINTS, TYPE_WORDS
from workbench.widgets.work import Work


class AudienceBuilder(FollowsState, ShowsWork, VBox):
    """Choose a type, say who belongs in it, see how many that are, create it.

    Parameters
    ----------
    shelf : AudienceShelf
        Where created audiences go, and whose audiences others can be made from.

    Attributes
    ----------
    spec : AudienceSpec or None
        What the form says; None while it does not say enough. Set it and the form follows.
    estimate : Estimate or None
        Who would be in it, as far as that is known.
    """

    spec = traitlets.Instance(AudienceSpec, allow_none=True)
    estimate = traitlets.Instance(Estimate, allow_none=True)

    def __init__(self, shelf: AudienceShelf) -> None:
        self._shelf = shelf
        self._forms = {kind: make(shelf) for kind, make in FORMS.items()}
        self._type = PickOne("Type", [Option(kind, TYPE_WORDS[kind], TYPE_HINTS[kind]) for kind in FORMS])
        self._name = text_field("Name", placeholder="for example Cart, 30 days")
        self._fields = Box()
        self._fields.add_class("wb-fields")
        self._answer, self._sentence, self._advice = HTML(), HTML(), HTML()
        self._run_bar = RunBar(button("Create audience", is_primary=True), "Finding the members")
        self._notice = self._run_bar.notice
        self._done = Notice()
        self._live: LiveAnswer[Estimate] = LiveAnswer(self)
        self._work: Work[Audience] = Work(self)
        super().__init__((self._root(),))
        self._watch()
        self._on_type()

    def create(self) -> None:
        """Find out who is in the audience that the form describes, and put it on the shelf."""
        spec = self._shelf.new_spec(self._name.value, self._said())
        known = self.estimate
        is_known = known is not None and known.audience.spec.definition == spec.definition
        members = known.audience if known is not None and is_known else None
        self._live.forget_question()
        self._run_bar.begin()
        self._done.clear()

        def job(on_progress: Progress) -> Audience:
            if members is not None and members.members is not None:
                return Audience(spec, members.members, members.details)
            return self._shelf.populate(spec, on_progress)

        self._work.start(job)

    def on_done(self, audience: Audience) -> None:
        """Put the new audience on the shelf and say so."""
        self._run_bar.end()
        with self._notice.guard():
            kept = self._shelf.keep(audience)
            self._name.value = ""
            size = shown_people(kept.audience_size)
            self._done.say(f"Created “{kept.spec.name}” with {size} people.", tone="plain")

    def on_waiting(self, share: float | None) -> None:
        """Show that the estimate is on its way."""
        self._answer.value = waiting_html(share)

    def on_answer(self, answer: Estimate) -> None:
        """Show the estimate."""
        self.estimate = answer
        self._answer.value = estimate_html(answer, self._shelf.universe.n_accounts)
        self._advice.value = warnings_html(answer.advice)
        self._say(answer.audience.spec.definition, str(answer.audience.details.get("segment_name", "")))

    def on_no_answer(self, error: Exception) -> None:
        """Show why there is no estimate; whoever presses the button is told louder."""
        self._answer.value = answer_html("–")
        self._advice.value = warnings_html((screen_words(str(error)),)) if isinstance(error, DefinitionError) else ""
        if not isinstance(error, DefinitionError):
            self._notice.say_error(error)

    def _root(self) -> VBox:
        form = stack(card(self._type), card(self._fields))
        saying = (self._answer, self._sentence, self._advice)
        result = card(*saying, self._name, self._run_bar.buttons, self._run_bar, self._done)
        result.add_class("wb-result")
        return panel(row(form, result, name="form-result"), name="audience-builder")

    def _watch(self) -> None:
        guarded = self._notice.guarded
        for form in self._forms.values():
            form.on_change(self._when_moved(self._on_field))
        self._name.observe(self._when_moved(self._on_field), names="value")
        self._type.observe(self._when_moved(lambda _change: self._on_type()), names="value")
        self._run_bar.on_run(guarded(lambda _button: self.create()))
        self._run_bar.on_cancel(lambda _button: self._work.cancel())
        self.observe(guarded(self._on_spec), names="spec")
        self._shelf.observe(guarded(self._on_audiences), names="audiences")

    def _on_type(self) -> None:
        self._fields.children = self._forms[AudienceType(self._type.value)].fields
        self._on_field()

    def _on_audiences(self, _change: Any) -> None:
        self._live.forget_answers()
        self._on_field()

    def _on_field(self, _change: Any = None) -> None:
        self._done.clear()
        self.estimate = None
        try:
            definition = self._said()
        except DefinitionError as error:
            self._forget(error)
            return
        self.spec = self._named(definition)
        self._say(definition)
        self._ask(definition)

    def _forget(self, error: DefinitionError) -> None:
        """Say what is missing as a hint only: a half-filled form is no mistake until the button is pressed."""
        self.spec = None
        self._live.forget_question()
        self._sentence.value = self._advice.value = ""
        self._answer.value = answer_html("–") + f'<p class="wb-hint">{html.escape(screen_words(str(error)))}</p>'

    def _on_spec(self, _change: Any) -> None:
        spec = self.spec
        if spec is None or spec == self._said_or_none():
            return
        with self._following():
            self._name.value, self._type.value = spec.name, spec.definition.type
            self._forms[spec.definition.type].fill(spec.definition)
        self._on_type()

    def _ask(self, definition: AudienceDefinition) -> None:
        shelf, sources = self._shelf, self._shelf.by_id
        spec = AudienceSpec(audience_id="0", name="Estimate", definition=definition)

        def job(on_progress: Progress) -> Estimate:
            return estimate(
                spec, shelf.universe, sources=sources, base_folder=shelf.base_folder, on_progress=on_progress
            )

        self._live.ask(definition, job)

    def _say(self, definition: AudienceDefinition, segment_name: str = "") -> None:
        words = definition_sentence(definition, segment_name=segment_name, audience_names=self._shelf.names)
        self._sentence.value = f'<p class="wb-rule">Everyone: {html.escape(words)}.</p>'

    def _said(self) -> AudienceDefinition:
        said: AudienceDefinition = self._forms[AudienceType(self._type.value)].definition()
        return said

    def _named(self, definition: AudienceDefinition) -> AudienceSpec | None:
        try:
            return self._shelf.new_spec(self._name.value, definition)
        except DefinitionError:
            return None  # said aloud only when the button is pressed

    def _said_or_none(self) -> AudienceSpec | None:
        try:
            return self._named(self._said())
        except DefinitionError:
            return None
