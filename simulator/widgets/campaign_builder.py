"""Builds a campaign, ad group by ad group; its state is one value, ``.scenario``, that every other panel can run."""

from __future__ import annotations

from typing import Any

import traitlets
from ipywidgets import HTML, VBox

from simulator.config import RunConfig
from simulator.money import MICROS
from simulator.scenario import Scenario
from simulator.widgets.ad_group_form import AdGroupForm
from simulator.widgets.campaign_edits import (
    ad_group_of,
    campaign_of,
    with_ad_group,
    with_audiences,
    with_campaign,
    with_copy,
    with_settings,
    without,
)
from workbench.audiences import tell_apart
from workbench.charts import shown_dollars
from workbench.widgets.follows_state import FollowsState
from workbench.widgets.layout import button, card, check_field, heading_html, panel, row, text_field
from workbench.widgets.notice import Notice
from workbench.widgets.picks import Option, PickOne
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.slider import Slider

MAX_DAYS = 60.0
"""Days that the slider offers; a longer flight is shown and kept."""


class CampaignBuilder(FollowsState, VBox):
    """Say what a campaign is.

    Parameters
    ----------
    scenario : Scenario
        What to begin with; its levers become settings of the campaign.
    shelf : AudienceShelf or None
        More audiences to pick from, as they are created; it begins with those of the scenario.

    Raises
    ------
    ConfigError
        If the shelf has another audience under an id of the scenario's.

    Attributes
    ----------
    scenario : Scenario
        The campaign as it is now, without levers. Set it and the fields follow. A field that says something illegal
        shows why, and the scenario stays as it was.
    """

    scenario = traitlets.Instance(Scenario)

    def __init__(self, scenario: Scenario, *, shelf: AudienceShelf | None = None) -> None:
        self._shelf = shelf
        self._notice = Notice()
        self._name = text_field("Campaign")
        self._days = Slider(label="Days", step=1.0, low=1.0, high=MAX_DAYS)
        self._third_party = check_field("Use third-party data", value=True)
        self._list = PickOne("Ad groups", [], "list")
        self._copy, self._remove = button("Copy"), button("Remove")
        self._heading = HTML()
        self._form = AdGroupForm()
        super().__init__((self._root(),), scenario=_settled(scenario))
        self._follow()
        self._watch()

    def _watch(self) -> None:
        self.observe(self._notice.guarded(lambda _change: self._follow()), names="scenario")
        self._list.observe(self._when_moved(lambda _change: self._follow()), names="value")
        self._name.observe(self._when_moved(self._on_name), names="value")
        self._days.observe(self._when_moved(self._on_days), names="value")
        self._third_party.observe(self._when_moved(self._on_third_party), names="value")
        self._form.on_change(self._when_moved(self._on_ad_group))
        self._copy.on_click(self._notice.guarded(lambda _button: self.copy_ad_group()))
        self._remove.on_click(self._notice.guarded(lambda _button: self.remove_ad_group()))
        if self._shelf is not None:
            self._shelf.observe(self._notice.guarded(self._on_shelf), names="audiences")

    def copy_ad_group(self) -> None:
        """Add a copy of the ad group that is shown, and show it."""
        config, new_id = with_copy(self.scenario.base, self._list.value)
        self._take(config)
        self._list.value = new_id

    def remove_ad_group(self) -> None:
        """Take the ad group that is shown out of the campaign."""
        self._take(without(self.scenario.base, self._list.value))

    def _on_shelf(self, _change: Any) -> None:
        self._follow()

    def _on_ad_group(self, _change: Any) -> None:
        changes = self._form.changes()
        if not changes:
            return
        config = self.scenario.base
        if self._form.picked - {audience.audience_id for audience in config.audiences}:
            config = self._offered()  # all of the shelf, for its audiences may be made of one another
        self._take(with_ad_group(config, self._list.value, changes))

    def _offered(self) -> RunConfig:
        """Return the campaign with all audiences that can be picked."""
        config, shelf = self.scenario.base, self._shelf
        if shelf is None:
            return config
        return with_audiences(config, [audience.spec for audience in shelf.audiences], shelf.base_folder)

    def _on_name(self, _change: Any) -> None:
        campaign = campaign_of(self.scenario.base, self._list.value)
        self._take(with_campaign(self.scenario.base, campaign.campaign_id, {"name": self._name.value}))

    def _on_days(self, _change: Any) -> None:
        flight = self.scenario.base.flight.model_dump(mode="json") | {"n_days": round(self._days.value)}
        self._take(with_settings(self.scenario.base, {"flight": flight}))

    def _on_third_party(self, _change: Any) -> None:
        data = self.scenario.base.third_party_data.model_dump(mode="json") | {"is_enabled": self._third_party.value}
        self._take(with_settings(self.scenario.base, {"third_party_data": data}))

    def _take(self, config: RunConfig) -> None:
        if config != self.scenario.base:
            self.scenario = _on_base(self.scenario, config)

    def _follow(self) -> None:
        """Make every field say what the scenario says."""
        with self._following():
            if self.scenario.levers:
                self.scenario = _settled(self.scenario)
            config = self.scenario.base
            self._list.offer(_ad_group_options(config))
            ad_group = ad_group_of(config, self._list.value)
            campaign = campaign_of(config, ad_group.ad_group_id)
            self._name.value = campaign.name
            self._days.high = max(MAX_DAYS, float(config.flight.n_days))
            self._days.value = float(config.flight.n_days)
            self._days.hint = f"from {config.flight.start:%-d %B %Y}"
            self._third_party.value = config.third_party_data.is_enabled
            self._remove.disabled = len(campaign.ad_groups) == 1
            self._heading.value = heading_html(ad_group.name)
            self._form.fill(self._offered(), ad_group)

    def _root(self) -> VBox:
        side = VBox(
            (
                card(self._name, self._days, self._third_party, title="Campaign"),
                card(self._list, row(self._copy, self._remove, name="buttons")),
            )
        )
        side.add_class("wb-stack")
        form = card(self._heading, self._form, self._notice)
        return panel(row(side, form, name="side"), name="campaign")


def _settled(scenario: Scenario) -> Scenario:
    """Return the scenario with its levers as settings of its base."""
    return _on_base(scenario, scenario.config) if scenario.levers else scenario


def _on_base(scenario: Scenario, config: RunConfig) -> Scenario:
    """Return the next state of the scenario, whose version and history it keeps to be saved over its file."""
    return scenario.model_copy(update={"base": config, "levers": ()})


def _ad_group_options(config: RunConfig) -> list[Option]:
    names = tell_apart({ad_group.ad_group_id: ad_group.name for ad_group in config.ad_groups})
    options = []
    for ad_group in config.ad_groups:
        budget = ad_group.budget_micros
        period = "a day" if ad_group.budget_type.value == "DAILY" else "in all"
        spends = "the campaign’s budget" if budget is None else f"{shown_dollars(budget / MICROS)} {period}"
        paused = "" if ad_group.status.value == "ACTIVE" else ad_group.status.value.capitalize()
        options.append(Option(ad_group.ad_group_id, names[ad_group.ad_group_id], spends, pill=paused))
    return options
