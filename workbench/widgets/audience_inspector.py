"""Looks into an audience: who its members are, what they like, how long they stay, how they were found.

Its state is one value, ``.view``.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import pandas as pd
import traitlets
from ipywidgets import HTML, VBox

from workbench.audiences import Audience, AudienceStatus, EngagementDefinition, VisitorDefinition
from workbench.audiences.affinity import demographic_affinity, interest_affinity, shown_affinity
from workbench.audiences.expiry import membership_decay, shown_decay
from workbench.audiences.interests import Interests
from workbench.charts import membership_decay_area, shown_people
from workbench.identity import AccountSet
from workbench.progress import Progress
from workbench.widgets.audience_origin import Origin, origin_of
from workbench.widgets.audience_profile import AudienceProfile
from workbench.widgets.definition_sentence import definition_sentence
from workbench.widgets.follows_state import FollowsState
from workbench.widgets.inspector_view import (
    EVERYBODY,
    INTERESTS,
    ORIGIN,
    PEOPLE,
    SAME_COUNTRIES,
    STAYING,
    InspectorView,
)
from workbench.widgets.layout import card, empty_html, figures_html, panel, progress_html, row, stack
from workbench.widgets.live_answer import LiveAnswer
from workbench.widgets.notice import Notice
from workbench.widgets.picks import Option, PickOne
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.status import TYPE_WORDS, status_pill_html
from workbench.widgets.vega_chart import VegaChart

PARTS = {
    PEOPLE: "Who they are",
    INTERESTS: "What they like",
    STAYING: "How long they stay",
    ORIGIN: "Where they come from",
}
NOTHING_TO_SHOW = "It has fewer than 100 members, so nothing of them is shown."
NO_AUDIENCES = "No audiences yet – create one first."
NOBODY_LEAVES = "Nobody leaves it by itself: only site visitors and engagement have a window of days."


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out for one view of an audience; what it does not show stays empty."""

    affinity: pd.DataFrame | None = None
    decay: pd.DataFrame | None = None
    origin: Origin | None = None


