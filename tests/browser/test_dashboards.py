"""The dashboards as a stakeholder meets them: Voilà in a real Chromium, without a network."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import serious_findings
from tests.browser.conftest import watched_pages

pytestmark = pytest.mark.browser

WHAT_IF = "/what-if"
KEY_FIGURES = ".wb-kpi:has(.wb-kpi-change) strong"

# The rows behind a chart, from the running Vega view of the card with this heading.
CHART_ROWS = """heading => {
  const chart = [...document.querySelectorAll(".wb-chart")].find(el => el.querySelector("h2").textContent === heading);
  const tables = Object.values(chart.vegaView.getState({data: () => true, signals: () => false}).data);
  return tables.find(rows => rows.length > 1 && !("path" in rows[0])).map(({...row}) => row);
}"""

ROWS_CHANGED = f"([heading, before]) => JSON.stringify(({CHART_ROWS})(heading)) !== JSON.stringify(before)"

# What WCAG 4.1.2 asks of every control, as far as a script can see it.
NAMELESS = """() => [...document.querySelectorAll("main input, main select, main button, main [role=progressbar]")]
  .filter(el => el.offsetParent !== null)
  .filter(el => !(el.labels?.length || el.ariaLabel || el.textContent.trim()))
  .map(el => el.outerHTML)"""


def figures(page: Page) -> list[str]:
    return page.locator(KEY_FIGURES).all_inner_texts()


def wait_for_result(page: Page) -> None:
    page.wait_for_selector(KEY_FIGURES)
    page.wait_for_function("document.querySelectorAll('.wb-chart svg').length === 3")
    expect(page.get_by_role("button", name="Run comparison")).to_be_enabled()


@pytest.fixture(scope="module")
def what_if(voila: str, browser: Browser) -> Iterator[Page]:
    """One page for all tests: a kernel takes seconds to start, and every test leaves the levers as it found them."""
    with watched_pages(browser) as open_address:
        page = open_address(voila + WHAT_IF)
        wait_for_result(page)
        yield page


def test_index_leads_to_the_dashboard(voila, open_page):
    page = open_page(voila)
    expect(page).to_have_title("Dashboards · Audience Workbench")
    assert serious_findings(page) == []
    page.get_by_role("link", name="Campaign what-if").click()
    page.wait_for_selector(KEY_FIGURES)
    expect(page).to_have_title("Campaign what-if · Audience Workbench")
    assert page.locator("html").get_attribute("lang") == "en"


def test_first_comparison_is_there_without_a_click(what_if):
    assert len(figures(what_if)) == 5
    assert re.fullmatch(r"\$[\d.,]+\s?k?", figures(what_if)[0])
    expect(what_if.locator(".wb-context b")).to_have_text("Third-party data off")
    assert {row["scenario"] for row in what_if.evaluate(CHART_ROWS, "Spend by day")} == {"base", "alternative"}


def test_moving_a_lever_changes_numbers_charts_and_the_address(what_if, open_page):
    numbers, headings = figures(what_if), ("Spend by day", "What the scenario changes")
    before = {heading: what_if.evaluate(CHART_ROWS, heading) for heading in headings}
    what_if.get_by_role("slider", name="Maximum bid").fill("3")
    expect(what_if.locator(KEY_FIGURES).first).not_to_have_text(numbers[0])
    for heading in headings:
        what_if.wait_for_function(ROWS_CHANGED, arg=[heading, before[heading]])
    expect(what_if.locator(".wb-context b")).to_have_text(re.compile("bid .* → .*3.00 CPM; Third-party data off"))

    linked = open_page(what_if.url)
    wait_for_result(linked)
    expect(linked.get_by_role("slider", name="Maximum bid")).to_have_value("3")
    expect(linked.locator(".wb-context b")).to_have_text(re.compile("bid .* → .*3.00 CPM; Third-party data off"))


def test_without_live_answers_the_button_runs_the_comparison(what_if):
    what_if.get_by_role("checkbox", name="Answer every move").uncheck()
    numbers = figures(what_if)
    what_if.get_by_role("slider", name="Maximum bid").fill("2.5")
    expect(what_if.get_by_text("The levers have moved since.")).to_be_visible()
    what_if.get_by_role("button", name="Run comparison").click()
    expect(what_if.locator(KEY_FIGURES).first).not_to_have_text(numbers[0])
    expect(what_if.get_by_role("button", name="Run comparison")).to_be_enabled()


def test_levers_answer_to_the_keyboard_and_reset(what_if):
    what_if.get_by_role("button", name="Reset").click()
    expect(what_if.get_by_text("the scenario is the base")).to_be_visible()
    bid = what_if.get_by_role("slider", name="Maximum bid")
    before = bid.input_value()
    bid.focus()
    what_if.keyboard.press("ArrowRight")
    assert float(bid.input_value()) > float(before)
    what_if.get_by_role("button", name="Reset").click()
    expect(bid).to_have_value(before)


def test_cancel_stops_a_run_and_keeps_the_result(what_if):
    numbers = figures(what_if)
    what_if.get_by_label("Replications").select_option(label="50 · narrower intervals")
    what_if.get_by_role("button", name="Run comparison").click()
    what_if.get_by_role("button", name="Cancel").click()
    expect(what_if.get_by_text("Stopped; nothing was changed.")).to_be_visible()
    assert figures(what_if) == numbers
    what_if.get_by_label("Replications").select_option(label="20")


def test_tables_sort_by_their_headings(what_if):
    table = what_if.get_by_role("region", name="All figures")
    table.get_by_role("button", name="Metric").click()
    names = table.locator("tbody th").all_inner_texts()
    assert names == sorted(names, key=str.casefold)
    expect(table.locator("th", has_text="Metric")).to_have_attribute("aria-sort", "ascending")


def test_every_control_has_a_name_and_the_page_has_landmarks(what_if):
    assert what_if.evaluate(NAMELESS) == []
    expect(what_if.get_by_role("main")).to_have_count(1)
    expect(what_if.get_by_role("banner")).to_have_count(1)
    expect(what_if.get_by_role("heading", level=1)).to_have_accessible_name("Campaign what-if")


def test_nothing_keeps_somebody_out(what_if):
    assert serious_findings(what_if) == []


@pytest.mark.parametrize(
    ("look", "width", "scheme"), [("light", 1400, "light"), ("dark", 1400, "dark"), ("phone", 560, "light")]
)
def test_every_look_fits_its_width(what_if, artefacts, look, width, scheme):
    what_if.set_viewport_size({"width": width, "height": 900})
    what_if.emulate_media(color_scheme=scheme)
    line = {"light": "rgb(54, 73, 201)", "dark": "rgb(149, 167, 255)"}[scheme]  # the scenario's colour
    expect(what_if.locator(f".wb-chart path[stroke='{line}']").first).to_be_visible()
    ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(24, 28, 37)"}[scheme]
    expect(what_if.locator(".wb-card").first).to_have_css("background-color", ground)
    what_if.screenshot(path=artefacts / f"what-if-{look}.png", full_page=True)
    assert what_if.evaluate("document.documentElement.scrollWidth") <= width
