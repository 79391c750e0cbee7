"""What is usual in a country: the mean account and how accounts differ from it.

Everything an actalike learns is a contrast with the country: an interest that half the country has says nothing about a
source, however many of its members have it. The differences are described as factor analysis does, by few common
directions and what is left for each feature by itself::

    Σ ≈ V C Vᵀ + diag(ψ)      V features × directions, C their covariance, ψ what they leave of each variance

which costs directions² numbers instead of features² and can be inverted feature by feature (Woodbury).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from workbench.actalike.row_scaling import Scaling, row_lengths, scaled_rows

MAX_SAMPLED_ACCOUNTS = 200_000
MIN_SAMPLED_ACCOUNTS = 5_000
"""Accounts looked at in all and in each country, if it has as many: moments are means, so a sample will do."""

POOLED_MEAN_ACCOUNTS = 20
POOLED_COVARIANCE_ACCOUNTS = 1_000
"""How many accounts of its own outweigh all countries together; small countries borrow, above all covariances."""


class Moments(NamedTuple):
    """Means and differences of the accounts with features of one country, in one scaling.

    Parameters
    ----------
    mean : float32 array, shape (n_features,)
        The mean account.
    covariance : float64 array, shape (n_directions, n_directions)
        Covariance of the accounts along the common directions.
    residual : float32 array, shape (n_features,)
        Variance of each feature that the directions leave.
    total_variance : float
        Sum of the variances of all features.
    """

    mean: NDArray[np.float32]
    covariance: NDArray[np.float64]
    residual: NDArray[np.float32]
    total_variance: float


def moments_of_countries(
    rows: sparse.csr_array, country: NDArray[np.int32], n_countries: int, basis: NDArray[np.float32], rng_seed: int
) -> dict[Scaling, tuple[Moments, ...]]:
    """Return the moments of every country, in both scalings.

    Parameters
    ----------
    rows : float32 CSR array, shape (n_accounts, n_features)
        Weights times inverse document frequencies.
    country : int32 array, shape (n_accounts,)
        Country of each account.
    n_countries : int
        How many there are.
    basis : float32 array, shape (n_features, n_directions)
        The common directions.
    rng_seed : int
        Start of the random streams.

    Returns
    -------
    dict of Scaling to tuple of Moments
        By country.
    """
    has_features = np.diff(rows.indptr) > 0
    members = [np.flatnonzero(has_features & (country == code)) for code in range(n_countries)]
    n_members = np.array([len(accounts) for accounts in members])
    sampled = [rows[_sampled(accounts, n_members.sum(), rng_seed + code)] for code, accounts in enumerate(members)]
    return {
        scaling: _borrowing([_moments(sample, basis, scaling) for sample in sampled], n_members) for scaling in Scaling
    }


def _sampled(accounts: NDArray[np.int64], n_in_all: int, rng_seed: int) -> NDArray[np.int64]:
    n_wanted = max(MIN_SAMPLED_ACCOUNTS, len(accounts) * MAX_SAMPLED_ACCOUNTS // max(n_in_all, 1))
    if len(accounts) <= n_wanted:
        return accounts
    return np.sort(np.random.default_rng(rng_seed).choice(accounts, n_wanted, replace=False))


def _moments(sample: sparse.csr_array, basis: NDArray[np.float32], scaling: Scaling) -> Moments:
    n = max(sample.shape[0], 1)
    scaled = scaled_rows(sample, row_lengths(sample), scaling)
    mean = np.bincount(scaled.indices, weights=scaled.data, minlength=scaled.shape[1]) / n
    square = np.bincount(scaled.indices, weights=np.square(scaled.data), minlength=scaled.shape[1]) / n
    along = scaled @ basis
    covariance = (along.T @ along).astype(np.float64) / n - np.outer(mean @ basis, mean @ basis)
    variance = np.maximum(square - mean**2, 0)
    explained = np.einsum("ij,ij->i", basis @ covariance.astype(np.float32), basis)
    residual = np.maximum(variance - explained, 0)
    return Moments(mean.astype(np.float32), covariance, residual.astype(np.float32), float(variance.sum()))


def _borrowing(own: list[Moments], n_members: NDArray[np.int64]) -> tuple[Moments, ...]:
    """Return moments in which each country leans on all of them together, the more the smaller it is."""
    shares = n_members / max(n_members.sum(), 1)
    pooled = [sum(share * moments[part] for share, moments in zip(shares, own, strict=True)) for part in range(4)]

    def lean(part: int, moments: Moments, n: int, n_borrowed: int) -> NDArray[np.floating]:
        mixed: NDArray[np.floating] = (n * moments[part] + n_borrowed * pooled[part]) / (n + n_borrowed)
        return mixed

    return tuple(
        Moments(
            lean(0, moments, n, POOLED_MEAN_ACCOUNTS).astype(np.float32),
            lean(1, moments, n, POOLED_COVARIANCE_ACCOUNTS).astype(np.float64),
            lean(2, moments, n, POOLED_COVARIANCE_ACCOUNTS).astype(np.float32),
            float(lean(3, moments, n, POOLED_COVARIANCE_ACCOUNTS)),
        )
        for moments, n in zip(own, n_members, strict=True)
    )
