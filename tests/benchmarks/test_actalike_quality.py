"""How many of a source's unseen half an actalike catches, beside other ways, on real people and made-up ones.

Half of an advertiser's customers are the source, the other half is hidden among everybody else of the country. Recall
at p per cent is the share of the hidden half in the best p per cent. The same seeds give the same figures anywhere, so
the goals are tests here; CPU times are only printed.
"""

import resource

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from tests.benchmarks.alternating import cpu_seconds
from tests.benchmarks.engagement_sets import (
    MADE_UP,
    EngagementSet,
    a_million,
    deezer_folds,
    five_pin_targets,
    pinterest_pairs,
    without_targets,
)
from tests.benchmarks.other_actalikes import OtherActalikes, blended
from workbench.actalike import EngagementMatrix, dealing, explain, fit_space, learn_seed, rank_country
from workbench.identity import AccountSet

SHARES = (0.01, 0.05, 0.1)
COUNTRIES = ("RO", "HU")
MIN_SEED = 40
MAY_BE_BELOW = 0.01
PLAIN = ("LR on TF-IDF, C = 0.1", "LR on TF-IDF, C = 1")


def compared(one: EngagementSet, *, seed_size: int | None = None) -> pd.DataFrame:
    """Return recalls, a row for each advertiser, country and way."""
    names = COUNTRIES[: int(one.country.max()) + 1]
    space = fit_space(EngagementMatrix.from_sparse(one.matrix, one.country, names))
    others, rows = OtherActalikes.of(one.matrix), []
    for number, customers in enumerate(one.customers):
        for code, name in enumerate(names):
            rng = np.random.default_rng(100 * number + code)
            shuffled = rng.permutation(customers[one.country[customers] == code])
            seed, hidden = np.sort(shuffled[: len(shuffled) // 2]), shuffled[len(shuffled) // 2 :]
            if len(seed) < MIN_SEED:
                continue
            seed = seed if seed_size is None else np.sort(rng.choice(seed, seed_size, replace=False))
            rest = np.setdiff1d(np.flatnonzero(one.country == code), seed)
            # What a small source leaves of its half is neither hidden nor others: it is not there.
            rest = np.setdiff1d(rest, np.setdiff1d(shuffled[: len(shuffled) // 2], seed))
            source = AccountSet.from_indices(seed, len(one.country))
            model = learn_seed(space, source, name)
            orders = {"ours": _order(model.score(space.rows[rest]), rng)} | _orders(others, seed, rest, rng)
            is_hidden = np.isin(rest, hidden)
            told = model.forecast.of(5) if model.forecast else (np.nan,) * 3
            for way, recalls in _recalls(orders, is_hidden).items():
                rows.append((one.name, len(seed), way, *recalls, *told))
    columns = ["set", "n_seed", "way", "at_1", "at_5", "at_10", "forecast", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _orders(others: OtherActalikes, seed: np.ndarray, rest: np.ndarray, rng: np.random.Generator) -> dict:
    scores = {
        PLAIN[0]: others.regression(seed, rest, 0.1),
        PLAIN[1]: others.regression(seed, rest, 1.0),
        "discriminant on SVD": others.discriminant(seed, rest),
        "LSH density on SVD": others.density(seed, rest),
        "activity only": others.activity(rest),
    }
    return {way: _order(score, rng) for way, score in scores.items()}


def _order(score: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.lexsort((rng.random(len(score)), -score))


def _recalls(orders: dict[str, np.ndarray], is_hidden: np.ndarray) -> dict[str, list[float]]:
    sizes = [int(np.ceil(share * len(is_hidden))) for share in SHARES]
    recalls = {way: [is_hidden[order[:n]].sum() / is_hidden.sum() for n in sizes] for way, order in orders.items()}
    both = [blended(orders[PLAIN[0]], orders["LSH density on SVD"], n) for n in sizes]
    return recalls | {"LR and LSH blended, KDD 2019": [is_hidden[best].sum() / is_hidden.sum() for best in both]}


def told(title: str, found: pd.DataFrame) -> str:
    """Return the mean recall of every way, and how well ours was forecast."""
    ours = found[found["way"] == "ours"]
    means = found.groupby("way", sort=False)[["at_1", "at_5", "at_10"]].mean()
    lines = [f"{title}: {len(ours)} advertisers, sources of {ours['n_seed'].min()} to {ours['n_seed'].max()}"]
    lines += [f"  {'recall at':<34}{'1 %':>8}{'5 %':>8}{'10 %':>8}"]
    lines += [f"  {way:<34}{row.at_1:>8.3f}{row.at_5:>8.3f}{row.at_10:>8.3f}" for way, row in means.iterrows()]
    if ours["forecast"].notna().all() and len(ours) > 2:
        inside = ours["at_5"].between(ours["low"], ours["high"]).mean()
        lines.append(
            f"  forecast at 5 %: {ours['forecast'].mean():.3f} on average, off by "
            f"{(ours['forecast'] - ours['at_5']).abs().mean():.3f}, correlation {forecast_correlation(found):.2f}, "
            f"{inside:.0%} within the interval"
        )
    return "\n".join(lines)


def forecast_correlation(found: pd.DataFrame) -> float:
    """Return how forecast and truth at 5 % go together over advertisers."""
    ours = found[found["way"] == "ours"]
    return float(np.corrcoef(ours["forecast"], ours["at_5"])[0, 1])


def mean_at_5(found: pd.DataFrame, way: str) -> float:
    """Return the mean recall at 5 % of one way."""
    return float(found.loc[found["way"] == way, "at_5"].mean())


def require_not_below_plain(found: pd.DataFrame) -> None:
    """Refuse to be more than a hundredth below logistic regression."""
    for way in PLAIN:
        assert mean_at_5(found, "ours") >= mean_at_5(found, way) - MAY_BE_BELOW


@pytest.fixture(autouse=True)
def _one_thread():
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def pinterest() -> EngagementSet:
    matrix = pinterest_pairs()
    return without_targets("Pinterest", matrix, five_pin_targets(matrix, 40, rng_seed=2026))


@pytest.mark.benchmark
def test_recall_on_real_people_and_pins(pinterest):
    found = compared(pinterest)
    print(f"\n{told('Pinterest', found)}")  # noqa: T201
    assert mean_at_5(found, "ours") >= 0.62
    assert forecast_correlation(found) >= 0.85
    require_not_below_plain(found)


@pytest.mark.benchmark
@pytest.mark.parametrize("seed_size", [10, 25, 50, 100])
def test_recall_of_small_sources(pinterest, seed_size):
    found = compared(pinterest, seed_size=seed_size)
    print(f"\n{told(f'Pinterest, {seed_size} members', found)}")  # noqa: T201
    require_not_below_plain(found)


@pytest.mark.benchmark
def test_recall_on_real_people_and_genres_in_two_countries():
    found = pd.concat(compared(fold) for fold in deezer_folds(4))
    print(f"\n{told('Deezer, in country', found)}")  # noqa: T201
    assert mean_at_5(found, "ours") >= 0.48
    assert forecast_correlation(found) >= 0.85
    require_not_below_plain(found)


@pytest.mark.benchmark
@pytest.mark.parametrize("name", MADE_UP)
def test_recall_on_made_up_people(name):
    found = compared(MADE_UP[name]())
    print(f"\n{told(name, found)}")  # noqa: T201
    require_not_below_plain(found)


@pytest.mark.benchmark
def test_cost_of_a_million_accounts(monkeypatch):
    matrix = EngagementMatrix.from_sparse(a_million())
    n_accounts = matrix.n_accounts
    rng, columns = np.random.default_rng(1), matrix.weights.tocsc()
    fitting = np.flatnonzero(np.diff(columns.indptr) > 2_000)
    sources = [
        AccountSet.from_indices(rng.choice(columns[:, [feature]].indices, 2_000, replace=False), n_accounts)
        for feature in rng.choice(fitting, 5, replace=False)
    ]
    spaces, models = [], []
    once = cpu_seconds(lambda: spaces.append(fit_space(matrix)))
    [space] = spaces
    [country] = space.countries
    learn_seed(space, sources[0], country)  # what is made once for a country is made here

    def learning() -> float:
        return float(
            np.median([cpu_seconds(lambda one=one: models.append(learn_seed(space, one, country))) for one in sources])
        )

    whole = learning()
    ranked = [
        cpu_seconds(lambda model=model, one=one: rank_country(space, model, one).members(10))
        for model, one in zip(models, sources, strict=True)
    ]
    explained = cpu_seconds(lambda: explain(space, models[0], sources[0]))
    monkeypatch.setattr(dealing, "MAX_HANDS", 1)
    plain = learning()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    print(  # noqa: T201
        f"\n{n_accounts:,} accounts, {matrix.n_features:,} features, {matrix.weights.nnz:,} engagements"
        f"\n  CPU seconds once {once:.1f}; for a source of 2,000: learned {plain:.2f}, with a mix of its own and a "
        f"forecast {whole:.2f}; ranked and cut {np.median(ranked):.2f}; explained {explained:.2f}"
        f"\n  peak memory {peak:.1f} GiB with all that the test holds"
    )
