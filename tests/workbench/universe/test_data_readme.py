from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from workbench.universe import TABLES
from workbench.universe.schema import Column, Table

README = Path(__file__).parents[3] / "data" / "README.md"
HEAD = ["| column | type | values | may be missing | meaning |", "|---|---|---|---|---|"]


def type_name(arrow_type: pa.DataType) -> str:
    if pa.types.is_dictionary(arrow_type):
        return "string"
    if pa.types.is_fixed_size_binary(arrow_type):
        return f"binary({arrow_type.byte_width})"
    return str(arrow_type)


def allowed(column: Column) -> str:
    if column.is_account:
        return "0 to n_accounts − 1"
    if column.values is not None:
        return ", ".join(f"`{value}`" for value in column.values)
    if column.pattern is not None:
        return f"matches `{column.pattern}`"
    if isinstance(column.minimum, datetime):
        return f"{column.minimum:%Y} to {column.maximum:%Y}"
    if column.maximum is not None:
        return f"{column.minimum:,} to {column.maximum:,}"
    return "any" if column.minimum is None else f"{column.minimum:g} or more"


def documented(table: Table) -> str:
    """Return the section of a table as the README should have it."""
    lines = [f"### {table.name}", "", table.meaning]
    lines[-1] += " Required." if table.is_required else " Optional."
    if table.key:
        lines[-1] += f" No two rows share a `{table.key}`."
    rows = [
        f"| `{column.name}` | {type_name(column.type)} | {allowed(column)} |"
        f" {'yes' if column.is_nullable else 'no'} | {column.meaning} |"
        for column in table.columns
    ]
    return "\n".join([*lines, "", *HEAD, *rows])


@pytest.mark.parametrize("name", list(TABLES))
def test_the_readme_describes_every_table_as_the_schema_does(name):
    assert documented(TABLES[name]) in README.read_text("utf-8")


def test_the_readme_describes_no_other_table():
    headings = [line[4:] for line in README.read_text("utf-8").splitlines() if line.startswith("### ")]
    assert headings == list(TABLES)
