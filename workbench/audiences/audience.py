"""Audiences: a name on a definition, and who it admits."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from workbench.audiences.base import AudienceStatus, AudienceType, Population
from workbench.audiences.customer_list import CustomerListDefinition, populate_customer_list
from workbench.audiences.disclosure import shown_size
from workbench.audiences.third_party import ThirdPartyDefinition, populate_third_party
from workbench.audiences.visitor import VisitorDefinition, populate_visitor
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe
from workbench.validation import DigitId, Written

AudienceDefinition = Annotated[
    CustomerListDefinition | VisitorDefinition | ThirdPartyDefinition, Field(discriminator="type")
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
    """

    audience_id: DigitId
    name: str = Field(min_length=1, description="what people call it, at least one character")
    description: str = ""
    definition: AudienceDefinition

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
    """

    spec: AudienceSpec
    members: AccountSet | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

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
        """Who an ad reaches through it: its members if it is READY, else None."""
        return self.members if self.status is AudienceStatus.READY else None

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


def populate(
    spec: AudienceSpec,
    universe: Universe,
    *,
    base_folder: Path | None = None,
    on_progress: Progress = ignore_progress,
) -> Audience:
    """Find out who is in an audience, as of the universe's "now".

    Parameters
    ----------
    spec : AudienceSpec
        The audience.
    universe : Universe
        The platform's tables.
    base_folder : Path, optional
        What the path of a customer list is relative to; the working directory when absent.
    on_progress : Progress
        Called while a list is read; raise ``CancelledError`` in it to stop.

    Returns
    -------
    Audience
        With members, whatever their number: its status says whether an ad can use it.

    Raises
    ------
    InputFileError, ListFileError
        If a customer list cannot be read or breaks a structural rule.
    DefinitionError
        If the definition names a tag or segment that the universe does not have, or a segment that costs too much.
    UniverseError
        If the universe lacks a table that this type needs.
    """
    population = _population(spec, universe, base_folder, on_progress)
    return Audience(spec, population.members, population.details)


def _population(spec: AudienceSpec, universe: Universe, base_folder: Path | None, on_progress: Progress) -> Population:
    match spec.definition:
        case CustomerListDefinition() as definition:
            return populate_customer_list(definition, universe, base_folder=base_folder, on_progress=on_progress)
        case VisitorDefinition() as definition:
            return populate_visitor(definition, universe)
        case ThirdPartyDefinition() as definition:
            return populate_third_party(definition, universe)
