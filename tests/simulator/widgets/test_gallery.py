"""The simulator's part of the README's gallery: every line of it makes a widget that has the state it names."""

import pytest

from simulator import widgets
from tests.workbench.widgets.test_gallery import LINE, OF_THE_SIMULATOR

LINES = [match.groups() for match in LINE.finditer(OF_THE_SIMULATOR)]


@pytest.mark.parametrize(("code", "state"), LINES)
def test_a_line_of_the_gallery_makes_a_widget(scenario, code, state):
    names = {name: getattr(widgets, name) for name in widgets.__all__} | {"scenario": scenario}
    made = eval(code, names)  # noqa: S307 - the README's own code
    assert made.has_trait(state)


def test_the_gallery_shows_every_panel():
    shown = {code.partition("(")[0] for code, _ in LINES}
    assert shown >= {
        name
        for name in widgets.__all__
        if name.endswith(("Panel", "Builder", "Report", "Explorer", "Timeline", "Waterfall"))
    }
