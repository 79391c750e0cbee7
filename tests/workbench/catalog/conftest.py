import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.workbench.audiences.tiny_universe import write_universe
from tests.workbench.catalog.postgres_server import PostgresServer
from workbench.catalog import Catalog, database
from workbench.universe import Universe

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]

OpenCatalog = Callable[..., Catalog]


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def move(self, **interval: float) -> None:
        self.now += timedelta(**interval)


@pytest.fixture(autouse=True)
def _without_power_cuts(monkeypatch) -> None:
    """Do not wait for the disk: no test cuts the power, and a killed program's writes are with the system already."""
    pragmas = [pragma for pragma in database._PRAGMAS if "synchronous" not in pragma]
    monkeypatch.setattr(database, "_PRAGMAS", (*pragmas, "PRAGMA synchronous = OFF"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def universe(tmp_path_factory) -> Universe:
    return write_universe(tmp_path_factory.mktemp("universe") / "tiny")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def new_address(database, request, tmp_path) -> Callable[[], str]:
    """Return where a new catalogue can be kept."""
    if database == "postgres":
        return request.getfixturevalue("postgres").new_database
    return lambda: str(tmp_path / f"catalogue-{len(list(tmp_path.iterdir()))}.sqlite")


@pytest.fixture(scope="session")
def pristine(tmp_path_factory) -> Path:
    """A new catalogue in SQLite, to be copied: making one anew takes longer than most tests."""
    path = tmp_path_factory.mktemp("catalogue") / "pristine.sqlite"
    Catalog.open(path)
    return path


@pytest.fixture
def address(database, request, pristine, tmp_path) -> str:
    """Return where an empty catalogue is kept."""
    if database == "postgres":
        return request.getfixturevalue("postgres").empty_catalog()
    return str(shutil.copy(pristine, tmp_path / "catalogue.sqlite"))


@pytest.fixture
def open_catalog(address, clock) -> OpenCatalog:
    """Open the catalogue, as somebody."""
    return lambda who="ana", **options: Catalog.open(address, **{"who": who, "clock": clock} | options)


@pytest.fixture
def catalog(open_catalog) -> Catalog:
    return open_catalog()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that keeps a catalogue on both databases."""
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("database", BOTH)
