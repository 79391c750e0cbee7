"""The analyst's notebook in JupyterLab, in a real Chromium, without a network."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import serious_findings
from tests.browser.conftest import watched_pages
from tests.browser.lab_project import COMPLAINTS, PANELS, run_all_cells

pytestmark = pytest.mark.browser

NOTEBOOK = "/lab/tree/analyst/01_from_list_to_what_if.ipynb?reset"


@pytest.fixture(scope="module")
def notebook(lab: str, browser: Browser) -> Iterator[Page]:
    with watched_pages(browser) as open_address:
        # Tall, because JupyterLab draws only the cells in sight.
        page = open_address(lab + NOTEBOOK, height=7_000)
        run_all_cells(page)
        yield page


def test_the_notebook_goes_from_list_to_what_if(notebook, artefacts):
    customers = notebook.locator(".wb-customer-list")
    expect(customers.get_by_text("once the box above is ticked")).to_be_visible()
    expect(customers.locator(".wb-pill")).to_have_count(0)
    customers.get_by_label("I have read").check()
    expect(customers.locator(".wb-pill")).to_have_text("Ready")  # and nothing else had to be clicked
    expect(notebook.locator(".wb-audience-table tbody tr")).to_have_count(5)
    expect(notebook.locator(".wb-share-grid tbody tr")).to_have_count(4)
    notebook.wait_for_selector(".wb-kpi-change")
    notebook.wait_for_selector("text=Delivery by hour")
    assert notebook.locator(COMPLAINTS).all_inner_texts() == []
    expect(notebook.get_by_text("Jupyter news")).to_have_count(0)
    assert serious_findings(notebook, within=PANELS, schemes=["light"]) == []
    notebook.screenshot(path=artefacts / "lab-light.png")


def test_a_new_audience_appears_everywhere_and_dark_reaches_the_charts(notebook, artefacts):
    notebook.wait_for_selector(".wb-kpi-change")
    builder = notebook.locator(".wb-audience-builder")
    builder.get_by_label("Name", exact=True).fill("Everybody on the site")
    builder.get_by_role("radio", name=re.compile("^Site visitors")).check()
    builder.get_by_role("button", name="Create audience").click()
    expect(notebook.locator(".wb-audience-table tbody tr")).to_have_count(6)
    expect(notebook.locator(".wb-share-grid tbody tr")).to_have_count(5)
    notebook.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    expect(notebook.locator(".wb-overlap .wb-card").first).to_have_css("background-color", "rgb(24, 28, 37)")
    expect(notebook.locator(".wb-audience-table path[fill='rgb(76, 201, 182)']").first).to_be_visible()
    assert serious_findings(notebook, within=PANELS, schemes=["light"]) == []
    notebook.screenshot(path=artefacts / "lab-dark.png")
