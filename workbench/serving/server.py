"""Voilà, set up for people who only open a link."""

import hashlib
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from jupyter_server.auth.logout import LogoutHandler
from jupyter_server.utils import url_path_join
from jupyterlab_server.themes_handler import ThemesHandler
from tornado.ioloop import IOLoop
from traitlets import Integer, List, Unicode
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.static_file_handler import AllowListFileHandler
from voila.tornado.contentshandler import VoilaContentsHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.treehandler import TornadoVoilaTreeHandler
from voila.voila_identity_provider import VoilaIdentityProvider, VoilaLoginHandler

from workbench.errors import ServingError
from workbench.serving.access import LoginPage, access_token
from workbench.serving.content_policy import HEADERS
from workbench.serving.kernel_copy import CAN_COPY, KernelCopies, import_beforehand
from workbench.serving.pages import SECONDS_TO_NEXT_TRY, DashboardPage, IndexPage, NoPage
from workbench.serving.viewer_kernels import ViewerKernels

REFUSED = 2  # exit code, as of both command lines

# What Voilà serves and a viewer has no use for: its own pages, for which there are better ones here, listings of
# folders and their files, themes, and what a browser asked for, told to anybody who knows a kernel's id.
LEFT_OUT = (
    *(TornadoVoilaHandler, TornadoVoilaTreeHandler),
    *(AllowListFileHandler, VoilaContentsHandler, ThemesHandler, RequestInfoSocketHandler),
    *(VoilaLoginHandler, LogoutHandler),  # which stand at the root, whatever the base address
)


class DashboardServer(Voila):
    """Serves the notebooks of one folder; ``voila/voila.py`` in it has the settings, ``--help`` lists them all."""

    max_viewers = Integer(20, config=True, help="How many may look at once; each has a kernel with its own memory.")
    imported_beforehand = List(
        Unicode(), config=True, help="Modules that kernels begin with, being copies of a process that has them."
    )
    public_url = Unicode("", config=True, help="Where viewers find the server, if a proxy stands in front of it.")

    def load_config_file(self, filename: str, path: Sequence[str] = ()) -> None:
        """Load settings, also those beside the dashboards."""
        super().load_config_file(filename, path=[*path, str(Path(self.root_dir) / "voila")])

    def init_settings(self) -> dict[str, Any]:
        """Return what all pages know."""
        self._token = access_token()
        self.token = self._token.value
        if self._token.is_chosen:
            # Whoever logged in stays so when the server starts again; another token sends everybody to the door.
            self.cookie_secret = hashlib.blake2b(self.token.encode(), person=b"login cookies").digest()
        if CAN_COPY and self.imported_beforehand:
            import_beforehand(self.imported_beforehand)
            KernelCopies.instance(parent=self)  # Jupyter asks for "the" factory, and this is the first
        self.identity_provider_class = VoilaIdentityProvider
        self.voila_configuration.multi_kernel_manager_class = ViewerKernels
        of_voila = super().init_settings()
        if self.public_url:
            self.identity_provider.secure_cookie = self.public_url.startswith("https:")
        settings: dict[str, Any] = of_voila | {
            "dashboards_folder": self.root_dir,
            "max_viewers": self.max_viewers,
            "headers": HEADERS,
            "jinja2_env": of_voila["voila_jinja2_env"],  # so that logging in looks like everything else
            "jinja_template_vars": {"max_viewers": self.max_viewers, "seconds_to_next_try": SECONDS_TO_NEXT_TRY},
            "default_handler_class": NoPage,
            "default_handler_args": {"voila_configuration": self.voila_configuration},
        }
        return settings

    def init_handlers(self) -> list[tuple[Any, ...]]:
        """Return the routes: Voilà's for kernels and scripts, and our pages."""
        of_voila = [route for route in super().init_handlers() if route[1] not in LEFT_OUT]
        plain = {"voila_configuration": self.voila_configuration}
        whole = plain | {"template_paths": self.template_paths, "config": self.config}
        return [
            *of_voila,
            (url_path_join(self.server_url, "/login"), LoginPage),
            (url_path_join(self.server_url, "/logout"), LogoutHandler),
            (self.server_url, IndexPage, plain),
            (url_path_join(self.server_url, r"/voila/render/([^/]+)"), DashboardPage, whole),
            (url_path_join(self.server_url, r"/([^/]+)"), DashboardPage, whole),
        ]

    def listen(self) -> None:
        """Serve until somebody stops it.

        Raises
        ------
        ServingError
            If another program has the port.
        """
        try:
            socket.create_server((self.ip, self.port)).close()
        except OSError as error:
            raise ServingError(
                f"port {self.port} is taken or not allowed; choose another one, for example: "
                f"make dashboards PORT={self.port + 1}"
            ) from error
        self.port_retries = 0
        IOLoop.current().add_callback(self._say_where)
        super().listen()

    def _say_where(self) -> None:
        address = self.public_url or self.connection_url
        if not self.token:
            click.echo(f"Dashboards: {address}\nNobody is asked for a token: whoever reaches this address can look.")
        elif self._token.is_chosen:
            click.echo(f"Dashboards: {address}\nThey ask for the token that you set, or take it as ?token=… once.")
        else:
            click.echo(f"Dashboards: {address}?token={self.token}\nWhoever has this link can look.")
        click.echo("Ctrl-C stops the server.")
