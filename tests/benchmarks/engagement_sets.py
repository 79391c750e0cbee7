"""Who engaged with what, and advertisers whose customers are known: real sets, and made-up ones of many kinds.

An advertiser is a feature, or a few, that everybody who has it was a customer of. Features of all advertisers are taken
out of a set before anything is fitted: left in, they would give the answer away.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Real pairs that lie beside the checkout on some machines; they are no part of the project."""


@dataclass(frozen=True, slots=True, eq=False)
class EngagementSet:
    """What accounts of one or more countries did, and who was a customer of whom.

    Parameters
    ----------
    name : str
        For people.
    matrix : float32 CSR array, shape (n_accounts, n_features)
        Without the advertisers' features.
    country : int32 array, shape (n_accounts,)
        Where each account lives.
    customers : list of int64 array
        Accounts, advertiser by advertiser.
    """

    name: str
    matrix: sparse.csr_array
    country: np.ndarray
    customers: list[np.ndarray]


def without_targets(name: str, matrix: sparse.csr_array, targets: list[np.ndarray], country=None) -> EngagementSet:
    """Take the features of all advertisers out."""
    columns = matrix.tocsc()
    customers = [np.unique(columns[:, target].indices).astype(np.int64) for target in targets]
    kept = np.setdiff1d(np.arange(matrix.shape[1]), np.concatenate(targets))
    country = np.zeros(matrix.shape[0], dtype=np.int32) if country is None else country
    return EngagementSet(name, sparse.csr_array(columns[:, kept]).astype(np.float32), country, customers)


