"""The server as a browser meets it before any kernel: the door, the index, what is refused, and what is never said."""

import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.cookiejar import CookieJar
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from tests.house.project_files import ROOT
from workbench.serving.access import TOKEN_VARIABLE

TOKEN = "a-token-that-somebody-chose"  # noqa: S105 - a test's
BASE = "/reports/"
SECONDS_TO_START = 60
COMMAND = [
    *(sys.executable, "-m", "workbench.serving", "{folder}", "--port={port}"),
    *("--Voila.config_file_paths=notebooks/dashboards/voila", "--VoilaConfiguration.preheat_kernel=False"),
]


class Answer(NamedTuple):
    status: int
    text: str
    headers: Message


class Staying(urllib.request.HTTPRedirectHandler):
    """A browser that shows where it is sent and does not go there."""

    def redirect_request(self, *_where):
        return None


class Visitor:
    """A browser with a jar of cookies and nothing else."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(Staying, urllib.request.HTTPCookieProcessor(self.cookies))

    def ask(self, path: str, form: dict[str, str] | None = None, method: str | None = None) -> Answer:
        data = urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(self.root + path, data=data, method=method)  # noqa: S310 - our own server
        try:
            reply = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            reply = error
        with reply:
            return Answer(reply.status, reply.read().decode("utf-8", "replace"), reply.headers)


def command(folder: Path, port: int, *options: str) -> list[str]:
    return [part.format(folder=folder, port=port) for part in COMMAND] + list(options)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(folder: Path, *options: str, **environment: str) -> Iterator[tuple[str, str]]:
    """Run the server; yield its root and the words with which it begins."""
    port = free_port()
    server = subprocess.Popen(  # noqa: S603 - our own program
        command(folder, port, *options),
        cwd=ROOT,
        env=clean_environment() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    root = f"http://127.0.0.1:{port}"
    try:
        assert server.stdout is not None
        words = "".join(iter_until(server.stdout, "Ctrl-C"))
        yield root, words
    finally:
        server.terminate()
        server.wait(timeout=30)
        server.stdout.close()


def iter_until(lines, last):
    for line in lines:
        yield line
        if line.startswith(last):
            return


def clean_environment() -> dict[str, str]:
    import os

    return {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "AUDIENCE_WORKBENCH"))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dashboards")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    heading = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Spring <plans>\n\nWhat they cost."}
    notebook = {"cells": [heading], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "spring_plans.ipynb").write_text(json.dumps(notebook), "utf-8")
    (folder / "secret.csv").write_text("x", "utf-8")
    (folder / "secret.png").write_bytes(b"x")
    (folder / "below").mkdir()
    (folder / "below" / "hidden.ipynb").write_text(json.dumps(notebook), "utf-8")
    return folder


@pytest.fixture(scope="module")
def root(folder: Path) -> Iterator[str]:
    options = (f"--Voila.base_url={BASE}", "--DashboardServer.max_viewers=0")
    with serving(folder, *options, **{TOKEN_VARIABLE: TOKEN}) as (root, words):
        assert TOKEN not in words
        yield root


@pytest.fixture
def stranger(root: str) -> Visitor:
    return Visitor(root)


@pytest.fixture
def viewer(root: str) -> Visitor:
    viewer = Visitor(root)
    assert viewer.ask(f"{BASE}?token={TOKEN}").status == 302
    return viewer


def test_the_door_is_where_the_server_is(stranger):
    sent = stranger.ask(BASE)
    assert (sent.status, sent.headers["Location"]) == (302, f"{BASE}login?next=%2Freports%2F")
    door = stranger.ask(sent.headers["Location"])
    assert door.status == 200
    assert "Access token" in door.text
    assert f'action="{BASE}login' in door.text


def test_the_link_opens_the_door_once_and_leaves_no_token_in_the_address(stranger):
    sent = stranger.ask(f"{BASE}spring-plans?bid=4.20&token={TOKEN}&note=")
    assert (sent.status, sent.headers["Location"]) == (302, f"{BASE}spring-plans?bid=4.20&note=")
    (cookie,) = (cookie for cookie in stranger.cookies if cookie.name.startswith("username"))
    assert cookie.path == BASE
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert stranger.ask(BASE).status == 200


@pytest.mark.parametrize(("token", "status"), [(TOKEN, 302), ("wrong", 401)])
def test_a_token_may_be_typed(stranger, token, status):
    form = re.search(r'name="_xsrf" value="([^"]+)"', stranger.ask(f"{BASE}login").text)
    reply = stranger.ask(f"{BASE}login?next=%2Freports%2F", {"password": token, "_xsrf": form[1]})
    assert reply.status == status
    assert stranger.ask(BASE).status == (200 if status == 302 else 302)
    assert status == 302 or "This token opens nothing here" in reply.text


def test_a_wrong_token_in_a_link_opens_nothing(stranger):
    assert stranger.ask(f"{BASE}?token=wrong").headers["Location"].startswith(f"{BASE}login")


def test_the_index_shows_the_dashboards_and_nothing_else(viewer):
    index = viewer.ask(BASE).text
    assert re.findall(r'<li><a href="([^"]+)"', index) == [f"{BASE}spring-plans"]
    assert "Spring &lt;plans&gt;" in index
    assert "What they cost." in index
    assert "secret" not in index


@pytest.mark.parametrize("address", ["", "spring-plans", "voila/render/spring_plans.ipynb"])
@pytest.mark.parametrize("argument", ["template=lab", "theme=dark", "classic-tree=false"])
def test_nobody_decides_how_a_page_looks_but_the_server(viewer, address, argument):
    reply = viewer.ask(f"{BASE}{address}?{argument}")
    assert reply.status == 400
    assert "This address cannot be shown" in reply.text


@pytest.mark.parametrize(
    "path",
    [
        *("voila/tree", "voila/tree/below", "voila/files/secret.png", "voila/files/secret.csv", "voila/files/"),
        *("voila/api/contents", "voila/api/contents/below", "voila/render/below/hidden.ipynb", "below", "hidden"),
        *("voila/render/secret.csv", "secret.csv", "voila/render/..%2Fbelow", "api/kernels", "api/kernelspecs"),
        *("voila/api/themes/x", "voila/query/0-0-0-0-0", "spring_plans", "terminals/1", "api/contents"),
    ],
)
def test_there_is_nothing_to_list_or_to_fetch(viewer, path):
    reply = viewer.ask(BASE + path)
    assert reply.status == 404
    assert "There is no such page" in reply.text


def test_a_kernel_cannot_be_started_by_asking_for_one(viewer):
    assert viewer.ask(f"{BASE}api/kernels", {}, "POST").status in (403, 404, 405)


@pytest.mark.parametrize("path", ["", "login", "nowhere"])
def test_every_page_says_what_a_browser_may_do_with_it(viewer, path):
    headers = viewer.ask(BASE + path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self' blob:"
    assert policy["frame-ancestors"] == "'self'"
    assert "http" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_no_page_has_a_script_inside(viewer):
    for path in ("", "nowhere", "login", "spring-plans"):
        scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", viewer.ask(BASE + path).text, re.DOTALL)
        assert all(" src=" in attributes and not content for attributes, content in scripts)


def test_a_full_server_says_so_and_when_to_come_again(viewer):
    reply = viewer.ask(f"{BASE}spring-plans")
    assert reply.status == 503
    assert reply.headers["Retry-After"] == "20"
    assert "All places are taken just now" in reply.text
    assert 'data-seconds="20"' in reply.text


def test_a_new_link_is_shown_once_and_works(folder):
    with serving(folder) as (root, words):
        address = re.search(r"^Dashboards: (http\S+token=\S+)$", words, re.MULTILINE)[1]
        assert address.startswith(root)
        assert Visitor(root).ask(address.removeprefix(root)).status == 302
        assert Visitor(root).ask("/").headers["Location"] == "/login?next=%2F"


def test_a_port_that_is_taken_is_refused_in_one_sentence(folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = subprocess.run(  # noqa: S603 - our own program
            command(folder, port),
            cwd=ROOT,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert run.returncode == 2
    assert f"port {port} is taken" in run.stderr
    assert "Traceback" not in run.stderr
