import pandas as pd
import pytest

from tests.workbench.audiences_for_charts import three_audiences
from workbench.audiences import overlap_matrix, shown_overlap
from workbench.audiences.expiry import shown_decay
from workbench.charts import (
    actalike_forecast_band,
    affinity_dots,
    audience_size_bars,
    list_check_bars,
    membership_decay_area,
    overlap_heat_map,
    overlap_upset,
)
from workbench.charts.theme import colours

RECORDS = pd.DataFrame({"label": ["Valid", "Missing at sign"], "count": [90, 10], "is_valid": [True, False]})
SIZES = pd.DataFrame(
    {"name": ["A", "B"], "length": [240.0, 0.0], "shown": ["240", "< 100"], "status": ["Ready", "Too small"]}
)
DECAY = pd.DataFrame(
    {
        "day": range(4),
        "at": pd.date_range("2026-11-01", periods=4, tz="UTC"),
        "n_members": [1_234, 1_200, 105, 99],
        "n_leaving": [0, 34, 1_095, 6],
    }
)


def rows(chart) -> list[dict]:
    spec = chart.to_dict()
    return max(spec["datasets"].values(), key=len)


def is_empty(chart) -> bool:
    return "empty" in chart.to_dict().get("usermeta", {})


@pytest.mark.parametrize(
    "chart",
    [
        list_check_bars(RECORDS.head(0)),
        audience_size_bars(pd.DataFrame()),
        overlap_heat_map(shown_overlap(overlap_matrix([]))),
        membership_decay_area(shown_decay(DECAY.tail(1))),
    ],
)
def test_without_data_a_chart_is_a_sentence(chart):
    assert is_empty(chart)


@pytest.mark.parametrize(
    "chart",
    [list_check_bars(RECORDS), audience_size_bars(SIZES), membership_decay_area(shown_decay(DECAY))],
)
def test_every_chart_has_words_for_those_who_see_it_and_those_who_do_not(chart):
    spec = chart.to_dict()
    assert spec["title"]["text"]
    assert spec["title"]["subtitle"]
    assert spec["description"]


def test_list_check_counts_what_is_wrong():
    assert [(row["label"], row["count"], row["share"]) for row in rows(list_check_bars(RECORDS))] == [
        ("Valid", 90, 0.9),
        ("Missing at sign", 10, 0.1),
    ]


def test_status_is_said_in_words_and_only_those_present():
    spec = audience_size_bars(SIZES.head(1)).to_dict()
    assert spec["layer"][0]["encoding"]["color"]["scale"]["domain"] == ["Ready"]


def test_overlap_is_asymmetric_and_hides_small_counts():
    cells = {
        (row["a"], row["b"]): row for row in rows(overlap_heat_map(shown_overlap(overlap_matrix(three_audiences()))))
    }
    assert cells["Wide", "Narrow"]["text"] == "20 %"
    assert cells["Narrow", "Wide"]["text"] == "100 %"
    assert cells["Wide", "Wide"]["text"] == "1,000"
    assert cells["Wide", "Few"]["text"] == "hidden"
    assert cells["Few", "Few"]["text"] == "< 100"
    assert "“Narrow” are also in “Wide”" in cells["Narrow", "Wide"]["sentence"]


def test_two_audiences_of_one_name_are_told_apart():
    same = overlap_matrix(three_audiences()).assign(name_a="Same", name_b="Same")
    assert {row["a"] for row in rows(overlap_heat_map(shown_overlap(same)))} == {"Same (1)", "Same (2)", "Same (3)"}


def test_the_decay_chart_draws_shown_sizes_only():
    drawn = rows(membership_decay_area(shown_decay(DECAY), name="Visitors"))
    assert [row["n_members"] for row in drawn] == [1_230, 1_200, 100]
    assert [row["leaving"] for row in drawn] == ["–", "30", "1,100"]


