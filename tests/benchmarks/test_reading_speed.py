"""From a file to validated digests, against what only parses the file, and against what analysts write.

Ours does all of it: every rule about the file, every rule about a record, hashing, counts. The contenders named "parse
only" validate and hash nothing; those named "validate" tell addresses and digests by a regular expression, as a
one-liner does, and do not hash. Files are warm in the page cache, and CPU time does not count waiting for a disk.

The second table holds the cases that do not favour us: rows that are refused or beyond ASCII, quoted rows, small files.
"""

import hashlib
import os
import random
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pytest

from tests.benchmarks.alternating import alternate, report
from workbench.identity import CheckedList, ListType, read_list

SCALE = float(os.environ.get("AUDIENCE_WORKBENCH_BENCH_SCALE", "1.0"))
N_ROWS = max(10_000, int(2_000_000 * SCALE))
N_ROUNDS = 5

EMAIL = r"^[^@\s,;]+@[a-z0-9]+([.-][a-z0-9]+)*$"
DIGEST = r"^([0-9a-f]{64}|[0-9a-f]{32})$"


def email(lottery: random.Random) -> str:
    """Return an address of about 27 characters."""
    first = "".join(lottery.choices(string.ascii_lowercase, k=lottery.randint(4, 10)))
    last = "".join(lottery.choices(string.ascii_lowercase + string.digits, k=lottery.randint(2, 6)))
    return f"{first}.{last}@{lottery.choice(['mailbox', 'post', 'shop', 'letter'])}.example"


def plain_rows(lottery: random.Random, n_rows: int) -> Iterator[str]:
    """Yield addresses."""
    return (email(lottery) + "\n" for _ in range(n_rows))


def hashed_rows(_lottery: random.Random, n_rows: int) -> Iterator[str]:
    """Yield SHA-256 digests."""
    return (hashlib.sha256(str(number).encode()).hexdigest() + "\n" for number in range(n_rows))


def mixed_rows(lottery: random.Random, n_rows: int) -> Iterator[str]:
    """Yield rows as lists from several sources have them: plain in all guises, hashed, and 1 % invalid."""
    guises = ['"{}"'] * 5 + ["upper"] * 5 + ["{}  "] * 3 + ["{}"] * 87
    yield "\ufeff"
    for number in range(n_rows):
        kind = lottery.random()
        if kind < 0.56:
            guise = lottery.choice(guises)
            row = email(lottery).upper() if guise == "upper" else guise.format(email(lottery))
        elif kind < 0.96:
            row = hashlib.sha256(str(number).encode()).hexdigest()
        elif kind < 0.99:
            row = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
        else:
            row = email(lottery).replace("@", "." if number % 2 else "@.")
        yield row + "\r\n"


def quoted_rows(lottery: random.Random, n_rows: int) -> Iterator[str]:
    """Yield addresses between quotation marks."""
    return (f'"{email(lottery)}"\n' for _ in range(n_rows))


def faulty_rows(lottery: random.Random, n_rows: int) -> Iterator[str]:
    """Yield a valid row and then nothing but addresses without @."""
    yield "jan@shop.example\n"
    yield from (email(lottery).replace("@", ".") + "\n" for _ in range(n_rows - 1))


def foreign_rows(lottery: random.Random, n_rows: int) -> Iterator[str]:
    """Yield addresses with an accent, one in ten or all of them, which the compiled reader hands back."""
    return (f"é{email(lottery)}\n" for _ in range(n_rows))


def some_foreign_rows(lottery: random.Random, n_rows: int) -> Iterator[str]:
    """Yield addresses of which one in a hundred has an accent."""
    return (f"{'é' if number % 100 == 0 else ''}{email(lottery)}\n" for number in range(n_rows))


