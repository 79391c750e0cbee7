"""The mailed report: whole, safe and independent of everything outside it."""

import re
from html.parser import HTMLParser

import pytest

from simulator.briefing import usual_questions
from simulator.html_report import Answer, render_html_report, write_html_report
from simulator.run import simulate
from simulator.scenario import Scenario
from simulator.what_if import compare
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

HOSTILE = "<script>alert('x')</script> & \"Co\""


@pytest.fixture(scope="module")
def parts(small_universe):
    config = run_config(
        ad_group("2001", name=HOSTILE, targeting={"AUDIENCE_INCLUDE": ["1002", "1004"], "LOCATION": ["US"]}),
        audiences=[audience_spec("1002", "VISITOR"), audience_spec("1004", "THIRD_PARTY")],
        traffic={"opportunities_per_account_day": 3},
    )
    scenario = Scenario(name=HOSTILE, base=config)
    world = world_of(config, small_universe, {"1002": set(range(200)), "1004": set(range(90, 400))}, {"1004": 1_000})
    answers = [
        Answer(question, compare(scenario, question.alternative, world, n_replications=2))
        for question in usual_questions(scenario)
    ]
    return scenario, world, simulate(config, world), answers


@pytest.fixture(scope="module")
def page(parts) -> str:
    return render_html_report(*parts)


class Elements(HTMLParser):
    """Collects what a browser would load, and whether every element is closed."""

    VOID = ("meta", "link", "img", "br", "hr", "input")

    def __init__(self):
        super().__init__()
        self.loaded, self.open, self.seen = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        self.loaded += [value for name, value in attributes if name in ("src", "href", "xlink:href", "action", "data")]

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()


def parsed(page: str) -> Elements:
    elements = Elements()
    elements.feed(page)
    return elements


def test_it_loads_nothing_from_anywhere(page):
    elements = parsed(page)
    assert [address for address in elements.loaded if not address.startswith("#")] == []
    assert "script" not in elements.seen
    assert not re.search(r"@import|url\((?!#)", page)


def test_it_is_well_formed(page):
    assert parsed(page).open == []


def test_names_are_shown_as_text(page):
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_it_holds_answers_tables_and_charts(parts, page):
    n_questions = len(parts[3])
    assert n_questions == 2
    assert page.count("<svg") == 2 * n_questions + 3
    assert "Without third-party data, " in page
    assert page.count("<caption>") >= n_questions + 2


def test_every_chart_says_what_it_shows(page):
    descriptions = re.findall(r'role="img" aria-label="([^"]*)"', page)
    assert len(descriptions) == page.count("<svg")
    assert all(len(description) > 20 for description in descriptions)


def test_paths_of_the_machine_stay_out(parts, page):
    assert str(parts[1].universe.path) not in page
    assert "unread.csv" not in page


def test_an_older_report_is_replaced_whole(parts, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    write_html_report(path, *parts)
    assert path.read_text().startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [path]
