"""Which settings of two configurations differ: all of them, each with the way to it."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, Final, NamedTuple

from simulator.config import RunConfig
from simulator.scenario.settings import id_of

FIRST: Final = ("campaigns", "ad_groups", "audiences")
"""What people ask about first comes first."""

OWNERS: Final = ("ad_groups", "ads", "audiences", "campaigns", "rival_campaigns")
"""Lists whose members have ids of their own; a landscape only names the audience that it is about."""

Way = tuple[str, ...]


class Absent(Enum):
    """In the place of what one side does not have."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


class Difference(NamedTuple):
    """One setting that differs.

    Attributes
    ----------
    owner : tuple of str
        The way to the ad group, campaign, ad or audience that it is of, which ends in an id; empty for the whole.
    rest : tuple of str
        The way from there; empty where one side has the owner and the other has not. One that leads to a list of
        owners says that the order of those that both sides have differs.
    before, after : object
        What each side has there, as JSON has it; ``ABSENT`` if nothing.
    """

    owner: Way
    rest: Way
    before: Any
    after: Any


def differences(before: RunConfig, after: RunConfig) -> Iterator[Difference]:
    """Yield every setting that differs.

    Parameters
    ----------
    before, after : RunConfig
        What is compared. Ad groups, campaigns, ads and audiences are matched by their ids, members of other lists of
        objects by their place, which counts from 1.

    Yields
    ------
    Difference
        Those of campaigns first, with their ad groups, then those of audiences, then all others.
    """
    yield from _between((), (), before.model_dump(mode="json"), after.model_dump(mode="json"))


def _between(owner: Way, rest: Way, before: Any, after: Any) -> Iterator[Difference]:
    if _is_made_of_something(before, after):  # an object that one side leaves open is told field by field
        before, after = (dict.fromkeys(after), after) if before is None else (before, dict.fromkeys(before))
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        for name in sorted(names, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST)):
            yield from _between(owner, (*rest, name), before.get(name, ABSENT), after.get(name, ABSENT))
    elif rest and rest[-1] in OWNERS:
        yield from _between_members(owner, rest, before, after)
    elif _are_objects(before) and _are_objects(after):
        yield from _between(owner, rest, _numbered(before), _numbered(after))
    elif before != after:
        yield Difference(owner, rest, before, after)


def _between_members(owner: Way, rest: Way, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    sides = [{id_of(member) or "": member for member in side} for side in (before, after)]
    for an_id in [*sides[0], *(an_id for an_id in sides[1] if an_id not in sides[0])]:
        yield from _between((*owner, *rest, an_id), (), *(side.get(an_id, ABSENT) for side in sides))
    in_both = [[an_id for an_id in side if an_id in sides[0] and an_id in sides[1]] for side in sides]
    if in_both[0] != in_both[1]:
        yield Difference(owner, rest, *in_both)


def _is_made_of_something(before: Any, after: Any) -> bool:
    """Return whether one side is open and the other an object with a value in it."""
    objects = [side for side in (before, after) if isinstance(side, dict)]
    is_open = before is None or after is None
    return is_open and len(objects) == 1 and any(value is not None for value in objects[0].values())


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(member, dict) for member in value)


def _numbered(members: list[Any]) -> dict[str, Any]:
    return {str(place): member for place, member in enumerate(members, start=1)}
