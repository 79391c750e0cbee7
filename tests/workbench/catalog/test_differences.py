import pytest

from workbench.catalog.differences import differences


@pytest.mark.parametrize(
    ("before", "after", "clauses"),
    [
        ({"a": 1}, {"a": 1}, ()),
        ({"a": 1}, {"a": 2}, ("a: 1 became 2",)),
        ({"a": None}, {"a": "x"}, ('a: nothing became "x"',)),
        ({"a": True}, {"a": False}, ("a: yes became no",)),
        ({"a": 1, "b": 2}, {"a": 1}, ("b: 2 became nothing",)),
        ({"a": ["x", "y"]}, {"a": ["y", "z"]}, ('a: added "z", removed "x"',)),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, ('a: ["x", "y"] became ["y", "x"]',)),
        ({"a": ["x", "x"]}, {"a": ["x"]}, ('a: ["x", "x"] became ["x"]',)),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, ("a.b.c: 1 became 2",)),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, ('a: {"b": 1} became {"c": 1}',)),
        ({"a": 1, "b": 1}, {"b": 2, "a": 2}, ("a: 1 became 2", "b: 1 became 2")),
    ],
)
def test_what_differs_is_said_in_words(before, after, clauses):
    assert differences(before, after) == clauses


def test_a_long_value_is_cut():
    (clause,) = differences({"a": ""}, {"a": "x" * 500})
    assert clause == f'a: "" became "{"x" * 118}…'
