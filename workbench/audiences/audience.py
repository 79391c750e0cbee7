"""Audiences: a name on a definition, and who it admits."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from workbench.audiences.actalike_definition import ActalikeDefinition
from workbench.audiences.base import AudienceStatus, AudienceType
from workbench.audiences.combination import CombinationDefinition
from workbench.audiences.customer_list import CustomerListDefinition
from workbench.audiences.disclosure import shown_size
from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.audiences.third_party import ThirdPartyDefinition
from workbench.audiences.visitor import VisitorDefinition
from workbench.identity import AccountSet
from workbench.validation import DigitId, Written

AudienceDefinition = Annotated[
    CustomerListDefinition
    | VisitorDefinition
    | EngagementDefinition
    | ThirdPartyDefinition
    | ActalikeDefinition
    | CombinationDefinition,
    Field(discriminator="type"),
]
"""Any audience type's definition; in JSON its ``type`` says which."""


class AudienceSpec(Written):
    """A definition with a name on it: what an analyst saves.

    Attributes
    ----------
    audience_id : str
        Id of the platform, digits.
    name, description : str
        For people.
    definition : AudienceDefinition
        Who belongs in it.
    created_at : datetime or None
        When it was created, with a zone: an audience without past traffic takes in what happens from then on. None is
        the universe's "now".
    is_compare_only : bool
        That no ad group may target it; it is there to be compared with others.
    """

    audience_id: DigitId
    name: str = Field(min_length=1, description="what people call it, at least one character")
    description: str = ""
    definition: AudienceDefinition
    created_at: AwareDatetime | None = Field(
        default=None, description="a time with its zone, such as 2026-11-02T00:00:00Z"
    )
    is_compare_only: bool = Field(default=False, strict=True, description="that no ad group may target it")

    @property
    def audience_type(self) -> AudienceType:
        """Type of the audience; it follows from the definition."""
        return self.definition.type


@dataclass(frozen=True, slots=True, repr=False)
class Audience:
    """An audience as the platform knows it: counted, or not yet.

    Parameters
    ----------
    spec : AudienceSpec
        Name and definition.
    members : AccountSet or None
        Who is in it; None until the platform has counted.
    details : mapping
        What populating brought to light, by audience type; see the functions ``populate_…``.
    is_deleted : bool
        That it is there no longer. An ad group that still names it reaches nobody through it, never everybody.
    """

    spec: AudienceSpec
    members: AccountSet | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    is_deleted: bool = False

    @property
    def audience_size(self) -> int | None:
        """Number of distinct member accounts; None until counted. Show it to people through `shown_size` only."""
        return None if self.members is None else len(self.members)

    @property
    def status(self) -> AudienceStatus:
        """Whether an ad can use the audience."""
        return AudienceStatus.of_size(self.audience_size)

    @property
    def usable_members(self) -> AccountSet | None:
        """Who an ad reaches through it: its members if it is READY and not deleted, else None."""
        return self.members if self.status is AudienceStatus.READY and not self.is_deleted else None

    def __repr__(self) -> str:
        # A notebook shows this on a screen, where the exact size of a small audience has no place.
        size = shown_size(self.audience_size)
        return f"Audience({self.spec.audience_id!r}, {self.spec.name!r}, {self.status.value}, audience_size={size!r})"


def tell_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Return names that tell audiences apart, or what else has ids: a name that several have gets the id behind it.

    Parameters
    ----------
    names : mapping of str to str
        Names by id.

    Returns
    -------
    dict of str to str
        Names to show, by id, in the same order.
    """
    n_same = Counter(names.values())
    shown = {
        audience_id: name if n_same[name] == 1 else f"{name} ({audience_id})" for audience_id, name in names.items()
    }
    if len(set(shown.values())) == len(shown):
        return shown
    return {audience_id: f"{name} ({audience_id})" for audience_id, name in names.items()}  # a name held another's id
