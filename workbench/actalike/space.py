"""The space in which accounts are compared: made once for a universe, used by every actalike of it.

It holds the engagements weighted by how telling a feature is (inverse document frequency), the length of each account's
row, the common directions along which accounts differ (truncated SVD of a sample), and what is usual in each country.
It knows nothing of any source audience.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from workbench.actalike.country_moments import Moments, moments_of_countries
from workbench.actalike.engagement_matrix import EngagementMatrix
from workbench.actalike.heads import Discriminant, Head
from workbench.actalike.row_scaling import Scaling, row_lengths, scaled_rows
from workbench.progress import Progress, ignore_progress

N_DIRECTIONS: Final = 128
MAX_SVD_ACCOUNTS: Final = 100_000
N_SVD_ITERATIONS: Final = 4
MAX_DISCRIMINANTS: Final = 32
DEFAULT_RNG_SEED: Final = 1
_N_STEPS: Final = 4


@dataclass(frozen=True, eq=False, repr=False)
class ActalikeSpace:
    """A universe's accounts, ready to be ranked; make one with `fit_space`.

    Parameters
    ----------
    engagements : EngagementMatrix
        The accounts, with weights times inverse document frequencies.
    lengths : float32 array, shape (n_accounts,)
        Length of each account's row; 0 for an account without features.
    basis : float32 array, shape (n_features, n_directions)
        The common directions.
    moments : dict of Scaling to tuple of Moments
        What is usual in each country.
    rng_seed : int
        Start of the random streams it was made with.
    """

    engagements: EngagementMatrix
    lengths: NDArray[np.float32]
    basis: NDArray[np.float32]
    moments: dict[Scaling, tuple[Moments, ...]]
    rng_seed: int

    def __repr__(self) -> str:
        return f"ActalikeSpace({self.engagements!r}, {self.basis.shape[1]} directions)"

    @property
    def rows(self) -> sparse.csr_array:
        """Weights times inverse document frequencies: float32 CSR array, shape (n_accounts, n_features)."""
        return self.engagements.weights

    @property
    def countries(self) -> tuple[str, ...]:
        """Countries that accounts live in, ISO 3166-1 alpha-2."""
        return self.engagements.countries

    @cached_property
    def n_features_of_account(self) -> NDArray[np.int32]:
        """How many features each account has: int32 array, shape (n_accounts,)."""
        return np.diff(self.rows.indptr)

    def rows_between(self, begin: int, end: int) -> sparse.csr_array:
        """Return the rows of neighbouring accounts without copying them."""
        rows = self.rows
        first, last = int(rows.indptr[begin]), int(rows.indptr[end])
        between = sparse.csr_array((end - begin, rows.shape[1]), dtype=rows.dtype)
        # Set one by one: the constructor copies whatever is a small part of a larger array.
        between.data, between.indices = rows.data[first:last], rows.indices[first:last]
        between.indptr = rows.indptr[begin : end + 1] - rows.indptr[begin]
        return between

    def discriminant(self, country: int, head: Head) -> Discriminant:
        """Return a closed form's part that no source changes; it is made once per country."""
        return self._discriminants(country, head)

    @cached_property
    def _discriminants(self) -> "Callable[[int, Head], Discriminant]":
        @lru_cache(maxsize=MAX_DISCRIMINANTS)
        def prepared(country: int, head: Head) -> Discriminant:
            return Discriminant.prepared(self.moments[head.scaling][country], self.basis, head, None)

        return prepared

    def country_code(self, country: str) -> int:
        """Return the position of a country; ValueError if nobody lives there."""
        if country not in self.countries:
            raise ValueError(
                f"expected a country that accounts live in, got {country}; they are: {', '.join(self.countries)}"
            )
        return self.countries.index(country)


def fit_space(
    engagements: EngagementMatrix, *, rng_seed: int = DEFAULT_RNG_SEED, on_progress: Progress = ignore_progress
) -> ActalikeSpace:
    """Make the space of a universe.

    Parameters
    ----------
    engagements : EngagementMatrix
        What accounts did.
    rng_seed : int
        Start of the random streams: same seed, same space, whatever the number of threads.
    on_progress : Progress
        Called at every step; raise ``CancelledError`` in it to stop.

    Returns
    -------
    ActalikeSpace
        Ready to be asked.
    """
    from threadpoolctl import threadpool_limits

    # One thread: how a product is split over threads decides how its sums are rounded.
    with threadpool_limits(1):
        on_progress(0, _N_STEPS)
        weighted = _weighted(engagements)
        lengths = row_lengths(weighted.weights)
        on_progress(1, _N_STEPS)
        basis = _common_directions(weighted.weights, rng_seed)
        on_progress(2, _N_STEPS)
        moments = moments_of_countries(
            weighted.weights, weighted.country_of_account, len(weighted.countries), basis, rng_seed
        )
        on_progress(3, _N_STEPS)
        space = ActalikeSpace(weighted, lengths, basis, moments, rng_seed)
        on_progress(_N_STEPS, _N_STEPS)
    return space


def _weighted(engagements: EngagementMatrix) -> EngagementMatrix:
    """Return the engagements times idf, ln((1 + accounts) / (1 + accounts with the feature)) + 1."""
    weights = engagements.weights
    n_having = np.bincount(weights.indices, minlength=engagements.n_features)
    idf = (np.log((1 + engagements.n_accounts) / (1 + n_having)) + 1).astype(np.float32)
    weighted = sparse.csr_array((weights.data * idf[weights.indices], weights.indices, weights.indptr), weights.shape)
    return EngagementMatrix(
        weighted,
        engagements.feature_names,
        engagements.country_of_account,
        engagements.countries,
        engagements.group_of_feature,
        engagements.group_names,
    )


def _common_directions(rows: sparse.csr_array, rng_seed: int) -> NDArray[np.float32]:
    n_features = rows.shape[1]
    if n_features <= N_DIRECTIONS:
        return np.eye(n_features, dtype=np.float32)  # every feature is a direction: nothing is lost
    accounts = np.flatnonzero(np.diff(rows.indptr) > 0)
    if len(accounts) > MAX_SVD_ACCOUNTS:
        accounts = np.sort(np.random.default_rng(rng_seed).choice(accounts, MAX_SVD_ACCOUNTS, replace=False))
    n_directions = min(N_DIRECTIONS, len(accounts))
    if n_directions == 0:
        return np.zeros((n_features, 0), dtype=np.float32)
    from sklearn.utils.extmath import randomized_svd  # imported late: it takes a second

    sample = _evened(rows[accounts])
    right = randomized_svd(sample, n_directions, n_iter=N_SVD_ITERATIONS, random_state=rng_seed)[2]
    return np.ascontiguousarray(right.T, dtype=np.float32)


def _evened(rows: sparse.csr_array) -> sparse.csr_array:
    """Return rows of length 1 in which common features are held down further than by idf: by 1 / √accounts.

    The directions are then those that many features share, and not those of a few that everybody has.
    """
    n_having = np.bincount(rows.indices, minlength=rows.shape[1])
    n_accounts = rows.shape[0]
    factor = 1 / (np.sqrt(np.maximum(n_having, 1)) * (np.log((1 + n_accounts) / (1 + n_having)) + 1))
    evened = sparse.csr_array(
        (rows.data * factor[rows.indices].astype(np.float32), rows.indices, rows.indptr), rows.shape
    )
    return scaled_rows(evened, row_lengths(evened), Scaling.WHOLE)
