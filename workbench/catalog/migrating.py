"""Bringing the tables of a catalogue up to date when it is opened.

Alembic is imported only when there is something to do: most openings find everything done.
"""

from datetime import datetime
from importlib.resources import files
from typing import Final

from sqlalchemy import Connection, inspect, text

from workbench.catalog.database import CatalogDatabase
from workbench.catalog.tables import settings
from workbench.errors import CatalogError

VERSION_TABLE: Final = "catalog_schema_version"
STEPS: Final = ("0001", "0002")
"""All steps that this workbench knows, in order; see `workbench.catalog.migrations`."""

_LOCK_KEY: Final = 0x61756469  # any number that means this to PostgreSQL's advisory locks


def bring_up_to_date(database: CatalogDatabase, *, rng_seed: int, now: datetime) -> None:
    """Make the tables of a new catalogue, or take the steps that an older one lacks.

    Parameters
    ----------
    database : CatalogDatabase
        Where it is kept.
    rng_seed : int
        Start of the draws of a new catalogue.
    now : datetime
        The time, UTC.

    Raises
    ------
    CatalogError
        If it was made by a newer workbench, or is a database of something else.
    """
    with database.reading() as connection:
        if _step_if_any(connection, database) == STEPS[-1]:
            return
    with database.writing() as connection:
        if not database.is_embedded:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        if _step_if_any(connection, database) == STEPS[-1]:
            return  # somebody else did it meanwhile
        _take_steps(connection)
        if connection.execute(settings.select()).first() is None:
            connection.execute(settings.insert().values(row_number=1, rng_seed=rng_seed, next_id=1, created_at=now))


def require_known_step(step: str, database: CatalogDatabase) -> None:
    """Refuse a catalogue that a newer workbench has made, or has opened since.

    Parameters
    ----------
    step : str
        The last one that it has taken.
    database : CatalogDatabase
        Where it is kept.

    Raises
    ------
    CatalogError
        If this workbench does not know the step.
    """
    if step not in STEPS:
        raise CatalogError(
            f"expected a catalogue that this workbench knows (up to step {STEPS[-1]}), found {database.shown} at step "
            f"{step}; a newer workbench made it: update this one"
        )


def step_of(connection: Connection) -> str:
    """Return the last step that a catalogue with tables has taken."""
    return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())  # noqa: S608


def _step_if_any(connection: Connection, database: CatalogDatabase) -> str | None:
    """Return the last step that a catalogue has taken; None if it has no tables yet."""
    names = inspect(connection).get_table_names()
    if VERSION_TABLE in names:
        step = step_of(connection)
        require_known_step(step, database)
        return step
    if names and database.is_embedded:
        raise CatalogError(
            f"expected a catalogue at {database.shown}, found a database of something else; name another file"
        )
    return None


def _take_steps(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("workbench.catalog") / "migrations"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    command.upgrade(config, "head")
