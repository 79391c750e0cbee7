"""Targetings: saved sets and those of ad groups, in versions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.String(18)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "catalog_targetings",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("targeting_id", _ID, primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger()),
    )
    op.create_table(
        "catalog_targeting_versions",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("targeting_id", _ID, primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("targeting", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kind", "targeting_id"], ["catalog_targetings.kind", "catalog_targetings.targeting_id"]
        ),
    )
