"""What is around the dashboards: the door, the index, ends of kernels, and what is said when one has gone."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, WebSocketRoute, expect

from tests.browser.accessibility import serious_findings
from tests.browser.conftest import Open, serving, watched_pages
from tests.browser.tiny_dashboards import BROKEN, COUNTER, TALKER, write_dashboard
from tests.house.project_files import ROOT
from workbench.serving import dashboards_in
from workbench.serving.access import TOKEN_VARIABLE

pytestmark = pytest.mark.browser

TOKEN = "a-token-that-somebody-chose"  # noqa: S105 - a test's
BANNER = "#wb-banner"
END_KERNEL = """() => {
  const { id, serverSettings } = jupyterapp.widgetManager.kernel;
  const headers = { "X-XSRFToken": document.cookie.match(/_xsrf=([^;]*)/)[1] };
  return fetch(`${serverSettings.baseUrl}api/kernels/${id}`, { method: "DELETE", headers }).then(() => null);
}"""
# What a page says whose kernel has ended, or ends while it is being closed.
EXPECTED = ("WebSocket", "Failed to load resource", "Connection lost", "Cannot send")
SECONDS = 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    write_dashboard(folder, "counter", COUNTER)
    write_dashboard(folder, "broken", BROKEN)
    return folder


@pytest.fixture(scope="module")
def tiny(folder: Path, server_environment: dict[str, str]) -> Iterator[str]:
    """A server below an address of its own, for two viewers at most."""
    options = (
        "--Voila.base_url=/reports/",
        "--VoilaConfiguration.preheat_kernel=False",
        "--DashboardServer.max_viewers=2",
    )
    with serving(folder, *options, env=server_environment | {TOKEN_VARIABLE: TOKEN}) as address:
        yield f"{address}/reports/"


@pytest.fixture
def open_tiny(tiny: str, browser: Browser) -> Iterator[Open]:
    """Open pages of the small server; they are closed as a person closes them, which frees their places."""
    pages: list[Page] = []
    with watched_pages(browser, expected=EXPECTED) as open_address:

        def open_path(path: str = "") -> Page:
            pages.append(open_address(f"{tiny}{path}{'&' if '?' in path else '?'}token={TOKEN}"))
            return pages[-1]

        yield open_path
        for page in pages:
            with contextlib.suppress(Error):  # it may have been closed by its test, and be still on its way
                if not page.is_closed():
                    page.close(run_before_unload=True)


def process_of(page: Page) -> int:
    return int(page.locator(".process").inner_text())


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        if time.monotonic() > end:
            pytest.fail(f"{what}, still after {SECONDS} s")
        time.sleep(0.1)


def wait_until_gone(process: int) -> None:
    def is_gone() -> bool:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        return False

    wait_until(is_gone, "the kernel was there")


def add_one(page: Page, expected: str) -> None:
    page.get_by_role("button", name="One more").click()
    expect(page.locator(".count")).to_have_text(expected)


def test_a_stranger_is_shown_the_door_and_opens_it_with_the_token(tiny, open_page, artefacts):
    page = open_page(tiny)
    expect(page).to_have_title("Access · Audience Workbench")
    assert serious_findings(page) == []
    page.screenshot(path=artefacts / "door.png")
    page.get_by_label("Access token").fill(TOKEN)
    page.get_by_role("button", name="Open the dashboards").click()
    expect(page.get_by_role("heading", name="Dashboards", level=1)).to_be_visible()


def test_a_kernel_that_dies_says_so_and_reload_brings_everything_back(open_tiny, artefacts):
    page = open_tiny("counter")
    add_one(page, "1")
    add_one(page, "2")
    first = process_of(page)
    os.kill(first, signal.SIGKILL)
    expect(page.locator(BANNER)).to_contain_text("The calculation behind this page has stopped unexpectedly.")
    page.screenshot(path=artefacts / "kernel-died.png")
    assert serious_findings(page) == []
    page.get_by_role("button", name="Reload").click()
    expect(page.locator(".count")).to_have_text("2")  # as the address says
    expect(page.locator(BANNER)).to_be_hidden()
    assert process_of(page) != first
    add_one(page, "3")


@pytest.fixture
def first_kernel_dies(server_environment: dict[str, str], tmp_path: Path) -> Iterator[Path]:
    """The kernel that starts next dies at once; the folder is there when it has."""
    died = tmp_path / "died"
    startup = Path(server_environment["IPYTHONDIR"], "profile_default", "startup", "die_once.py")
    startup.parent.mkdir(parents=True, exist_ok=True)
    startup.write_text(
        f"import os\ntry:\n    os.mkdir({str(died)!r})\nexcept FileExistsError: pass\nelse: os._exit(9)\n"
    )
    yield died
    startup.unlink()


def test_a_kernel_that_dies_while_it_starts_says_so_and_another_one_computes_the_page(first_kernel_dies, open_tiny):
    page = open_tiny("counter")
    expect(page.locator(".wb-sorry")).to_contain_text("ended before the page was ready")
    assert first_kernel_dies.is_dir()
    expect(page.locator(".count")).to_have_text("0")  # the page has loaded itself again


def test_a_kernel_that_dies_before_anybody_came_says_so_and_another_one_computes_the_page(
    first_kernel_dies, tmp_path, server_environment, open_page
):
    folder = tmp_path / "dashboards"
    folder.mkdir()
    write_dashboard(folder, "counter", COUNTER)
    with serving(folder, env=server_environment) as address:
        wait_until(first_kernel_dies.is_dir, "no kernel had started")
        page = open_page(f"{address}/counter")
        expect(page.locator(".wb-sorry")).to_contain_text("ended before the page was ready")
        expect(page.locator(".count")).to_have_text("0")
        page.close(run_before_unload=True)


def test_a_page_whose_kernel_was_ended_offers_to_load_itself_again(open_tiny):
    page = open_tiny("counter")
    process = process_of(page)
    page.evaluate(END_KERNEL)
    wait_until_gone(process)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as if one came back to the tab
    expect(page.locator(BANNER)).to_contain_text("This page has gone to sleep.")
    page.get_by_role("button", name="Reload").click()
    add_one(page, "1")


def test_a_lost_connection_is_said_and_forgotten_when_it_is_back(tiny, open_tiny, artefacts):
    page = open_tiny()
    sockets, is_cut = [], False

    def connect(socket: WebSocketRoute) -> None:
        if is_cut:
            socket.close()
            return
        socket.connect_to_server()
        socket.on_close(lambda *_reason: None)  # the server does not notice either
        sockets.append(socket)

    page.route_web_socket("**/channels*", connect)
    page.goto(f"{tiny}counter")
    add_one(page, "1")
    is_cut = True
    for socket in sockets:
        socket.close()
    expect(page.locator(BANNER)).to_contain_text("The connection to the server is lost.")
    page.screenshot(path=artefacts / "connection-lost.png")
    is_cut = False
    expect(page.locator(BANNER)).to_be_hidden()
    add_one(page, "2")


def test_closing_the_page_ends_its_kernel(open_tiny):
    page = open_tiny("counter")
    process = process_of(page)
    page.close(run_before_unload=True)
    wait_until_gone(process)


def test_a_full_server_says_so_and_lets_in_who_waits_as_soon_as_a_place_is_free(
    folder, server_environment, browser, artefacts
):
    options = ("--VoilaConfiguration.preheat_kernel=False", "--DashboardServer.max_viewers=1")
    with (
        serving(folder, *options, env=server_environment) as address,
        watched_pages(browser, expected=EXPECTED) as open_address,
    ):
        first = open_address(f"{address}/counter")
        expect(first.locator(".count")).to_have_text("0")
        second = open_address(address)
        second.clock.install()
        answer = second.goto(f"{address}/counter")
        assert answer is not None
        assert (answer.status, answer.headers["retry-after"]) == (503, "20")
        expect(second.get_by_role("heading", level=1)).to_have_text("All places are taken just now")
        assert serious_findings(second) == []
        second.screenshot(path=artefacts / "full.png")
        process = process_of(first)
        first.close(run_before_unload=True)
        wait_until_gone(process)
        second.clock.fast_forward("00:20")  # as long as the page says that it waits
        add_one(second, "1")


def test_what_a_kernel_says_while_its_page_is_loading_is_heard(folder, open_tiny):
    write_dashboard(folder, "talker", TALKER)
    try:
        page = open_tiny("talker")
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})  # loading takes longer
        page.wait_for_selector(".widget-html >> text=new")
        expect(page.locator(".widget-html").last).to_have_text("new")
        expect(page.get_by_text("old", exact=True)).to_have_count(0)
    finally:
        (folder / "talker.ipynb").unlink()


def test_an_error_shows_neither_its_text_nor_what_was_printed(open_tiny, artefacts):
    page = open_tiny("broken")
    expect(page.get_by_role("alert").filter(has_text="could not be computed")).to_be_visible()
    assert "somebody" not in page.content()
    assert "Traceback" not in page.content()
    assert serious_findings(page) == []
    page.screenshot(path=artefacts / "cell-failed.png")


def test_a_new_dashboard_has_a_card_by_being_there_and_an_empty_index_says_so(folder, open_tiny, artefacts):
    page = open_tiny()
    titles = page.locator(".wb-cards strong")
    expect(titles).to_have_text(["Broken", "Counter"])
    write_dashboard(folder, "a_third", COUNTER, title="A third", dashboard={"question": "What else?", "order": 1})
    page.reload()
    expect(titles).to_have_text(["A third", "Broken", "Counter"])
    (folder / "a_third.ipynb").unlink()
    hidden = [path.rename(path.with_suffix(".away")) for path in folder.glob("*.ipynb")]
    page.reload()
    expect(page.get_by_text("There are no dashboards yet.")).to_be_visible()
    page.screenshot(path=artefacts / "index-empty.png")
    for path in hidden:
        path.rename(path.with_suffix(".ipynb"))


@pytest.mark.parametrize(
    ("look", "width", "scheme"), [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 400, "dark")]
)
def test_the_index_fits_every_width(voila, open_page, artefacts, look, width, scheme):
    page = open_page(voila)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    expect(page.get_by_role("link", name="Campaign what-if")).to_be_visible()
    page.screenshot(path=artefacts / f"index-{look}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "_" not in page.inner_text("main")


@pytest.mark.parametrize("slug", [dashboard.slug for dashboard in dashboards_in(ROOT / "notebooks" / "dashboards")])
def test_the_content_policy_allows_what_a_dashboard_needs(voila, open_page, slug):
    page = open_page(f"{voila}/{slug}", bypass_csp=False)
    # Every refusal is an error on the console. In a fresh clone the first run waits for the compiler.
    expect(page.locator(".wb-chart svg").first).to_be_visible(timeout=180_000)
