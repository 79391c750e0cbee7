"""The simulator's widgets that are on no dashboard, as a person meets them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from simulator.reports import report_by_day
from simulator.run import simulate
from simulator.scenario import Lever, load_scenario
from simulator.widgets.project import SCENARIO_VARIABLE
from simulator.world import World
from tests.browser.accessibility import serious_findings
from tests.browser.conftest import serving, watched_pages
from tests.browser.widget_pages import SIMULATOR, write_page
from tests.house.project_files import ROOT
from workbench.universe import Universe

pytestmark = pytest.mark.browser

SCENARIO = ROOT / "data" / "samples" / "scenario.json"


@pytest.fixture(scope="module")
def simulator_page(
    browser: Browser, server_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("simulator")
    write_page(folder / "simulator.ipynb", SIMULATOR)
    environment = server_environment | {SCENARIO_VARIABLE: str(SCENARIO)}
    with (
        serving(folder, "--VoilaConfiguration.preheat_kernel=False", env=environment) as address,
        watched_pages(browser) as open_address,
    ):
        page = open_address(f"{address}/voila/render/simulator.ipynb")
        expect(page.locator(".wb-sweep")).to_be_visible()
        yield page


@pytest.fixture(scope="module")
def report(sample_universe: Universe) -> bytes:
    """What the platform would report of the sample campaign in a market that nobody knew."""
    sample = load_scenario(SCENARIO).on_universe(sample_universe.path)
    rivals = Lever(path="market.rival_bid_cpm_micros", value=4_000_000)
    truth = sample.with_levers("Truth", rivals, Lever(path="rng_seed", value=7)).config
    return report_by_day(simulate(truth, World.open(truth))).to_csv(index=False).encode()


def test_a_report_is_uploaded_and_fitted_and_the_calibration_taken_away(simulator_page, report):
    panel = simulator_page.locator(".wb-answers")
    upload = panel.get_by_label("Upload a campaign report")
    upload.set_input_files({"name": "notes.csv", "mimeType": "text/csv", "buffer": b"date,remark\n2026-11-02,busy\n"})
    expect(panel.get_by_text("AD_GROUP_ID").last).to_be_visible()
    upload.set_input_files({"name": "november.csv", "mimeType": "text/csv", "buffer": report})
    expect(panel.get_by_text(re.compile("november.csv: 7 days from 02 Nov to 08 Nov, 2 ad groups"))).to_be_visible()
    panel.get_by_role("button", name="Fit and test").click()
    expect(panel.locator(".wb-said").first).to_contain_text("What the report says")
    expect(panel.get_by_role("row", name=re.compile("median", re.IGNORECASE)).first).to_be_visible()
    with simulator_page.expect_download() as download:
        panel.get_by_role("button", name="Calibration (JSON)").click()
    assert download.value.suggested_filename == "calibration.json"
    assert serious_findings(simulator_page, within=".wb-answers") == []


def test_a_sweep_is_run_and_a_point_of_it_taken_over(simulator_page, artefacts):
    explorer = simulator_page.locator(".wb-sweep")
    explorer.get_by_role("button", name="Run sweep").click()
    expect(explorer.locator(".wb-said").first).to_be_visible()
    take = explorer.get_by_role("button", name="Use this point")
    expect(take).to_be_disabled()
    explorer.locator("tbody tr").nth(1).click()
    take.click()
    expect(explorer.get_by_text("Taken over:")).to_be_visible()
    simulator_page.screenshot(path=artefacts / "simulator-widgets.png", full_page=True)
    assert serious_findings(simulator_page, within=".wb-sweep") == []
