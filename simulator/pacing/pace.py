"""What a tick is bid with."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FULL_BP = 10_000
"""The whole bid, or every auction, in basis points."""


class Pace(NamedTuple):
    """What the coming tick is bid with; one element per paced ad group.

    Attributes
    ----------
    multiplier_bp : int64 array, shape (n,)
        Factor on the bid, basis points, at most `FULL_BP`.
    participation_bp : int64 array, shape (n,)
        Share of the auctions it takes part in, basis points, at most `FULL_BP`.
    """

    multiplier_bp: NDArray[np.int64]
    participation_bp: NDArray[np.int64]


def full_pace(n: int) -> Pace:
    """Return the whole bid in every auction, for each of ``n`` ad groups."""
    return Pace(np.full(n, FULL_BP, dtype=np.int64), np.full(n, FULL_BP, dtype=np.int64))
