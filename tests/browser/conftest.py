"""A real Chromium, the two servers it talks to, and the rules that hold on every page."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect, sync_playwright

from tests.browser.lab_project import copy_project
from tests.house.project_files import ROOT
from workbench.serving.access import TOKEN_VARIABLE
from workbench.universe import Universe
from workbench.widgets.project import UNIVERSE_VARIABLE

SECONDS_TO_START = 150
TIMEOUT_MS = 150_000
"""Five dashboards warm up at once when a server starts, on two cores beside everything else that runs."""
MOST_LETTERS = 2_000
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
LOCAL = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
# Voilà's front end is built on an older JupyterLab than the one installed and says so at every start; nothing breaks.
HARMLESS = ("Unsatisfied version", "No satisfying version")

Open = Callable[..., Page]


class Server(str):
    """The address of a server, and the id of its process."""

    process: int


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail("expected Chromium or Chrome on the PATH, found neither; run: make chromium")
    with sync_playwright() as playwright:
        expect.set_options(timeout=TIMEOUT_MS)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    folder = ROOT / "test-artefacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def server_environment(sample_universe: Universe, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    own = own_environment(tmp_path_factory.mktemp("jupyter"))
    return own | {UNIVERSE_VARIABLE: str(sample_universe.path)}


def own_environment(folder: Path) -> dict[str, str]:
    """Return an environment with none of the settings of whoever runs the tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST"))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "XDG_CACHE_HOME")
    return environment | {name: str(folder / name) for name in folders}


@pytest.fixture(scope="session")
def voila(server_environment: dict[str, str]) -> Iterator[str]:
    """The dashboards as ``make dashboards`` serves them, to everybody."""
    with serving(ROOT / "notebooks" / "dashboards", env=server_environment) as address:
        yield address


@pytest.fixture(scope="session")
def lab_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder as JupyterLab's kernels see it."""
    folder = tmp_path_factory.mktemp("project")
    copy_project(folder)
    return folder


@pytest.fixture(scope="session")
def lab(server_environment: dict[str, str], lab_project: Path) -> Iterator[Server]:
    with serving_lab(lab_project, env=server_environment) as address:
        yield address


@contextlib.contextmanager
def serving_lab(project: Path, *, env: dict[str, str]) -> Iterator[Server]:
    """Serve a copy of the project in JupyterLab."""
    with running(
        *("jupyter-lab", str(project / "notebooks"), "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
        *("--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"),
        *("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.extension_manager=readonly"),
        env=env | {"JUPYTER_CONFIG_PATH": str(ROOT / "notebooks" / ".lab")},
    ) as address:
        yield address


@contextlib.contextmanager
def serving(folder: Path, *options: str, env: dict[str, str]) -> Iterator[Server]:
    """Serve a folder of notebooks with the settings of the project's own dashboards, by default without a token."""
    settings = "--Voila.config_file_paths=notebooks/dashboards/voila"
    with running(
        "python", "-m", "workbench.serving", str(folder), settings, *options, env={TOKEN_VARIABLE: "off"} | env
    ) as address:
        yield address


@contextlib.contextmanager
def running(command: str, *arguments: str, env: dict[str, str]) -> Iterator[Server]:
    """Run a server on a free port of 127.0.0.1 and end it by its own handle."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = str(Path(sys.executable).with_name(command))
    server = subprocess.Popen(  # noqa: S603 - our own program
        [program, *arguments, f"--port={port}"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = Server(f"http://127.0.0.1:{port}")
    address.process = server.pid
    try:
        wait_until_it_answers(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=120)  # JupyterLab ends its kernels first


def wait_until_it_answers(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address):  # noqa: S310 - our own server
            return
        time.sleep(0.2)
    pytest.fail(f"the server at {address} did not answer within {SECONDS_TO_START} s")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    with watched_pages(browser) as open_address:
        yield open_address


@contextlib.contextmanager
def watched_pages(browser: Browser, *, expected: tuple[str, ...] = ()) -> Iterator[Open]:
    """Open addresses in fresh profiles; by the end nothing may have left the machine or failed on the way.

    ``expected`` are errors on the console that belong to what is tested, such as a connection that is cut.
    """
    faults: list[str] = []
    contexts = []

    def on_request(request: Request) -> None:
        if not request.url.startswith(LOCAL):
            faults.append(f"left the machine: {request.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in HARMLESS + expected):
            faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def open_address(address: str, *, height: int = 900, **options: Any) -> Page:
        # The content policy forbids eval, by which Playwright's wait_for_function works; test_serving.py looks at it.
        context = browser.new_context(
            viewport={"width": 1400, "height": height}, **({"color_scheme": "light", "bypass_csp": True} | options)
        )
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.on("request", on_request)
        page.on("console", on_console)
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        page.goto(address)
        return page

    yield open_address
    for context in contexts:
        for page in context.pages:
            tell_what_it_shows(page)
        context.close()
    assert faults == []


def tell_what_it_shows(page: Page) -> None:
    """Print the page's words, which a report shows beside a test that failed."""
    with contextlib.suppress(Error):  # it may be on its way to another address
        print(f"{page.url} shows: {page.locator('body').inner_text(timeout=2_000)[:MOST_LETTERS]}")  # noqa: T201
