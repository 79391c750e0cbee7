"""The accessibility check finds what it is there for; the pages themselves are checked beside their other tests."""

import pytest

from tests.browser.accessibility import serious_findings

pytestmark = pytest.mark.browser

SOUND = """<!DOCTYPE html><html lang="en"><title>Sound</title><style>:root { color-scheme: light dark }</style>
<main><h1>Sound</h1><label>Name <input></label> %s</main>"""


@pytest.mark.parametrize(
    ("fault", "rule", "n_schemes"),
    [
        ("<input>", "label", 2),
        ("<p style='color: light-dark(#bbb, #fff)'>Too pale on white only</p>", "color-contrast", 1),
        ("<button></button>", "button-name", 2),
    ],
)
def test_each_fault_is_found(open_page, fault, rule, n_schemes):
    page = open_page("data:text/html,")
    page.set_content(SOUND % fault)
    found = serious_findings(page)
    assert [line.split()[1] for line in found] == [rule] * n_schemes


def test_a_sound_page_has_no_findings_and_keeps_its_scheme(open_page):
    page = open_page("data:text/html,")
    page.set_content(SOUND % "")
    page.emulate_media(color_scheme="dark")
    assert serious_findings(page) == []
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


def test_only_the_part_that_is_asked_for_is_looked_at(open_page):
    page = open_page("data:text/html,")
    page.set_content(SOUND % "<section><input></section><article><button>Go</button></article>")
    assert serious_findings(page, within="article") == []
    assert serious_findings(page, within="section") != []
