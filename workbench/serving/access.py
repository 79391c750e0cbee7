"""Who may look: one access token, which the link carries once and a cookie remembers from then on.

The token comes from ``AUDIENCE_WORKBENCH_TOKEN`` or the file that ``AUDIENCE_WORKBENCH_TOKEN_FILE`` names; without
either, each start makes a new one. The word ``off`` instead of a token asks for nothing, for where a proxy in front has
asked already. What the kernels inherit does not hold it.
"""

import os
import secrets
from pathlib import Path
from typing import NamedTuple

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.login import LoginFormHandler

from workbench.errors import ServingError

TOKEN_VARIABLE = "AUDIENCE_WORKBENCH_TOKEN"  # noqa: S105 - a name, not a token
TOKEN_FILE_VARIABLE = "AUDIENCE_WORKBENCH_TOKEN_FILE"  # noqa: S105 - a name, not a token
OFF = "off"
LEAST_LENGTH = 16


class AccessToken(NamedTuple):
    """A token, empty if none is asked for, and whether somebody chose it and so knows it already."""

    value: str
    is_chosen: bool


def access_token() -> AccessToken:
    """Take the access token out of the environment, or make one.

    Returns
    -------
    AccessToken
        The environment holds it no longer.

    Raises
    ------
    ServingError
        If the file cannot be read, or the token is so short that it could be guessed.
    """
    chosen, path = os.environ.pop(TOKEN_VARIABLE, ""), os.environ.pop(TOKEN_FILE_VARIABLE, "")
    if not chosen and not path:
        return AccessToken(secrets.token_urlsafe(24), is_chosen=False)
    token = (chosen or _content(Path(path))).strip()
    if token == OFF:
        return AccessToken("", is_chosen=True)
    if len(token) < LEAST_LENGTH:
        where = TOKEN_VARIABLE if chosen else TOKEN_FILE_VARIABLE
        raise ServingError(
            f"expected an access token of at least {LEAST_LENGTH} characters in {where}, got {len(token)}; "
            f"make one with: openssl rand -hex 24 (or say “{OFF}” where a proxy asks for a login)"
        )
    return AccessToken(token, is_chosen=True)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ServingError(
            f"expected a text file with the access token at {TOKEN_FILE_VARIABLE}, which cannot be read; "
            "name a file that this user may read"
        ) from error


class LoginPage(LoginFormHandler):
    """The door, for whoever comes without the link: the token may be typed."""

    @allow_unauthenticated
    def post(self) -> None:
        """Let somebody in who typed the right token."""
        typed = self.get_argument("password", "").strip()
        if not secrets.compare_digest(typed.encode(), (self.token or "").encode()):
            self.set_status(401)
            self._render(message={"error": "wrong token"})
            return
        identity = self.identity_provider
        identity.set_login_cookie(self, identity.generate_anonymous_user(self))
        self._redirect_safe(self.get_argument("next", self.base_url))
