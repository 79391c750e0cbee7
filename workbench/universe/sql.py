"""The tables of a universe as DuckDB sees them."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.sql import parquet_source
from workbench.universe.schema import Table


def view(table: Table, path: Path) -> str:
    """Return the SQL that makes a table's file a view, in the types of the schema; what the file lacks is NULL."""
    stored = set(pq.read_schema(path).names)
    columns = ", ".join(
        ('"{0}"' if column.name in stored else "NULL").format(column.name)
        + f'::{_sql_type(column.type)} AS "{column.name}"'
        for column in table.columns
    )
    return f"CREATE VIEW {table.name} AS SELECT {columns} FROM {parquet_source(path)}"  # noqa: S608 (quoted there)


def _sql_type(arrow_type: pa.DataType) -> str:
    if pa.types.is_dictionary(arrow_type) or pa.types.is_string(arrow_type):
        return "VARCHAR"
    if pa.types.is_fixed_size_binary(arrow_type):
        return "BLOB"
    return {pa.int32(): "INTEGER", pa.int64(): "BIGINT", pa.float32(): "FLOAT"}.get(arrow_type, "TIMESTAMPTZ")
