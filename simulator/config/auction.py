"""The rules by which an auction ranks and prices."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from workbench.validation import Written

MAX_SLOTS = 8


class AuctionFormat(StrEnum):
    """What the winner of a slot pays for a billable event."""

    SECOND_PRICE = "second_price"
    """The least bid that would still have won; for pages with one slot."""

    FIRST_PRICE = "first_price"
    """Its own effective bid."""

    GSP = "gsp"
    """The least bid that would still have won its slot (generalised second price)."""

    VCG = "vcg"
    """What its presence costs the bidders below it (Vickrey, Clarke, Groves)."""


class AuctionRules(Written):
    """How the slots of a page are sold.

    Attributes
    ----------
    format : AuctionFormat
        What winners pay.
    position_effects : tuple of float
        Chance that each slot of the page comes into view, best first: above 0, at most 1, never rising. An impression
        is a slot that came into view, and clicks follow impressions, so a worse slot brings less of everything.
    action_rate_sigma : float
        How much the expected action rate of one ad group differs from person to person: the standard deviation of its
        logarithm; 0 makes everybody alike. An ad group whose goal is an action bids more for who is likelier to act.
    """

    format: AuctionFormat = AuctionFormat.SECOND_PRICE
    position_effects: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        default=(1.0,), min_length=1, max_length=MAX_SLOTS
    )
    action_rate_sigma: float = Field(default=0, ge=0, le=1)

    @model_validator(mode="after")
    def _is_a_page(self) -> Self:
        if any(
            later > earlier for earlier, later in zip(self.position_effects, self.position_effects[1:], strict=False)
        ):
            raise ValueError("position_effects never rise from one slot to the next: the best slot comes first")
        if self.format is AuctionFormat.SECOND_PRICE and len(self.position_effects) > 1:
            raise ValueError(
                f"format second_price is for one slot, got {len(self.position_effects)} position_effects; choose gsp "
                "or vcg, which agree with it where there is one slot"
            )
        return self

    @property
    def n_slots(self) -> int:
        """Slots of a page."""
        return len(self.position_effects)
