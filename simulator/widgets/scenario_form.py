"""The levers of a what-if as a form; its state is one value, ``.scenario``."""

from __future__ import annotations

import html
from typing import Any

import traitlets
from ipywidgets import HTML, VBox

from simulator.money import MICROS
from simulator.scenario import Scenario
from simulator.widgets.levers import (
    THIRD_PARTY_PATH,
    ad_group,
    bid_path,
    budget_path,
    changes,
    pulled,
    with_only,
)
from workbench.widgets.layout import button, check_field, choice_field
from workbench.widgets.notice import Notice
from workbench.widgets.slider import Slider


class ScenarioForm(VBox):
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
        options = [(group.name, group.ad_group_id) for group in scenario.base.ad_groups]
        self._notice = Notice()
        self._ad_group = choice_field("Ad group", options)
        self._bid = Slider(label="Maximum bid", unit="$", per="CPM", low=0.1, high=50, step=0.05, value=1)
        self._budget = Slider(label="Budget", unit="$", low=1, high=1_000, step=1, value=1)
        self._third_party = check_field("Use third-party data", value=True)
        self._changes = HTML()
        self._reset = button("Reset")
        super().__init__(
            (self._ad_group, self._bid, self._budget, self._third_party, self._changes, self._reset, self._notice)
        )
        self.add_class("wb-form")
        self.scenario = scenario
        self._watch()

    def _watch(self) -> None:
        guarded = self._notice.guarded
        self.observe(guarded(self._on_scenario), names="scenario")
        self._ad_group.observe(guarded(self._on_ad_group), names="value")
        self._bid.observe(guarded(self._on_bid), names="value")
        self._budget.observe(guarded(self._on_budget), names="value")
        self._third_party.observe(guarded(self._on_third_party), names="value")
        self._reset.on_click(guarded(self._on_reset))
        self._on_ad_group()

    def _on_scenario(self, _change: Any = None) -> None:
        after = ad_group(self.scenario, self._ad_group.value)
        self._bid.value = after.bid_cpm_micros / MICROS
        self._budget.value = after.budget_micros / MICROS
        self._third_party.value = self.scenario.config.third_party_data.is_enabled
        sentences = changes(self.scenario)
        self._changes.value = _changes_html(sentences)
        self._reset.disabled = not sentences

    def _on_ad_group(self, _change: Any = None) -> None:
        before = ad_group(self.scenario, self._ad_group.value, is_base=True)
        after = ad_group(self.scenario, self._ad_group.value)
        with self._bid.hold_trait_notifications(), self._budget.hold_trait_notifications():
            self._bid.high = _round_limit(4 * max(before.bid_cpm_micros, after.bid_cpm_micros) / MICROS)
            self._bid.value = after.bid_cpm_micros / MICROS
            self._budget.high = _round_limit(4 * max(before.budget_micros, after.budget_micros) / MICROS)
            self._budget.value = after.budget_micros / MICROS
        self._bid.hint = f"Base: ${before.bid_cpm_micros / MICROS:,.2f}"
        self._budget.label = f"{before.budget_type.value.capitalize()} budget"
        self._budget.hint = f"Base: ${before.budget_micros / MICROS:,.0f}"
        self._on_scenario()

    def _on_bid(self, _change: Any) -> None:
        path, before = bid_path(self._ad_group.value), ad_group(self.scenario, self._ad_group.value, is_base=True)
        self._pull(path, round(self._bid.value * MICROS), before.bid_cpm_micros)

    def _on_budget(self, _change: Any) -> None:
        path, before = budget_path(self._ad_group.value), ad_group(self.scenario, self._ad_group.value, is_base=True)
        self._pull(path, round(self._budget.value * MICROS), before.budget_micros)

    def _on_third_party(self, _change: Any) -> None:
        self._pull(THIRD_PARTY_PATH, self._third_party.value, self.scenario.base.third_party_data.is_enabled)

    def _pull(self, path: str, value: bool | int, unpulled: bool | int) -> None:
        if _current(self.scenario, path, self._ad_group.value) != value:
            self.scenario = pulled(self.scenario, path, value, unpulled)

    def _on_reset(self, _button: Any) -> None:
        self.scenario = with_only(self.scenario)


def _current(scenario: Scenario, path: str, ad_group_id: str) -> bool | int:
    if path == THIRD_PARTY_PATH:
        return scenario.config.third_party_data.is_enabled
    group = ad_group(scenario, ad_group_id)
    return group.bid_cpm_micros if path == bid_path(ad_group_id) else group.budget_micros


def _round_limit(value: float) -> float:
    """Round up to one digit, so that a slider ends at 20 and not at 18.4."""
    scale = 10.0 ** max(0, len(str(int(value))) - 1)
    return float(-(-value // scale) * scale)


def _changes_html(sentences: list[str]) -> str:
    if not sentences:
        return '<p class="wb-hint">Nothing changed yet: the scenario is the base.</p>'
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f'<div class="wb-changes"><h3>Changed from the base</h3><ul>{items}</ul></div>'