Rows = Callable[[random.Random, int], Iterator[str]]
EVERYDAY: dict[str, Rows] = {"plain e-mails": plain_rows, "mixed rows": mixed_rows, "SHA-256 digests": hashed_rows}
UNFAVOURABLE: dict[str, tuple[Rows, int]] = {
    "every row quoted": (quoted_rows, N_ROWS),
    "every row refused": (faulty_rows, N_ROWS),
    "1 % of the rows beyond ASCII": (some_foreign_rows, N_ROWS),
    "every row beyond ASCII": (foreign_rows, max(N_ROWS // 10, 10_000)),
    "a small file, 1,000 rows": (plain_rows, 1_000),
}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Rows, int], Path]:
    """Write a list and return its path."""

    def write(rows: Rows, n_rows: int) -> Path:
        path = tmp_path / "list.csv"
        path.write_bytes("".join(rows(random.Random(1), n_rows)).encode())  # noqa: S311 - synthetic, and the same again
        return path

    return write


def parse_with_pyarrow(path: Path) -> pa.Table:
    """Parse only."""
    options = pyarrow.csv.ReadOptions(column_names=["row"], use_threads=False)
    return pyarrow.csv.read_csv(path, read_options=options)


def parse_with_polars(path: Path) -> pl.DataFrame:
    """Parse only."""
    return pl.read_csv(path, has_header=False, new_columns=["row"])


def parse_with_pandas(path: Path) -> pd.DataFrame:
    """Parse only."""
    return pd.read_csv(path, header=None, names=["row"])


def validate_with_polars(path: Path) -> int:
    """Parse, trim, lower the case, and count what looks like an address or a digest."""
    row = pl.col("row").str.strip_chars().str.to_lowercase()
    is_valid = row.str.contains(EMAIL) | row.str.contains(DIGEST)
    return int(parse_with_polars(path).select(is_valid.sum()).item())


def validate_with_pandas(path: Path) -> int:
    """Do the same with pandas."""
    row = parse_with_pandas(path)["row"].str.strip().str.lower()
    return int((row.str.match(EMAIL) | row.str.match(DIGEST)).sum())


def ours(path: Path) -> CheckedList:
    """Parse, hold every row against every rule, and hash."""
    return read_list(path, ListType.EMAIL)


@pytest.mark.benchmark
@pytest.mark.parametrize("name", EVERYDAY)
def test_file_to_validated_digests(written, capsys, name):
    path = written(EVERYDAY[name], N_ROWS)
    pa.set_cpu_count(1)
    checked = ours(path)
    assert checked.record_counts.processed == len(parse_with_pyarrow(path)) == len(parse_with_polars(path)) == N_ROWS
    assert checked.record_counts.valid == validate_with_polars(path) == validate_with_pandas(path)
    contenders = {
        "ours: parse, validate, hash": lambda: ours(path),
        "pyarrow.csv, parse only": lambda: parse_with_pyarrow(path),
        "polars, parse only": lambda: parse_with_polars(path),
        "polars, parse and validate": lambda: validate_with_polars(path),
        "pandas, parse only": lambda: parse_with_pandas(path),
        "pandas, parse and validate": lambda: validate_with_pandas(path),
    }
    timings = alternate(contenders, n_rounds=N_ROUNDS)
    title = f"{name}: {N_ROWS:,} rows, {path.stat().st_size / N_ROWS:.0f} bytes each"
    with capsys.disabled():
        print("\n" + report(title, timings, n_units=N_ROWS, unit="row"))  # noqa: T201 - what a benchmark is run for


@pytest.mark.benchmark
@pytest.mark.parametrize("name", UNFAVOURABLE)
def test_what_does_not_favour_us(written, capsys, name):
    rows, n_rows = UNFAVOURABLE[name]
    path = written(rows, n_rows)
    pa.set_cpu_count(1)
    assert ours(path).record_counts.processed == len(parse_with_pyarrow(path)) == n_rows
    contenders = {
        "ours: parse, validate, hash": lambda: ours(path),
        "pyarrow.csv, parse only": lambda: parse_with_pyarrow(path),
        "polars, parse only": lambda: parse_with_polars(path),
    }
    timings = alternate(contenders, n_rounds=N_ROUNDS)
    with capsys.disabled():
        print("\n" + report(f"{name}: {n_rows:,} rows", timings, n_units=n_rows, unit="row"))  # noqa: T201
