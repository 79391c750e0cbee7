"""A country or two of people with tastes: each likes one kind of things most, and things that everybody likes.

Thing ``j`` is of kind ``j % N_KINDS``. Person ``i`` has the taste ``i % N_KINDS``, and lives in the first country,
unless the last third is asked to live in a second one.
"""

import numpy as np
from scipy import sparse

from workbench.actalike import ActalikeSpace, EngagementMatrix, fit_space
from workbench.identity import AccountSet

N_PEOPLE, N_THINGS, N_KINDS = 1_500, 200, 10
HABITS = 12


def engagements(*, n_countries: int = 1, rng_seed: int = 1) -> EngagementMatrix:
    """Return what people did; every 50th did nothing."""
    rng = np.random.default_rng(rng_seed)
    rows = []
    for person in range(N_PEOPLE):
        own = rng.choice(np.arange(person % N_KINDS, N_THINGS, N_KINDS), HABITS // 2, replace=False)
        any_thing = rng.integers(N_THINGS, size=HABITS // 2)
        row = np.zeros(N_THINGS, dtype=np.float32)
        row[np.concatenate([own, any_thing])] = 1
        rows.append(row * (person % 50 != 0))
    country = np.arange(N_PEOPLE) >= N_PEOPLE * 2 // 3 if n_countries == 2 else np.zeros(N_PEOPLE)
    return EngagementMatrix.from_sparse(
        sparse.csr_array(np.array(rows)), country.astype(np.int32), ("US", "CA")[:n_countries]
    )


def space(**options) -> ActalikeSpace:
    """Return the space of `engagements`."""
    return fit_space(engagements(**options))


def fans(kind: int, n: int) -> AccountSet:
    """Return the first so many people with a taste."""
    return AccountSet.from_indices(np.arange(kind, N_PEOPLE, N_KINDS)[:n], N_PEOPLE)


def share_of_fans(members: AccountSet, kind: int) -> float:
    """Return which share of some people has a taste; by chance it is one in `N_KINDS`."""
    return float(np.mean(members.indices() % N_KINDS == kind))
