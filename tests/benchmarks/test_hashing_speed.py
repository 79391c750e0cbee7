"""SHA-256 of e-mail addresses, against polars-hash, DuckDB, a loop over hashlib and pandas; one thread each."""

import hashlib

import duckdb
import numpy as np
import polars as pl
import polars_hash as plh
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.benchmarks.alternating import alternate, report
from tests.benchmarks.synthetic_lists import emails_of, scaled
from workbench.identity.hashing import hash_all, hash_column
from workbench.identity.kernels import digest_spans

N_ROWS, N_SLOW = scaled(4_000_000), scaled(400_000)


def hash_without_instructions(column: pa.Array) -> np.ndarray:
    """Hash as on a processor that has no instructions for SHA-256."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest_spans, "HAS_SHA256_INSTRUCTIONS", False)
        return hash_column(column)


@pytest.mark.benchmark
@pytest.mark.parametrize("kind", ["short", "long"])
def test_hashing_a_column(kind, capsys):
    column = emails_of(np.arange(N_ROWS))
    if kind == "long":  # two blocks each instead of one
        column = pc.binary_join_element_wise(
            pa.scalar("x" * 40, pa.large_string()), column, pa.scalar(".", pa.large_string())
        )
    frame = pl.DataFrame({"email": pl.from_arrow(column)})
    database = duckdb.connect(config={"threads": 1})
    columns = pa.table({"email": column})  # noqa: F841 - DuckDB finds it by its name
    database.execute("CREATE TABLE emails AS SELECT * FROM columns")
    contenders = {
        "ours": lambda: hash_column(column),
        "ours, without the processor's SHA instructions": lambda: hash_without_instructions(column),
        "polars-hash chash.sha2_256": lambda: frame.select(plh.col("email").chash.sha2_256()),
        "DuckDB sha256(), new table": lambda: database.execute(
            "CREATE OR REPLACE TABLE d AS SELECT sha256(email) FROM emails"
        ),
    }
    expected = frame.head(5).select(plh.col("email").chash.sha2_256()).to_series().to_list()
    assert [digest.tobytes().hex() for digest in hash_column(column[:5])] == expected
    timings = alternate(contenders, n_rounds=3)
    texts = column[:N_SLOW].to_pylist()
    ready, series = [text.encode() for text in texts], column[:N_SLOW].to_pandas()
    slow = {
        "ours": lambda: hash_column(column[:N_SLOW]),
        "ours, from a list of str": lambda: hash_all(texts),
        "hashlib, a loop over ready bytes": lambda: [hashlib.sha256(message).digest() for message in ready],
        "pandas map": lambda: series.map(lambda text: hashlib.sha256(text.encode()).hexdigest()),
    }
    slow_timings = alternate(slow, n_rounds=3)
    n_bytes = pc.mean(pc.binary_length(column)).as_py()
    with capsys.disabled():
        print("\n" + report(f"{N_ROWS:,} e-mails of {n_bytes:.0f} bytes", timings, n_units=N_ROWS, unit="row"))  # noqa: T201
        print(report(f"{N_SLOW:,} of them", slow_timings, n_units=N_SLOW, unit="row"))  # noqa: T201
