"""What is synthesised about any block of accounts, whether their interests were drawn or read from a real log.

    affinity, activity → people → identifiers
                              ↘ site visits → tag events, segment records

Each arrow has a random stream of its own, so nothing shifts when one of them changes. Beside each account there may be
somebody like it whom the platform does not recognise: a part of what a tag reports is about nobody it knows.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workbench.universe.action_versions import engagement_actions_table
from workbench.universe.identifiers import draw_identifiers
from workbench.universe.interests import Affinity
from workbench.universe.people import draw_people
from workbench.universe.randomness import Indices, block_generator
from workbench.universe.schema import TABLES
from workbench.universe.site import site_pages_table
from workbench.universe.site_visits import draw_site_visits
from workbench.universe.tag_reports import report_visits
from workbench.universe.third_party import draw_segment_records, segments_table
from workbench.universe.writing import UniverseWriter

DEFAULT_AS_OF: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""The "now" of a universe whose data have no times of their own; fixed, so that bytes are stable."""
_STRANGER_SHARE: Final = 0.5


@dataclass(frozen=True)
class AccountBlock:
    """Accounts that are made together.

    Parameters
    ----------
    number : int
        Number of the block.
    first_account : int
        Account of its first row.
    n_kept : int
        Rows that are written; the rest were only drawn, so that an account does not depend on how many there are.
    affinity : float32 array, shape (n, n_interests)
        What each account cares about; rows add up to 1.
    activity : float32 array, shape (n,)
        Relative frequency of ad opportunities.
    """

    number: int
    first_account: int
    n_kept: int
    affinity: Affinity
    activity: npt.NDArray[np.float32]

    def rows_with_account(self, name: str, row: Indices, columns: pa.Table) -> pa.Table:
        """Put the account before the other columns of a table, and keep the rows of accounts that are written.

        Parameters
        ----------
        name : str
            Name of the table.
        row : int64 array, shape (n_rows,)
            Row of the block each row belongs to, ascending.
        columns : pyarrow.Table
            The other columns.

        Returns
        -------
        pyarrow.Table
            Rows of the table.
        """
        n_rows = int(np.searchsorted(row, self.n_kept))
        account = pa.array((row[:n_rows] + self.first_account).astype(np.int32))
        return pa.Table.from_arrays([account, *columns.slice(0, n_rows).columns], schema=TABLES[name].arrow_schema)


def tables_without_people() -> dict[str, pa.Table]:
    """Return the tables that say nothing of accounts and are the same in every synthetic universe, by name."""
    return {
        "segments": segments_table(),
        "site_pages": site_pages_table(),
        "engagement_actions": engagement_actions_table(),
    }


def write_block(writer: UniverseWriter, block: AccountBlock, rng_seed: int, as_of: datetime) -> None:
    """Synthesise everything about a block but its engagements, and append it to the tables.

    Parameters
    ----------
    writer : UniverseWriter
        The universe being built.
    block : AccountBlock
        The accounts.
    rng_seed : int
        Seed of the universe.
    as_of : datetime
        "Now" of the universe.
    """

    def generator(purpose: str) -> np.random.Generator:
        return block_generator(rng_seed, purpose, block.number)

    n = block.n_kept
    people = draw_people(block.affinity, generator("people"))
    account = pa.array(np.arange(block.first_account, block.first_account + n, dtype=np.int32))
    columns: dict[str, Any] = {"account": account, **people.columns(n), "activity": pa.array(block.activity[:n])}
    writer.append("accounts", pa.Table.from_pydict(columns, schema=TABLES["accounts"].arrow_schema))
    writer.append("identifiers", draw_identifiers(block.first_account, people.has_android, n, generator("identifiers")))
    visits = draw_site_visits(block.affinity, block.activity, to_micros(as_of), generator("tag_events"))
    row, reports = report_visits(visits, generator("tag event data"))
    writer.append("tag_events", block.rows_with_account("tag_events", row, reports))
    _write_strangers(writer, block, rng_seed, as_of)
    has_visited = np.zeros(len(block.activity), dtype=np.bool_)
    has_visited[visits.row] = True
    records = draw_segment_records(
        block.first_account, people, block.affinity, has_visited, n, generator("segment_records")
    )
    writer.append("segment_records", records)


def _write_strangers(writer: UniverseWriter, block: AccountBlock, rng_seed: int, as_of: datetime) -> None:
    """Append what the tag reports of visitors whom nobody recognises."""
    generator = block_generator(rng_seed, "tag events of strangers", block.number)
    is_stranger = generator.random(len(block.activity)) < _STRANGER_SHARE
    visits = draw_site_visits(block.affinity, block.activity, to_micros(as_of), generator)
    row, reports = report_visits(visits, generator)
    is_theirs = is_stranger[row]
    rows = block.rows_with_account("tag_events", row[is_theirs], reports.filter(pa.array(is_theirs)))
    unknown = pa.nulls(rows.num_rows, rows.schema.field("account").type)
    writer.append("tag_events", rows.set_column(0, rows.schema.field("account"), unknown))


def to_micros(instant: datetime) -> int:
    """Return microseconds since 1970 of a time with its zone, exactly."""
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
