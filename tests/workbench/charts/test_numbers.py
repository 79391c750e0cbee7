import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.charts import shown_count, shown_dollars, shown_percent


def plain(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7, "7"),
        (9.2, "9.2"),
        (8_120, "8,120"),
        (9_999, "9,999"),
        (10_000, "10.0 k"),
        (81_234, "81.2 k"),
        (999_949, "1.00 M"),
        (1_240_000, "1.24 M"),
        (-65_600, "-65.6 k"),
        (2.5e9, "2.50 G"),
        (math.nan, "–"),
    ],
)
def test_count(value, text):
    assert plain(shown_count(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.4, "$3.40"), (999.99, "$999.99"), (24_310, "$24,310"), (1_240_000, "$1.24 M"), (-181.15, "-$181.15")],
)
def test_dollars(value, text):
    assert plain(shown_dollars(value)) == text


def test_percent_and_points():
    assert plain(shown_percent(0.384)) == "38.4 %"
    assert plain(shown_percent(-0.096, is_signed=True, unit="pt")) == "-9.6 pt"
    assert plain(shown_percent(0.033, is_signed=True)) == "+3.3 %"


@pytest.mark.parametrize("write", [shown_count, shown_dollars, shown_percent])
def test_what_rounds_to_nothing_has_no_sign(write):
    assert write(-0.0001, is_signed=True) == write(0.0001, is_signed=True) == write(0)


@given(st.floats(min_value=-1e12, max_value=1e12))
def test_difference_has_the_sign_of_its_number(value):
    text = plain(shown_count(value, is_signed=True))
    assert text.startswith("-") <= (value < 0)
    assert text.startswith("+") <= (value > 0)
    assert len(text) <= 9
