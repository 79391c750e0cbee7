"""The form of a combination: in all of these, in at least one of those, in none of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from workbench.audiences import AllOf, AnyOf, CombinationDefinition, NoneOf
from workbench.audiences.combination import Part, Rule, parts_of
from workbench.errors import DefinitionError
from workbench.widgets.audience_options import audience_options
from workbench.widgets.layout import row
from workbench.widgets.picks import PickMany
from workbench.widgets.shelf import AudienceShelf

KEPT = "The rule is deeper than these three lists can say. It stays as it is until you pick something."


class _Sides(NamedTuple):
    """A rule as three lists of audience ids."""

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


class CombinationForm:
    """Three lists; a rule that they cannot say stays until one of them is used.

    Parameters
    ----------
    shelf : AudienceShelf
        Audiences to combine.

    Attributes
    ----------
    fields : tuple of Widget
        From top to bottom.
    """

    def __init__(self, shelf: AudienceShelf) -> None:
        self._shelf = shelf
        empty = "No audiences yet – create some of other types first."
        self._all = PickMany("People in all of these", [], empty=empty)
        self._any = PickMany("and in at least one of these", [], empty=empty)
        self._none = PickMany("and in none of these", [], empty=empty)
        self._lists = (self._all, self._any, self._none)
        self.fields: tuple[Any, ...] = (row(*self._lists, name="side-by-side"),)
        self._deeper: CombinationDefinition | None = None
        shelf.observe(lambda _change: self._offer(), names="audiences")
        self._offer()

    def definition(self) -> CombinationDefinition:
        """Return what the lists say, or the deeper rule that was filled in."""
        sides = _Sides(self._all.value, self._any.value, self._none.value)
        if not any(sides):
            if self._deeper is not None:
                return self._deeper
            raise DefinitionError("Please pick the audiences to combine.")
        return CombinationDefinition(rule=_rule(sides))

    def fill(self, definition: CombinationDefinition) -> None:
        """Make the lists say ``definition`` if they can."""
        sides = _sides(definition.rule)
        self._deeper = None if sides is not None else definition
        self._all.value, self._any.value, self._none.value = sides or _Sides()
        self._all.hint = KEPT if self._deeper is not None else ""

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when a list changes."""
        for field in self._lists:
            field.observe(callback, names="value")

    def _offer(self) -> None:
        for field in self._lists:
            field.offer(audience_options(self._shelf))


def _rule(sides: _Sides) -> Rule:
    any_of = (AnyOf(any_of=sides.any_of),) if sides.any_of else ()
    none_of = (NoneOf(none_of=sides.none_of),) if sides.none_of else ()
    match (*sides.all_of, *any_of, *none_of):
        case (AnyOf() | NoneOf() as only,):
            return only
        case parts:
            return AllOf(all_of=parts)


def _sides(rule: Rule) -> _Sides | None:
    """Return a rule as three lists, or None if it takes more to say."""
    parts: tuple[Part, ...] = parts_of(rule) if isinstance(rule, AllOf) else (rule,)
    found = _Sides(
        tuple(part for part in parts if isinstance(part, str)),
        *(_leaves(parts, kind) for kind in (AnyOf, NoneOf)),
    )
    return found if _rule(found) == rule else None


def _leaves(parts: tuple[Part, ...], kind: type[AnyOf] | type[NoneOf]) -> tuple[str, ...]:
    inner = (part for part in parts if isinstance(part, kind))
    return tuple(leaf for part in inner for leaf in parts_of(part) if isinstance(leaf, str))
