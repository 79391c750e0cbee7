"""The form of a third-party audience: one segment of the catalogue, with its provider and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from workbench.audiences import ThirdPartyDefinition
from workbench.data_fee import is_coverable
from workbench.universe import Universe
from workbench.widgets.picks import Option, PickOne
from workbench.widgets.shelf import AudienceShelf

HINT = "Offered in the United States only. The fee is a share of the auction price and comes out of your bid."


class ThirdPartyForm:
    """A segment of the catalogue; what else a definition says stays.

    Parameters
    ----------
    shelf : AudienceShelf
        Whose universe has the catalogue.

    Attributes
    ----------
    fields : tuple of Widget
        The field.
    """

    def __init__(self, shelf: AudienceShelf) -> None:
        options = _segments(shelf.universe)
        self._segment = PickOne(
            "Segment", options, "list", hint=HINT if options else "", empty="This universe has no third-party data."
        )
        self.fields: tuple[Any, ...] = (self._segment,)
        self._ad_account_id: str | None = None

    def definition(self) -> ThirdPartyDefinition:
        """Return what the field says."""
        return ThirdPartyDefinition(segment_id=self._segment.value, ad_account_id=self._ad_account_id)

    def fill(self, definition: ThirdPartyDefinition) -> None:
        """Make the field say ``definition``."""
        self._ad_account_id = definition.ad_account_id
        self._segment.value = definition.segment_id

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when the field changes."""
        self._segment.observe(callback, names="value")


def _segments(universe: Universe) -> list[Option]:
    segments: Iterable[Any] = universe.segments().itertuples()
    return [
        Option(
            segment.segment_id,
            segment.name,
            f"{segment.provider} · {segment.description}",
            pill=f"{segment.data_fee_rate_bp / 100:.0f} % fee",
        )
        for segment in segments
        if is_coverable(segment.data_fee_rate_bp)
    ]
