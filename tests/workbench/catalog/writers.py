"""Programs that write in a catalogue, each in a process of its own, for the tests that run many and kill some."""

import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext

from tests.workbench.catalog.test_audiences import VISITORS
from workbench.catalog import Catalog
from workbench.errors import ConflictError


def create_many(address: str, who: str, n: int) -> list[str]:
    """Create audiences; return their ids."""
    catalog = Catalog.open(address, who=who)
    return [catalog.create(f"{who} {number}", VISITORS, tags=[who]).audience_id for number in range(n)]


def count_up(address: str, who: str, n: int) -> int:
    """Add 1 to a number that all writers share, n times; return how often somebody else was faster."""
    catalog = Catalog.open(address, who=who)
    n_conflicts = 0
    for _ in range(n):
        while True:
            saved = catalog.get("1")
            number = int(saved.spec.description or 0)
            try:
                catalog.update("1", expected_version=saved.version, description=str(number + 1))
                break
            except ConflictError:
                n_conflicts += 1
    return n_conflicts


def create_one(address: str) -> str:
    """Open a catalogue, which may be new, and create one audience; return its id."""
    return Catalog.open(address, who="ana").create("Cart", VISITORS).audience_id


def write_until_killed(address: str, who: str, acknowledgements: Connection) -> None:
    """Write without end, and send what was acknowledged."""
    catalog = Catalog.open(address, who=who)
    number = 0
    while True:
        saved = catalog.create(f"{who} {number}", VISITORS, tags=["a", "b"])
        catalog.update(saved.audience_id, expected_version=1, name=f"{who} {number} renamed")
        catalog.note(saved.audience_id, f"note {number}")
        acknowledgements.send(saved.audience_id)
        number += 1


def processes() -> ForkServerContext:
    """Return what starts processes that have nothing of this one but know all imports already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context
