"""The tables of a catalogue, the same in SQLite and in PostgreSQL.

An audience has one row that never changes but for its latest version, and one row for each version; nothing that was
saved is ever overwritten. Names begin with ``catalog_``, so a catalogue can share a database with something else.
How the tables came to be stands in `workbench.catalog.migrations`; a test compares the two.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

_BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone, kept as whole microseconds since 1970: exact, and sorted alike everywhere."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:  # noqa: ARG002
        """Return what makes a time a number."""
        return lambda time: None if time is None else (time - _BEGIN) // _MICROSECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        """Return what makes a number a time."""
        return lambda number: None if number is None else _BEGIN + number * _MICROSECOND


# SQLite numbers rows by itself only where the type is exactly INTEGER.
_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")
_ID: Final = String(18)

metadata = MetaData()

settings = Table(
    "catalog_settings",
    metadata,
    Column("row_number", Integer, primary_key=True),  # always 1; whoever writes holds this row
    Column("rng_seed", BigInteger, nullable=False),
    Column("next_id", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

audiences = Table(
    "catalog_audiences",
    metadata,
    Column("audience_id", _ID, primary_key=True),
    Column("audience_type", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("deleted_at", UtcTime),
)

versions = Table(
    "catalog_audience_versions",
    metadata,
    Column("audience_id", _ID, ForeignKey(audiences.c.audience_id), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("definition", Text, nullable=False),  # JSON
    Column("is_compare_only", Boolean, nullable=False),
    # The version that first had this definition: a new name needs no new count, and an undone edit brings its back.
    Column("definition_version", Integer, nullable=False),
    Column("known_at", UtcTime, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("saved_by", Text, nullable=False),
)

tags = Table(
    "catalog_tags",
    metadata,
    Column("audience_id", _ID, ForeignKey(audiences.c.audience_id), primary_key=True),
    Column("tag", String(100), primary_key=True),
)

notes = Table(
    "catalog_notes",
    metadata,
    Column("note_number", _NUMBER, primary_key=True),
    Column("audience_id", _ID, ForeignKey(audiences.c.audience_id), nullable=False, index=True),
    Column("noted_at", UtcTime, nullable=False),
    Column("noted_by", Text, nullable=False),
    Column("text", Text, nullable=False),
)

member_sets = Table(
    "catalog_member_sets",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("members", LargeBinary, nullable=False),  # `AccountSet.to_bytes`: account numbers, never an identifier
)

populations = Table(
    "catalog_populations",
    metadata,
    Column("population_number", _NUMBER, primary_key=True),
    Column("audience_id", _ID, ForeignKey(audiences.c.audience_id), nullable=False, index=True),
    Column("definition_version", Integer, nullable=False),
    Column("universe", String(100), nullable=False),  # fingerprint of its accounts
    Column("as_of", UtcTime, nullable=False),
    Column("audience_size", BigInteger, nullable=False),
    Column("members_sha256", String(64), ForeignKey(member_sets.c.sha256), nullable=False),
    Column("details", Text, nullable=False),  # JSON
    Column("known_at", UtcTime, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
)

uses = Table(
    "catalog_uses",
    metadata,
    Column("audience_id", _ID, ForeignKey(audiences.c.audience_id), primary_key=True),
    Column("user_kind", String(32), primary_key=True),
    Column("user_id", _ID, primary_key=True),
    Column("role", String(32), primary_key=True),
)

events = Table(
    "catalog_events",
    metadata,
    Column("event_number", _NUMBER, primary_key=True),
    Column("subject_kind", String(32), nullable=False),
    Column("subject_id", _ID, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("action", String(32), nullable=False),
    Column("words", Text, nullable=False),
    Column("happened_at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),
)

targetings = Table(
    "catalog_targetings",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("targeting_id", _ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("deleted_at", UtcTime),
)

targeting_versions = Table(
    "catalog_targeting_versions",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("targeting_id", _ID, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("targeting", Text, nullable=False),  # JSON
    Column("saved_at", UtcTime, nullable=False),
    Column("saved_by", Text, nullable=False),
    ForeignKeyConstraint(["kind", "targeting_id"], ["catalog_targetings.kind", "catalog_targetings.targeting_id"]),
)
