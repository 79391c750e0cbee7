"""From a list on disk to the accounts it matches, against what an analyst or an expert would write.

The universe is there beforehand on every side: ours as a directory that is opened, the others' tables in memory. All
read the same file and must find the same number of accounts. One thread each.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import polars_hash as plh
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.benchmarks.alternating import alternate, cpu_seconds, report
from tests.benchmarks.synthetic_lists import emails_of, list_numbers, scaled, write_rows
from workbench.identity import AccountDirectory, DigestKind, ListType, match, read_list
from workbench.identity.digest_index import build_partition
from workbench.identity.directory_building import write_directory
from workbench.identity.hashing import hash_column

N_ACCOUNTS, N_RECORDS, N_LARGEST = scaled(20_000_000), scaled(2_000_000), scaled(50_000_000)
BLOCK = 1_000_000
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class Stage(NamedTuple):
    """A list on disk, and the universe as each contender wants it."""

    path: Path
    folder: Path
    digests: np.ndarray
    frames: dict[str, Any]
    database: duckdb.DuckDBPyConnection


def write_identifiers(path: Path, digests: np.ndarray) -> None:
    """Write the e-mail digests of accounts 0, 1, … as an identifiers table."""
    kinds = [("account", pa.int32()), ("identifier_kind", pa.dictionary(pa.int32(), pa.string()))]
    schema = pa.schema([*kinds, ("md5", pa.binary(16)), ("sha1", pa.binary(20)), ("sha256", pa.binary(32))])
    with pq.ParquetWriter(path, schema, compression="none", use_dictionary=["identifier_kind"]) as writer:
        for first in range(0, len(digests), BLOCK):
            block = digests[first : first + BLOCK]
            n = len(block)
            columns = [
                pa.array(np.arange(first, first + n, dtype=np.int32)),
                pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, dtype=np.int32)), ["EMAIL"]),
                pa.nulls(n, pa.binary(16)),
                pa.nulls(n, pa.binary(20)),
                pa.FixedSizeBinaryArray.from_buffers(pa.binary(32), n, [None, pa.py_buffer(block)]),
            ]
            writer.write_table(pa.table(columns, schema=schema))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    place = tmp_path_factory.mktemp("matching")
    rng = np.random.default_rng(1)
    digests = hash_column(emails_of(np.arange(N_ACCOUNTS)))
    write_identifiers(place / "identifiers.parquet", digests)
    write_directory(place / "identifiers.parquet", place / "directory", N_ACCOUNTS)
    path = write_rows(place / "list.csv", emails_of(list_numbers(N_RECORDS, N_ACCOUNTS, rng)))
    keys = np.ascontiguousarray(digests[:, :8]).view(np.uint64).ravel()
    raw = pa.FixedSizeBinaryArray.from_buffers(pa.binary(32), N_ACCOUNTS, [None, pa.py_buffer(digests)])
    digest_column = pl.Series("digest", pl.from_arrow(raw.cast(pa.large_binary()))).bin.encode("hex")
    accounts = pl.Series("account", np.arange(N_ACCOUNTS, dtype=np.int32))
    frames = {
        "hex": pl.DataFrame([digest_column, accounts]),
        "keys": pl.DataFrame({"key": keys, "account": accounts}),
    }
    database = duckdb.connect(config={"threads": 1})
    hex_table = frames["hex"].to_arrow()  # noqa: F841 - DuckDB finds it by its name
    database.execute("CREATE TABLE universe AS SELECT digest, account FROM hex_table")
    # The key as a number in the order of the digest's digits, which is how SQL makes it of them.
    key_table = pa.table({"key": keys.byteswap(), "account": np.arange(N_ACCOUNTS, dtype=np.int32)})  # noqa: F841
    database.execute("CREATE TABLE keyed AS SELECT * FROM key_table")
    return Stage(path, place / "directory", digests, frames, database)


def ours(stage: Stage, directory: AccountDirectory | None = None) -> int:
    directory = directory or AccountDirectory.open(stage.folder)
    return len(match(read_list(stage.path, ListType.EMAIL), directory).members)


def ours_built_for_one_list(stage: Stage) -> int:
    index = build_partition(stage.digests, np.arange(N_ACCOUNTS, dtype=np.int32))
    assert index.accounts.size == N_ACCOUNTS
    return ours(stage)


def _polars_rows(path: Path, *, is_validating: bool) -> pl.DataFrame:
    rows = pl.read_csv(path, has_header=False, new_columns=["row"], quote_char=None)
    rows = rows.select(pl.col("row").str.strip_chars().str.to_lowercase())
    return rows.filter(pl.col("row").str.contains(EMAIL)) if is_validating else rows


def _sha256(column: str) -> Any:
    return plh.col(column).chash.sha2_256()


def polars(stage: Stage, *, is_validating: bool = True) -> int:
    digests = _polars_rows(stage.path, is_validating=is_validating).select(digest=_sha256("row")).unique()
    return digests.join(stage.frames["hex"], on="digest").select("account").n_unique()


def polars_by_key(stage: Stage) -> int:
    key = _sha256("row").str.decode("hex").bin.slice(0, 8).bin.reinterpret(dtype=pl.UInt64, endianness="little")
    keys = _polars_rows(stage.path, is_validating=False).select(key=key).unique()
    return stage.frames["keys"].join(keys, on="key", how="semi").select("account").n_unique()


_ROWS = (
    "SELECT lower(trim(row)) AS row FROM read_csv(?, header=false, columns={'row': 'VARCHAR'}, delim='\\0', quote='')"
)


def duckdb_sql(stage: Stage, *, condition: str = f"regexp_matches(row, '{EMAIL}')") -> int:
    query = (
        f"WITH digests AS (SELECT DISTINCT sha256(row) AS digest FROM ({_ROWS}) WHERE {condition}) "  # noqa: S608 - ours
        "SELECT count(DISTINCT account) FROM universe SEMI JOIN digests USING (digest)"
    )
    return stage.database.execute(query, [str(stage.path)]).fetchone()[0]


def duckdb_by_key(stage: Stage) -> int:
    query = (
        f"WITH keys AS (SELECT DISTINCT ('0x' || substr(sha256(row), 1, 16))::UBIGINT AS key FROM ({_ROWS})) "  # noqa: S608
        "SELECT count(DISTINCT account) FROM keyed SEMI JOIN keys USING (key)"
    )
    return stage.database.execute(query, [str(stage.path)]).fetchone()[0]


def pandas_hashlib(stage: Stage, universe: pd.Series) -> int:
    rows = pd.read_csv(stage.path, header=None, names=["row"], engine="pyarrow")["row"].str.strip().str.lower()
    rows = rows[rows.str.match(EMAIL)]
    digests = rows.map(lambda row: hashlib.sha256(row.encode()).hexdigest()).drop_duplicates()
    return int(universe.isin(digests).sum())


@pytest.mark.benchmark
def test_list_to_accounts_against_what_others_would_write(stage, capsys):
    pandas_universe = stage.frames["hex"]["digest"].to_pandas()
    opened = AccountDirectory.open(stage.folder)
    contenders = {
        "ours": lambda: ours(stage, opened),
        "ours, directory opened anew": lambda: ours(stage),
        "ours, directory built for this one list": lambda: ours_built_for_one_list(stage),
        "polars + polars-hash, regex validation": lambda: polars(stage),
        "polars + polars-hash, no validation": lambda: polars(stage, is_validating=False),
        "polars, 64-bit keys, no validation": lambda: polars_by_key(stage),
        "DuckDB SQL, regex validation": lambda: duckdb_sql(stage),
        "DuckDB SQL, no validation": lambda: duckdb_sql(stage, condition="true"),
        "DuckDB SQL, 64-bit keys, no validation": lambda: duckdb_by_key(stage),
    }
    found = {name: work() for name, work in contenders.items()}
    assert len(set(found.values())) == 1, found
    timings = alternate(contenders, n_rounds=3)
    title = f"\n{N_RECORDS:,} rows against {N_ACCOUNTS:,} accounts, {found['ours']:,} members"
    slow = {"ours": lambda: ours(stage, opened), "pandas + hashlib": lambda: pandas_hashlib(stage, pandas_universe)}
    slow_timings = alternate(slow, n_rounds=1)
    with capsys.disabled():
        print(report(title, timings, n_units=N_RECORDS, unit="row"))  # noqa: T201 - a benchmark is run for its figures
        print(report("  in a round of their own", slow_timings, n_units=N_RECORDS, unit="row"))  # noqa: T201


@pytest.mark.benchmark
def test_tiny_and_mixed_lists(stage, tmp_path, capsys):
    rows = emails_of(list_numbers(scaled(1_000_000), N_ACCOUNTS, np.random.default_rng(2)))
    hashed = [kind_digests(rows, kind) for kind in (DigestKind.SHA256, DigestKind.MD5)]
    n_third = len(rows) // 3
    mixed = pa.concat_arrays([rows[:n_third], hashed[0][n_third : 2 * n_third], hashed[1][2 * n_third :]])
    tiny = write_rows(tmp_path / "tiny.csv", rows[:100])
    mixed_path = write_rows(tmp_path / "mixed.csv", mixed.take(np.random.default_rng(3).permutation(len(mixed))))
    directory = AccountDirectory.open(stage.folder)
    works = {
        "plain": lambda: match(read_list(write_once(tmp_path / "plain.csv", rows), "EMAIL"), directory),
        "a third each plain, SHA-256, MD5": lambda: match(read_list(mixed_path, "EMAIL"), directory),
    }
    for work in works.values():
        work()
    timings = alternate(works, n_rounds=3)
    with capsys.disabled():
        print("\n" + report("kinds of rows", timings, n_units=len(rows), unit="row"))  # noqa: T201
        seconds = min(cpu_seconds(lambda: match(read_list(tiny, "EMAIL"), directory)) for _ in range(20))
        print(f"  a list of 100 rows{seconds * 1000:>43.2f} ms")  # noqa: T201


def kind_digests(rows: pa.Array, kind: DigestKind) -> pa.Array:
    """Return the digests of rows in hexadecimal, as a large_string array."""
    digests = hash_column(rows, kind)
    raw = pa.FixedSizeBinaryArray.from_buffers(pa.binary(kind.n_bytes), len(rows), [None, pa.py_buffer(digests)])
    encoded = pl.from_arrow(raw.cast(pa.large_binary())).bin.encode("hex").to_arrow()
    return encoded.cast(pa.large_string())


def write_once(path: Path, rows: pa.Array) -> Path:
    """Write a list unless it is there."""
    return path if path.exists() else write_rows(path, rows)


@pytest.mark.benchmark
def test_building_and_opening_a_large_directory(stage, tmp_path, capsys):
    lines = [
        f"\n  {'accounts':<14}{'index, M/s':>12}{'Parquet to disk, M/s':>23}{'hot B':>8}{'all B':>8}{'open ms':>10}"
    ]
    for n_accounts in (N_ACCOUNTS, N_LARGEST):
        digests = stage.digests if n_accounts == N_ACCOUNTS else hash_column(emails_of(np.arange(n_accounts)))
        accounts = np.arange(n_accounts, dtype=np.int32)
        build = min(cpu_seconds(lambda: build_partition(digests, accounts)) for _ in range(3))  # noqa: B023 - used at once
        write_identifiers(tmp_path / "i.parquet", digests)
        write = cpu_seconds(lambda: write_directory(tmp_path / "i.parquet", tmp_path / "d", n_accounts, overwrite=True))  # noqa: B023
        open_ms = 1000 * min(cpu_seconds(lambda: open_index(tmp_path / "d")) for _ in range(5))
        n_bytes = {path: path.stat().st_size / n_accounts for path in (tmp_path / "d").glob("*.npy")}
        hot = sum(size for path, size in n_bytes.items() if not path.stem.endswith("tails"))
        rates = f"{n_accounts / build / 1e6:>12.1f}{n_accounts / write / 1e6:>23.1f}"
        lines.append(f"  {n_accounts:<14,}{rates}{hot:>8.2f}{sum(n_bytes.values()):>8.2f}{open_ms:>10.2f}")
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201


def open_index(folder: Path) -> Any:
    """Open a directory as far as a first search does."""
    return AccountDirectory.open(folder).index(ListType.EMAIL, DigestKind.SHA256)


FIRST_USE = """
import sys, time
start = time.perf_counter()
from workbench.identity import AccountDirectory, match, read_list
imported = time.perf_counter()
directory = AccountDirectory.open(sys.argv[1])
opened = time.perf_counter()
first = [match(read_list(path, "EMAIL"), directory) for path in sys.argv[2:3]]
matched = time.perf_counter()
again = [match(read_list(path, "EMAIL"), directory) for path in sys.argv[2:3]]
print(*(1000 * seconds for seconds in (imported - start, opened - imported, matched - opened,
                                       time.perf_counter() - matched)))
"""


@pytest.mark.benchmark
def test_first_use_in_a_new_process(stage, tmp_path, capsys):
    tiny = write_rows(tmp_path / "tiny.csv", emails_of(np.arange(100)))
    head = "".join(f"{title:>12}" for title in ("import", "open", "first", "second"))
    lines = [f"\n  {'first use in a new process, ms of wall time':<52}{head}"]
    for where, is_cold in (("memory", False), ("disk", True)):
        for name, path in (("100 rows", tiny), (f"{N_RECORDS:,} rows", stage.path)):
            if is_cold:
                forget(stage.folder)
            command = [sys.executable, "-c", FIRST_USE, str(stage.folder), str(path)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own
            lines.append(
                f"  {f'{name}, directory on its way from {where}':<52}"
                + "".join(f"{float(ms):>12.1f}" for ms in said.split())
            )
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201


def forget(folder: Path) -> None:
    """Ask the system to keep nothing of a folder's files in memory."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
