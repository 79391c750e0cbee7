"""Known ways to rank people by likeness to a source, each in its plainest form.

All see the same TF-IDF, rows of length 1, fitted on all accounts; others of a regression are drawn from the country.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

N_DIRECTIONS, N_HASHINGS, N_BITS, MIN_REGION = 128, 64, 8, 20


@dataclass(frozen=True, slots=True, eq=False)
class OtherActalikes:
    """What the other ways fit once for a set.

    Parameters
    ----------
    tf_idf : sparse array, shape (n_accounts, n_features)
        Rows of length 1.
    embedding : float array, shape (n_accounts, n_directions)
        Truncated SVD of it, rows of length 1.
    regions : int64 array, shape (n_accounts, N_HASHINGS)
        Which region of random hyperplanes each account is in, hashing by hashing.
    """

    tf_idf: sparse.csr_array
    embedding: np.ndarray
    regions: np.ndarray

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> "OtherActalikes":
        """Fit them."""
        tf_idf = TfidfTransformer().fit_transform(sparse.csr_matrix(matrix))
        n_directions = min(N_DIRECTIONS, matrix.shape[1] - 1)
        embedding = normalize(TruncatedSVD(n_directions, n_iter=4, random_state=0).fit_transform(tf_idf))
        planes = np.random.default_rng(0).standard_normal((n_directions, N_HASHINGS, N_BITS))
        sides = np.einsum("ij,jkl->ikl", embedding - embedding.mean(axis=0), planes, optimize=True) > 0
        return cls(tf_idf, embedding, sides @ (1 << np.arange(N_BITS)))

    def activity(self, rest: np.ndarray) -> np.ndarray:
        """Return how much each did."""
        return np.diff(self.tf_idf.indptr)[rest].astype(float)

    def regression(self, seed: np.ndarray, rest: np.ndarray, inverse_penalty: float) -> np.ndarray:
        """Return the margin of logistic regression on TF-IDF, the source against 50 times as many others."""
        n_others = min(len(rest), max(2_000, min(20_000, 50 * len(seed))))
        others = np.random.default_rng(0).choice(rest, n_others, replace=False)
        regression = LogisticRegression(C=inverse_penalty, class_weight="balanced", solver="liblinear")
        regression.fit(self.tf_idf[np.concatenate([seed, others])], np.arange(len(seed) + n_others) < len(seed))
        return self.tf_idf[rest] @ regression.coef_.ravel()

    def discriminant(self, seed: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """Return Fisher's discriminant in the embedding, shrunk."""
        here = self.embedding[np.concatenate([seed, rest])]
        covariance = np.cov(here, rowvar=False)
        ridge = np.eye(len(covariance)) * np.trace(covariance) / len(covariance) * (10 if len(seed) < 50 else 1)
        return self.embedding[rest] @ np.linalg.solve(
            covariance + ridge, self.embedding[seed].mean(axis=0) - here.mean(axis=0)
        )

    def density(self, seed: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """Return the share of the source in the regions that each is in (deWet and Ou 2019), small ones left out."""
        n_regions, score = 1 << N_BITS, np.zeros(len(rest))
        for hashing in range(N_HASHINGS):
            region = self.regions[:, hashing]
            n_seed = np.bincount(region[seed], minlength=n_regions)
            n_all = n_seed + np.bincount(region[rest], minlength=n_regions)
            score += np.where(n_all >= MIN_REGION, n_seed / np.maximum(n_all, 1), 0)[region[rest]]
        return score


def blended(first: np.ndarray, second: np.ndarray, n: int) -> np.ndarray:
    """Return the best n places of two orders: who is in both beginnings, then in turn from each (deWet and Ou 2019)."""
    in_both = np.intersect1d(first[:n], second[:n])
    in_turn = np.stack([first, second], axis=1).ravel()
    order = np.concatenate([in_both, in_turn])
    return order[np.sort(np.unique(order, return_index=True)[1])][:n]
