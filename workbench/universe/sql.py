"""The tables of a universe as DuckDB sees them."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.sql import parquet_source
from workbench.universe.schema import Table


def view(table: Table, paths: Sequence[Path]) -> str:
    """Return the SQL that makes a table's files one view, in the types of the schema; what a file lacks is NULL."""
    return f"CREATE TEMP VIEW {table.name} AS {' UNION ALL '.join(_rows_of(table, path) for path in paths)}"


def _rows_of(table: Table, path: Path) -> str:
    stored = set(pq.read_schema(path).names)
    columns = ", ".join(
        ('"{0}"' if column.name in stored else "NULL").format(column.name)
        + f'::{_sql_type(column.type)} AS "{column.name}"'
        for column in table.columns
    )
    return f"SELECT {columns} FROM {parquet_source(path)}"  # noqa: S608 (quoted there)


def _sql_type(arrow_type: pa.DataType) -> str:
    if pa.types.is_dictionary(arrow_type) or pa.types.is_string(arrow_type):
        return "VARCHAR"
    if pa.types.is_fixed_size_binary(arrow_type):
        return "BLOB"
    return {pa.int32(): "INTEGER", pa.int64(): "BIGINT", pa.float32(): "FLOAT"}.get(arrow_type, "TIMESTAMPTZ")
