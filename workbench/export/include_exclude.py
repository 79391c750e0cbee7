"""Combinations as an ad group can say them: in any of some audiences, in none of others.

AND, OR and NOT are the workbench's; an ad group of the platform has two lists, which mean::

    (union of the included, or everybody) − (union of the excluded)

A combination is exported if it comes to that form. Some do by rules of sets, such as all_of(a, none_of(b)), which is
"include a, exclude b". Where those rules find nothing, a table of all cases decides, as far as it fits into memory: a
person is or is not in each audience, and the rule says yes or no to each of the cases. Some combinations never come to
that form, such as all_of(a, b): two lists cannot say who is in both.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final

from workbench.audiences import AllOf, AnyOf, AudienceSpec, CombinationDefinition, NoneOf
from workbench.audiences.combination import Part, parts_of
from workbench.errors import DefinitionError

Ids = tuple[str, ...]

MOST_IN_TABLE: Final = 16
"""Audiences of a rule for which all cases are looked at: 65,536 cases, a bit for each."""


class InexpressibleError(DefinitionError):
    """A combination that the two lists of an ad group cannot say."""


@dataclass(frozen=True, slots=True)
class IncludeExclude:
    """The two lists of an ad group.

    Parameters
    ----------
    include : tuple of str or None
        Audience ids; None is everybody.
    exclude : tuple of str
        Audience ids.
    """

    include: Ids | None
    exclude: Ids = ()


EVERYBODY = IncludeExclude(None)


def include_exclude(part: Part, specs: Mapping[str, AudienceSpec]) -> IncludeExclude:
    """Bring a combination into the form of two lists.

    Parameters
    ----------
    part : audience id, AllOf, AnyOf or NoneOf
        What to say; an id that names a combination stands for its rule.
    specs : mapping of str to AudienceSpec
        Audiences by id, as far as they are known: an unknown one is none of the workbench's combinations.

    Raises
    ------
    InexpressibleError
        If two lists cannot say it.
    DefinitionError
        If a combination is made from itself.
    """
    plain = _without_combinations(part, specs, ())
    try:
        return _by_rules(plain)
    except InexpressibleError as refusal:
        ids = tuple(dict.fromkeys(_leaves(plain)))
        found = _by_table(plain, ids) if len(ids) <= MOST_IN_TABLE else None
        if found is None:
            raise refusal
        return found


def _without_combinations(part: Part, specs: Mapping[str, AudienceSpec], inside: Ids) -> Part:
    if isinstance(part, str):
        spec = specs.get(part)
        if part in inside:
            circle = " from ".join((*inside[inside.index(part) :], part))
            raise DefinitionError(f"expected combinations that are not made from themselves, got a circle: {circle}")
        if spec is not None and isinstance(spec.definition, CombinationDefinition):
            return _without_combinations(spec.definition.rule, specs, (*inside, part))
        return part
    inner = tuple(_without_combinations(one, specs, inside) for one in parts_of(part))
    return type(part)(**{next(iter(type(part).model_fields)): inner})


def _leaves(part: Part) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    else:
        for inner in parts_of(part):
            yield from _leaves(inner)


def _by_table(part: Part, ids: Ids) -> IncludeExclude | None:
    """Return the form that says yes in the same cases as a rule; None if there is none, or nobody is admitted."""
    n_cases = 1 << len(ids)
    all_cases = (1 << n_cases) - 1
    columns = {}
    for n, audience_id in enumerate(ids):  # in case k somebody is in audience n if bit n of k is set
        period = 1 << n + 1
        columns[audience_id] = (all_cases // ((1 << period) - 1)) * (((1 << (1 << n)) - 1) << (1 << n))
    admitted = _cases(part, columns, all_cases)
    exclude = tuple(audience_id for audience_id in ids if not admitted & columns[audience_id])
    left = all_cases & ~reduce(int.__or__, (columns[audience_id] for audience_id in exclude), 0)
    if admitted == left:
        return IncludeExclude(None, exclude)
    include = tuple(audience_id for n, audience_id in enumerate(ids) if admitted >> (1 << n) & 1)
    if not include or admitted != left & reduce(int.__or__, (columns[audience_id] for audience_id in include)):
        return None
    return IncludeExclude(include, exclude)


def _cases(part: Part, columns: Mapping[str, int], all_cases: int) -> int:
    if isinstance(part, str):
        return columns[part]
    inner = [_cases(one, columns, all_cases) for one in parts_of(part)]
    match part:
        case AllOf():
            return reduce(int.__and__, inner)
        case AnyOf():
            return reduce(int.__or__, inner)
        case NoneOf():
            return all_cases & ~reduce(int.__or__, inner)


def _by_rules(part: Part) -> IncludeExclude:
    if isinstance(part, str):
        return IncludeExclude((part,))
    forms = [_by_rules(inner) for inner in parts_of(part)]
    match part:
        case AllOf():
            return reduce(_both, forms)
        case AnyOf():
            return reduce(_either, forms)
        case NoneOf():
            return _neither(reduce(_either, forms))


def of_targeting(include: Ids | None, exclude: Ids | None, specs: Mapping[str, AudienceSpec]) -> IncludeExclude:
    """Bring an ad group's own two lists, in which combinations may be named, into two lists without combinations.

    Raises
    ------
    InexpressibleError
        If two lists cannot say it, or nobody would be reached.
    """
    included = (AnyOf(any_of=include),) if include else ()
    excluded = (NoneOf(none_of=exclude),) if exclude else ()
    if not included and not excluded:
        return EVERYBODY
    form = include_exclude(AllOf(all_of=(*included, *excluded)), specs)
    if form.include is None:
        return form
    left = tuple(audience_id for audience_id in form.include if audience_id not in form.exclude)
    if not left:
        raise InexpressibleError("expected somebody to reach, but all that is included is excluded again")
    return IncludeExclude(left, form.exclude)


def _both(one: IncludeExclude, other: IncludeExclude) -> IncludeExclude:
    exclude = _united((one.exclude, other.exclude))
    if one.include is None or other.include is None:
        return IncludeExclude(one.include if other.include is None else other.include, exclude)
    smaller, larger = sorted((one.include, other.include), key=len)
    if set(smaller) <= set(larger):
        return IncludeExclude(smaller, exclude)
    raise InexpressibleError(
        "expected what an ad group can say with an include and an exclude list, got an AND of audiences: "
        f"who is both in {_words(one.include)} and in {_words(other.include)}"
    )


def _either(one: IncludeExclude, other: IncludeExclude) -> IncludeExclude:
    if set(one.exclude) == set(other.exclude):
        if one.include is None or other.include is None:
            return IncludeExclude(None, one.exclude)
        return IncludeExclude(_united((one.include, other.include)), one.exclude)
    raise InexpressibleError(
        "expected what an ad group can say with an include and an exclude list, got an OR of which one part alone "
        f"leaves out who is in {_words(one.exclude or other.exclude)}"
    )


def _neither(form: IncludeExclude) -> IncludeExclude:
    if not form.exclude and form.include is not None:
        return IncludeExclude(None, form.include)
    if form.include is None and form.exclude:
        return IncludeExclude(form.exclude)
    raise InexpressibleError(
        "expected what an ad group can say with an include and an exclude list, got a NOT of "
        + (f"who is in {_words(form.include)} and not in {_words(form.exclude)}" if form.include else "everybody")
    )


def _united(lists: Iterable[Ids]) -> Ids:
    return tuple(dict.fromkeys(audience_id for ids in lists for audience_id in ids))


def _words(ids: Ids) -> str:
    *others, last = ids
    return f"{', '.join(others)} or {last}" if others else last
