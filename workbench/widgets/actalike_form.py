"""The form of an actalike: whom people shall be like, where they live, and how many of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.audiences import ActalikeDefinition, AudienceStatus
from workbench.audiences.actalike_definition import MAX_PERCENTAGE, MIN_PERCENTAGE, NAMED_COUNTRIES
from workbench.errors import DefinitionError
from workbench.widgets.audience_options import audience_options
from workbench.widgets.picks import Option, PickMany, PickOne
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.slider import Slider


class ActalikeForm:
    """Sources, country and percentage.

    Parameters
    ----------
    shelf : AudienceShelf
        Audiences to be like, and whose universe has the countries.

    Attributes
    ----------
    fields : tuple of Widget
        From top to bottom.
    """

    def __init__(self, shelf: AudienceShelf) -> None:
        self._shelf = shelf
        self._sources = PickMany(
            "People like the members of",
            [],
            empty="No audiences yet – create one of another type first.",
            hint="At least 100 members. Whoever is in a source is not in its actalike.",
        )
        lived_in = shelf.demographics.values("country")
        codes = sorted(lived_in, key=lambda code: (code not in NAMED_COUNTRIES, code != "US", code))
        self._country = PickOne("who live in", [Option(code, is_country=True) for code in codes], "select")
        self._percentage = Slider(
            label="How many", per="% of the country", low=MIN_PERCENTAGE, high=MAX_PERCENTAGE, step=1, value=1,
            hint="1 % are the most alike, 10 % the loosest.",
        )  # fmt: skip
        self.fields: tuple[Any, ...] = (self._sources, self._country, self._percentage)
        shelf.observe(lambda _change: self._offer(), names="audiences")
        self._offer()

    def definition(self) -> ActalikeDefinition:
        """Return what the fields say."""
        if not self._sources.value:
            raise DefinitionError("Please pick whom the people shall be like.")
        return ActalikeDefinition(
            seed_audience_ids=self._sources.value,
            country=self._country.value,
            percentage=round(self._percentage.value),
        )

    def fill(self, definition: ActalikeDefinition) -> None:
        """Make the fields say ``definition``."""
        self._sources.value = definition.seed_audience_ids
        self._country.value, self._percentage.value = definition.country, definition.percentage

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when a field changes."""
        for field in self.fields:
            field.observe(callback, names="value")

    def _offer(self) -> None:
        by_id = self._shelf.by_id
        unusable = [one for one, audience in by_id.items() if audience.status is not AudienceStatus.READY]
        self._sources.offer(audience_options(self._shelf, disabled=unusable))
