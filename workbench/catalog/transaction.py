"""A change of a catalogue: who makes it, when, and what is told about it.

Like an entry in a ledger: whoever holds the pen writes alone, signs, and strikes nothing out.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select, update

from workbench.catalog.database import CatalogDatabase
from workbench.catalog.migrating import require_known_step, step_of
from workbench.catalog.records import Action, SubjectKind
from workbench.catalog.tables import audiences, events, settings, targetings
from workbench.clock import Clock
from workbench.errors import CatalogError

N_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Change:
    """A transaction that changes a catalogue.

    Parameters
    ----------
    connection : Connection
        The only one that writes now.
    now : datetime
        When it happens, UTC.
    who : str
        Who does it.
    rng_seed : int
        The catalogue's start of random draws.
    """

    connection: Connection
    now: datetime
    who: str
    rng_seed: int

    def new_id(self) -> str:
        """Return an id that nothing in the catalogue has, or had.

        Raises
        ------
        CatalogError
            If none is left.
        """
        number = self.connection.execute(select(settings.c.next_id)).scalar_one()
        while self._is_taken(str(number)):  # by something that was imported
            number += 1
        if number >= 10**N_DIGITS:
            raise CatalogError(f"expected an id of {N_DIGITS} digits to be left, found none; begin a new catalogue")
        self.connection.execute(update(settings).values(next_id=number + 1))
        return str(number)

    def skip_ids(self, taken: Iterable[str]) -> None:
        """Have new ids begin behind those that others gave; very large ones are met one by one, lest few be left."""
        numbers = [int(audience_id) for audience_id in taken if len(audience_id) < N_DIGITS]
        behind = max(numbers, default=0) + 1
        self.connection.execute(update(settings).where(settings.c.next_id < behind).values(next_id=behind))

    def tell(self, kind: SubjectKind, subject_id: str, version: int, action: Action, words: str) -> None:
        """Write into the audit trail what happened, and that the audience it happened to has changed."""
        entry = {"subject_kind": kind.value, "subject_id": subject_id, "version": version, "action": action.value}
        self.connection.execute(events.insert().values(**entry, words=words, happened_at=self.now, who=self.who))
        if kind is SubjectKind.AUDIENCE:
            row = audiences.c.audience_id == subject_id
            self.connection.execute(update(audiences).where(row).values(updated_at=self.now))

    def _is_taken(self, new_id: str) -> bool:
        owners = (
            select(audiences.c.audience_id).where(audiences.c.audience_id == new_id),
            select(targetings.c.targeting_id).where(targetings.c.targeting_id == new_id),
        )
        return any(self.connection.execute(owner).first() is not None for owner in owners)


@dataclass(frozen=True, slots=True)
class Pen:
    """What it takes to read a catalogue and to write in it.

    Parameters
    ----------
    database : CatalogDatabase
        Where it is kept.
    clock : Clock
        Tells the time of changes, and as of when sizes are known.
    who : str
        Who signs.
    """

    database: CatalogDatabase
    clock: Clock
    who: str

    @contextmanager
    def reading(self) -> Iterator[tuple[Connection, datetime]]:
        """Give a connection that sees one moment, and the time; CatalogError if the database refuses."""
        now = in_utc(self.clock())
        with self.database.reading() as connection:
            yield connection, now

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """Begin a change; it counts when the block ends, whole or not at all.

        Raises
        ------
        CatalogError
            If the database refuses, or a newer workbench has changed the tables.
        """
        with self.database.writing() as connection:
            row = connection.execute(select(settings.c.rng_seed).with_for_update()).one()
            require_known_step(step_of(connection), self.database)
            # Asked when it is this change's turn, so that times follow the order of changes.
            yield Change(connection, in_utc(self.clock()), self.who, row.rng_seed)


def in_utc(time: datetime) -> datetime:
    """Return a time in UTC.

    Raises
    ------
    ValueError
        If it has no zone.
    """
    if time.tzinfo is None:
        raise ValueError("expected a time with its zone, got one without; use datetime.now(UTC)")
    return time.astimezone(UTC)
