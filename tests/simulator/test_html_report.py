"""The mailed report: whole, safe and independent of everything outside it."""

import html
import os
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from simulator import html_report
from simulator.briefing import Answer, usual_questions
from simulator.html_report import render_html_report, write_html_report
from simulator.run import simulate
from simulator.scenario import Lever, Scenario
from simulator.what_if import compare
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of
from workbench.errors import InputFileError

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
    assert page.count("<svg") == 2 * n_questions + 6
    assert "Without third-party data, " in page
    assert page.count("<caption>") >= n_questions + 2


def test_every_chart_says_what_it_shows(page):
    descriptions = re.findall(r'role="img" aria-label="([^"]*)"', page)
    assert len(descriptions) == page.count("<svg")
    assert all(len(description) > 20 for description in descriptions)


def test_numbers_stand_on_the_right_and_words_on_the_left(page):
    by_heading = {name: bool(classes) for classes, name in re.findall(r'<th scope="col"([^>]*)>([^<]*)</th>', page)}
    assert all(by_heading[name] for name in ("Size", "Impressions", "Data fees", "Base", "95 % interval"))
    assert not any(by_heading[name] for name in ("Audience", "Type", "Status", "Change", "When (UTC)"))


def test_warnings_stand_with_what_they_are_about(parts):
    scenario, world, result, answers = parts
    warned = answers[0]._replace(comparison=replace(answers[0].comparison, warnings=("Mind the <gap>.",)))
    page = render_html_report(scenario, world, result, [warned])
    assert page.count('<p class="warning">Mind the &lt;gap&gt;.</p>') == 1


def test_what_happened_is_told(page):
    assert "<caption>What happened when</caption>" in page
    assert "INITIALIZING → READY" in page
    assert "PENDING → APPROVED" in page


def test_the_scenario_is_inside_without_folders_and_can_be_read_again(parts):
    scenario, world, result, answers = parts
    lists = audience_spec("1001", "CUSTOMER_LIST")
    lists["definition"] = {
        "type": "CUSTOMER_LIST",
        "list_file": "/private/ann/lists/customers.csv",
        "suppression_file": "/private/ann/lists/opted_out.csv",
    }
    lists["refreshes"] = [{"uploaded_at_hour": 24, "list_file": "/private/ann/lists/later.csv"}]
    settings = scenario.base.model_dump(mode="json") | {"universe": "/private/ann/universe/"}
    config = type(scenario.base).model_validate(settings | {"audiences": [*settings["audiences"], lists]})
    levers = (
        Lever(path="universe", value="/private/ann/other"),
        Lever(path="audiences.*.definition.LIST_FILE", value="C:\\Users\\ann\\more.csv"),
        Lever(path="ad_groups.*.targeting.location", value=["US"]),
    )
    page = render_html_report(Scenario(name="x", base=config, levers=levers[2:]), world, result, answers)
    assert "/private/ann" not in page
    written = html_report._scenario_json(Scenario(name="x", base=config, levers=levers))
    assert not re.search(r"ann|private|Users", written)
    again = Scenario.model_validate_json(written)
    assert again.base.universe == "universe"
    assert again.base.audiences[-1].definition.list_file == "customers.csv"
    assert again.base.audiences[-1].definition.suppression_file == "opted_out.csv"
    assert again.base.audiences[-1].refreshes[0].list_file == "later.csv"
    assert [lever.value for lever in again.levers] == ["other", "more.csv", ["US"]]
    assert (
        Scenario.model_validate_json(html.unescape(re.search(r"<pre>(.*)</pre>", page, re.DOTALL)[1])).base
        == again.base
    )


def test_paths_of_the_machine_stay_out(parts, page):
    assert str(parts[1].universe.path) not in page


def test_a_place_that_is_no_file_is_refused_before_drawing(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(html_report, "render_html_report", lambda *_: pytest.fail("drew first"))
    os.mkfifo(tmp_path / "pipe")
    for path, got in ((tmp_path, "a folder"), ("", "an empty one"), (tmp_path / "pipe", "a pipe or device")):
        with pytest.raises(InputFileError, match=f"expected a file name for the report, got {got}"):
            write_html_report(path, *parts)


def test_an_older_report_is_replaced_whole(parts, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    write_html_report(path, *parts)
    assert path.read_text().startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [path]
