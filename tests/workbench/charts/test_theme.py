import re

import pytest

from workbench.charts.light_altair import alt
from workbench.charts.theme import TOKENS_PATH, chart_svg, colour, colours, empty_chart, finish, vega_lite_version


def luminance(hex_colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(hex_colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def blend(over: str, under: str, opacity: float) -> str:
    pairs = [(int(over[n : n + 2], 16), int(under[n : n + 2], 16)) for n in (1, 3, 5)]
    return "#" + "".join(f"{round(opacity * a + (1 - opacity) * b):02x}" for a, b in pairs)


def test_every_colour_line_of_the_style_sheet_is_read():
    assert len(colours()) == len(re.findall(r"light-dark\(", TOKENS_PATH.read_text("utf-8"))) - 1  # one in a comment


def test_light_values_are_distinct_because_they_are_looked_up():
    assert len({value.light for value in colours().values()}) == len(colours())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((ink, ground) for ink in ("ink", "ink-soft", "ink-faint") for ground in ("page", "surface", "sunken")),
        *((tone, ground) for tone in ("good", "warn", "bad", "accent") for ground in ("surface", f"{tone}-soft")),
        ("on-accent", "accent"),
        ("on-accent", "accent-strong"),
    ],
)
def test_text_contrast_meets_wcag_aa(ink, ground, scheme):
    assert contrast(getattr(colours()[ink], scheme), getattr(colours()[ground], scheme)) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("mark", ["line-strong", "base", "scenario", "series-3", "series-4", "series-5"])
def test_marks_and_control_borders_meet_wcag_non_text_contrast(mark, scheme):
    assert contrast(getattr(colours()[mark], scheme), getattr(colours()["surface"], scheme)) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_deepest_cell_of_the_overlap_matrix_is_legible(scheme):
    from workbench.charts.overlap import MOST_OPAQUE

    ink, accent, surface = (getattr(colours()[name], scheme) for name in ("ink", "accent", "surface"))
    assert contrast(ink, blend(accent, surface, MOST_OPAQUE)) >= 4.5


def bar() -> alt.Chart:
    data = alt.InlineData([{"a": "x", "b": 2}])
    return alt.Chart(data).mark_bar(color=colour("accent")).encode(x="b:Q", y="a:N").properties(width="container")


def test_finish_gives_words_and_look():
    spec = finish(bar(), title="Spend", subtitle="dollars", description="One bar.").to_dict()
    assert spec["title"] == {"text": "Spend", "subtitle": "dollars"}
    assert spec["description"] == "One bar."
    assert spec["config"]["axis"]["gridColor"] == colour("grid")


def test_picture_for_a_page_takes_its_colours_from_the_page():
    chart = finish(bar(), title="Spend", subtitle="dollars", description="One bar.")
    assert f'"var(--wb-accent, {colour("accent")})"' in chart_svg(chart)
    assert colours()["accent"].dark in chart_svg(chart, scheme="dark")
    assert "http" not in chart_svg(chart).replace("http://www.w3.org", "")


def test_empty_chart_says_what_to_do():
    spec = empty_chart("Spend", "No days yet – run a comparison.").to_dict()
    assert spec["usermeta"] == {"empty": "No days yet – run a comparison."}


def test_vega_lite_version_is_one_that_vl_convert_carries():
    import vl_convert

    assert vega_lite_version() in vl_convert.get_vegalite_versions()
