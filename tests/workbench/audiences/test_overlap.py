import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.audiences import naive
from workbench.audiences import (
    Audience,
    AudienceSpec,
    ThirdPartyDefinition,
    overlap_matrix,
    safe_size,
    shown_overlap,
    shown_size,
)
from workbench.identity import AccountSet

N_ACCOUNTS = 400
# Small sets, and large ones that overlap in more than a hundred accounts.
MEMBERS = st.sets(st.integers(0, N_ACCOUNTS - 1)) | st.builds(
    lambda start, size: set(range(start, start + size)), st.integers(0, 50), st.integers(90, 350)
)


def audience(audience_id, members):
    spec = AudienceSpec(
        audience_id=audience_id, name=f"A{audience_id}", definition=ThirdPartyDefinition(segment_id="1")
    )
    return Audience(spec, None if members is None else AccountSet.from_indices(members, N_ACCOUNTS))


def ranges(*bounds):
    return [audience(str(n), range(*bound)) for n, bound in enumerate(bounds, start=1)]


@given(st.lists(MEMBERS, max_size=4))
def test_overlap_agrees_with_python_sets(member_sets):
    matrix = overlap_matrix([audience(str(n), members) for n, members in enumerate(member_sets)])
    expected = [naive.overlap(a, b) for a in member_sets for b in member_sets]
    found = matrix[["n_overlap", "overlap_share", "jaccard"]].astype(object).where(matrix.notna(), None)
    assert [tuple(row) for row in found.itertuples(index=False)] == expected


def test_overlap_share_is_asymmetric_and_jaccard_is_not():
    matrix = overlap_matrix(ranges((0, 200), (100, 400))).set_index(["audience_id_a", "audience_id_b"])
    assert matrix.loc[("1", "2"), "overlap_share"] == 0.5
    assert matrix.loc[("2", "1"), "overlap_share"] == pytest.approx(1 / 3)
    assert matrix.loc[("1", "2"), "jaccard"] == matrix.loc[("2", "1"), "jaccard"] == 0.25
    assert matrix.loc[("1", "1"), "overlap_share"] == 1


def test_an_audience_that_is_not_counted_yet_has_no_overlap():
    matrix = overlap_matrix([audience("1", range(200)), audience("2", None)])
    pair = matrix.loc[1]
    assert pd.isna(pair[["audience_size_b", "n_overlap", "overlap_share", "jaccard"]]).all()
    assert (shown_overlap(matrix).loc[1, ["shown_n_overlap", "shown_overlap_share", "shown_jaccard"]] == "–").all()


def test_no_audiences_make_an_empty_table_with_the_same_columns():
    assert list(overlap_matrix([]).columns) == list(overlap_matrix(ranges((0, 1))).columns)
    assert shown_overlap(overlap_matrix([])).empty


def test_audiences_of_two_universes_do_not_mix():
    other = Audience(audience("2", ()).spec, AccountSet.empty(N_ACCOUNTS + 1))
    with pytest.raises(ValueError, match="same universe"):
        overlap_matrix([audience("1", ()), other])


def test_shown_table_hides_small_overlaps_and_their_shares():
    shown = shown_overlap(overlap_matrix(ranges((0, 205), (150, 400)))).loc[1]
    assert shown["shown_n_overlap"] == "< 100"
    assert shown["shown_overlap_share"] == shown["shown_jaccard"] == "hidden"
    assert pd.isna(shown[["n_overlap", "overlap_share", "jaccard"]]).all()
    assert (shown["audience_size_a"], shown["audience_size_b"]) == (200, 250)


def test_shown_shares_are_those_of_the_shown_counts():
    shown = shown_overlap(overlap_matrix(ranges((0, 209), (99, 318)))).loc[1]
    assert (shown["audience_size_a"], shown["audience_size_b"], shown["n_overlap"]) == (200, 210, 110)
    assert shown["overlap_share"] == pytest.approx(110 / 200)
    assert shown["jaccard"] == pytest.approx(110 / (200 + 210 - 110))
    assert (shown["shown_overlap_share"], shown["shown_jaccard"]) == ("55 %", "37 %")


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["A", "B", "C"], ["A", "B", "C"]),
        (["A", "B", "A"], ["A (1)", "B", "A (3)"]),
        (["A", "A (1)", "A"], ["A (1)", "A (1) (2)", "A (3)"]),
    ],
)
def test_audiences_of_one_name_are_told_apart(names, shown):
    matrix = overlap_matrix(ranges((0, 200), (0, 200), (0, 200))).assign(name_a=[name for name in names for _ in names])
    found = shown_overlap(matrix)
    assert found["shown_name_a"].tolist()[::3] == shown
    assert found["shown_name_b"].tolist()[:3] == shown


@given(MEMBERS, MEMBERS)
def test_nothing_in_the_shown_table_says_more_than_the_shown_counts(a, b):
    shown = shown_overlap(overlap_matrix([audience("1", a), audience("2", b)]))
    for pair in shown.itertuples():
        counts = [len({"1": a, "2": b}[pair.audience_id_a]), len({"1": a, "2": b}[pair.audience_id_b])]
        counts.append(len({"1": a, "2": b}[pair.audience_id_a] & {"1": a, "2": b}[pair.audience_id_b]))
        safe = [safe_size(count) for count in counts]
        found = [pair.audience_size_a, pair.audience_size_b, pair.n_overlap]
        assert [None if pd.isna(count) else count for count in found] == safe
        assert pair.shown_n_overlap == shown_size(counts[2])
        is_on_show = safe[2] is not None
        assert pd.notna(pair.overlap_share) == pd.notna(pair.jaccard) == is_on_show
        if is_on_show:
            assert pair.overlap_share == safe[2] / safe[0]
            assert pair.jaccard == safe[2] / (safe[0] + safe[1] - safe[2])
