"""Composes a targeting and says, while one does, whom it could reach; its state is one value, ``.targeting``."""

from __future__ import annotations

from typing import Any

import traitlets
from ipywidgets import HTML, VBox

from workbench.audiences import ReachEstimate, TargetingSpec, estimate_reach
from workbench.errors import FieldError
from workbench.export import RestrictedCategory, restricted_targeting
from workbench.export.targeting_requests import targeting_of
from workbench.progress import Progress
from workbench.widgets.follows_state import FollowsState
from workbench.widgets.layout import card, choice_field, empty_html, panel, row, stack
from workbench.widgets.live_answer import LiveAnswer
from workbench.widgets.notice import Notice
from workbench.widgets.reach_html import reach_html, warnings_html
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.targeting_form import TargetingForm
from workbench.widgets.targeting_sets import TargetingSets

NOT_RESTRICTED = ""
CATEGORIES = [
    ("Anything else", NOT_RESTRICTED),
    *((each.value.capitalize(), each.value) for each in RestrictedCategory),
]


class TargetingComposer(FollowsState, VBox):
    """Say whom an ad group shall reach and see how many that could be.

    Parameters
    ----------
    shelf : AudienceShelf
        Audiences to include and exclude. If it has a catalogue, targetings can be kept there by name.
    targeting : TargetingSpec
        What to begin with.

    Attributes
    ----------
    targeting : TargetingSpec
        What the form says. Set it and the form follows.
    reach : ReachEstimate or None
        Whom it could reach; None until that is known, and when the targeting is refused.
    """

    targeting = traitlets.Instance(TargetingSpec)
    reach = traitlets.Instance(ReachEstimate, allow_none=True)

    def __init__(self, shelf: AudienceShelf, targeting: TargetingSpec | None = None) -> None:
        self._shelf = shelf
        self._form = TargetingForm(shelf)
        self._category = choice_field("What the ad is for", CATEGORIES)
        self._sets = TargetingSets(shelf.catalog, self) if shelf.catalog is not None else None
        self._answer, self._warnings, self._notice = HTML(empty_html("Working out the reach…")), HTML(), Notice()
        self._live: LiveAnswer[ReachEstimate] = LiveAnswer(self)
        super().__init__((self._root(),), targeting=targeting or TargetingSpec())
        self._form.fill(self.targeting)
        self._watch()
        self._ask()

    def on_waiting(self, _share: float | None) -> None:
        """Show that the figures are of an earlier targeting."""
        self._answer.add_class("wb-stale")

    def on_answer(self, answer: ReachEstimate) -> None:
        """Show whom the targeting could reach."""
        self.reach = answer
        self._answer.remove_class("wb-stale")
        self._answer.value = reach_html(answer, self._shelf.universe.n_accounts)
        self._warn()

    def on_no_answer(self, error: Exception) -> None:
        """Show why nobody can be reached like this."""
        self.reach = None
        self._answer.remove_class("wb-stale")
        self._answer.value = empty_html("No reach: this targeting is refused.")
        self._warn()
        self._notice.say_error(error)

    def _watch(self) -> None:
        guarded = self._notice.guarded
        self._form.on_change(self._when_moved(self._on_field))
        self._category.observe(guarded(lambda _change: self._warn()), names="value")
        self.observe(guarded(self._on_targeting), names="targeting")
        self._shelf.observe(guarded(self._on_audiences), names="audiences")

    def _on_field(self, _change: Any) -> None:
        self.targeting = self._form.targeting()

    def _on_audiences(self, _change: Any) -> None:
        self._live.forget_answers()
        self._follow()
        self._ask()

    def _on_targeting(self, _change: Any) -> None:
        self._follow()
        self._ask()

    def _follow(self) -> None:
        with self._following():
            self._form.fill(self.targeting)

    def _ask(self) -> None:
        spec, audiences, demographics = self.targeting, self._shelf.by_id, self._shelf.demographics

        def job(_on_progress: Progress) -> ReachEstimate:
            return estimate_reach(spec, audiences, demographics)

        self._live.ask(spec, job)

    def _warn(self) -> None:
        warnings = list(self.reach.warnings if self.reach is not None else ())
        if self._category.value:
            specs = {audience_id: audience.spec for audience_id, audience in self._shelf.by_id.items()}
            findings = restricted_targeting(RestrictedCategory(self._category.value), self.targeting, specs)
            warnings += dict.fromkeys(finding.sentence for finding in findings)
        try:
            targeting_of(self.targeting)
        except FieldError as error:
            warnings.append(f"The platform would refuse this ad group: {error}.")
        self._warnings.value = warnings_html(tuple(warnings))

    def _root(self) -> VBox:
        people = row(*self._form.places, stack(*self._form.people), name="side-by-side")
        audiences = card(row(*self._form.audiences, name="side-by-side"), title="Audiences")
        reach = card(self._answer, self._notice, self._warnings, self._category)
        reach.add_class("wb-result")
        form = stack(audiences, card(people, title="Who they are"))
        side = stack(reach, *((self._sets,) if self._sets is not None else ()))
        return panel(row(form, side, name="form-result"), name="targeting")
