"""Random draws that depend on a seed, a purpose and a block of accounts, and on nothing else.

Accounts are made in blocks of a fixed size, and every block of every purpose has a counter-based generator of its own
(Philox; Salmon et al., 2011). So the tables come out the same whatever is made first, and an account stays who it is
when more accounts are added after it.
"""

import zlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

BLOCK_SIZE: Final = 32_768
"""Accounts that are drawn together and written as one row group; to change it is to change every sample."""

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]


def block_generator(rng_seed: int, purpose: str, block: int = 0) -> np.random.Generator:
    """Return the generator of one purpose in one block.

    Parameters
    ----------
    rng_seed : int
        Seed of the universe.
    purpose : str
        What is drawn, such as ``"pin_engagements"``.
    block : int
        Number of the block of accounts.

    Returns
    -------
    numpy.random.Generator
        At the start of its stream.
    """
    key = np.array([rng_seed % 2**64, (zlib.crc32(purpose.encode()) << 32) | block], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


class GroupedChoice:
    """Weighted choices within groups, such as a region within a country, in one binary search for all rows.

    Group ``g`` owns the interval from ``g`` to ``g + 1``, cut into pieces as long as its weights.

    Parameters
    ----------
    weights : sequence of float sequences, or float array, shape (n_groups, n_choices)
        Weights of the choices of each group; none negative, at least one positive per group.
    """

    def __init__(self, weights: Sequence[Sequence[float]] | Floats) -> None:
        if isinstance(weights, np.ndarray):
            shares = np.cumsum(weights, axis=1, dtype=np.float64)
            shares /= shares[:, -1:]
            self._edges = (shares + np.arange(len(shares))[:, np.newaxis]).ravel()
            self._starts = np.arange(len(shares)) * shares.shape[1]
            return
        cumulative = [np.cumsum(group) / np.sum(group) for group in weights]
        sizes = np.array([len(group) for group in weights])
        self._edges = np.concatenate([group + number for number, group in enumerate(cumulative)])
        self._starts = np.cumsum(sizes) - sizes
        last = np.cumsum(sizes) - 1
        self._edges[last] = np.arange(1, len(sizes) + 1)  # rounding must not leave a gap at the end of a group

    def draw(self, groups: npt.NDArray[np.integer[Any]], uniforms: Floats) -> Indices:
        """Choose once per row.

        Parameters
        ----------
        groups : integer array, shape (n,)
            Group of each row.
        uniforms : float array, shape (n,)
            Draws from [0, 1).

        Returns
        -------
        int64 array, shape (n,)
            Index of the choice within its group.
        """
        within: Indices = self.draw_flat(groups, uniforms) - self._starts[groups]
        return within

    def draw_flat(self, groups: npt.NDArray[np.integer[Any]], uniforms: Floats) -> Indices:
        """Choose once per row, as `draw`, but number the choices of all groups through."""
        # A draw just below 1 can round up to the next group's edge, hence the last representable number before it.
        places = np.minimum(groups + uniforms, np.nextafter(groups + 1.0, 0.0))
        chosen: Indices = np.searchsorted(self._edges, places, side="right")
        return chosen


def draw_days_ago(generator: np.random.Generator, n: int, *, n_days: int = 540) -> Floats:
    """Draw how long ago events happened, recent ones likelier: float64 array, shape (n,), days in (0, n_days)."""
    return n_days * np.maximum(generator.random(n), 1e-4) ** 1.7
