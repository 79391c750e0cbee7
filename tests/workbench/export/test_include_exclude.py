"""Combinations as two lists: what is said is what was meant, and nothing that can be said is refused."""

from functools import cache
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.export.conftest import spec, visitor
from workbench.audiences import AllOf, AnyOf, NoneOf
from workbench.audiences.combination import parts_of
from workbench.errors import DefinitionError
from workbench.export.include_exclude import (
    MOST_IN_TABLE,
    IncludeExclude,
    InexpressibleError,
    include_exclude,
    of_targeting,
)

AUDIENCES = ("1", "2", "3", "4")
PEOPLE = frozenset(range(2 ** len(AUDIENCES)))  # one for each way of being in audiences or not
MEMBERS = {audience_id: {person for person in PEOPLE if person >> n & 1} for n, audience_id in enumerate(AUDIENCES)}

RULES = st.recursive(
    st.sampled_from(AUDIENCES),
    lambda parts: st.lists(parts, min_size=1, max_size=3).map(tuple).flatmap(
        lambda inner: st.sampled_from([AllOf(all_of=inner), AnyOf(any_of=inner), NoneOf(none_of=inner)])
    ),
    max_leaves=7,
)  # fmt: skip


def admitted(part) -> frozenset[int]:
    if isinstance(part, str):
        return frozenset(MEMBERS[part])
    inner = [admitted(one) for one in parts_of(part)]
    if isinstance(part, AllOf):
        return frozenset.intersection(*inner)
    union = frozenset.union(*inner)
    return union if isinstance(part, AnyOf) else PEOPLE - union


def reached(form: IncludeExclude) -> frozenset[int]:
    include = PEOPLE if form.include is None else frozenset().union(*(MEMBERS[one] for one in form.include))
    return frozenset(include).difference(*(MEMBERS[one] for one in form.exclude))


@cache
def all_that_can_be_said() -> set[frozenset[int]]:
    some = list(chain.from_iterable(combinations(AUDIENCES, n) for n in range(len(AUDIENCES) + 1)))
    return {reached(IncludeExclude(include or None, exclude)) for include in some for exclude in some}


@given(rule=RULES)
def test_two_lists_say_what_the_rule_means_or_cannot_be_found_at_all(rule):
    try:
        form = include_exclude(rule, {})
    except InexpressibleError:
        assert not admitted(rule) or admitted(rule) not in all_that_can_be_said()
    else:
        assert reached(form) == admitted(rule)


@pytest.mark.parametrize(
    ("rule", "include", "exclude"),
    [
        (AnyOf(any_of=("1", "2")), ("1", "2"), ()),
        (AllOf(all_of=("1", NoneOf(none_of=("2", "3")))), ("1",), ("2", "3")),
        (NoneOf(none_of=("1",)), None, ("1",)),
        (NoneOf(none_of=(NoneOf(none_of=("1",)),)), ("1",), ()),
        (AnyOf(any_of=("1", AllOf(all_of=("1", "2")))), ("1",), ()),
    ],
)
def test_known_rules(rule, include, exclude):
    assert include_exclude(rule, {}) == IncludeExclude(include, exclude)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (AllOf(all_of=("1", "2")), "an AND of audiences: who is both in 1 and in 2"),
        (AnyOf(any_of=("1", AllOf(all_of=("2", NoneOf(none_of=("3",)))))), "leaves out who is in 3"),
        (NoneOf(none_of=(AllOf(all_of=("1", NoneOf(none_of=("2",)))),)), "a NOT of who is in 1 and not in 2"),
    ],
)
def test_why_not_is_said(rule, words):
    with pytest.raises(InexpressibleError, match=words):
        include_exclude(rule, {})


def test_rules_of_more_audiences_than_a_table_holds_go_by_rules_of_sets_alone():
    many = tuple(str(n) for n in range(MOST_IN_TABLE + 1))
    assert include_exclude(AnyOf(any_of=many), {}) == IncludeExclude(many)
    with pytest.raises(InexpressibleError):
        include_exclude(AnyOf(any_of=(AllOf(all_of=many), *many)), {})


def test_a_combination_that_is_named_stands_for_its_rule():
    specs = {
        "1": visitor("1"),
        "7": spec("7", {"type": "COMBINATION", "rule": {"all_of": ["1", {"none_of": ["2"]}]}}),
        "8": spec("8", {"type": "COMBINATION", "rule": {"any_of": ["7"]}}),
    }
    assert of_targeting(("8",), ("3",), specs) == IncludeExclude(("1",), ("2", "3"))
    assert of_targeting(None, None, specs) == IncludeExclude(None)
    assert of_targeting(None, ("3",), specs) == IncludeExclude(None, ("3",))


def test_who_is_excluded_is_not_included_and_nobody_is_refused():
    specs = {"7": spec("7", {"type": "COMBINATION", "rule": {"any_of": ["1", "2"]}})}
    assert of_targeting(("7",), ("2",), specs) == IncludeExclude(("1",), ("2",))
    with pytest.raises(InexpressibleError, match="all that is included is excluded again"):
        of_targeting(("7",), ("1", "2"), specs)


def test_a_combination_that_is_made_from_itself_is_refused():
    one, other = (spec(a, {"type": "COMBINATION", "rule": {"any_of": [b]}}) for a, b in (("7", "8"), ("8", "7")))
    with pytest.raises(DefinitionError, match="a circle: 7 from 8 from 7"):
        of_targeting(("7",), None, {"7": one, "8": other})
