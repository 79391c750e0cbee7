"""Operators of conditions, against plain Python, and what can never be met."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.workbench.audiences import naive
from workbench.audiences.condition import NumberCondition, NumberRule, TextCondition, TextRule, condition_of
from workbench.errors import DefinitionError

TEXTS = st.text("ab%_'", min_size=1, max_size=3)
SEVERAL = st.lists(TEXTS, max_size=2).map(tuple)
NUMBERS = st.decimals(0, 20, places=1)


def built_or_none(condition, **operators):
    try:
        return condition(**operators)
    except DefinitionError:
        return None


def text_conditions():
    built = st.builds(
        lambda *values: built_or_none(
            TextCondition, equal=values[0], not_equal=values[1], contains=values[2], not_contains=values[3]
        ),
        *[SEVERAL] * 4,
    )
    return built.filter(bool)


def number_conditions():
    bound = st.none() | NUMBERS
    names = ("equal", "not_equal", "less", "at_most", "more", "at_least")
    built = st.builds(
        lambda *values: built_or_none(NumberCondition, **dict(zip(names, values, strict=True))), *[bound] * 6
    )
    return built.filter(bool)


@given(condition=text_conditions(), text=st.none() | TEXTS)
def test_a_text_condition_admits_what_plain_python_admits(condition, text):
    assert condition.admits(text) == naive.meets_text(condition, text)


@given(condition=number_conditions(), number=st.none() | NUMBERS)
def test_a_number_condition_admits_what_plain_python_admits(condition, number):
    assert condition.admits(number) == naive.meets_number(condition, number)


@given(condition=text_conditions() | number_conditions())
def test_conditions_survive_json_in_the_apis_signs(condition):
    assert type(condition).model_validate_json(condition.model_dump_json()) == condition
    assert set(condition.model_dump()) <= {"=", "!=", "contains", "not_contains", "<", "<=", ">", ">="}


@pytest.mark.parametrize(
    ("bounds", "is_possible"),
    [
        ({">=": 5, "<=": 5}, True),
        ({">": 5, "<=": 5}, False),
        ({">": 5, "<": "5.000001"}, False),
        ({">": 5, "<": "5.000002"}, True),
        ({"=": 5, "!=": 5}, False),
        ({"<": 0}, False),
        ({"!=": 0}, True),
    ],
)
def test_bounds_that_no_number_meets_are_refused(bounds, is_possible):
    assert (built_or_none(NumberCondition, **bounds) is not None) == is_possible


def test_a_bare_value_is_one_that_has_to_be_equalled():
    assert condition_of("a") == TextCondition(equal=("a",))
    assert condition_of(Decimal(3)) == NumberCondition(equal=3)
    assert TextCondition(contains="a") == TextCondition(contains=("a",))


@pytest.mark.parametrize("value", ["", 3, None, {"is": "x"}, {}, {"=": ""}, {"=": "a", "!=": "a"}, {"contains": [3]}])
def test_what_is_no_condition_on_a_text_is_refused(value):
    with pytest.raises(ValidationError):
        TypeAdapter(TextRule).validate_python(value)


@pytest.mark.parametrize(
    "value", ["many", -1, True, None, 10**12, "1.0000001", float("nan"), {">": "x"}, {"contains": 1}]
)
def test_what_is_no_condition_on_a_number_is_refused(value):
    with pytest.raises(ValidationError):
        TypeAdapter(NumberRule).validate_python(value)
