"""How long people wait for pages, in a real Chromium: until a dashboard answers to the hand, until numbers are there.

These are seconds and not ratios, for a person's patience is no ratio; what else the machine does is printed beside
them. The goals stand beside the figures and nothing is asserted about them.
"""

import os
import statistics
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.benchmarks.process_memory import processes_below
from tests.browser.conftest import Server, chromium, own_environment, serving, serving_lab, watched_pages
from tests.browser.lab_project import ANALYST, add_cells, copy_project, wait_for_kernel
from tests.house.project_files import ROOT
from workbench.universe import build_sample
from workbench.widgets.project import UNIVERSE_VARIABLE

pytestmark = pytest.mark.benchmark

DASHBOARDS = ROOT / "notebooks" / "dashboards"
NOT_PREHEATED = "--VoilaConfiguration.preheat_kernel=False"
N_ACCOUNTS = 20_000  # 280,000 auctions a run, 20 runs of the scenario for each new position of a lever
N_VIEWERS = 20
SECONDS_TO_HEAT = 300
# Moves a lever as a hand does, and says after how many milliseconds other numbers are there, and how long the page
# stood still meanwhile at most: the longest time between two pictures.
MOVE = """([label, value]) => new Promise((done) => {
  const sliders = [...document.querySelectorAll("input[type=range]")];
  const slider = sliders.find((one) => one.labels[0]?.textContent === label);
  const figures = () => [...document.querySelectorAll(".wb-kpi strong")].map((one) => one.textContent).join(" ");
  const before = figures();
  const start = performance.now();
  let latest = start, longest = 0;
  slider.value = value;
  for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind, { bubbles: true }));
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - latest);
    latest = now;
    if (figures() !== before && !document.querySelector(".wb-stale")) done([now - start, longest]);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""

RUN_CELL = "window.jupyterapp.commands.execute('notebook:run-cell-and-select-next').then(() => null)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


def environment(folder: Path, n_accounts: int) -> dict[str, str]:
    path = folder / str(n_accounts)
    if not path.exists():
        build_sample(path, n_accounts=n_accounts)
    return own_environment(folder / "jupyter") | {UNIVERSE_VARIABLE: str(path)}


def say(capsys: pytest.CaptureFixture[str], what: str, seconds: list[float], goal: str) -> None:
    spread = f"{statistics.median(seconds):6.2f} s ({min(seconds):.2f} to {max(seconds):.2f}, {len(seconds)} times)"
    say_line(capsys, f"{what:<58}{spread}; goal {goal}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def say_line(capsys: pytest.CaptureFixture[str], line: str) -> None:
    with capsys.disabled():
        print(f"\n  {line}")  # noqa: T201 - a benchmark is run for its figures


def seconds_to_lever_and_figures(page: Page, address: str) -> tuple[float, float]:
    start = time.monotonic()
    page.goto(address)
    expect(page.get_by_role("slider", name="Maximum bid")).to_be_enabled()
    lever = time.monotonic() - start
    page.wait_for_selector(".wb-kpi-change")
    return lever, time.monotonic() - start


def wait_until_heated(server: Server) -> None:
    """Wait until no kernel computes: their processor time stands still for two seconds."""
    end, before = time.monotonic() + SECONDS_TO_HEAT, -1.0
    while time.monotonic() < end:
        now = sum(ticks(process.id) for process in processes_below(server.process))
        if before >= 0 and now - before < 10:  # a tenth of a second
            return
        before = now
        time.sleep(2)
    pytest.fail(f"kernels still computed after {SECONDS_TO_HEAT} s")


def ticks(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def test_a_dashboard_is_there(browser, folder, capsys):
    for name, options, goal in (("cold", (NOT_PREHEATED,), "6 s"), ("with a warm kernel", (), "3 s")):
        levers, figures = [], []
        with (
            serving(DASHBOARDS, *options, env=environment(folder, N_ACCOUNTS)) as server,
            watched_pages(browser) as open_address,
        ):
            open_address(server)
            for _ in range(5):
                wait_until_heated(server)
                page = open_address(server)
                lever, all_figures = seconds_to_lever_and_figures(page, f"{server}/what-if")
                levers.append(lever)
                figures.append(all_figures)
                page.close(run_before_unload=True)
        say(capsys, f"what-if, {name}: first lever", levers, goal)
        say(capsys, f"what-if, {name}: first figures", figures, "none")


def test_a_lever_is_moved(browser, folder, capsys):
    with (
        serving(DASHBOARDS, NOT_PREHEATED, env=environment(folder, N_ACCOUNTS)) as server,
        watched_pages(browser) as open_address,
    ):
        page = open_address(f"{server}/what-if")
        page.wait_for_selector(".wb-kpi-change")
        expect(page.get_by_role("button", name="Run comparison")).to_be_enabled()
        bids = ["2.5", "3", "3.5", "5", "6"]
        fresh = [page.evaluate(MOVE, ["Maximum bid", bid]) for bid in bids]
        known = [page.evaluate(MOVE, ["Maximum bid", bid]) for bid in bids]
    n_auctions = N_ACCOUNTS * 14 * 20
    say(capsys, f"a lever moved, {n_auctions:,} fresh auctions", [each / 1_000 for each, _ in fresh], "1.5 s")
    say(capsys, "  longest time without a new picture", [each / 1_000 for _, each in fresh], "none")
    say(capsys, "a lever moved to where it has been", [each / 1_000 for each, _ in known], "0.3 s")
    say(capsys, "  longest time without a new picture", [each / 1_000 for _, each in known], "none")


def test_the_first_widget_in_jupyterlab(browser, folder, capsys):
    project = folder / "project"
    copy_project(project)
    imports = "from simulator.widgets import WhatIfPanel, project_scenario"
    add_cells(project / ANALYST / "one.ipynb", imports, "WhatIfPanel(project_scenario())")
    importing, showing = [], []
    with serving_lab(project, env=environment(folder, N_ACCOUNTS)) as lab, watched_pages(browser) as open_address:
        for _ in range(4):
            page = open_address(f"{lab}/lab/tree/analyst/one.ipynb?reset")
            wait_for_kernel(page)
            start = time.monotonic()
            page.evaluate(RUN_CELL)
            importing.append(time.monotonic() - start)
            start = time.monotonic()
            page.evaluate(RUN_CELL)
            expect(page.get_by_role("slider", name="Maximum bid")).to_be_enabled()
            showing.append(time.monotonic() - start)
            page.evaluate("window.jupyterapp.commands.execute('kernelmenu:shutdown')")
            page.close()
    say(capsys, "JupyterLab: the cell that imports", importing, "none")
    say(capsys, "JupyterLab: the first widget after its cell runs", showing, "2 s")


def test_twenty_viewers_at_once(browser, folder, capsys):
    """They come one after the other and all stay; twenty browsers that start at once would measure themselves."""
    with (
        serving(DASHBOARDS, NOT_PREHEATED, env=environment(folder, N_ACCOUNTS)) as server,
        watched_pages(browser) as open_address,
    ):
        seconds = []
        for _ in range(N_VIEWERS):
            start = time.monotonic()
            open_address(f"{server}/what-if").wait_for_selector(".wb-kpi-change")
            seconds.append(time.monotonic() - start)
        held = sorted(each.megabytes for each in processes_below(server.process))
        kernels = held[-N_VIEWERS:]
    say(capsys, f"{N_VIEWERS} viewers, what-if: first figures of each", seconds, "none")
    say_line(
        capsys,
        f"  memory (PSS) of a viewer's kernel {statistics.median(kernels):.0f} MB ({kernels[0]:.0f} to "
        f"{kernels[-1]:.0f}); with all else of the server {sum(held) / N_VIEWERS:.0f} MB a viewer",
    )


def test_twenty_pages_are_asked_for_at_once(folder, capsys):
    with (
        serving(DASHBOARDS, NOT_PREHEATED, env=environment(folder, N_ACCOUNTS)) as server,
        ThreadPoolExecutor(N_VIEWERS) as clients,
    ):
        answers = list(clients.map(seconds_and_page, [f"{server}/what-if"] * N_VIEWERS))
    assert all(b"application/vnd.jupyter.widget-view+json" in page for _, page in answers)  # computed, none left empty
    say(capsys, f"{N_VIEWERS} pages asked for at once, computed", [seconds for seconds, _ in answers], "none")


def seconds_and_page(address: str) -> tuple[float, bytes]:
    start = time.monotonic()
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own server
        page: bytes = answer.read()
    return time.monotonic() - start, page
