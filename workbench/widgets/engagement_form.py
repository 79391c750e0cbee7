"""The form of an engagement audience: whose content, which type, and one type of source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.audiences import EngagementDefinition, EngagerType
from workbench.audiences.engagement_sources import ad_accounts, claimed_sites, own_objectives
from workbench.universe import Universe
from workbench.widgets.layout import check_field, choice_field, text_field
from workbench.widgets.slider import Slider

OWN_PINS, BY_ID, BY_OBJECTIVE, BY_DOMAIN = "pins", "ids", "objective", "domain"
_TYPES = [
    ("Any engagement: clicks, saves, comments, views", EngagerType.ANY),
    ("Optimised engagement: high intent, such as saves", EngagerType.OPTIMISED),
]
_SOURCES = [
    ("All pins of the ad account", OWN_PINS),
    ("Pin, ad and campaign ids", BY_ID),
    ("Campaign objective", BY_OBJECTIVE),
    ("Claimed domain", BY_DOMAIN),
]


class EngagementForm:
    """Ad account, type, source and window; of several objectives or domains a filled-in definition keeps all.

    Parameters
    ----------
    universe : Universe
        Whose ad accounts, campaigns and claimed sites can be chosen.
    """

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._filled: EngagementDefinition | None = None
        self._account = choice_field("Content of", [(f"Ad account {each}", each) for each in ad_accounts(universe)])
        self._type = choice_field("People with", _TYPES)
        self._type.tooltip = "Which of the API's numbers 1 and 2 is which is inferred: its documentation does not say."
        self._source = choice_field("With", _SOURCES)
        commas = "several with commas"
        self._ids = {
            kind: text_field(f"{kind.capitalize()} ids", placeholder=commas) for kind in ("pin", "ad", "campaign")
        }
        self._objective, self._domain = choice_field("Objective", []), choice_field("Domain", [])
        self._days = Slider(label="In the last", per="days", low=1, high=540, step=1, value=180)
        self._prefill = check_field("Include past engagement", value=True)
        sources = (*self._ids.values(), self._objective, self._domain)
        self.fields = (self._account, self._type, self._source, *sources, self._days, self._prefill)
        self._account.observe(self._offer, names="value")
        self._source.observe(self._show_source, names="value")
        self._offer()
        self._show_source()

    def definition(self) -> EngagementDefinition:
        """Return what the fields say."""
        return EngagementDefinition(
            ad_account_id=self._account.value or "",
            engager_type=self._type.value,
            retention_days=round(self._days.value),
            prefill=self._prefill.value,
            **self._said_source(),
        )

    def fill(self, definition: EngagementDefinition) -> None:
        """Make the fields say ``definition``, of several objectives or domains the first."""
        self._filled = definition
        self._account.value, self._type.value = definition.ad_account_id, definition.engager_type
        for kind, field in self._ids.items():
            field.value = ", ".join(getattr(definition, f"{kind}_ids"))
        has_ids = definition.pin_ids or definition.ad_ids or definition.campaign_ids
        if definition.objective_types:
            self._objective.value = definition.objective_types[0]
        if definition.engagement_domains:
            self._domain.value = definition.engagement_domains[0]
        chosen = {BY_ID: has_ids, BY_OBJECTIVE: definition.objective_types, BY_DOMAIN: definition.engagement_domains}
        self._source.value = next((source for source, values in chosen.items() if values), OWN_PINS)
        self._days.value, self._prefill.value = definition.retention_days, definition.prefill

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when a field changes."""
        for field in self.fields:
            field.observe(callback, names="value")

    def _said_source(self) -> dict[str, Any]:
        match self._source.value:
            case "ids":
                return {f"{kind}_ids": field.value for kind, field in self._ids.items()}
            case "objective":
                return {"objective_types": self._kept("objective_types", self._objective.value)}
            case "domain":
                return {"engagement_domains": self._kept("engagement_domains", self._domain.value)}
            case _:
                return {}

    def _kept(self, name: str, chosen: str | None) -> tuple[str, ...]:
        """Return what was filled in as long as its first one is still chosen, else the one that is."""
        filled: tuple[str, ...] = getattr(self._filled, name, ())
        return filled if filled[:1] == (chosen,) else (chosen or "",)

    def _offer(self, _change: Any = None) -> None:
        """Offer the chosen account's objectives and sites."""
        account, universe = self._account.value or "", self._universe
        objectives = own_objectives(account, universe) if universe.has_table("campaigns") else ()
        sites = claimed_sites(account, universe) if universe.has_table("claimed_domains") else ()
        self._objective.options = [(each.replace("_", " ").capitalize(), each) for each in objectives]
        self._domain.options = [(each, each) for each in sites]

    def _show_source(self, _change: Any = None) -> None:
        shown = {BY_ID: [*self._ids.values()], BY_OBJECTIVE: [self._objective], BY_DOMAIN: [self._domain]}
        for source, fields in shown.items():
            for field in fields:
                field.layout.display = None if source == self._source.value else "none"
