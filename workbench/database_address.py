"""Addresses of databases as people write them down: without a password, and shown without one.

An address may name environment variables, such as ``${CRM_PASSWORD}``, whose values are put in when it is used.
Whatever an address holds, what is shown of it holds no secret.
"""

import os
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from workbench.errors import DefinitionError

if TYPE_CHECKING:
    from sqlalchemy import URL

# A password can hide wherever a driver takes options.
_SECRET_NAME: Final = re.compile(r"pass|pwd|secret|token|key|credential|auth", re.IGNORECASE)
_LOGIN: Final = re.compile(r"[^:/]+://[^:/]*:([^@]*)@")  # as SQLAlchemy splits an address
_SECRET_INSIDE: Final = re.compile(r"(?:pass\w*|pwd|secret|token)\s*=\s*(?!\$\{)", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def holds_secret(url: str) -> bool:
    """Tell whether the address of a database holds a password, rather than a reference to one."""
    if _REFERENCE.fullmatch(url):
        return False
    login = _LOGIN.match(url)
    if login and login[1] and not _REFERENCE.fullmatch(login[1]):
        return True
    return any(
        (_SECRET_NAME.search(name) and not _REFERENCE.fullmatch(value)) or _SECRET_INSIDE.search(value)
        for name, value in parse_qsl(url.partition("?")[2])
    )


def address_of(written: str) -> "URL":
    """Return the address of a database with the values of the environment variables that it names.

    Parameters
    ----------
    written : str
        As SQLAlchemy takes it; ``${NAME}`` stands for an environment variable.

    Raises
    ------
    DefinitionError
        If a variable is not set.
    sqlalchemy.exc.ArgumentError
        If it is no address.
    """
    from sqlalchemy import URL

    if _REFERENCE.fullmatch(written):
        return _parsed(_expanded(written))
    url = _parsed(written)
    # Part by part: a value needs no quoting there.
    return URL.create(
        url.drivername,
        username=_expanded_part(url.username),
        password=_expanded_part(url.password),
        host=_expanded_part(url.host),
        port=url.port,
        database=_expanded_part(url.database),
        query={name: _expanded_option(value) for name, value in url.query.items()},
    )


def shown_address(url: "URL") -> str:
    """Return an address as it may be shown: without password and without options, where one could hide."""
    return url.set(query={}).render_as_string(hide_password=True)


def _parsed(text: str) -> "URL":
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(text)
    except ValueError:  # a port that is no number
        raise ArgumentError("expected the address of a database, got another text") from None


def _expanded(text: str) -> str:
    def value(reference: re.Match[str]) -> str:
        if reference[1] not in os.environ:
            raise DefinitionError(
                f"expected the environment variable {reference[1]}, which the address of a database names, found none; "
                "set it"
            )
        return os.environ[reference[1]]

    return _REFERENCE.sub(value, text)


def _expanded_part(part: object) -> str | None:
    return None if part is None else _expanded(str(part))


def _expanded_option(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return _expanded(value) if isinstance(value, str) else tuple(map(_expanded, value))
