"""One afternoon: from a customer list to a link that somebody else opens and reads the same figures behind it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from simulator.widgets.project import SCENARIO_VARIABLE
from tests.browser.accessibility import serious_findings
from tests.browser.conftest import Open, serving, watched_pages
from tests.browser.lab_project import ANALYST, COMPLAINTS, PANELS, add_cells, run_all_cells
from tests.house.project_files import ROOT

pytestmark = pytest.mark.browser

CAMPAIGN = "data/campaign.json"
SAVE = f"""
from simulator.scenario import save_scenario

save_scenario(campaign.scenario, project_folder() / "{CAMPAIGN}").version
"""
KEY_FIGURES = ".wb-kpi:has(.wb-kpi-change) strong"
QUICK = "10 · quick"
LIST, AUDIENCE = "Autumn", "Autumn customers"


@pytest.fixture
def notebook(lab: str, lab_project: Path, browser: Browser) -> Iterator[Page]:
    source = lab_project / ANALYST / "01_from_list_to_what_if.ipynb"
    copy = source.with_name("afternoon.ipynb")
    copy.write_bytes(source.read_bytes())
    add_cells(copy, SAVE)
    with watched_pages(browser) as open_address:
        # Tall, because JupyterLab draws only the cells in sight.
        page = open_address(f"{lab}/lab/tree/analyst/{copy.name}?reset", height=8_000)
        run_all_cells(page)
        yield page
        copy.unlink()


def upload_and_keep(customers: Locator) -> None:
    customers.get_by_label("Upload a list").set_input_files(ROOT / "data" / "samples" / "customers.csv")
    customers.get_by_label("I have read").check()
    expect(customers.locator(".wb-pill")).to_have_text("Ready")
    customers.get_by_label("Keep this list as").fill(LIST)
    customers.get_by_role("button", name="Keep as digests").click()
    expect(customers.get_by_text(f"Kept “{LIST}”")).to_be_visible()


def create_audience(builder: Locator) -> None:
    builder.get_by_role("radio", name=re.compile("^Customer list")).check()
    builder.get_by_role("button", name="Choose…").first.click()
    files = builder.get_by_role("region", name="Files")
    files.get_by_role("button", name="lists").click()
    builder.get_by_role("region", name="lists").get_by_role("button", name=LIST.lower()).click()
    builder.get_by_label("I have read").check()
    expect(builder.locator(".wb-answer strong")).to_have_text(re.compile(r"^[\d,]+ people$"))
    builder.get_by_label("Name", exact=True).fill(AUDIENCE)
    builder.get_by_role("button", name="Create audience").click()
    expect(builder.get_by_text(f"Created “{AUDIENCE}”")).to_be_visible()


def look_at_overlap(overlap: Locator) -> None:
    """The same people under another name: all of them are in both."""
    overlap.get_by_role("button", name=re.compile(f"of “{AUDIENCE}” are also in “Customers”")).click()
    expect(overlap.locator(".wb-share-grid button[aria-pressed=true]")).to_have_attribute(
        "aria-label", re.compile(r"^100 ?%")
    )


def put_into_the_campaign(campaign: Locator) -> None:
    include = campaign.get_by_role("group", name="Reach people in any of")
    include.get_by_role("checkbox", name=AUDIENCE).check()
    expect(include.get_by_role("button", name=f"Remove {AUDIENCE}")).to_be_visible()


def figures_after(panel: Page | Locator, act: str) -> list[str]:
    """Wait until what was asked by ``act`` is answered, and return the key figures."""
    expect(panel.locator(".wb-context b")).to_have_text(re.compile(act))
    expect(panel.locator(".wb-stale")).to_have_count(0)
    expect(panel.get_by_role("button", name="Run comparison")).to_be_enabled()
    return panel.locator(KEY_FIGURES).all_inner_texts()


def test_from_a_list_to_a_link(notebook, lab_project, server_environment, browser, artefacts):
    what_if = notebook.locator(".wb-what-if")
    before = figures_after(what_if, "Third-party data off")
    upload_and_keep(notebook.locator(".wb-customer-list"))
    create_audience(notebook.locator(".wb-audience-builder"))
    look_at_overlap(notebook.locator(".wb-overlap"))
    put_into_the_campaign(notebook.locator(".wb-campaign"))
    expect(what_if.locator(KEY_FIGURES).first).not_to_have_text(before[0])
    what_if.get_by_role("slider", name="Maximum bid").fill("3")
    found = figures_after(what_if, "bid .* → .*3.00 CPM; Third-party data off")
    assert notebook.locator(COMPLAINTS).all_inner_texts() == []
    assert serious_findings(notebook, within=PANELS, schemes=["light"]) == []
    notebook.screenshot(path=artefacts / "journey-lab.png")
    save = notebook.locator(".jp-CodeCell").last
    save.locator(".cm-content").click()
    notebook.keyboard.press("Control+Enter")  # the other key would add a cell below
    expect(save.locator(".jp-OutputArea-output").last).to_have_text("2")

    dashboards = lab_project / "notebooks" / "dashboards"
    environment = server_environment | {SCENARIO_VARIABLE: CAMPAIGN}
    options = ("--VoilaConfiguration.preheat_kernel=False",)
    with serving(dashboards, *options, env=environment) as address, watched_pages(browser) as open_address:
        link = copied_link(open_address, address, artefacts, found)
        stakeholder = open_address(link)
        stakeholder.get_by_label("Replications").select_option(label=QUICK)
        expect(stakeholder.get_by_role("slider", name="Maximum bid")).to_have_value("3")
        expect(stakeholder.locator(KEY_FIGURES)).to_have_text(found)
        stakeholder.screenshot(path=artefacts / "journey-link.png")


def copied_link(open_address: Open, address: str, artefacts: Path, found: list[str]) -> str:
    """Do in the dashboard what was done in the notebook, see the same, and copy the link."""
    page = open_address(f"{address}/what-if")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    figures_after(page, "Third-party data off")
    page.get_by_label("Replications").select_option(label=QUICK)
    page.get_by_role("slider", name="Maximum bid").fill("3")
    figures_after(page, "bid .* → .*3.00 CPM; Third-party data off")
    expect(page.locator(KEY_FIGURES)).to_have_text(found)
    page.get_by_role("button", name="Copy link to this scenario").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    page.screenshot(path=artefacts / "journey-dashboard.png")
    link: str = page.evaluate("navigator.clipboard.readText()")
    return link
