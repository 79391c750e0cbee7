"""Sets of accounts against roaring bitmaps, NumPy, and the tables of DuckDB, polars and pandas.

Memberships are independent, which favours plain bitsets; accounts in clusters, which favour roaring's runs, stand
beside them. The tables are given ready-made columns of bools, their best case. One thread each.
"""

import array

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyroaring import BitMap

from tests.benchmarks.alternating import alternate, report
from tests.benchmarks.synthetic_lists import scaled
from workbench.identity import AccountSet
from workbench.identity.set_overlaps import exclusive_overlaps, pairwise_overlaps

N_ACCOUNTS, N_UPSET, N_SMALL = scaled(50_000_000), scaled(10_000_000), scaled(200_000)
N_SETS, N_UPSET_SETS = 50, 20
DENSITIES = np.geomspace(1e-4, 0.2, N_SETS)


def independent(n_accounts: int, densities: np.ndarray) -> list[np.ndarray]:
    """Return one mask per density, every account by itself."""
    rng = np.random.default_rng(1)
    return [rng.random(n_accounts, dtype=np.float32) < density for density in densities]


def clustered(n_accounts: int, densities: np.ndarray) -> list[np.ndarray]:
    """Return masks of the same densities in which thousands of neighbours go together."""
    rng = np.random.default_rng(2)
    n_clusters = -(-n_accounts // 5_000)
    return [np.repeat(rng.random(n_clusters) < density, 5_000)[:n_accounts] for density in densities]


def bitmap_of(mask: np.ndarray) -> BitMap:
    """Return a roaring bitmap with its runs found, as one that is kept would be."""
    bitmap = BitMap(array.array("I", np.flatnonzero(mask).astype(np.uint32).tobytes()))
    bitmap.run_optimize()
    return bitmap


def roaring_pairs(bitmaps: list[BitMap]) -> np.ndarray:
    k = len(bitmaps)
    counts = np.zeros((k, k), dtype=np.int64)
    for i in range(k):
        for j in range(i, k):
            counts[i, j] = counts[j, i] = bitmaps[i].intersection_cardinality(bitmaps[j])
    return counts


def numpy_pairs(words: list[np.ndarray]) -> np.ndarray:
    k, n_block = len(words), 4096
    counts = np.zeros((k, k), dtype=np.int64)
    for first in range(0, words[0].size, n_block):
        block = [one[first : first + n_block] for one in words]
        for i in range(k):
            for j in range(i, k):
                counts[i, j] += np.bitwise_count(block[i] & block[j]).sum(dtype=np.int64)
    return counts + np.triu(counts, 1).T


@pytest.mark.benchmark
@pytest.mark.parametrize("make", [independent, clustered], ids=["independent", "clustered"])
@pytest.mark.parametrize("n_accounts", [N_ACCOUNTS, N_SMALL])
def test_overlap_matrix_of_50_sets(make, n_accounts, capsys):
    masks = make(n_accounts, DENSITIES)
    sets, bitmaps = [AccountSet.from_mask(mask) for mask in masks], list(map(bitmap_of, masks))
    n_members = sum(map(len, sets))
    del masks
    assert (pairwise_overlaps(sets) == roaring_pairs(bitmaps)).all()
    contenders = {
        "ours": lambda: pairwise_overlaps(sets),
        "pyroaring intersection_cardinality": lambda: roaring_pairs(bitmaps),
        "NumPy bitwise_count, blocked": lambda: numpy_pairs([one.words for one in sets]),
    }
    title = f"\n50 x 50 overlaps of {n_members:,} memberships among {n_accounts:,} accounts, {make.__name__}"
    timings = alternate(contenders, n_rounds=3)
    with capsys.disabled():
        print(report(title, timings, n_units=N_SETS * (N_SETS + 1) // 2, unit="pair"))  # noqa: T201


@pytest.mark.benchmark
@pytest.mark.parametrize("n_sets", [6, 10, N_UPSET_SETS, 40])
def test_exclusive_counts(n_sets, capsys):
    masks = independent(N_UPSET, np.geomspace(1e-3, 0.3, n_sets))
    sets = [AccountSet.from_mask(mask) for mask in masks]
    names = [f"s{i}" for i in range(n_sets)]
    database = duckdb.connect(config={"threads": 1})
    columns_of_bools = pa.table(dict(zip(names, masks, strict=True)))
    database.execute("CREATE TABLE memberships AS SELECT * FROM columns_of_bools")
    columns = ", ".join(names)
    query = f"SELECT {columns}, count(*) AS n FROM memberships GROUP BY {columns}"  # noqa: S608 - our own names
    frame = pl.from_arrow(columns_of_bools)
    packed = sum(mask.astype(np.int64) << i for i, mask in enumerate(masks))
    contenders = {
        "ours": lambda: exclusive_overlaps(sets).masks.size,
        "DuckDB GROUP BY": lambda: database.sql(query).to_arrow_table().num_rows,
        "polars group_by": lambda: frame.group_by(names).len().height,
        "pandas value_counts of masks packed beforehand": lambda: pd.Series(packed).value_counts().size,
    }
    assert len({work() for work in contenders.values()}) == 1
    title = f"\nexact combinations of {n_sets} sets of {N_UPSET:,} accounts"
    timings = alternate(contenders, n_rounds=3)
    with capsys.disabled():
        print(report(title, timings, n_units=N_UPSET, unit="account"))  # noqa: T201


@pytest.mark.benchmark
@pytest.mark.parametrize(
    "densities", [np.geomspace(0.01, 0.2, 6), np.geomspace(1e-4, 0.01, 6)], ids=["dense", "sparse"]
)
def test_include_and_exclude_of_6_sets(densities, capsys):
    masks = independent(N_ACCOUNTS, densities)
    sets, bitmaps = [AccountSet.from_mask(mask) for mask in masks], list(map(bitmap_of, masks))
    del masks
    contenders = {
        "ours": lambda: len(AccountSet.combined(sets[:4], sets[4:])),
        "pyroaring union and difference": lambda: len(BitMap.union(*bitmaps[:4]) - BitMap.union(*bitmaps[4:])),
        "pyroaring operators": lambda: len(
            (bitmaps[0] | bitmaps[1] | bitmaps[2] | bitmaps[3]) - (bitmaps[4] | bitmaps[5])
        ),
    }
    assert len({work() for work in contenders.values()}) == 1
    shares = f"{densities[0]:.2%} to {densities[-1]:.0%}"
    title = f"\n(A | B | C | D) - (E | F) of {N_ACCOUNTS:,} accounts, {shares} of them in each"
    timings = alternate(contenders, n_rounds=5)
    with capsys.disabled():
        print(report(title, timings, n_units=1, unit="once"))  # noqa: T201


@pytest.mark.benchmark
@pytest.mark.parametrize("make", [independent, clustered], ids=["independent", "clustered"])
def test_saving_and_loading(make, capsys):
    lines = [f"\n  {'saved sets, ' + make.__name__:<40}{'our bytes':>12}{'roaring bytes':>15}"]
    for density in (1e-4, 0.01, 0.2):
        (mask,) = make(scaled(10_000_000), np.array([density]))
        members, bitmap = AccountSet.from_mask(mask), bitmap_of(mask)
        saved, roaring = members.to_bytes(), bitmap.serialize()
        lines.append(f"  {f'{density:.2%} of {mask.size:,} accounts':<40}{len(saved):>12,}{len(roaring):>15,}")
        contenders = {
            "ours, save": members.to_bytes,
            "ours, load": lambda saved=saved: AccountSet.from_bytes(saved),
            "pyroaring, save": bitmap.serialize,
            "pyroaring, load": lambda roaring=roaring: BitMap.deserialize(roaring),
        }
        timings = alternate(contenders, n_rounds=5)
        lines.append(report("", timings, n_units=mask.size, unit="account"))
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201
