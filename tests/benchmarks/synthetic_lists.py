"""E-mail addresses by the million, for benchmarks: made by Arrow, 29 bytes on average, the same every time."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

SCALE = float(os.environ.get("AUDIENCE_WORKBENCH_BENCH_SCALE", "1"))
"""Factor on the size of every benchmark; the figures in the README are at 1."""

_NAMES = ["anna", "ben", "charlotte", "dirk", "elise", "floor", "gerrit", "hannah", "isabella", "jan", "kim", "leonard"]
_DOMAINS = ["shop.example", "mail.example", "letters.example", "post.example", "home.example", "a-company.example"]


def scaled(n: int) -> int:
    """Return a size at the chosen scale, 1 or more."""
    return max(1, int(n * SCALE))


def emails_of(numbers: np.ndarray) -> pa.Array:
    """Return the address of each number, as a large_string array."""
    names = pa.array(_NAMES, pa.large_string()).take(pa.array(numbers % len(_NAMES)))
    domains = pa.array(_DOMAINS, pa.large_string()).take(pa.array(numbers // 7 % len(_DOMAINS)))
    digits = pc.cast(pa.array(numbers + 10_000_000), pa.large_string())
    at_sign = pa.scalar("@", pa.large_string())
    local_parts = pc.binary_join_element_wise(names, digits, pa.scalar(".", pa.large_string()))
    return pc.binary_join_element_wise(local_parts, domains, at_sign)


def list_numbers(n: int, n_accounts: int, rng: np.random.Generator) -> np.ndarray:
    """Return whom a list names: 60 % have an account (below n_accounts), 35 % have none, 5 % are there twice."""
    n_repeats, n_strangers = n // 20, n * 35 // 100
    members = rng.integers(0, n_accounts, n - n_repeats - n_strangers)
    strangers = n_accounts + rng.choice(10 * n, n_strangers, replace=False)
    once = np.concatenate([members, strangers])
    everybody = np.concatenate([once, rng.choice(once, n_repeats)])
    return rng.permutation(everybody)


def write_rows(path: Path, rows: pa.Array) -> Path:
    """Write a customer list, one row a line."""
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
    pyarrow.csv.write_csv(pa.table({"row": rows}), path, write_options=options)
    return path
