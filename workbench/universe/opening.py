"""Opening a universe: a folder of tables becomes one value that answers questions.

Like a reading room: the books stay on the shelf (Parquet on disk is the only copy), every visitor gets the same pages,
and nobody writes in them.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import InputFileError, UniverseError
from workbench.progress import Progress, ignore_progress
from workbench.sql import asking, reporting
from workbench.universe.damage import is_damage, refusing_damage
from workbench.universe.event_indexes import (
    EVENT_INDEXES,
    build_event_index,
    event_index_path,
    open_event_index,
    update_event_index,
)
from workbench.universe.folder import named_folder
from workbench.universe.schema import (
    ADDITIONS_FOLDER,
    DESCRIPTION_FILE,
    DIRECTORY_FOLDER,
    EARLIEST,
    FORMAT_VERSION,
    LATEST,
    TABLES,
    Column,
)
from workbench.universe.sql import view
from workbench.universe.validation import check_tables, conform, read_additions

if TYPE_CHECKING:
    import pandas as pd

    from workbench.events import EventIndex
    from workbench.identity import AccountDirectory
    from workbench.identity.directory_description import Description

_ABSENT_TABLE: Final = re.compile(r"Table with name (\w+) does not exist")


@dataclass(frozen=True, eq=False)
class Universe:
    """The platform's tables, checked and read-only; make one with `open_universe`.

    Parameters
    ----------
    path : Path
        Folder of the tables.
    n_accounts : int
        Rows of the accounts table.
    as_of : datetime
        "Now" of the data, UTC: no event is expected after it, and retention windows count back from it.
    provenance : mapping
        Where the tables come from: what in them is real and what is synthesised.
    additions : mapping of str to tuple of str
        Files of the events that were added to a table since (`workbench.universe.additions`), by the table.
    """

    path: Path
    n_accounts: int
    as_of: datetime
    provenance: Mapping[str, Any]
    additions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def has_table(self, name: str) -> bool:
        """Tell whether the universe has the table; KeyError when no universe could."""
        return (self.path / TABLES[name].file_name).is_file()

    def has_column(self, name: str, column: str) -> bool:
        """Tell whether a table is there and its file holds a column that it may leave out.

        Whoever reads such a column gets missing values without it; this tells "nobody" from "nobody knows".

        Parameters
        ----------
        name, column : str
            Table and column; KeyError when no universe could have them.
        """
        wanted = TABLES[name].column(column).name
        return self.has_table(name) and wanted in pq.read_schema(self.table_path(name)).names

    def table_path(self, name: str) -> Path:
        """Return the Parquet file of a table.

        Raises
        ------
        UniverseError
            If the universe does not have it.
        """
        if not self.has_table(name):
            raise self._missing(name)
        return self.path / TABLES[name].file_name

    def table_paths(self, name: str) -> list[Path]:
        """Return the Parquet files of a table: the first, and those that were added to it; errors as `table_path`."""
        return [self.table_path(name), *(self.path / ADDITIONS_FOLDER / file for file in self.additions.get(name, ()))]

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a table, or some of its columns, in the types of the schema.

        Parameters
        ----------
        name : str
            One of `workbench.universe.TABLES`.
        columns : sequence of str, optional
            Columns to read, in this order; all of the schema's when absent.

        Returns
        -------
        pyarrow.Table
            Rows in the order of the file; a column that the file leaves out holds missing values only.

        Raises
        ------
        UniverseError
            If the universe does not have the table, or its file is damaged.
        KeyError
            If the schema knows no such table or column.
        """
        wanted = TABLES[name].columns if columns is None else [TABLES[name].column(column) for column in columns]
        parts = [_read_file(path, wanted) for path in self.table_paths(name)]
        return pa.concat_tables(parts).unify_dictionaries() if len(parts) > 1 else parts[0]

    def accounts(self, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Read the accounts table, or some of its columns; row number and account are the same.

        Parameters
        ----------
        columns : sequence of str, optional
            Columns to read, in this order; all when absent.

        Returns
        -------
        DataFrame
            ``n_accounts`` rows; texts that repeat are categorical.
        """
        frame: pd.DataFrame = self.table("accounts", columns).to_pandas()
        return frame

    def segments(self) -> "pd.DataFrame":
        """Read the catalogue of third-party segments; empty when the universe has none.

        Returns
        -------
        DataFrame
            Columns segment_id, name, provider, description, data_fee_rate_bp, country; sorted by segment_id.
        """
        schema = TABLES["segments"].arrow_schema
        table = self.table("segments") if self.has_table("segments") else schema.empty_table()
        frame: pd.DataFrame = table.to_pandas()
        return frame.sort_values("segment_id", ignore_index=True)

    @property
    def directory_path(self) -> Path:
        """Folder of the directory of accounts, whether it has been built or not."""
        return self.path / DIRECTORY_FOLDER

    @cached_property
    def directory(self) -> "AccountDirectory":
        """Whom a digest belongs to: opened if it was built (`build_directory`), else made on first use and kept.

        Raises
        ------
        UniverseError
            If the folder that was built is damaged, or is about other identifiers than the universe has now.
        """
        from workbench.identity import AccountDirectory

        if not self.directory_path.exists():
            return AccountDirectory.build(self.table("identifiers"), self.n_accounts)
        from workbench.identity.directory_description import read_description

        self._check_fit(read_description(self.directory_path))
        return AccountDirectory.open(self.directory_path)

    def _check_fit(self, description: "Description") -> None:
        """Refuse a directory that was built before the tables became what they are."""
        from workbench.array_file import fingerprint
        from workbench.identity.directory_description import ADVICE

        what = ""
        if description.source != fingerprint(self.table_path("identifiers")):
            what = "identifiers"
        elif description.n_accounts != self.n_accounts:
            what = "accounts"
        if what:
            raise UniverseError(
                f"expected the directory of accounts {self.directory_path} to be about the {what} that are there, "
                f"found it built from others; {ADVICE}"
            )

    def build_directory(self, *, overwrite: bool = False, on_progress: Progress = ignore_progress) -> None:
        """Build the directory of accounts on disk, for a universe that is too large to do so at every start.

        Parameters
        ----------
        overwrite : bool
            Replace one that is there already.
        on_progress : Progress
            Called with the steps done and all steps; raise ``CancelledError`` in it to stop, which leaves nothing.

        Raises
        ------
        InputFileError
            If there is one and it shall not be replaced.
        UniverseError
            If the identifiers are damaged.
        """
        from workbench.identity.directory_building import write_directory

        identifiers = self.table_path("identifiers")
        with refusing_damage(identifiers):
            write_directory(
                identifiers, self.directory_path, self.n_accounts, overwrite=overwrite, on_progress=on_progress
            )
        self.__dict__.pop("directory", None)  # what was made before is kept no longer

    def event_index(self, name: str) -> "EventIndex | None":
        """Return an index of events: opened on first use and kept; None if it was not built.

        Without one, ask with `query`: the answers are the same.

        Parameters
        ----------
        name : str
            ``tag_events``, whose sources are tags and whose actions are events; ``pin_engagements``, whose sources are
            pins; or ``ad_engagements``, whose sources are the ads that pins were met through.

        Raises
        ------
        UniverseError
            If it is damaged, or about another table than the universe has now.
        KeyError
            If no universe could have it.
        """
        if name not in self._event_indexes:
            self._event_indexes[name] = open_event_index(self, name)
        return self._event_indexes[name]

    @cached_property
    def _event_indexes(self) -> "dict[str, EventIndex | None]":
        return {}

    def build_event_index(self, name: str, *, overwrite: bool = False, on_progress: Progress = ignore_progress) -> None:
        """Build an index of events on disk, for a universe that has many.

        Parameters
        ----------
        name : str
            As for `event_index`.
        overwrite : bool
            Replace one that is there already.
        on_progress : Progress
            Called with the steps done and all steps; raise ``CancelledError`` in it to stop, which leaves nothing.

        Raises
        ------
        InputFileError
            If there is one and it shall not be replaced.
        UniverseError
            If the universe does not have the table, or it is damaged.
        KeyError
            If no universe could have it.
        """
        build_event_index(self, name, overwrite=overwrite, on_progress=on_progress)
        self._event_indexes.pop(name, None)  # what was opened before is kept no longer

    def update_event_indexes(self, *, on_progress: Progress = ignore_progress) -> None:
        """Add to the indexes that were built what was added to their tables since; none is built.

        Parameters
        ----------
        on_progress : Progress
            Called with the steps done and all steps of an addition; raise ``CancelledError`` in it to stop.

        Raises
        ------
        UniverseError
            If an index is damaged.
        """
        for name in EVENT_INDEXES:
            if event_index_path(self, name).exists():
                update_event_index(self, name, on_progress=on_progress)
                self._event_indexes.pop(name, None)

    def query(
        self, sql: str, parameters: Sequence[object] = (), *, on_progress: Progress = ignore_progress
    ) -> "pd.DataFrame":
        """Ask the tables a question in SQL.

        Every table of the universe is a view of its Parquet file. Each call has a connection of its own, so no view is
        kept and calls from several threads do not meet. Rows come in the order the question states: without an
        ``ORDER BY``, grouped rows may come in any order.

        Parameters
        ----------
        sql : str
            One SELECT in DuckDB's dialect; ``?`` stands for a parameter.
        parameters : sequence
            Values for the question marks.
        on_progress : Progress
            Called now and then with hundredths; raise ``CancelledError`` in it to stop.

        Returns
        -------
        DataFrame
            The answer; times are in UTC.

        Raises
        ------
        UniverseError
            If the question names a table the universe does not have, is no valid SQL, or meets a damaged file.
        """
        import duckdb

        with refusing_damage(self.path), asking() as connection:
            try:
                for table in TABLES.values():
                    if table.name in sql.lower() and self.has_table(table.name):
                        connection.execute(view(table, self.table_paths(table.name)))
                answer: Any = reporting(
                    connection, lambda: connection.sql(sql, params=list(parameters)).to_arrow_table(), on_progress
                )
            except (duckdb.ProgrammingError, duckdb.DataError) as error:
                if is_damage(error):
                    raise
                raise self._refuse_question(error) from error
        frame: pd.DataFrame = answer.to_pandas()
        return frame

    def _refuse_question(self, error: Exception) -> UniverseError:
        problem = str(error).splitlines()[0].rstrip(".")
        absent = _ABSENT_TABLE.search(problem)
        if absent and absent[1] in TABLES:
            return self._missing(absent[1])
        return UniverseError(
            f"expected SQL over the tables of {self.path}, got: {problem}; compare it with data/README.md"
        )

    def _missing(self, name: str) -> UniverseError:
        return UniverseError(
            f"expected the table '{name}' for this question, but the universe {self.path} has no"
            f" {TABLES[name].file_name}; add the file (data/README.md gives its columns) or use another universe"
        )


def open_universe(path: str | os.PathLike[str]) -> Universe:
    """Open a folder of tables, after checking every one of them against the schema.

    Parameters
    ----------
    path : path-like
        Folder with ``universe.json`` and one Parquet file per table.

    Returns
    -------
    Universe
        The tables, ready to be asked.

    Raises
    ------
    InputFileError
        If there is no such folder, or the system does not let it be read.
    UniverseError
        If a required table or column is missing, mistyped, out of range or inconsistent: the message names the table
        and the column, what was expected, what was found and what to do.
    """
    folder = named_folder(path)
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise InputFileError(
            f"expected the folder of a universe at {folder}, found {found};"
            " make one with 'python -m workbench universe sample'"
        )
    with refusing_damage(folder):
        description = read_description(folder / DESCRIPTION_FILE)
    as_of = parse_as_of(description.get("as_of"), f"as_of in {folder / DESCRIPTION_FILE}")
    additions = read_additions(description, folder)
    n_accounts = check_tables(folder, additions)
    stated = description.get("n_accounts", n_accounts)
    if stated != n_accounts:
        raise UniverseError(
            f"expected {stated!r:.40} accounts, as {folder / DESCRIPTION_FILE} says, found {n_accounts} rows in"
            " accounts.parquet; correct n_accounts or leave it out"
        )
    provenance = MappingProxyType(dict(description.get("provenance", {})))
    return Universe(folder, n_accounts, as_of, provenance, MappingProxyType(additions))


def _read_file(path: Path, wanted: Sequence[Column]) -> pa.Table:
    """Read columns of one file of a table, in the types of the schema."""
    repeated = [column.name for column in wanted if pa.types.is_dictionary(column.type)]
    with refusing_damage(path):
        # partitioning=None: a folder called country=US would otherwise add a column of its own.
        stored = set(pq.read_schema(path).names)
        names = [column.name for column in wanted if column.name in stored]
        read = pq.read_table(path, columns=names, read_dictionary=repeated, partitioning=None)
        read.validate(full=True)  # Arrow takes texts on trust that are none
        return conform(read, wanted)


def read_description(path: Path) -> dict[str, Any]:
    """Return what ``universe.json`` says; UniverseError if it is no such file."""
    advice = f'write one that holds at least {{"format_version": {FORMAT_VERSION}, "as_of": "2026-11-01T00:00:00Z"}}'
    if not path.is_file():
        raise UniverseError(f"expected {DESCRIPTION_FILE} in {path.parent}, found none; {advice}")
    try:
        description = json.loads(path.read_text(encoding="utf-8-sig"))
        # Python reads more than JSON allows; what cannot be written again is of no use to anybody.
        json.dumps(description, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise UniverseError(f"expected JSON in {path}, found something else; {advice}") from error
    if not isinstance(description, dict) or not isinstance(description.get("provenance", {}), dict):
        raise UniverseError(f"expected a JSON object in {path}, provenance too if present; {advice}")
    version = description.get("format_version")
    if version != FORMAT_VERSION:
        raise UniverseError(
            f"expected format_version {FORMAT_VERSION} in {path}, found {version!r:.40}; use tables in this format"
        )
    return description


def parse_as_of(text: object, place: str) -> datetime:
    """Read a universe's "now".

    Parameters
    ----------
    text : object
        ISO 8601 with a zone.
    place : str
        Where it was found, for a refusal.

    Raises
    ------
    UniverseError
        If it is no such time.
    """
    try:
        as_of = datetime.fromisoformat(str(text))
        if as_of.tzinfo is None:
            raise ValueError("no zone")
        if not EARLIEST <= as_of <= LATEST:
            raise ValueError("no such now")
        return as_of.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UniverseError(
            f"expected {place} to be a time with its zone, between {EARLIEST:%Y} and"
            f" {LATEST:%Y}, such as 2026-11-01T00:00:00Z, found {text!r:.40}; it is the 'now' that windows count back"
            " from"
        ) from error
