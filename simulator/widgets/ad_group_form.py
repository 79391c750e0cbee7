"""The fields of one ad group: whom it is for, what it bids, what it spends and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import Box, VBox

from simulator.config import (
    AdGroup,
    BillableEvent,
    BudgetType,
    EntityStatus,
    PacingDeliveryType,
    RunConfig,
)
from simulator.money import MICROS
from workbench.audiences import AudienceType, tell_apart
from workbench.widgets.layout import row, text_field
from workbench.widgets.picks import Option, PickMany, PickOne
from workbench.widgets.slider import Slider, nice_limit
from workbench.widgets.status import TYPE_WORDS

OWN_BID, AUTOMATIC = "MAX_BID", "AUTOMATIC_BID"
NO_CAP = 0.0
LEAST_LIMIT = 10.0
"""Dollars where a slider ends at least."""
EVENTS = (
    Option(BillableEvent.IMPRESSION.value, "1,000 impressions"),
    Option(BillableEvent.CLICKTHROUGH.value, "a click"),
    Option(BillableEvent.VIDEO_V_50_MRC.value, "a video view"),
)
PACING = (
    Option(PacingDeliveryType.STANDARD.value, "Even, by taking part less often"),
    Option(PacingDeliveryType.BID_MULTIPLIER.value, "Even, by bidding less"),
    Option(PacingDeliveryType.ADAPTIVE.value, "Even, learning at every opportunity"),
    Option(PacingDeliveryType.MYSTIQUE.value, "Along a planned course"),
    Option(PacingDeliveryType.ACCELERATED.value, "As early as possible"),
    Option(PacingDeliveryType.NONE.value, "No pacing"),
)
PERIODS = (Option(BudgetType.DAILY.value, "a day"), Option(BudgetType.LIFETIME.value, "in all"))
USUAL_BIDS = {
    BillableEvent.IMPRESSION.value: 4.0,
    BillableEvent.CLICKTHROUGH.value: 0.5,
    BillableEvent.VIDEO_V_50_MRC.value: 0.05,
}
"""Dollars that a bid begins with when it is turned to something else."""
STATUSES = (Option(EntityStatus.ACTIVE.value, "Active"), Option(EntityStatus.PAUSED.value, "Paused"))


class AdGroupForm(VBox):
    """Fields that say an ad group; what it says besides them stays as it was filled in."""

    def __init__(self) -> None:
        self._filled: AdGroup | None = None
        self._name = text_field("Name")
        self._status = PickOne("Status", STATUSES, "segments")
        self._include = PickMany("Reach people in any of", [], hint="None picked means everybody.")
        self._exclude = PickMany("But nobody in", [])
        self._event = PickOne("Pay for", EVENTS, "segments")
        who_bids = [Option(OWN_BID, "I set the most I pay"), Option(AUTOMATIC, "The platform bids for me")]
        self._strategy = PickOne("Bid", who_bids, "segments")
        self._bid = Slider(label="Maximum bid", unit="$", step=0.05)
        self._period = PickOne("Budget for", PERIODS, "segments")
        self._budget = Slider(label="Budget", unit="$", step=1.0, hint="0: spends from the budget of the campaign")
        self._pacing = PickOne("Spend", PACING, "select")
        self._cap = Slider(
            label="Most impressions a person", step=1.0, low=NO_CAP, high=100.0, hint="within 30 days; 0: no cap"
        )
        super().__init__(
            (
                row(self._name, self._status, name="side-by-side"),
                row(self._include, self._exclude, name="side-by-side"),
                row(self._event, self._strategy, name="side-by-side"),
                row(self._bid, self._budget, name="side-by-side"),
                row(self._period, self._pacing, name="side-by-side"),
                row(self._cap, Box(), name="side-by-side"),
            )
        )
        self.add_class("wb-form")

    @property
    def picked(self) -> set[str]:
        """Ids of all audiences that are picked, to be reached or not."""
        return {*self._include.value, *self._exclude.value}

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when somebody changes a field."""
        for field in (
            *(self._name, self._status, self._include, self._exclude, self._event, self._strategy),
            *(self._bid, self._period, self._budget, self._pacing, self._cap),
        ):
            field.observe(callback, names="value")

    def fill(self, config: RunConfig, ad_group: AdGroup) -> None:
        """Make the fields say what an ad group of a configuration says."""
        is_new = self._filled is None or self._filled.ad_group_id != ad_group.ad_group_id
        self._filled = ad_group
        targeting = ad_group.targeting
        self._name.value, self._status.value = ad_group.name, ad_group.status.value
        self._include.value, self._exclude.value = targeting.audience_include, targeting.audience_exclude
        self._include.offer(_audience_options(config, disabled=targeting.audience_exclude))
        self._exclude.offer(_audience_options(config, disabled=targeting.audience_include))
        self._event.value, self._strategy.value = ad_group.billable_event.value, ad_group.bid_strategy_type.value
        self._period.value, self._pacing.value = ad_group.budget_type.value, ad_group.pacing_delivery_type.value
        self._fill_bid(ad_group, is_new=is_new)
        _show(self._budget, (ad_group.budget_micros or 0) / MICROS, lowest=0.0, is_new=is_new)
        cap = ad_group.frequency_cap
        self._cap.value = NO_CAP if cap is None else float(cap.max_impressions)
        self._cap.is_disabled = ad_group.frequency_goal is not None

    def changes(self) -> dict[str, Any]:
        """Return the settings that the fields change, as JSON has them; nothing where they say what was filled in."""
        if self._filled is None:
            return {}
        settings = self._filled.model_dump(mode="json")
        return {name: value for name, value in self._said(self._filled).items() if value != settings[name]}

    def _said(self, filled: AdGroup) -> dict[str, Any]:
        targeting = filled.targeting.model_copy(
            update={"audience_include": self._include.value, "audience_exclude": self._exclude.value}
        )
        budget = round(self._budget.value * MICROS)
        lifts = filled.model_dump(mode="json")["lifts"]
        return {
            "name": self._name.value,
            "status": self._status.value,
            "targeting": targeting.model_dump(mode="json"),
            "lifts": {an_id: lift for an_id, lift in lifts.items() if an_id in self._include.value},
            "billable_event": self._event.value,
            "bid_strategy_type": self._strategy.value,
            **self._said_bid(filled),
            "budget_type": self._period.value,
            "budget_micros": budget or None,
            "pacing_delivery_type": self._pacing.value,
            "frequency_cap": self._said_cap(filled),
        }

    def _said_bid(self, filled: AdGroup) -> dict[str, int | None]:
        """Return the two fields of the bid; one that is not for the same thing as before starts from a usual amount."""
        if self._strategy.value == AUTOMATIC:
            return {"bid_cpm_micros": None, "bid_micros": None}
        is_by_impression = self._event.value == BillableEvent.IMPRESSION.value
        is_same = self._event.value == filled.billable_event.value and not self._bid.is_disabled
        amount = self._bid.value if is_same else USUAL_BIDS[self._event.value]
        micros = round(amount * MICROS)
        return (
            {"bid_cpm_micros": micros, "bid_micros": None}
            if is_by_impression
            else {
                "bid_cpm_micros": None,
                "bid_micros": micros,
            }
        )

    def _said_cap(self, filled: AdGroup) -> dict[str, int] | None:
        n = round(self._cap.value)
        if not n or filled.frequency_goal is not None:
            return None
        window = filled.frequency_cap.window_days if filled.frequency_cap is not None else 30
        return {"max_impressions": n, "window_days": window}

    def _fill_bid(self, ad_group: AdGroup, *, is_new: bool) -> None:
        micros = ad_group.bid_cpm_micros if ad_group.bid_cpm_micros is not None else ad_group.bid_micros
        self._bid.is_disabled = micros is None
        self._bid.hint = "The platform chooses." if micros is None else ""
        self._bid.per = "CPM" if ad_group.billable_event is BillableEvent.IMPRESSION else ""
        self._bid.step = 0.05 if ad_group.billable_event is BillableEvent.IMPRESSION else 0.01
        if micros is not None:
            _show(self._bid, micros / MICROS, lowest=0.01, is_new=is_new)


def _audience_options(config: RunConfig, *, disabled: tuple[str, ...]) -> list[Option]:
    names = tell_apart({spec.audience_id: spec.name for spec in config.audiences})
    return [
        Option(
            spec.audience_id,
            names[spec.audience_id],
            TYPE_WORDS[spec.audience_type],
            pill="Data fee" if spec.audience_type is AudienceType.THIRD_PARTY else "",
            is_disabled=spec.audience_id in disabled,
        )
        for spec in config.audiences
    ]


def _show(slider: Slider, value: float, *, lowest: float, is_new: bool) -> None:
    """Show an amount; the limits come first, or the slider would clip it, and stay while somebody moves it."""
    slider.low = min(lowest, value)
    if is_new or value > slider.high:
        slider.high = max(nice_limit(4 * value), LEAST_LIMIT)
    slider.value = value