def pairs(rows, columns, shape=None) -> sparse.csr_array:
    """Return a matrix of ones."""
    matrix = sparse.csr_array((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def single_targets(matrix: sparse.csr_array, least: int, most: int, n: int, rng_seed: int) -> list[np.ndarray]:
    """Draw advertisers that are one feature each."""
    n_having = np.bincount(matrix.indices, minlength=matrix.shape[1])
    fitting = np.flatnonzero((n_having >= least) & (n_having <= most))
    chosen = np.random.default_rng(rng_seed).permutation(fitting)[:n]
    return [np.array([one]) for one in chosen]


# -- real --------------------------------------------------------------------------------------------------------------


def pinterest_pairs() -> sparse.csr_array:
    """Read people and the pins they saved, the two files together; skip without them."""
    folder = DATA / "pinterest"
    if not folder.is_dir():
        pytest.skip("the real Pinterest pairs are not beside the checkout (../shared/data/pinterest)")
    lines = [
        np.array(line.split(), dtype=np.int64)
        for name in ("train.txt", "test.txt")
        for line in (folder / name).read_text().splitlines()
    ]
    people = np.concatenate([np.full(len(line) - 1, line[0]) for line in lines])
    pins = np.concatenate([line[1:] for line in lines])
    return pairs(np.unique(people, return_inverse=True)[1], np.unique(pins, return_inverse=True)[1])


def five_pin_targets(matrix: sparse.csr_array, n: int, rng_seed: int) -> list[np.ndarray]:
    """Draw advertisers of five pins that the same people save, no pin twice; half of the customers are 195 to 1,094."""
    n_having, columns = np.bincount(matrix.indices, minlength=matrix.shape[1]), matrix.tocsc()
    is_free, targets = n_having >= 60, []
    for pin in np.random.default_rng(rng_seed).permutation(np.flatnonzero((n_having >= 100) & (n_having <= 800))):
        together = np.asarray(matrix[columns[:, [pin]].indices].sum(axis=0)).ravel()
        cosine = np.where(is_free, together / np.sqrt(np.maximum(n_having, 1) * n_having[pin]), -1)
        target = np.argsort(-cosine, kind="stable")[:5]
        if is_free[pin] and 195 <= len(np.unique(columns[:, target].indices)) / 2 <= 1_094:
            is_free[target] = False
            targets.append(target)
        if len(targets) == n:
            break
    return targets


def deezer_folds(n_folds: int) -> list[EngagementSet]:
    """Read people of two countries and the genres they like; every genre of a fitting size is an advertiser once."""
    folder = DATA / "deezer"
    if not folder.is_dir():
        pytest.skip("the real Deezer likes are not beside the checkout (../shared/data/deezer)")
    liked = [json.loads((folder / f"{country}_genres.json").read_text()) for country in ("RO", "HU")]
    genres = sorted({genre for people in liked for likes in people.values() for genre in likes})
    place = {genre: number for number, genre in enumerate(genres)}
    likes = [people[person] for people in liked for person in sorted(people, key=int)]
    rows = np.repeat(np.arange(len(likes)), [len(one) for one in likes])
    matrix = pairs(rows, np.array([place[genre] for one in likes for genre in one]))
    country = np.repeat(np.arange(2, dtype=np.int32), [len(people) for people in liked])
    targets = single_targets(matrix, 600, 14_000, len(genres), rng_seed=1)
    return [
        without_targets(f"Deezer, fold {fold + 1}", matrix, targets[fold::n_folds], country) for fold in range(n_folds)
    ]


# -- made up -----------------------------------------------------------------------------------------------------------


def of_latent_tastes(
    name: str,
    shape: tuple[int, int, int],
    mean: float,
    fashion: float,
    sharpness: float,
    size: tuple[int, int],
) -> EngagementSet:
    """Everybody takes the things of the highest utility: tastes times traits, how fashionable it is, and chance."""
    n_accounts, n_features, n_tastes = shape
    rng = np.random.default_rng(n_accounts + n_features)
    tastes, traits = rng.standard_normal((n_accounts, n_tastes)), rng.standard_normal((n_features, n_tastes))
    popularity = fashion * rng.standard_normal(n_features)
    n_things = np.clip(rng.lognormal(np.log(mean) - 0.5, 1, n_accounts).round(), 2, n_features // 2).astype(int)
    columns = []
    for person in range(n_accounts):
        utility = sharpness * (traits @ tastes[person]) + popularity + rng.gumbel(size=n_features)
        columns.append(np.argpartition(-utility, n_things[person])[: n_things[person]])
    matrix = pairs(np.repeat(np.arange(n_accounts), n_things), np.concatenate(columns), (n_accounts, n_features))
    return without_targets(name, matrix, single_targets(matrix, *size, 12, 1))


def clustered(n_accounts: int, n_features: int, n_clusters: int, mean: float, rng_seed: int) -> sparse.csr_array:
    """Everybody has two interests out of many and takes things of them, and some that everybody takes."""
    rng = np.random.default_rng(rng_seed)
    cluster = rng.integers(n_clusters, size=n_features)
    things = [np.flatnonzero(cluster == one) for one in range(n_clusters)]
    shares = [_zipf(len(one), 0.7) for one in things]
    everybodys, rows, columns = _zipf(n_features, 0.9), [], []
    for person in range(n_accounts):
        first, second = rng.integers(n_clusters, size=2)
        n_first, n_second, n_any = rng.multinomial(max(2, rng.poisson(mean)), (0.45, 0.25, 0.3))
        took = np.concatenate(
            [
                rng.choice(things[first], n_first, p=shares[first]),
                rng.choice(things[second], n_second, p=shares[second]),
                rng.choice(n_features, n_any, p=everybodys),
            ]
        )
        rows.append(np.full(len(took), person))
        columns.append(took)
    return pairs(np.concatenate(rows), np.concatenate(columns), (n_accounts, n_features))


def _zipf(n: int, exponent: float) -> np.ndarray:
    shares = 1 / np.arange(1, n + 1) ** exponent
    return shares / shares.sum()


def of_two_countries() -> EngagementSet:
    """Two countries with tastes of their own and a part of the things in common."""
    here, there = clustered(9_000, 1_500, 20, 9, 5).tocoo(), clustered(9_000, 1_500, 20, 9, 6).tocoo()
    rows = np.concatenate([here.row, there.row + 9_000])
    matrix = pairs(rows, np.concatenate([here.col, there.col + 1_200]), (18_000, 2_700))
    country = np.repeat(np.arange(2, dtype=np.int32), 9_000)
    return without_targets("two countries", matrix, single_targets(matrix, 200, 900, 12, 1), country)


def of_narrow_habits() -> EngagementSet:
    """Customers share three things and no taste: what logistic regression is best at."""
    rng = np.random.default_rng(3)
    matrix = pairs(np.repeat(np.arange(15_000), 30), (3_000 * rng.random(450_000) ** 2).astype(int), (15_000, 3_000))
    columns, customers = matrix.tocsc(), []
    for _ in range(10):
        having = np.unique(columns[:, rng.integers(300, 3_000, 3)].indices)
        likely = np.full(15_000, 0.01)
        likely[having] = 0.6
        customers.append(np.flatnonzero(rng.random(15_000) < likely))
    return EngagementSet("three things, no taste", matrix, np.zeros(15_000, dtype=np.int32), customers)


def of_mixed_customers() -> EngagementSet:
    """Customers are of four unlike groups, in numbers of engagements instead of yes and no."""
    rng = np.random.default_rng(4)
    matrix = clustered(15_000, 2_000, 40, 12, 7)
    matrix.data = rng.geometric(0.4, len(matrix.data)).astype(np.float32)
    columns, customers = matrix.tocsc(), []
    for _ in range(10):
        score = np.zeros(15_000)
        for thing in rng.integers(2_000, size=4):
            like_it = columns[:, [thing]].indices
            score += np.asarray(matrix[:, np.unique(matrix[like_it].indices)].sum(axis=1)).ravel() * 1e-3
            score[like_it] += 2
        customers.append(np.argsort(-score - rng.gumbel(size=15_000), kind="stable")[:700])
    return EngagementSet("four groups, counts", matrix, np.zeros(15_000, dtype=np.int32), customers)


def of_chance() -> EngagementSet:
    """Customers at random: nothing to find, and nothing to be found by overfitting."""
    rng = np.random.default_rng(5)
    customers = [rng.choice(10_000, 600, replace=False) for _ in range(8)]
    return EngagementSet("chance", clustered(10_000, 1_500, 20, 8, 8), np.zeros(10_000, dtype=np.int32), customers)


def of_sparse_tastes() -> EngagementSet:
    """Many interests, few engagements of each account."""
    matrix = clustered(20_000, 6_000, 60, 5, 2)
    return without_targets("sparse tastes", matrix, single_targets(matrix, 150, 800, 16, 1))


MADE_UP: dict[str, Callable[[], EngagementSet]] = {
    "dense tastes": lambda: of_latent_tastes("dense tastes", (5_000, 2_500, 12), 120, 1.6, 0.5, (200, 1_500)),
    "fashion and activity": lambda: of_latent_tastes("fashion", (8_000, 1_500, 4), 25, 1.6, 0.15, (200, 1_500)),
    "six features": lambda: of_latent_tastes("six features", (20_000, 18, 3), 4, 0.8, 1.0, (1_000, 9_000)),
    "sparse tastes": of_sparse_tastes,
    "two countries": of_two_countries,
    "three things, no taste": of_narrow_habits,
    "four groups, counts": of_mixed_customers,
    "chance": of_chance,
}
"""Sets of very different kinds."""


def a_million() -> sparse.csr_array:
    """Return a million accounts, 26 engagements each on average: 27 copies of some, a tenth of each copy left out."""
    few = clustered(37_500, 9_800, 200, 29, 9)
    many = sparse.vstack([few] * 27).tocoo()
    is_kept = np.random.default_rng(0).random(many.nnz) < 0.9
    return pairs(many.row[is_kept], many.col[is_kept], many.shape)
