"""The delivery report as a stakeholder meets it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import serious_findings
from tests.browser.conftest import watched_pages

pytestmark = pytest.mark.browser

N_CHARTS = 7


@pytest.fixture(scope="module")
def delivery(voila: str, browser: Browser) -> Iterator[Page]:
    with watched_pages(browser) as open_address:
        page = open_address(voila + "/voila/render/delivery_report.ipynb")
        expect(page.get_by_role("button", name="Figures (CSV)")).to_be_enabled()
        page.wait_for_function(f"document.querySelectorAll('.wb-chart svg').length === {N_CHARTS}")
        yield page


def test_the_report_is_there_without_a_click(delivery: Page, artefacts: Path):
    figures = delivery.locator(".wb-kpi strong").all_inner_texts()
    assert len(figures) == 6
    assert figures[0].startswith("$")
    delivery.screenshot(path=artefacts / "delivery-report.png", full_page=True)
    assert serious_findings(delivery) == []


def test_figures_can_be_taken_away(delivery: Page, tmp_path: Path):
    with delivery.expect_download() as waiting:
        delivery.get_by_role("button", name="Figures (CSV)").click()
    kept = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(kept)
    assert kept.name == "delivery.csv"
    names = [row["AD_GROUP_NAME"] for row in csv.DictReader(kept.read_text(encoding="utf-8").splitlines())]
    assert names == delivery.locator(".wb-table").first.locator("tbody th, tbody tr td:first-child").all_inner_texts()