class AudienceInspector(FollowsState, VBox):
    """One audience of a shelf, against everybody or those of the same countries.

    Parameters
    ----------
    shelf : AudienceShelf
        The audiences.
    view : InspectorView, optional
        What to look at to begin with.

    Attributes
    ----------
    view : InspectorView
        What is looked at. Set it and the panel follows.
    """

    view = traitlets.Instance(InspectorView)

    def __init__(self, shelf: AudienceShelf, view: InspectorView | None = None) -> None:
        self._shelf = shelf
        self._interests = Interests(shelf.universe)
        self._audience = PickOne("Audience", [], "select")
        self._shown = PickOne("What to show", [Option(key, label) for key, label in PARTS.items()], "segments")
        against = [Option(EVERYBODY, "Everybody"), Option(SAME_COUNTRIES, "The same countries")]
        self._against = PickOne("Compared with", against, "pills")
        self._head, self._busy, self._notice = HTML(), HTML(), Notice()
        self._profile = AudienceProfile()
        self._decay = VegaChart(membership_decay_area(_no_decay()))
        self._words, self._origin = HTML(), VBox()
        self._parts = {
            PEOPLE: self._profile,
            INTERESTS: self._profile,
            STAYING: card(self._decay),
            ORIGIN: self._origin,
        }
        self._live: LiveAnswer[Findings] = LiveAnswer(self)
        super().__init__((self._root(),), view=view or InspectorView())
        self._watch()
        self._follow()

    @property
    def audience(self) -> Audience | None:
        """The audience that is looked at."""
        by_id = self._shelf.by_id
        return by_id.get(self.view.audience_id or "", next(iter(by_id.values()), None))

    def on_waiting(self, share: float | None) -> None:
        """Show that figures are on their way."""
        self._busy.value = progress_html("Looking into the audience", share)

    def on_answer(self, answer: Findings) -> None:
        """Show what was found."""
        self._busy.value = ""
        if answer.affinity is not None:
            self._profile.show(answer.affinity)
        if answer.decay is not None and self.audience is not None:
            self._decay.chart = membership_decay_area(shown_decay(answer.decay), name=self.audience.spec.name)
        if answer.origin is not None:
            self._show_origin(answer.origin)
        self._show_part(is_known=True)

    def on_no_answer(self, error: Exception) -> None:
        """Show why nothing was found."""
        self._busy.value = ""
        self._notice.say_error(error)

    def _root(self) -> VBox:
        top = card(row(self._audience, self._against), self._head, self._shown, self._busy, self._words, self._notice)
        return panel(top, *dict.fromkeys(self._parts.values()), name="inspector")

    def _watch(self) -> None:
        guarded = self._notice.guarded
        for field in (self._audience, self._shown, self._against):
            field.observe(self._when_moved(self._on_field), names="value")
        self.observe(guarded(self._on_view), names="view")
        self._shelf.observe(guarded(self._on_audiences), names="audiences")

    def _on_field(self, _change: Any) -> None:
        self.view = InspectorView(
            audience_id=self._audience.value or None,
            shown=self._shown.value,
            compared_with=self._against.value,
        )

    def _on_view(self, _change: Any) -> None:
        self._follow()

    def _on_audiences(self, _change: Any) -> None:
        self._live.forget_answers()
        self._follow()

    def _follow(self) -> None:
        names, audience = self._shelf.names, self.audience
        with self._following():
            self._audience.offer([Option(audience_id, name) for audience_id, name in names.items()])
            self._audience.value = "" if audience is None else audience.spec.audience_id
            self._shown.value, self._against.value = self.view.shown, self.view.compared_with
        self._head.value = empty_html(NO_AUDIENCES) if audience is None else self._head_html(audience)
        self._show_part(is_known=False)
        self._ask(audience)

    def _ask(self, audience: Audience | None) -> None:
        self._live.forget_question()
        self._busy.value, view = "", self.view
        if audience is None:
            return
        has_window = isinstance(audience.spec.definition, VisitorDefinition | EngagementDefinition)
        if view.shown != ORIGIN and audience.status is not AudienceStatus.READY:
            word = NOTHING_TO_SHOW if audience.members is not None else "It is not counted yet."
            self._words.value = empty_html(word)
        elif view.shown == STAYING and not has_window:
            self._words.value = empty_html(NOBODY_LEAVES)
        else:
            key = (audience.spec, view.shown, view.compared_with)
            self._live.ask(key, lambda on_progress: self._find(audience, view, on_progress))

    def _find(self, audience: Audience, view: InspectorView, on_progress: Progress) -> Findings:
        shelf, members = self._shelf, audience.members
        if view.shown == ORIGIN or members is None:
            return Findings(origin=origin_of(audience, shelf.universe, shelf.by_id))
        if view.shown == STAYING:
            return Findings(decay=membership_decay(audience.spec, shelf.universe))
        population = self._population(members, view.compared_with)
        if view.shown == INTERESTS:
            interests = self._interests.members(on_progress)
            return Findings(affinity=shown_affinity(interest_affinity(members, population, interests)))
        return Findings(affinity=shown_affinity(demographic_affinity(members, population, shelf.demographics)))

    def _population(self, members: AccountSet, compared_with: str) -> AccountSet:
        demographics = self._shelf.demographics
        if compared_with == EVERYBODY:
            return AccountSet.full(members.n_accounts)
        countries = [demographics.having("country", code) for code in sorted(demographics.values("country"))]
        return AccountSet.combined([each for each in countries if not each.isdisjoint(members)])

    def _show_part(self, *, is_known: bool) -> None:
        """Show the part that is asked for once it is known; until then only that it is on its way."""
        wanted = self._parts[self.view.shown] if is_known else None
        for part in dict.fromkeys(self._parts.values()):
            part.layout.display = None if part is wanted else "none"
        is_compared = self.view.shown in (PEOPLE, INTERESTS)
        self._against.layout.display = None if is_compared else "none"
        if is_known or wanted is None:
            self._words.value = ""

    def _show_origin(self, origin: Origin) -> None:
        words = [HTML(origin.words)] if origin.words else []
        parts = [*words, *([origin.table.made()] if origin.table is not None else [])]
        cards = [card(*parts)] if parts else []
        charts = [card(VegaChart(origin.chart))] if origin.chart is not None else []
        self._origin.children = (row(*cards, *charts, name="two") if charts and cards else stack(*cards, *charts),)

    def _head_html(self, audience: Audience) -> str:
        figures = [("Type", TYPE_WORDS[audience.spec.audience_type]), ("Size", shown_people(audience.audience_size))]
        segment = str(audience.details.get("segment_name", ""))
        words = definition_sentence(audience.spec.definition, segment_name=segment, audience_names=self._shelf.names)
        rule = f'<p class="wb-rule">Everyone: {html.escape(words)}.</p>'
        return figures_html(figures, status=status_pill_html(audience.status)) + f'<div class="wb-lines">{rule}</div>'


def _no_decay() -> pd.DataFrame:
    columns = {"at": "datetime64[us, UTC]", "n_members": "Int64", "n_leaving": "Int64", "shown_n_members": "str"}
    return pd.DataFrame(columns=list(columns)).astype(columns)
