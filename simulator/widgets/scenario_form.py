"""The levers of a what-if as a form; its state is one value, ``.scenario``."""

from __future__ import annotations

import html
import math
from typing import Any

import traitlets
from ipywidgets import HTML, VBox

from simulator.ad_group_amounts import Bid, Budget
from simulator.money import MICROS
from simulator.scenario import Scenario
from simulator.widgets.levers import (
    THIRD_PARTY_PATH,
    bid,
    budget,
    changes,
    pulled,
    with_only,
)
from workbench.audiences import tell_apart
from workbench.charts import shown_dollars
from workbench.widgets.follows_state import FollowsState
from workbench.widgets.layout import button, check_field, choice_field
from workbench.widgets.notice import Notice
from workbench.widgets.slider import Slider, nice_limit

LOWEST_BID, LOWEST_BUDGET = 0.1, 1.0
"""Dollars where the sliders begin, unless the scenario has less."""
AUTOMATIC_HTML = (
    '<p class="wb-hint">The platform chooses the bid of this ad group; its budget is what you can move.</p>'
)
"""In place of the slider of a bid where there is none."""


class ScenarioForm(FollowsState, VBox):
    """Bid and budget of each ad group, and third-party data on or off.

    Parameters
    ----------
    scenario : Scenario
        What the form starts with.

    Attributes
    ----------
    scenario : Scenario
        Set it and the controls follow; move a control and it changes.
    """

    scenario = traitlets.Instance(Scenario)

    def __init__(self, scenario: Scenario) -> None:
        self._notice = Notice()
        self._ad_group = choice_field("Ad group", ())
        self._bid = Slider(label="Maximum bid", unit="$", per="CPM", step=0.05)
        self._automatic = HTML(AUTOMATIC_HTML)
        self._budget = Slider(label="Budget", unit="$")
        self._third_party = check_field("Use third-party data", value=True)
        self._changes = HTML()
        self._reset = button("Reset")
        super().__init__(
            (
                *(self._ad_group, self._bid, self._automatic, self._budget),
                *(self._third_party, self._changes, self._reset, self._notice),
            )
        )
        self.add_class("wb-form")
        self.scenario = scenario
        self._follow()
        self._watch()

    def _watch(self) -> None:
        self.observe(self._notice.guarded(lambda _change: self._follow()), names="scenario")
        self._ad_group.observe(self._when_moved(lambda _change: self._follow()), names="value")
        self._bid.observe(self._when_moved(self._on_bid), names="value")
        self._budget.observe(self._when_moved(self._on_budget), names="value")
        self._third_party.observe(self._when_moved(self._on_third_party), names="value")
        self._reset.on_click(self._notice.guarded(self._on_reset))

    def _follow(self) -> None:
        """Make every control say what the scenario says."""
        with self._following():
            self._offer_ad_groups()
            self._follow_bid()
            self._follow_budget()
            self._third_party.value = self.scenario.config.third_party_data.is_enabled
            sentences = changes(self.scenario)
            self._changes.value = _changes_html(sentences)
            self._reset.disabled = not sentences

    def _bids(self) -> tuple[Bid | None, Bid | None]:
        """Return what the chosen ad group bids in the base and in the scenario."""
        chosen = self._ad_group.value
        return bid(self.scenario, chosen, is_base=True), bid(self.scenario, chosen)

    def _budgets(self) -> tuple[Budget, Budget]:
        """Return what the chosen ad group spends from in the base and in the scenario."""
        chosen = self._ad_group.value
        return budget(self.scenario, chosen, is_base=True), budget(self.scenario, chosen)

    def _follow_bid(self) -> None:
        before, after = self._bids()
        has_slider = before is not None and after is not None and before.path == after.path
        self._bid.layout.display = None if has_slider else "none"
        self._automatic.layout.display = "none" if has_slider else None
        if before is not None and after is not None and has_slider:
            self._bid.per = after.per
            self._bid.step = 0.05 if after.per == "CPM" else 0.01
            highest = after.highest_micros / MICROS
            _show_amount(self._bid, before.micros, after.micros, lowest=LOWEST_BID, highest=highest)

    def _follow_budget(self) -> None:
        before, after = self._budgets()
        of_campaign = "" if after.campaign_name is None else " of the campaign"
        self._budget.label = f"{after.budget_type.value.capitalize()} budget{of_campaign}"
        self._budget.step = 0.01 if before.micros % MICROS or after.micros % MICROS else 1.0
        _show_amount(self._budget, before.micros, after.micros, lowest=LOWEST_BUDGET)

    def _offer_ad_groups(self) -> None:
        names = tell_apart({group.ad_group_id: group.name for group in self.scenario.base.ad_groups})
        options = tuple((name, ad_group_id) for ad_group_id, name in names.items())
        if options != self._ad_group.options:
            chosen = self._ad_group.value
            self._ad_group.options = options
            self._ad_group.value = chosen if chosen in names else options[0][1]

    def _on_bid(self, _change: Any) -> None:
        before, now = self._bids()
        if before is not None and now is not None:
            self._pull(now.path, round(self._bid.value * MICROS), now.micros, before.micros)

    def _on_budget(self, _change: Any) -> None:
        before, now = self._budgets()
        self._pull(now.path, round(self._budget.value * MICROS), now.micros, before.micros)

    def _on_third_party(self, _change: Any) -> None:
        before, now = (each.third_party_data.is_enabled for each in (self.scenario.base, self.scenario.config))
        self._pull(THIRD_PARTY_PATH, self._third_party.value, now, before)

    def _pull(self, path: str, value: bool | int, now: bool | int, unpulled: bool | int) -> None:
        if value != now:
            self.scenario = pulled(self.scenario, path, value, unpulled)

    def _on_reset(self, _button: Any) -> None:
        self.scenario = with_only(self.scenario)


def _show_amount(
    slider: Slider, before_micros: int, after_micros: int, *, lowest: float, highest: float = math.inf
) -> None:
    """Show an amount; limits come first and hold both the base's and the scenario's, or the slider would clip it."""
    before, after = before_micros / MICROS, after_micros / MICROS
    slider.low = min(lowest, before, after)
    slider.high = min(max(nice_limit(4 * before), after), highest)
    slider.value = after
    slider.hint = f"Base: {shown_dollars(before)}"


def _changes_html(sentences: list[str]) -> str:
    if not sentences:
        return '<p class="wb-hint">Nothing changed yet: the scenario is the base.</p>'
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f'<div class="wb-changes"><h3>Changed from the base</h3><ul>{items}</ul></div>'
