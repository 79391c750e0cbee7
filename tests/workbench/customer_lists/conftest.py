from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.workbench.audiences.tiny_universe import aaid, email, write_universe
from workbench.customer_lists import SavedList, Upload
from workbench.identity import DigestKind, hash_email, hash_maid
from workbench.universe import Universe

MakeUpload = Callable[..., Upload]


@pytest.fixture(scope="session")
def universe(tmp_path_factory) -> Universe:
    return write_universe(tmp_path_factory.mktemp("universe") / "tiny")


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **interval: float) -> None:
        self.now += timedelta(**interval)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def upload(tmp_path) -> MakeUpload:
    """Write rows to a file and share it."""

    def make(rows: Iterable[str], list_type: str = "EMAIL", **options: object) -> Upload:
        path = tmp_path / f"upload-{len(list(tmp_path.iterdir()))}.csv"
        path.write_text("".join(f"{row}\n" for row in rows))
        return Upload(path, list_type, **{"are_terms_acknowledged": True} | options)

    return make


@pytest.fixture
def saved(tmp_path, upload, clock) -> SavedList:
    """Five people of the tiny universe, by their addresses."""
    return SavedList.create(tmp_path / "list", "Customers", upload(emails(range(5))), clock=clock)


def emails(accounts: Iterable[int], kind: DigestKind | None = None) -> list[str]:
    """Return the addresses of accounts, plain or hashed."""
    return [email(account) if kind is None else hash_email(email(account), kind).hex() for account in accounts]


def aaids(accounts: Iterable[int], kind: DigestKind | None = None) -> list[str]:
    """Return the advertising ids of accounts, plain or hashed."""
    return [aaid(account) if kind is None else hash_maid(aaid(account), kind).hex() for account in accounts]


def write_lines(path: Path, rows: Iterable[str]) -> Path:
    path.write_text("".join(f"{row}\n" for row in rows))
    return path
