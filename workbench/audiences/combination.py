"""Combinations: audiences made out of others with AND, OR and NOT.

The platform's ad groups know two words, include and exclude; analysts need three. A rule is a tree whose leaves are
audience ids::

    {"all_of": ["1001", {"any_of": ["1002", "1003"]}, {"none_of": ["1004"]}]}

    all_of   AND   in every one of them
    any_of   OR    in at least one
    none_of  NOT   in none of them, whoever else is on the platform

The platform has no such type: a combination is counted here, at once, from the exact members of its parts, and is shown
by the same rules as any other size.
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from workbench.audiences.base import AudienceType, Definition, Population
from workbench.identity import AccountSet
from workbench.universe import Universe
from workbench.validation import DigitId, Written


def _word(value: object) -> str | None:
    """Return which kind of part something is meant as; pydantic then complains about that kind alone."""
    match value:
        case str():
            return "audience_id"
        case Written():
            return next(iter(type(value).model_fields))
        case dict() if len(value) == 1:
            return str(next(iter(value)))
        case _:
            return None


_KIND = Discriminator(
    _word,
    custom_error_type="rule",
    custom_error_message=(
        "expected the id of an audience as text, or an object with one of all_of, any_of and none_of"
    ),
)
Knot = Annotated["AllOf", Tag("all_of")] | Annotated["AnyOf", Tag("any_of")] | Annotated["NoneOf", Tag("none_of")]
Part = Annotated[Annotated[DigitId, Tag("audience_id")] | Knot, _KIND]
Parts = Annotated[tuple[Part, ...], Field(min_length=1, max_length=1_000)]


class AllOf(Written):
    """Who is in every part."""

    all_of: Parts


class AnyOf(Written):
    """Who is in at least one part."""

    any_of: Parts


class NoneOf(Written):
    """Who is on the platform and in no part."""

    none_of: Parts


Rule = Annotated[Knot, _KIND]


class CombinationDefinition(Definition):
    """The people whom a rule over other audiences admits.

    Attributes
    ----------
    rule : AllOf, AnyOf or NoneOf
        The tree; its leaves are audience ids.
    """

    type: Literal[AudienceType.COMBINATION] = AudienceType.COMBINATION
    rule: Rule

    @property
    def source_audience_ids(self) -> tuple[str, ...]:
        """The audiences it is made from, each once, in the order they are named."""
        return tuple(dict.fromkeys(_leaves(self.rule)))


def populate_combination(
    definition: CombinationDefinition, universe: Universe, members: Mapping[str, AccountSet]
) -> Population:
    """Work a rule out.

    Parameters
    ----------
    definition : CombinationDefinition
        The rule.
    universe : Universe
        Whose accounts there are.
    members : mapping of str to AccountSet
        Who is in each of the audiences that the rule names.
    """
    return Population(_admitted(definition.rule, universe.n_accounts, members))


def parts_of(rule: Rule) -> tuple[Part, ...]:
    """Return the parts of one knot of the tree."""
    match rule:
        case AllOf():
            return rule.all_of
        case AnyOf():
            return rule.any_of
        case NoneOf():
            return rule.none_of


def _leaves(rule: Rule) -> Iterator[str]:
    for part in parts_of(rule):
        if isinstance(part, str):
            yield part
        else:
            yield from _leaves(part)


def _admitted(part: Part, n_accounts: int, members: Mapping[str, AccountSet]) -> AccountSet:
    if isinstance(part, str):
        return members[part]
    admitted = [_admitted(inner, n_accounts, members) for inner in parts_of(part)]
    match part:
        case AllOf():
            return reduce(AccountSet.__and__, admitted)
        case AnyOf():
            return AccountSet.combined(admitted)
        case NoneOf():
            return AccountSet.combined([AccountSet.full(n_accounts)], admitted)
