"""Audiences: definitions in versions, tags, notes, populations, who uses which, and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(18)
_TIME = sa.BigInteger()  # microseconds since 1970, UTC


def _new(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _time(name: str) -> sa.Column[int]:
    return sa.Column(name, _TIME, nullable=False)


def _audience(*, primary_key: bool) -> sa.Column[str]:
    key = sa.ForeignKey("catalog_audiences.audience_id")
    return sa.Column("audience_id", _ID, key, primary_key=primary_key, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    _make_audiences()
    _make_populations()
    _make_trail()


def _make_audiences() -> None:
    op.create_table(
        "catalog_settings",
        sa.Column("row_number", sa.Integer(), primary_key=True),
        sa.Column("rng_seed", sa.BigInteger(), nullable=False),
        sa.Column("next_id", sa.BigInteger(), nullable=False),
        _time("created_at"),
    )
    op.create_table(
        "catalog_audiences",
        sa.Column("audience_id", _ID, primary_key=True),
        sa.Column("audience_type", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _time("created_at"),
        _new("created_by"),
        _time("updated_at"),
        sa.Column("deleted_at", _TIME),
    )
    op.create_table(
        "catalog_audience_versions",
        _audience(primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        _new("name"),
        _new("description"),
        _new("definition"),
        sa.Column("is_compare_only", sa.Boolean(), nullable=False),
        sa.Column("definition_version", sa.Integer(), nullable=False),
        _time("known_at"),
        _time("saved_at"),
        _new("saved_by"),
    )
    op.create_table("catalog_tags", _audience(primary_key=True), sa.Column("tag", sa.String(100), primary_key=True))


def _make_populations() -> None:
    op.create_table(
        "catalog_member_sets",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("members", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "catalog_populations",
        sa.Column("population_number", _NUMBER, primary_key=True),
        _audience(primary_key=False),
        sa.Column("definition_version", sa.Integer(), nullable=False),
        sa.Column("universe", sa.String(100), nullable=False),
        _time("as_of"),
        sa.Column("audience_size", sa.BigInteger(), nullable=False),
        sa.Column("members_sha256", sa.String(64), sa.ForeignKey("catalog_member_sets.sha256"), nullable=False),
        _new("details"),
        _time("known_at"),
        _time("recorded_at"),
        _new("recorded_by"),
    )
    op.create_index("ix_catalog_populations_audience_id", "catalog_populations", ["audience_id"])


def _make_trail() -> None:
    op.create_table(
        "catalog_notes",
        sa.Column("note_number", _NUMBER, primary_key=True),
        _audience(primary_key=False),
        _time("noted_at"),
        _new("noted_by"),
        _new("text"),
    )
    op.create_index("ix_catalog_notes_audience_id", "catalog_notes", ["audience_id"])
    op.create_table(
        "catalog_uses",
        _audience(primary_key=True),
        sa.Column("user_kind", sa.String(32), primary_key=True),
        sa.Column("user_id", _ID, primary_key=True),
        sa.Column("role", sa.String(32), primary_key=True),
    )
    op.create_table(
        "catalog_events",
        sa.Column("event_number", _NUMBER, primary_key=True),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("subject_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        _new("words"),
        _time("happened_at"),
        _new("who"),
    )
    op.create_index("ix_catalog_events_subject_id", "catalog_events", ["subject_id"])
