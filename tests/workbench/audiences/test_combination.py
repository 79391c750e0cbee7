"""AND, OR and NOT against plain Python sets."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.audiences.tiny_universe import N_ACCOUNTS
from workbench.audiences import (
    AllOf,
    AnyOf,
    Audience,
    AudienceSpec,
    CombinationDefinition,
    NoneOf,
    VisitorDefinition,
    populate,
)
from workbench.errors import DefinitionError, UnknownAudienceError
from workbench.identity import AccountSet

EXPECTED = "expected the id of an audience as text, or an object with one of all_of, any_of and none_of"
EVERYONE = frozenset(range(N_ACCOUNTS))
MEMBERS = {"1": range(150), "2": range(100, 250), "3": range(0, 300, 2), "4": range(7)}


def source(audience_id, members, **fields):
    spec = AudienceSpec(
        audience_id=audience_id, name=f"A{audience_id}", definition=VisitorDefinition(visitor_source_id="1")
    )
    return Audience(spec, None if members is None else AccountSet.from_indices(members, N_ACCOUNTS), **fields)


SOURCES = {audience_id: source(audience_id, members) for audience_id, members in MEMBERS.items()}


def combination(rule, audience_id="9"):
    return AudienceSpec(audience_id=audience_id, name="C", definition=CombinationDefinition(rule=rule))


def naive(part):
    if isinstance(part, str):
        return frozenset(MEMBERS[part])
    [(word, parts)] = part.items()
    sets = [naive(inner) for inner in parts]
    if word == "all_of":
        return frozenset.intersection(*sets)
    union = frozenset.union(*sets)
    return union if word == "any_of" else EVERYONE - union


def knots(parts):
    return st.sampled_from(["all_of", "any_of", "none_of"]).flatmap(
        lambda word: st.fixed_dictionaries({word: st.lists(parts, min_size=1, max_size=3)})
    )


rules = knots(st.recursive(st.sampled_from(list(MEMBERS)), knots, max_leaves=8))


@settings(max_examples=100)
@given(rules)
def test_a_rule_admits_whom_python_sets_admit(universe, rule):
    spec = AudienceSpec.model_validate_json(
        json.dumps({"audience_id": "9", "name": "C", "definition": {"type": "COMBINATION", "rule": rule}})
    )
    assert frozenset(populate(spec, universe, sources=SOURCES).members) == naive(rule)
    assert AudienceSpec.model_validate_json(spec.model_dump_json()) == spec


def test_the_sources_are_named_once_in_their_order():
    rule = AllOf(all_of=("3", AnyOf(any_of=("1", "3")), NoneOf(none_of=("2",))))
    assert CombinationDefinition(rule=rule).source_audience_ids == ("3", "1", "2")


def test_it_waits_for_its_sources(universe):
    sources = SOURCES | {"4": source("4", None)}
    waiting = populate(combination(AnyOf(any_of=("1", "4"))), universe, sources=sources)
    assert (waiting.members, waiting.status.value) == (None, "INITIALIZING")


def test_a_source_that_is_missing_or_deleted_is_refused(universe):
    with pytest.raises(UnknownAudienceError, match="made from audience 5, which is not among those given"):
        populate(combination(AnyOf(any_of=("1", "5"))), universe, sources=SOURCES)
    with pytest.raises(DefinitionError, match="audience 4, which was deleted"):
        populate(
            combination(AnyOf(any_of=("1", "4"))), universe, sources=SOURCES | {"4": source("4", (), is_deleted=True)}
        )


@pytest.mark.parametrize(
    ("rule", "refusal"),
    [
        ({"any_of": []}, "rule.any_of: expected a list of at least 1, got 0"),
        ({"any_of": ["x"]}, "rule.any_of.0: expected an id of 1 to 18 digits, as text, got another text"),
        ({"any_of": ["1", {"all_of": ["2", 3]}]}, f"rule.any_of.1.all_of.1: {EXPECTED}"),
        ({"some_of": ["1"]}, f"rule: {EXPECTED}"),
        ({"any_of": ["1"], "all_of": ["2"]}, f"rule: {EXPECTED}"),
        ("1", f"rule: {EXPECTED}"),
        (7, f"rule: {EXPECTED}"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_at_its_place(rule, refusal):
    with pytest.raises(DefinitionError, match=f"^{refusal}"):
        CombinationDefinition(rule=rule)
