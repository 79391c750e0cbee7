"""How good an actalike will be, said before it is used.

Members that the ranking had not seen are looked up among other people of the country: the share of them above the place
where the best p per cent end is the recall at p per cent, the part of an unseen half of the source that an actalike of
that size would catch. Random choice would catch p per cent.

The interval is about another part of the source of the same size, which varies as much as the part that was measured:
it is Wilson's interval for half as many members.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

PERCENTAGES: Final = tuple(range(1, 11))
CONFIDENCE_Z: Final = 1.96


class QualityForecast(NamedTuple):
    """Recall to expect of each percentage, 1 to 10.

    Parameters
    ----------
    recall : tuple of float
        Share of held-out members in an actalike of 1, 2, …, 10 per cent, 0 to 1.
    low, high : tuple of float
        Ends of the 95 % interval of each.
    n_held_out : int
        Members it was measured on.
    """

    recall: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n_held_out: int

    def of(self, percentage: int) -> tuple[float, float, float]:
        """Return recall, low and high end for a percentage of 1 to 10."""
        place = PERCENTAGES.index(percentage)
        return self.recall[place], self.low[place], self.high[place]


def forecast_quality(
    scores: NDArray[np.float64], is_member: NDArray[np.bool_], group: NDArray[np.int64]
) -> QualityForecast | None:
    """Measure recall on people whom the ranking had not seen.

    Parameters
    ----------
    scores : float64 array, shape (n_people,)
        Held-out scores of members and others.
    is_member : bool array, shape (n_people,)
        Who is a member.
    group : int64 array, shape (n_people,)
        Only people of the same group are comparable.

    Returns
    -------
    QualityForecast or None
        None if no group has members and others.
    """
    n_caught, n_members = np.zeros(len(PERCENTAGES)), 0
    for one in np.unique(group):
        here = group == one
        inside, outside = scores[here & is_member], scores[here & ~is_member]
        if len(outside):
            n_caught += _n_caught(inside, outside)
            n_members += len(inside)
    if not n_members:
        return None
    recall = n_caught / n_members
    low, high = _wilson(recall, n_members / 2)
    return QualityForecast(tuple(recall.tolist()), tuple(low.tolist()), tuple(high.tolist()), n_members)


def _n_caught(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many of those inside are among the best p per cent of those outside, by percentage.

    Accounts that did the same things have the same score, and then chance decides: whoever is level with the last one
    that is taken counts by the share of those that are.
    """
    n_taken = np.maximum(np.array(PERCENTAGES) / 100 * len(outside), 1)
    ordered = np.sort(outside)
    last = ordered[len(outside) - np.ceil(n_taken).astype(np.int64)]
    n_above = len(outside) - np.searchsorted(ordered, last, side="right")
    n_level = len(outside) - np.searchsorted(ordered, last, side="left") - n_above
    n_inside_above = (inside[:, None] > last).sum(axis=0)
    n_inside_level = (inside[:, None] == last).sum(axis=0)
    n_caught: NDArray[np.float64] = n_inside_above + n_inside_level * np.clip((n_taken - n_above) / n_level, 0, 1)
    return n_caught


def _wilson(share: NDArray[np.float64], n: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of Wilson's interval for a share of n."""
    z2 = CONFIDENCE_Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = CONFIDENCE_Z * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)
