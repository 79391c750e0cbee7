"""The README's gallery is a test: every line of it makes a widget that has the state it names."""

import re

import pytest

from tests.house.project_files import ROOT
from workbench import widgets
from workbench.catalog import Catalog
from workbench.widgets import AudienceShelf

LINE = re.compile(r"^\| `(?P<code>\w+\([^`]*\))` \| .* \| `\.(?P<state>\w+)` \|$", re.MULTILINE)
GALLERY, _, OF_THE_SIMULATOR = (ROOT / "README.md").read_text("utf-8").partition("From `simulator.widgets`")
LINES = [match.groups() for match in LINE.finditer(GALLERY)]


@pytest.mark.parametrize(("code", "state"), LINES)
def test_a_line_of_the_gallery_makes_a_widget(sample_universe, tmp_path, monkeypatch, code, state):
    monkeypatch.chdir(tmp_path)
    shelf = AudienceShelf(sample_universe, catalog=Catalog.open(tmp_path / "catalog.db", who="ana"))
    names = {name: getattr(widgets, name) for name in widgets.__all__} | {"universe": sample_universe, "shelf": shelf}
    made = eval(code, names)  # noqa: S307 - the README's own code
    assert made.has_trait(state)


def test_the_gallery_shows_every_panel():
    shown = {code.partition("(")[0] for code, _ in LINES}
    panels = {
        name
        for name in widgets.__all__
        if name.endswith(("Panel", "Builder", "Table", "Inspector", "Explorer", "Composer"))
    }
    assert shown >= panels
