"""What accounts did, as a table of numbers: one row an account, one column a feature, such as a pin.

A weight says how much of a feature an account has; most have none of most, so the table is sparse. Nothing in it says
who an account is: rows are account numbers, columns are things.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

MAX_WEIGHTS = 2**31 - 1
NO_GROUP = -1


@dataclass(frozen=True, eq=False, repr=False)
class EngagementMatrix:
    """Accounts by features; make one with `from_events`, or from a sparse matrix of your own with `from_sparse`.

    Parameters
    ----------
    weights : float32 CSR array, shape (n_accounts, n_features)
        More than 0 where an account has a feature. Columns within a row ascend, none twice.
    feature_names : tuple of str
        What the columns are, for people: pins, pages. None twice.
    country_of_account : int32 array, shape (n_accounts,)
        Position in ``countries``.
    countries : tuple of str
        ISO 3166-1 alpha-2, none twice.
    group_of_feature : int32 array, shape (n_features,)
        Position in ``group_names`` of what a feature belongs to, such as a pin's interest; -1 is none.
    group_names : tuple of str
        Names of the groups.

    Raises
    ------
    ValueError
        If the parts do not fit each other.
    """

    weights: sparse.csr_array
    feature_names: tuple[str, ...]
    country_of_account: NDArray[np.int32]
    countries: tuple[str, ...]
    group_of_feature: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    group_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n_accounts, n_features = self.weights.shape
        if not self.group_of_feature.size:
            object.__setattr__(self, "group_of_feature", np.full(n_features, NO_GROUP, dtype=np.int32))
        _require(len(self.feature_names), n_features, "a name for every feature")
        _require(len(self.country_of_account), n_accounts, "a country for every account")
        _require(len(self.group_of_feature), n_features, "a group for every feature")
        _require_within(self.country_of_account, 0, len(self.countries), "countries")
        _require_within(self.group_of_feature, NO_GROUP, len(self.group_names), "groups of features")
        for names in (self.feature_names, self.countries, self.group_names):
            if len(set(names)) < len(names):
                raise ValueError("expected names that differ, got one twice")

    def __repr__(self) -> str:
        return f"EngagementMatrix({self.n_accounts:,} accounts, {self.n_features:,} features)"

    @property
    def n_accounts(self) -> int:
        """Number of accounts in the universe, with features or without."""
        return int(self.weights.shape[0])

    @property
    def n_features(self) -> int:
        """Number of features."""
        return int(self.weights.shape[1])

    @classmethod
    def from_sparse(
        cls,
        weights: sparse.csr_array | sparse.csr_matrix,
        country_of_account: ArrayLike | None = None,
        countries: tuple[str, ...] = ("US",),
    ) -> "EngagementMatrix":
        """Return the matrix of weights that somebody else counted; features are named by their number.

        Parameters
        ----------
        weights : CSR array or matrix, shape (n_accounts, n_features)
            Finite, 0 or more. It is copied.
        country_of_account : int array, shape (n_accounts,), optional
            Position in ``countries``; all in the first when absent.
        countries : tuple of str
            ISO 3166-1 alpha-2.

        Raises
        ------
        ValueError
            If a weight is negative or not finite, or the parts do not fit.
        """
        own = sparse.csr_array(weights.astype(np.float32))
        own.sum_duplicates()
        own.eliminate_zeros()
        if not (np.isfinite(own.data).all() and (own.data >= 0).all()):
            raise ValueError("expected finite weights of 0 or more, got others; correct the matrix")
        n_accounts, n_features = own.shape
        where = np.zeros(n_accounts) if country_of_account is None else country_of_account
        names = tuple(map(str, range(n_features)))
        return cls(_compact(own), names, np.asarray(where, dtype=np.int32), countries)

    @classmethod
    def from_events(
        cls,
        account: NDArray[np.integer[Any]],
        feature: NDArray[np.integer[Any]],
        weight: NDArray[np.floating[Any]],
        feature_names: tuple[str, ...],
        country_of_account: NDArray[np.int32],
        countries: tuple[str, ...],
    ) -> "EngagementMatrix":
        """Return the matrix of events whose weights add up; what counts is the logarithm, log(1 + sum).

        Parameters
        ----------
        account, feature : int array, shape (n_events,)
            Who, and column of what, in any order.
        weight : float array, shape (n_events,)
            How much an event counts, 0 or more.
        feature_names, country_of_account, countries
            As for the class.

        Raises
        ------
        ValueError
            If the parts do not fit.
        """
        shape = (len(country_of_account), len(feature_names))
        summed = sparse.coo_array((weight.astype(np.float32), (account, feature)), shape=shape).tocsr()
        summed.sum_duplicates()
        summed.eliminate_zeros()
        np.log1p(summed.data, out=summed.data)
        return cls(_compact(summed), feature_names, country_of_account, countries)


def _compact(weights: sparse.csr_array) -> sparse.csr_array:
    """Return the matrix with 32-bit positions, which halve what a scan reads."""
    if weights.nnz > MAX_WEIGHTS:
        raise ValueError(f"expected at most {MAX_WEIGHTS:,} weights, got {weights.nnz:,}; leave out rare features")
    indices, indptr = weights.indices.astype(np.int32, copy=False), weights.indptr.astype(np.int32, copy=False)
    return sparse.csr_array((weights.data, indices, indptr), shape=weights.shape)


def _require(n_found: int, n_expected: int, what: str) -> None:
    if n_found != n_expected:
        raise ValueError(f"expected {what}, {n_expected:,}, got {n_found:,}")


def _require_within(numbers: NDArray[np.int32], least: int, end: int, what: str) -> None:
    if numbers.size and not (numbers.min() >= least and numbers.max() < end):
        raise ValueError(
            f"expected positions of {what} from {least} to {end - 1}, got {numbers.min()} to {numbers.max()}"
        )
