"""No number shown, and no difference of two, stands for one person."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.audiences import safe_share, safe_size, shown_share, shown_size

SIZES = st.integers(0, 5_000)

# What a reader knows of a size: the sizes that would have been shown the same way.
SIZES_SHOWN_AS = defaultdict(list)
for size in range(5_010):
    SIZES_SHOWN_AS[shown_size(size)].append(size)


@pytest.mark.parametrize(
    ("n", "text"),
    [(None, "–"), (0, "< 100"), (1, "< 100"), (99, "< 100"), (100, "100"), (109, "100"), (1_249, "1,240")],
)
def test_sizes_read_as_documented(n, text):
    assert shown_size(n) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (None, 100, "–"),
        (100, None, "–"),
        (99, 1_000, "hidden"),
        (0, 1_000, "hidden"),
        (50, 99, "hidden"),
        (349, 1_001, "34 %"),
        (500, 500, "100 %"),
    ],
)
def test_shares_read_as_documented(part, whole, text):
    assert shown_share(part, whole) == text


@given(SIZES)
def test_every_text_stands_for_ten_sizes_or_more(n):
    candidates = SIZES_SHOWN_AS[shown_size(n)]
    assert n in candidates
    assert len(candidates) >= 10


@given(SIZES, SIZES)
def test_a_subset_and_its_whole_never_subtract_down_to_one_person(n, m):
    part, whole = sorted((n, m))
    differences = {a - b for a in SIZES_SHOWN_AS[shown_size(whole)] for b in SIZES_SHOWN_AS[shown_size(part)] if a >= b}
    assert len(differences) >= 10


@given(SIZES, SIZES, SIZES, SIZES)
def test_a_share_says_nothing_that_the_shown_sizes_do_not_say(part, whole, other_part, other_whole):
    same_sizes = shown_size(part) == shown_size(other_part) and shown_size(whole) == shown_size(other_whole)
    if same_sizes:
        assert safe_share(part, whole) == safe_share(other_part, other_whole)


@given(st.integers(100, 5_000), st.integers(0, 9))
def test_sizes_that_read_alike_give_shares_that_read_alike(size, extra):
    twin = size - size % 10 + extra
    assert safe_share(size, 5_000) == safe_share(twin, 5_000)
    assert shown_share(size, 5_000) == shown_share(twin, 5_000)


@given(SIZES, SIZES)
def test_a_share_of_a_hidden_count_is_hidden(part, whole):
    is_hidden = safe_size(part) is None or safe_size(whole) is None
    assert (safe_share(part, whole) is None) == is_hidden
