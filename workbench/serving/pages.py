"""The pages that Voilà does not have: the index, a dashboard at a plain address, and what is said instead of one."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tornado.web import HTTPError, authenticated
from voila.handler import BaseVoilaHandler
from voila.tornado.handler import TornadoVoilaHandler

from workbench.serving.dashboard import Dashboard, dashboards_in
from workbench.serving.viewer_kernels import ViewerKernels

FULL = 503
SECONDS_TO_NEXT_TRY = 20
# Voilà's way to keep a connection open while a cell computes; white space does the same without a script in the page.
HEARTBEAT = "voila_heartbeat"
KERNEL_LOST = (
    '<p class="wb-sorry" role="alert"><strong>What computes this page ended before the page was ready.</strong> '
    'It is loaded again in a moment.</p><meta http-equiv="refresh" content="5">'
)
# What Voilà would take from an address to show a page in another way than the one that was set up.
REFUSED_ARGUMENTS = ("template", "theme", "classic-tree")


class Page(BaseVoilaHandler):
    """What all pages share."""

    async def prepare(self) -> None:
        """Refuse what an address may not say, and take the token out of one that carries it."""
        await super().prepare()
        if self._finished:  # sent to the login page
            return
        arguments = parse_qsl(self.request.query, keep_blank_values=True)
        if any(name in REFUSED_ARGUMENTS for name, _ in arguments):
            raise HTTPError(400, "template, theme and classic-tree are set up by the server")
        others = [(name, value) for name, value in arguments if name != "token"]
        if self.token_authenticated and len(others) < len(arguments):
            # The cookie is set by now. An address is copied, photographed and kept in histories.
            self.redirect(self.request.path + ("?" + urlencode(others) if others else ""))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say in plain words why there is no page; nobody keeps that answer."""
        self.set_header("Cache-Control", "no-store")
        if status_code == FULL:
            self.set_header("Retry-After", str(SECONDS_TO_NEXT_TRY))
        super().write_error(status_code, **kwargs)

    @property
    def dashboards(self) -> list[Dashboard]:
        """What there is to see at this moment."""
        return dashboards_in(Path(self.settings["dashboards_folder"]))


class IndexPage(Page):
    """The cards of all dashboards."""

    @authenticated
    async def get(self) -> None:
        """Show the index."""
        self.set_header("Cache-Control", "no-cache")
        self.write(self.render_template("dashboards.html", dashboards=self.dashboards))


class DashboardPage(Page, TornadoVoilaHandler):
    """One dashboard, computed by a kernel of the viewer's own."""

    @authenticated
    async def get(self, name: str) -> None:
        """Show a dashboard by its place in the address, or by its file's name, as Voilà's own addresses do."""
        dashboard = next((one for one in self.dashboards if name in (one.slug, one.notebook)), None)
        if dashboard is None:
            raise HTTPError(404)
        kernels: ViewerKernels = self.kernel_manager
        if kernels.n_viewers >= self.settings["max_viewers"]:
            raise HTTPError(FULL)
        kernels.expect_a_browser()
        _ = self.xsrf_token  # reading it sets the cookie without which a closing page may not end its kernel
        try:
            await self._write_page(dashboard.notebook, kernels)
        except RuntimeError:  # a kernel that died while its page was computed, before somebody came or after it
            if not self._headers_written:
                raise
            self.log.exception("A kernel ended before the page of %s was ready.", dashboard.notebook)
            self.finish(KERNEL_LOST)

    async def _write_page(self, notebook: str, kernels: ViewerKernels) -> None:
        """Write the page, part by part as it is computed."""
        async for html in self.get_generator(path=notebook):
            is_waiting = HEARTBEAT in html and len(html) < 100
            if is_waiting and await kernels.has_lost_kernel():
                self.finish(KERNEL_LOST)  # Voilà would wait for it for ever
                return
            self.write("\n" if is_waiting else html)
            await self.flush()


class NoPage(Page):
    """Everything else below the address of the server, for people who mistyped."""

    @authenticated
    async def get(self) -> None:
        """Say that there is no such page."""
        raise HTTPError(404)
