"""Checking the files of a universe against the schema, quickly and in words an analyst can act on.

Cheap evidence first: types come from Parquet's footers, and so do ranges and missing values when the footers state
them. Only texts (allowed values, patterns, keys) are looked at themselves, each distinct value once, by DuckDB.

A wrong text is shown as it is only if it looks like a code, one short word in one case such as ``repin`` or ``IDFA``,
or a few digits. Of everything else the shape is shown: a name, an address or an advertising id in a wrong column is
somebody's.
"""

import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import UniverseError
from workbench.identity import shape_of
from workbench.sql import asking, parquet_source
from workbench.universe.damage import refusing_damage
from workbench.universe.schema import (
    ADDITIONS_FOLDER,
    DESCRIPTION_FILE,
    GROWING_TABLES,
    ID_PATTERN,
    TABLES,
    Column,
    Table,
)

if TYPE_CHECKING:
    import duckdb

_README: Final = "data/README.md says what belongs there"
_CODE: Final = re.compile(r"[a-z_]{1,16}|[A-Z_]{1,16}|[0-9+<>-]{1,5}")
_NO_MAXIMUM: Final = 2**63 - 1


def read_additions(description: Mapping[str, Any], folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the files that were added to tables of events, by the table.

    Parameters
    ----------
    description : mapping
        What ``universe.json`` holds.
    folder : Path
        The universe.

    Raises
    ------
    UniverseError
        If it names other files than an addition has.
    """
    additions = description.get("additions", {})
    if not isinstance(additions, dict) or not all(_are_additions(*entry, folder) for entry in additions.items()):
        raise UniverseError(
            f"expected additions to {' or '.join(GROWING_TABLES)}, numbered from 1 on, in {folder / DESCRIPTION_FILE},"
            " found something else; restore the file from a backup"
        )
    for file in [file for files in additions.values() for file in files]:
        if not (folder / ADDITIONS_FOLDER / file).is_file():
            raise UniverseError(
                f"expected the events that were added in {folder / ADDITIONS_FOLDER / file}, found no such file; "
                "restore it from a backup"
            )
    return {name: tuple(files) for name, files in additions.items()}


def _are_additions(name: str, files: object, folder: Path) -> bool:
    if name not in GROWING_TABLES or not isinstance(files, list) or not (folder / TABLES[name].file_name).is_file():
        return False
    return files == [addition_name(name, number) for number in range(1, len(files) + 1)]


def addition_name(table: str, number: int) -> str:
    """Return the name of the file of an addition to a table."""
    return f"{table}-{number:06d}.parquet"


def check_addition(table: Table, path: Path, n_accounts: int) -> None:
    """Check a file of events that shall be added to a table.

    Parameters
    ----------
    table : Table
        The table.
    path : Path
        The file.
    n_accounts : int
        Number of accounts in the universe.

    Raises
    ------
    UniverseError
        At the first column that breaks the schema.
    """
    with asking() as connection, refusing_damage(path):
        _check_table(table, path, n_accounts, connection)


def check_tables(folder: Path, additions: Mapping[str, Sequence[str]]) -> int:
    """Check every table in a folder.

    Parameters
    ----------
    folder : Path
        Folder of Parquet files.
    additions : mapping of str to sequence of str
        Files that were added to tables.

    Returns
    -------
    int
        Number of accounts.

    Raises
    ------
    UniverseError
        At the first table or column that breaks the schema.
    """
    n_accounts = -1
    with asking() as connection:
        for table in TABLES.values():  # accounts come first: the others' account columns are held against their number
            path = folder / table.file_name
            if path.is_file():
                with refusing_damage(path):
                    n_accounts = _check_table(table, path, n_accounts, connection)
                for file in additions.get(table.name, ()):
                    added = folder / ADDITIONS_FOLDER / file
                    with refusing_damage(added):
                        _check_table(table, added, n_accounts, connection)
            elif os.path.lexists(path):
                raise UniverseError(
                    f"expected the table '{table.name}' as a file, found something else at {path}; "
                    "replace it with a Parquet file or take it away"
                )
            elif table.is_required:
                raise UniverseError(f"expected the table '{table.name}' in {path}, found no such file; {_README}")
        with refusing_damage(folder):
            _check_segments_known(folder, connection)
    return n_accounts


def _check_table(table: Table, path: Path, n_accounts: int, connection: "duckdb.DuckDBPyConnection") -> int:
    """Check one table, and return the number of accounts: the same, or what it is if this is the table of accounts."""
    with _open_parquet(table, path) as file:
        columns = [column for column in table.columns if _is_stored(table, column, file.schema_arrow)]
        if table.name == "accounts":
            n_accounts = _check_account_order(table, path)
        for column in columns:
            _check_facts(table, column, file, n_accounts)
            _check_widths(table, column, file)
            _check_texts(table, column, connection, path)
        if table.name == "accounts":
            _check_somebody_is_active(table, file)
    return n_accounts


def conform(table: pa.Table, columns: Sequence[Column]) -> pa.Table:
    """Cast a table that passed the checks to the types of the schema; columns that it leaves out are missing values.

    Parameters
    ----------
    table : pyarrow.Table
        What was read.
    columns : sequence of Column
        What it should be, in order.

    Returns
    -------
    pyarrow.Table
        Same rows, exactly these columns.
    """
    fields = [pa.field(column.name, column.type, column.is_nullable) for column in columns]
    stored = set(table.column_names)
    arrays = [
        _cast(table[column.name], column.type) if column.name in stored else pa.nulls(table.num_rows, column.type)
        for column in columns
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _cast(values: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    if values.type == wanted:
        return values.unify_dictionaries() if pa.types.is_dictionary(wanted) else values
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_dictionary(wanted):
        encoded = values.cast(wanted.value_type).dictionary_encode()
        return encoded.unify_dictionaries()
    # safe=False for times only: finer than a microsecond is cut off; every other cast was checked to lose nothing.
    return values.cast(wanted, safe=not pa.types.is_timestamp(wanted))


def _open_parquet(table: Table, path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UniverseError(
            f"expected the table '{table.name}' as a Parquet file, found something else in {path}; write it with"
            " pyarrow, pandas, Polars or DuckDB"
        ) from error


def _refuse(table: Table, column: Column, expected: str, found: str, advice: str) -> UniverseError:
    return UniverseError(f"table '{table.name}', column '{column.name}': expected {expected}, found {found}; {advice}")


def _is_stored(table: Table, column: Column, schema: pa.Schema) -> bool:
    """Check that a column is there in a type that fits, or may be left out; return whether it is there."""
    count = schema.names.count(column.name)
    if count > 1:
        raise _refuse(table, column, "one column", f"{count} columns of this name", "keep one of them")
    if count == 0:
        _check_absence(table, column, schema)
        return False
    found_type = schema.field(column.name).type
    if not _fits(found_type, column.type):
        advice = f"cast the column to {_type_name(column.type)}"
        if pa.types.is_timestamp(found_type):
            advice = "give the times their zone: a time without one may be any of a day's hours"
        raise _refuse(table, column, _type_name(column.type), _type_name(found_type), advice)
    return True


def _check_absence(table: Table, column: Column, schema: pa.Schema) -> None:
    """Refuse that a column is not there, unless its values may be missing and no other column is meant to be it."""
    alike = [name for name in schema.names if _letters(name) == _letters(column.name)]
    if alike:
        # Silence would be dangerous here: a column called URL would be read as no pages at all.
        advice = f"call it {column.name}"
        raise _refuse(table, column, _type_name(column.type), f"a column called {alike[0]!r:.40}", advice)
    if not column.is_nullable or column.is_account:
        advice = "add the column or correct its name; " + _README
        raise _refuse(table, column, _type_name(column.type), "no such column", advice)


def _letters(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _fits(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Tell whether values of one type can be the other's without loss, as far as the type alone says."""
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_dictionary(wanted) or pa.types.is_string(wanted):
        return any((pa.types.is_string(found), pa.types.is_large_string(found), pa.types.is_string_view(found)))
    if pa.types.is_integer(wanted):
        return bool(pa.types.is_integer(found))
    if pa.types.is_floating(wanted):
        # Half precision is written by few programs and read by fewer: DuckDB for one does not.
        return bool(pa.types.is_floating(found) and found != pa.float16()) or bool(pa.types.is_integer(found))
    if pa.types.is_timestamp(wanted):
        return bool(pa.types.is_timestamp(found) and found.tz is not None)
    is_binary = pa.types.is_binary(found) or pa.types.is_large_binary(found) or pa.types.is_binary_view(found)
    return bool(is_binary or found == wanted)


def _type_name(arrow_type: pa.DataType) -> str:
    if pa.types.is_dictionary(arrow_type):
        return _type_name(arrow_type.value_type)
    if pa.types.is_fixed_size_binary(arrow_type):
        return f"binary({arrow_type.byte_width})"
    return str(arrow_type)


def _check_account_order(table: Table, path: Path) -> int:
    accounts = pq.read_table(path, columns=["account"], partitioning=None)["account"]
    column = table.column("account")
    if not len(accounts):
        raise _refuse(table, column, "at least one account", "an empty table", "add the accounts")
    if accounts.null_count:
        raise _refuse(table, column, "a value in every row", f"{accounts.null_count:,} missing", "number the rows")
    wrong = np.flatnonzero(accounts.to_numpy() != np.arange(len(accounts)))
    if wrong.size:
        row, value = int(wrong[0]), accounts[int(wrong[0])].as_py()
        advice = "number the accounts 0, 1, 2, … without gaps or repetitions and sort the table by them"
        raise _refuse(table, column, f"{row} in row {row} (counted from 0)", str(value), advice)
    return len(accounts)


class _Facts(NamedTuple):
    """What there is to know of a column of numbers or times; least and greatest are None when there is no value."""

    n_missing: int
    least: Any
    greatest: Any


def _check_facts(table: Table, column: Column, file: pq.ParquetFile, n_accounts: int) -> None:
    """Check missing values of any column, and the range of a number's or a time's."""
    low: Any = column.minimum
    high: Any = n_accounts - 1 if column.is_account else column.maximum
    bound = f"of {_bound(low)} or more" if high is None else f"from {_bound(low)} to {_bound(high)}"
    advice = "drop or renumber the rows" if column.is_account else "correct the values"
    try:
        # Footers leave NaN out of least and greatest, so numbers with a point are looked at themselves.
        facts = None if pa.types.is_floating(column.type) else _footer_facts(file, column)
        facts = facts or _read_facts(file, column)
    except OverflowError:
        raise _refuse(table, column, f"values {bound}", "a time in no year that a calendar has", advice) from None
    if facts.n_missing and not column.is_nullable:
        found = f"{facts.n_missing:,} missing"
        raise _refuse(table, column, "a value in every row", found, "fill them in or drop the rows")
    if low is None:
        return
    for extreme in (facts.least, facts.greatest):
        if extreme is not None and not low <= extreme <= (_NO_MAXIMUM if high is None else high):
            raise _refuse(table, column, f"values {bound}", str(extreme), advice)


def _bound(value: float | datetime | None) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else f"{value or 0:,}"


def _check_somebody_is_active(table: Table, file: pq.ParquetFile) -> None:
    """Refuse accounts of whom nobody ever sees an ad, in the precision that readers get."""
    activity = file.read(columns=["activity"])["activity"].cast(pa.float32())
    if not pc.any(pc.greater(activity, 0)).as_py():
        expected = "a value above 0 in some row"
        raise _refuse(table, table.column("activity"), expected, "0 in every row", "correct the values")


def _footer_facts(file: pq.ParquetFile, column: Column) -> _Facts | None:
    """Return the facts as the footer states them, or None when it leaves out one that matters."""
    metadata = file.metadata
    index = [metadata.schema.column(i).path for i in range(metadata.num_columns)].index(column.name)
    n_missing, extremes = 0, []
    for number in range(metadata.num_row_groups):
        row_group = metadata.row_group(number)
        statistics = row_group.column(index).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        n_missing += statistics.null_count
        if column.minimum is not None and statistics.null_count < row_group.num_rows:
            if not statistics.has_min_max:
                return None
            extremes += [statistics.min, statistics.max]
    return _Facts(n_missing, min(extremes, default=None), max(extremes, default=None))


def _read_facts(file: pq.ParquetFile, column: Column) -> _Facts:
    values = file.read(columns=[column.name])[column.name]
    if column.minimum is None or values.null_count == len(values):
        return _Facts(values.null_count, None, None)
    if pa.types.is_floating(values.type) and not pc.all(pc.is_finite(values)).as_py():
        first = values.filter(pc.invert(pc.is_finite(values)))[0].as_py()
        return _Facts(values.null_count, first, first)
    extremes = pc.min_max(values).as_py()
    return _Facts(values.null_count, extremes["min"], extremes["max"])


def _check_widths(table: Table, column: Column, file: pq.ParquetFile) -> None:
    """Check the length of digests that are stored as binaries of any length."""
    stored_type = file.schema_arrow.field(column.name).type
    if not pa.types.is_fixed_size_binary(column.type) or stored_type == column.type:
        return
    for batch in file.iter_batches(columns=[column.name]):
        widths = pc.unique(pc.binary_length(batch.column(0).cast(pa.large_binary()))).drop_null().to_pylist()
        wrong = [width for width in widths if width != column.type.byte_width]
        if wrong:
            advice = "store the raw digest, not its hexadecimal text"
            raise _refuse(table, column, _type_name(column.type), f"a value of {wrong[0]} bytes", advice)


def _check_texts(table: Table, column: Column, connection: "duckdb.DuckDBPyConnection", path: Path) -> None:
    """Check the texts of a column, each distinct one once: allowed values, pattern, and that a key is not repeated."""
    is_key = column.name == table.key
    if column.values is None and column.pattern is None and not is_key:
        return
    counts = connection.execute(  # the names are the schema's own and the path is quoted
        f"SELECT {column.name}, count(*) FROM {parquet_source(path)} GROUP BY ALL ORDER BY ALL"  # noqa: S608
    ).fetchall()
    for text, count in counts:
        if text is None:
            continue
        if column.values is not None and text not in column.values:
            advice = f"map it to one of {', '.join(column.values)}" if len(column.values) > 1 else "drop these rows"
            raise _refuse(table, column, _one_of(column.values), _shown(text), advice)
        if column.pattern is not None and not re.fullmatch(column.pattern, text):
            advice = "write ids as texts of digits" if column.pattern == ID_PATTERN else _README
            raise _refuse(table, column, f"texts like {column.pattern}", _shown(text), advice)
        if is_key and count > 1:  # every key is an id, and passed as one
            raise _refuse(table, column, "each value once", f"{text!r:.40} {count} times", "keep one row for each")


def _shown(text: str) -> str:
    """Return a wrong text for an error: a short code as it is, the shape of anything else."""
    return repr(text if _CODE.fullmatch(text) else shape_of(text))


def _one_of(values: tuple[str, ...]) -> str:
    return f"one of {', '.join(values)}" if len(values) > 1 else f"{values[0]!r} only"


def _check_segments_known(folder: Path, connection: "duckdb.DuckDBPyConnection") -> None:
    """Hold every segment file against the catalogue: people of a segment without a price must not be targeted."""
    records, segments = TABLES["segment_records"], TABLES["segments"]
    if not (folder / records.file_name).is_file():
        return
    column = records.column("segment_id")
    if not (folder / segments.file_name).is_file():
        raise _refuse(records, column, "a table 'segments' that lists them", "none", "add segments.parquet")
    unknown = connection.execute(
        f"SELECT DISTINCT segment_id FROM {parquet_source(folder / records.file_name)} WHERE segment_id NOT IN"  # noqa: S608
        f" (SELECT segment_id FROM {parquet_source(folder / segments.file_name)}) ORDER BY ALL LIMIT 1"
    ).fetchone()
    if unknown:
        advice = "add the segment to 'segments' or drop its records"
        raise _refuse(records, column, "segments of the table 'segments'", f"{unknown[0]!r:.40}", advice)
