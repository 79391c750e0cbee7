"""Which actions put somebody into an engagement audience: versions with dates, read from the universe.

The platform says that the actions behind both types may be added to or altered at any time, so an audience is populated
by the version in force "now"; replace the universe's table ``engagement_actions`` and the audiences follow.
"""

from datetime import datetime
from enum import IntEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from workbench.errors import DefinitionError, UniverseError
from workbench.universe import Universe
from workbench.universe.action_versions import engagement_actions_table
from workbench.validation import Written

Action = Literal["pin_click", "outbound_click", "save", "comment", "video_view"]


class EngagerType(IntEnum):
    """The two types of engagement audiences, with the API's numbers.

    Which number is which is inferred: the API does not say, but it introduced them in this order and clients send 1 as
    the default (Q6).
    """

    ANY = 1
    """Any engagement action."""

    OPTIMISED = 2
    """Actions of high intent, which the platform presents as giving the best result."""


class ActionVersion(Written):
    """The actions of both types from one time on.

    Attributes
    ----------
    valid_from : datetime
        When it came into force, with its zone.
    any_action, optimised : tuple of str
        Actions of each type; those that are optimised are among any.
    """

    valid_from: AwareDatetime
    any_action: Annotated[tuple[Action, ...], Field(min_length=1)]
    optimised: Annotated[tuple[Action, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _optimised_is_among_any(self) -> Self:
        stray = sorted(set(self.optimised) - set(self.any_action))
        if stray:
            raise ValueError(f"optimised: expected actions that are any engagement too, got {stray[0]} alone (S46)")
        return self

    def actions(self, engager_type: EngagerType) -> tuple[str, ...]:
        """Return the actions of a type."""
        return self.any_action if engager_type is EngagerType.ANY else self.optimised


class ActionTable(Written):
    """All versions.

    Attributes
    ----------
    versions : tuple of ActionVersion
        At least one, the oldest first, no two of the same time.
    """

    versions: Annotated[tuple[ActionVersion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [version.valid_from for version in self.versions]
        if times != sorted(set(times)):
            raise ValueError("versions: expected the oldest first and no two of the same time; sort them")
        return self

    def in_force(self, at: datetime) -> ActionVersion:
        """Return the version in force at a time; before the first it is the first."""
        begun = [version for version in self.versions if version.valid_from <= at]
        return begun[-1] if begun else self.versions[0]


def read_action_table(universe: Universe) -> ActionTable:
    """Read the versions that a universe has, or else those that the platform has today.

    Raises
    ------
    UniverseError
        If a version lacks actions of a type, or an optimised action is not among any.
    """
    has_own = universe.has_table("engagement_actions")
    rows = (universe.table("engagement_actions") if has_own else engagement_actions_table()).to_pylist()
    try:
        times = sorted({row["valid_from"] for row in rows})
        return ActionTable(versions=tuple(_version(time, rows) for time in times))
    except DefinitionError as error:
        raise UniverseError(f"table 'engagement_actions': {error}; correct the table or take it away") from None


def _version(time: datetime, rows: list[dict[str, object]]) -> ActionVersion:
    of_type = {
        kind: tuple(row["action"] for row in rows if row["valid_from"] == time and row["engager_type"] == kind)
        for kind in ("any", "optimised")
    }
    return ActionVersion(valid_from=time, any_action=of_type["any"], optimised=of_type["optimised"])