COMBINATIONS = pd.DataFrame(
    {
        "key": ["1", "1+2", "2"],
        "names": [("A",), ("A", "B"), ("B",)],
        "n_members": pd.array([900, 120, None], dtype="Int64"),
        "shown_n_members": ["900", "120", "< 100"],
    }
)


def test_upset_draws_what_may_be_shown_and_says_what_is_not():
    spec = overlap_upset(COMBINATIONS, chosen="1+2").to_dict()
    tables = spec["datasets"].values()
    bars = next(data for data in tables if "length" in data[0])
    dots = next(data for data in tables if "is_inside" in data[0])
    assert [(bar["key"], bar["length"], bar["shown"]) for bar in bars] == [
        ("1", 900.0, "900"),
        ("1+2", 120.0, "120"),
    ]
    assert [(dot["key"], dot["name"], dot["is_inside"]) for dot in dots] == [
        ("1", "A", True), ("1", "B", False), ("1+2", "A", True), ("1+2", "B", True),
    ]  # fmt: skip
    assert {bar["key"]: bar["tone"] for bar in bars} == {"1": "inside", "1+2": "chosen"}
    assert "1 with fewer than 100 each" in spec["title"]["subtitle"]
    assert bars[0]["sentence"] == "900 people in “A” only"
    assert is_empty(overlap_upset(COMBINATIONS.head(0)))


AFFINITY = pd.DataFrame(
    {
        "attribute": ["gender"] * 3,
        "value": ["female", "male", "unknown"],
        "index": [150.0, 98.0, float("nan")],
        "low": [130.0, 90.0, float("nan")],
        "high": [170.0, 106.0, float("nan")],
        "shown_share": ["60 %", "39 %", "hidden"],
        "shown_population_share": ["40 %", "40 %", "20 %"],
    }
)


def test_affinity_says_what_is_clear_and_leaves_out_what_is_hidden():
    spec = affinity_dots(AFFINITY, title="Gender").to_dict()
    drawn = next(data for data in spec["datasets"].values() if "tone" in data[0])
    assert [(row["label"], row["tone"], row["shown"]) for row in drawn] == [
        ("female", "more common", "150 (130–170)"),
        ("male", "no clear difference", "98 (90–106)"),
    ]
    assert "1 hidden, under 100 people" in spec["title"]["subtitle"]
    assert is_empty(affinity_dots(AFFINITY.tail(1), title="Gender"))
    many = pd.concat([AFFINITY.head(1)] * 30).assign(index=range(30), value=[f"v{n}" for n in range(30)])
    drawn = next(data for data in affinity_dots(many, title="Many").to_dict()["datasets"].values() if "tone" in data[0])
    assert [row["index"] for row in drawn] == [*range(29, 20, -1), *range(8, -1, -1)]


def test_forecast_of_an_actalike_stands_beside_chance():
    rows = [
        {"percentage": p, "recall": 0.05 * p, "low": 0.04 * p, "high": 0.06 * p, "random_recall": p / 100}
        for p in range(1, 11)
    ]
    spec = actalike_forecast_band(rows, percentage=3).to_dict()
    assert [row["percentage"] for row in min(spec["datasets"].values(), key=len)] == [3]
    assert is_empty(actalike_forecast_band([], percentage=3))


@pytest.mark.parametrize(
    "chart",
    [
        list_check_bars(RECORDS),
        audience_size_bars(SIZES),
        membership_decay_area(shown_decay(DECAY)),
        overlap_heat_map(shown_overlap(overlap_matrix(three_audiences()))),
        overlap_upset(COMBINATIONS, chosen="1+2"),
        affinity_dots(AFFINITY, title="Gender"),
    ],
)
def test_no_colour_stands_in_the_data_where_a_dark_page_would_not_find_it(chart):
    lights = {value.light for value in colours().values()}
    values = {value for data in chart.to_dict()["datasets"].values() for row in data for value in row.values()}
    assert not {value for value in values if isinstance(value, str)} & lights
