"""An audience as a run sees it: when it was made, and how its members come and go during the flight."""

from enum import StrEnum
from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from simulator.config.flight import MAX_HOURS_BEFORE_START
from workbench.audiences import AudienceSpec, AudienceType
from workbench.validation import Written

EXPIRING_TYPES = (AudienceType.VISITOR, AudienceType.ENGAGEMENT)


class Membership(StrEnum):
    """How members come and go during the flight."""

    STEADY = "steady"
    """As many join as leave: the audience stays as it was counted."""

    EXPIRING = "expiring"
    """Nobody joins, and members leave when their retention ends."""


class ListRefresh(Written):
    """A customer list that is uploaded anew.

    Attributes
    ----------
    uploaded_at_hour : float
        When, hours from the start of the flight; the platform's population delay passes before it counts.
    list_file : str
        The new list; it takes the place of the old one.
    """

    uploaded_at_hour: float = Field(ge=0, le=MAX_HOURS_BEFORE_START)
    list_file: str = Field(min_length=1)


class SimulatedAudience(AudienceSpec):
    """An audience and when it was made. An audience that is made from others follows them as they change.

    Attributes
    ----------
    created_hours_before_start : float
        Hours between its creation and the start of the flight; its members count only once the platform's population
        delay has passed. The default leaves time for every type.
    membership : Membership
        Whether members of visitors and engagement leave during the flight.
    refreshes : tuple of ListRefresh
        New uploads of a customer list, in order of time.
    """

    created_hours_before_start: float = Field(default=72, ge=0, le=MAX_HOURS_BEFORE_START)
    membership: Membership = Membership.STEADY
    refreshes: tuple[ListRefresh, ...] = ()

    @model_validator(mode="after")
    def _changes_as_its_type_can(self) -> Self:
        if self.membership is Membership.EXPIRING and self.audience_type not in EXPIRING_TYPES:
            raise ValueError(
                f"membership expiring is for site visitors and engagement, whose members leave some days after their "
                f"last event; audience {self.audience_id} is {self.audience_type}: use steady"
            )
        if self.refreshes and self.audience_type is not AudienceType.CUSTOMER_LIST:
            raise ValueError(f"refreshes are for customer lists; audience {self.audience_id} is {self.audience_type}")
        if any(later.uploaded_at_hour <= earlier.uploaded_at_hour for earlier, later in pairwise(self.refreshes)):
            raise ValueError(f"refreshes of audience {self.audience_id} come one after another; sort them by hour")
        return self
