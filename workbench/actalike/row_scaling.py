"""Two ways to put heavy and light accounts side by side: by the whole length of their row, and by its square root.

Let a be an account's row, each weight times the feature's inverse document frequency, and |a| its length::

    WHOLE   a / |a|      everybody has length 1: only the mix of interests counts
    HALF    a / √|a|     who does more counts for more, but less than in proportion

No one of them is best everywhere: where popular features are liked by the active, HALF is better, where tastes are
narrow, WHOLE. Both are the same sparse numbers times a number per account, so a score of either costs one pass over
the numbers.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


class Scaling(IntEnum):
    """Which scaling; the value is its column in arrays that have one for each."""

    WHOLE = 0
    HALF = 1


def row_lengths(rows: sparse.csr_array) -> NDArray[np.float32]:
    """Return the Euclidean length of each row: float32 array, shape (n_rows,), 0 for an empty one."""
    squares = sparse.csr_array((np.square(rows.data), rows.indices, rows.indptr), shape=rows.shape)
    lengths: NDArray[np.float32] = np.sqrt(squares @ np.ones(rows.shape[1], dtype=np.float32))
    return lengths


def row_factors(lengths: NDArray[np.float32], scaling: Scaling) -> NDArray[np.float32]:
    """Return what each row is multiplied by: float32 array, shape (n_rows,); 0 for an empty row.

    Parameters
    ----------
    lengths : float32 array, shape (n_rows,)
        From `row_lengths`.
    scaling : Scaling
        Which.
    """
    divisors = lengths if scaling is Scaling.WHOLE else np.sqrt(lengths)
    factors: NDArray[np.float32] = np.divide(1, divisors, out=np.zeros_like(divisors), where=divisors > 0)
    return factors


def scaled_rows(rows: sparse.csr_array, lengths: NDArray[np.float32], scaling: Scaling) -> sparse.csr_array:
    """Return the rows, each times its factor.

    Parameters
    ----------
    rows : float32 CSR array, shape (n_rows, n_features)
        Weights times inverse document frequencies.
    lengths : float32 array, shape (n_rows,)
        Their lengths.
    scaling : Scaling
        Which.
    """
    per_weight = np.repeat(row_factors(lengths, scaling), np.diff(rows.indptr))
    return sparse.csr_array((rows.data * per_weight, rows.indices, rows.indptr), shape=rows.shape)


def without_features(rows: sparse.csr_array, is_masked: NDArray[np.bool_]) -> sparse.csr_array:
    """Return rows in which the masked features are absent.

    Parameters
    ----------
    rows : float32 CSR array, shape (n_rows, n_features)
        Weights times inverse document frequencies.
    is_masked : bool array, shape (n_features,)
        What to take out.
    """
    is_kept = ~is_masked[rows.indices]
    if is_kept.all():
        return rows
    begins = np.concatenate([[0], np.cumsum(is_kept)])[rows.indptr].astype(np.int32)
    return sparse.csr_array((rows.data[is_kept], rows.indices[is_kept], begins), shape=rows.shape)
