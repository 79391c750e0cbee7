"""The candidates: ways to tell a source's members from their country, each a weight for every feature.

Four are closed forms of one idea, Fisher's linear discriminant: weights = Σ⁻¹ (mean of the source − mean of the
country). They differ in how much they trust the country's covariance::

    directions   Σ = V (C + λ t I) Vᵀ         along the common directions only; t = tr C / directions
    factors      Σ = V C Vᵀ + diag(ψ + λ u)   every feature counts; u = total variance / min(features, 1,000)

A large λ suits few members: it leans to the plain difference of means, which has nothing to overfit. The others are
logistic regressions on the features themselves, the best of the single methods where tastes are narrow. What each is
worth for a source is found out from the source (`workbench.actalike.mixing`).
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from workbench.actalike.country_moments import Moments
from workbench.actalike.row_scaling import Scaling

INVERSE_PENALTY: Final = 0.1
TOLERANCE: Final = 0.01
"""Of logistic regression: weights change in the third digit from here on, and it takes as long again."""

MAX_COUNTED_FEATURES: Final = 1_000
_JITTER: Final = 1e-9


class Head(NamedTuple):
    """One candidate.

    Parameters
    ----------
    name : str
        What to call it.
    scaling : Scaling
        How rows are scaled before the weights apply.
    shrinkage : float or None
        λ; None for logistic regression.
    has_own_features : bool
        Whether features count beyond the common directions.
    """

    name: str
    scaling: Scaling
    shrinkage: float | None
    has_own_features: bool


HEADS: Final = (
    Head("logistic regression", Scaling.WHOLE, None, has_own_features=True),
    Head("logistic regression, by activity", Scaling.HALF, None, has_own_features=True),
    Head("directions", Scaling.WHOLE, 0.3, has_own_features=False),
    Head("directions, cautious", Scaling.WHOLE, 10.0, has_own_features=False),
    Head("factors", Scaling.WHOLE, 3.0, has_own_features=True),
    Head("factors, by activity", Scaling.HALF, 3.0, has_own_features=True),
)
"""Every candidate; measured against each other and against more in tests/benchmarks/test_actalike_quality.py."""

CAUTIOUS: Final = next(place for place, head in enumerate(HEADS) if head.name == "directions, cautious")
"""Position of the candidate that is the safest when the source has few members."""


@dataclass(frozen=True, slots=True)
class Discriminant:
    """A country's covariance with a shrinkage, ready to be solved for many contrasts.

    Parameters
    ----------
    basis : float array, shape (n_features, n_directions)
        The common directions, 0 in masked features.
    own_precision : float64 array, shape (n_features,) or None
        1 / (ψ + λ u), 0 in masked features; None if only the directions count.
    inner : tuple
        Cholesky factor of the matrix that is solved, directions × directions.
    """

    basis: NDArray[np.floating]
    own_precision: NDArray[np.float64] | None
    inner: tuple[NDArray[np.float64], bool]

    @classmethod
    def prepared(
        cls, moments: Moments, basis: NDArray[np.float32], head: Head, is_masked: NDArray[np.bool_] | None
    ) -> "Discriminant":
        """Factor what does not depend on the source.

        Parameters
        ----------
        moments : Moments
            Of the country, in the head's scaling.
        basis : float32 array, shape (n_features, n_directions)
            The common directions.
        head : Head
            A closed form.
        is_masked : bool array, shape (n_features,), optional
            Features that must not count.
        """
        shrinkage = head.shrinkage or 0.0
        if is_masked is not None:
            basis = np.where(is_masked[:, None], np.float32(0), basis)
        n_features, n_directions = basis.shape
        identity, trace = np.eye(n_directions), np.trace(moments.covariance)
        if not head.has_own_features:
            ridge = shrinkage * trace / max(n_directions, 1) + _JITTER
            return cls(basis, None, linalg.cho_factor(moments.covariance + ridge * identity))
        unit = moments.total_variance / min(n_features, MAX_COUNTED_FEATURES)
        precision = 1 / (moments.residual.astype(np.float64) + shrinkage * unit + _JITTER)
        if is_masked is not None:
            precision[is_masked] = 0.0
        # C may be singular, so that I + C½ᵀ VᵀDV C½ is factored instead of C⁻¹ + VᵀDV: the same by Woodbury.
        root = _square_root(moments.covariance)
        rooted = basis.astype(np.float64) @ root
        return cls(rooted, precision, linalg.cho_factor(identity + rooted.T @ (rooted * precision[:, None])))

    def weights(self, contrasts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return Σ⁻¹ times each contrast.

        Parameters
        ----------
        contrasts : float64 array, shape (n_features, n_contrasts)
            Mean of a source minus mean of its country.

        Returns
        -------
        float64 array, shape (n_features, n_contrasts)
            Weights of the features.
        """
        if self.own_precision is None:
            along: NDArray[np.float64] = self.basis @ linalg.cho_solve(self.inner, self.basis.T @ contrasts)
            return along
        own = contrasts * self.own_precision[:, None]
        common = linalg.cho_solve(self.inner, self.basis.T @ own)
        return own - self.own_precision[:, None] * (self.basis @ common)


def logistic_weights(members: sparse.csr_array, others: sparse.csr_array) -> NDArray[np.float64]:
    """Return the weights of a logistic regression between members of a source and others, both sides counting the same.

    Parameters
    ----------
    members, others : float32 CSR array, shape (n_rows, n_features)
        Scaled rows.

    Returns
    -------
    float64 array, shape (n_features,)
        Weights of the features.
    """
    from sklearn.linear_model import LogisticRegression  # imported late: it takes a second

    is_member = np.repeat([1, 0], [members.shape[0], others.shape[0]])
    regression = LogisticRegression(C=INVERSE_PENALTY, class_weight="balanced", solver="liblinear", tol=TOLERANCE)
    regression.fit(sparse.csr_matrix(sparse.vstack([members, others])), is_member)
    weights: NDArray[np.float64] = regression.coef_.ravel()
    return weights


def _square_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(covariance)
    root: NDArray[np.float64] = vectors * np.sqrt(np.maximum(values, 0))
    return root
