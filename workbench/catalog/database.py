"""The database behind a catalogue: a file of SQLite, or PostgreSQL by its address.

Both behave alike. Who reads sees one moment and waits for nobody. Who writes queues, on the file's lock or on the one
row of ``catalog_settings``, so that changes happen one after the other and no two are ever based on the same state.
Each is a transaction: a program that is killed in the middle of one leaves nothing of it, and what was acknowledged is
on disk.

Every transaction has a connection of its own. That costs a millisecond, and nothing has to be closed, a forked process
shares nothing with its parent, and a server that was restarted is noticed by nobody.
"""

import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from workbench.database_address import address_of, shown_address
from workbench.errors import CatalogError

MOST_WAIT_SECONDS: Final = 30
"""How long a transaction queues behind others before it gives up."""

OWNER_ONLY: Final = 0o600
_SQLITE_MARK: Final = b"SQLite format 3\0"
_ADDRESS: Final = re.compile(r"[A-Za-z0-9+_]+://|\$\{\w+\}$")
_PRAGMAS: Final = (
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {MOST_WAIT_SECONDS * 1000}",
    "PRAGMA synchronous = FULL",  # what was acknowledged survives a power cut, too
)
_REASONS: Final = {  # the first that a driver's words match; drivers quote what they choke on, so only these are told
    "locked": f"another program has held it for more than {MOST_WAIT_SECONDS} seconds; try again when it is done",
    "lock timeout": f"another program has held it for more than {MOST_WAIT_SECONDS} seconds; try again when it is done",
    "not a database": "the file is no database; name another file",
    "malformed": "the file is damaged; restore it from a backup",
    "readonly": "it may only be read; ask its owner, or copy it to where you may write",
    "read-only": "it may only be read; ask its owner",
    "unable to open": "no file can be opened there; check the path and who may write in its folder",
    "is full": "the disk is full; free some space",
    "disk i/o error": "the disk refused; check it, and keep the file on a local disk",
    "authentication failed": "the server did not accept user and password; check them",
    "no password supplied": "the server asks for a password; name the variable that holds it, as in "
    "postgresql://user:${CATALOG_PASSWORD}@host/database",
    "permission denied": "its user may not do that; ask whoever runs the database",
    '(database|role) ".*" does not exist': "the server knows no such database or user; make it, or correct the address",
    "refused": "no server answered; check the address, and that the server runs",
    "could not translate": "no server has that name; check the address",
    "resolve host": "no server has that name; check the address",
    "timeout expired": "no server answered in time; check the address",
}


class CatalogDatabase:
    """Where a catalogue is kept.

    Parameters
    ----------
    address : str or path-like
        A path, or an address of SQLite or PostgreSQL as SQLAlchemy takes it.
    must_exist : bool
        Refuse a file that is not there yet instead of making it.

    Raises
    ------
    CatalogError
        If that is no place for a catalogue, or the driver is missing.
    DefinitionError
        If the address names an environment variable that is not set.
    """

    def __init__(self, address: str | os.PathLike[str], *, must_exist: bool = False) -> None:
        url = _url_of(address)
        if url.get_backend_name() == "sqlite":
            _prepare_file(Path(str(url.database)), must_exist=must_exist)
        self.shown = str(url.database) if url.get_backend_name() == "sqlite" else shown_address(url)
        self.is_embedded = url.get_backend_name() == "sqlite"
        self._engine = _engine(url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the catalogue.

        Raises
        ------
        CatalogError
            If the database refuses.
        """
        if self.is_embedded:
            options: dict[str, Any] = {}
        else:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._refusing("read"), self._engine.connect() as connection:
            yield connection.execution_options(**options)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that no other writes beside; what it did counts when the block ends, whole or not at all.

        Raises
        ------
        CatalogError
            If the database refuses, or others have kept it for too long.
        """
        engine = self._engine.execution_options(is_writing=True)
        with self._refusing("write"), engine.begin() as connection:
            if not self.is_embedded:
                connection.execute(text(f"SET LOCAL lock_timeout = {MOST_WAIT_SECONDS * 1000:.0f}"))
            yield connection

    @contextmanager
    def _refusing(self, verb: str) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as failure:
            reason = _reason(failure)
        else:
            return
        # Outside of the except, so that nothing leads back to the values of the statement that failed.
        raise CatalogError(f"expected to {verb} the catalogue {self.shown}, but: {reason}")


def _url_of(address: str | os.PathLike[str]) -> URL:
    written = os.fspath(address)
    if not written:
        raise CatalogError("expected a path or an address for a catalogue, got an empty text; name a file")
    if not _ADDRESS.match(written):
        return URL.create("sqlite", database=written)
    try:
        url = address_of(written)
    except ArgumentError:
        raise CatalogError(
            "expected an address such as postgresql://user:${CATALOG_PASSWORD}@host/database for a catalogue, "
            "got a text that is none; correct it, or name a file"
        ) from None
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "postgresql" or (url.drivername in ("sqlite", "sqlite+pysqlite") and url.database):
        return url
    raise CatalogError(
        f"expected a file of SQLite or the address of a PostgreSQL database for a catalogue, got {url.drivername}; "
        "name a file, as in sqlite:///audiences.sqlite, or postgresql://host/database"
    )


def _prepare_file(path: Path, *, must_exist: bool) -> None:
    """Make an empty file that only its owner may read, or find that what is there can be a catalogue."""
    if str(path).startswith((":memory:", "file:")):
        raise CatalogError(f"expected the path of a file for a catalogue, got {path}; a catalogue is there to be kept")
    if must_exist and not os.path.lexists(path):
        raise CatalogError(f"expected a catalogue at {path}, found none; check the path, or make one by saving to it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without waiting, if it is a pipe. The database's own extra files get the permissions of this one.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), OWNER_ONLY)
        with os.fdopen(descriptor, "rb") as file:
            is_regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            mark = file.read(len(_SQLITE_MARK)) if is_regular else b""
    except (OSError, ValueError) as failure:
        reason = str(getattr(failure, "strerror", None) or "it cannot be the name of a file").lower()
        if isinstance(failure, FileExistsError):
            reason = "its folder is a file"
        raise CatalogError(
            f"expected to open the catalogue {path} for reading and writing, but: {reason}; choose another place"
        ) from None
    if not is_regular or mark not in (b"", _SQLITE_MARK):
        raise CatalogError(f"expected a catalogue at {path}, found a file that is no database; name another file")


def _engine(url: URL) -> Engine:
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    except (NoSuchModuleError, ImportError):
        raise CatalogError(
            f"expected a driver for {url.drivername}, found none; install it with "
            "pip install 'audience-workbench[postgresql]'"
        ) from None
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # or Python's driver would begin and end transactions by rules of its own
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for who writes


def _begin_sqlite(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing", False)
    # At once, not at the first change: two who had read the same state could not both go on.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _reason(failure: Exception) -> str:
    cause = getattr(failure, "orig", None) or failure
    words = str(cause).lower()
    known = next((reason for sign, reason in _REASONS.items() if re.search(sign, words)), None)
    return known or f"the database refused ({type(cause).__name__}); look into its own log for the reason"
