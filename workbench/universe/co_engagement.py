"""Finding groups of pins that the same people engage with, in a log that says nothing about what a pin shows.

A few popular pins that share as few people as possible are the anchors; every other pin joins the anchor with which it
shares most people for its size (cosine of the two sets of people). Plain counting, one pass over the log per anchor,
and the same answer every time; a stand-in for topics, not a model of them.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

_N_CANDIDATES: Final = 300


def group_pins(
    user: npt.NDArray[np.int64], item: npt.NDArray[np.int64], n_users: int, n_items: int, n_groups: int
) -> npt.NDArray[np.int64]:
    """Put every pin into one of at most ``n_groups`` groups.

    Parameters
    ----------
    user, item : int64 array, shape (n_rows,)
        Who engaged with what.
    n_users, n_items : int
        How many there are of each.
    n_groups : int
        Most groups wanted.

    Returns
    -------
    int64 array, shape (n_items,)
        Group of each pin; group 0 has the most engagements, then 1, …
    """
    popularity = np.bincount(item, minlength=n_items)
    candidates = np.argsort(-popularity, kind="stable")[:_N_CANDIDATES]
    best_similarity = np.zeros(n_items)
    group = np.full(n_items, -1, dtype=np.int64)
    for number in range(min(n_groups, len(candidates))):
        # The candidate least like the anchors so far; argmin takes the most popular of equals.
        anchor = candidates[np.argmin(best_similarity[candidates])]
        if group[anchor] >= 0 and best_similarity[anchor] >= 1.0:
            break  # every candidate is an anchor, or has the very people of one
        similarity = _cosine_to(anchor, user, item, n_users, popularity)
        is_nearer = similarity > best_similarity
        group[is_nearer], best_similarity[is_nearer] = number, similarity[is_nearer]
    _adopt_strays(group, user, item, n_users)
    volume = np.bincount(group, weights=popularity, minlength=n_groups)
    rank = np.empty(n_groups, dtype=np.int64)
    rank[np.argsort(-volume, kind="stable")] = np.arange(n_groups)
    return rank[group]


def _cosine_to(
    anchor: int,
    user: npt.NDArray[np.int64],
    item: npt.NDArray[np.int64],
    n_users: int,
    popularity: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """Return how alike the people of each pin and of the anchor are: float64 array, shape (n_items,), 0 to 1."""
    is_fan = np.zeros(n_users, dtype=np.bool_)
    is_fan[user[item == anchor]] = True
    n_shared = np.bincount(item[is_fan[user]], minlength=len(popularity))
    cosine: npt.NDArray[np.float64] = n_shared / np.sqrt(np.maximum(popularity, 1) * float(popularity[anchor]))
    cosine[anchor] = 1.0
    return cosine


def _adopt_strays(
    group: npt.NDArray[np.int64], user: npt.NDArray[np.int64], item: npt.NDArray[np.int64], n_users: int
) -> None:
    """Give pins that share nobody with any anchor the group their people favour, in place; at worst group 0."""
    n_groups = int(group.max()) + 1
    is_placed = group[item] >= 0
    taste = np.bincount(user[is_placed] * n_groups + group[item[is_placed]], minlength=n_users * n_groups)
    favourite = np.argmax(taste.reshape(n_users, n_groups), axis=1)
    votes = np.bincount(item * n_groups + favourite[user], minlength=len(group) * n_groups)
    strays = group < 0
    group[strays] = np.argmax(votes.reshape(-1, n_groups), axis=1)[strays]
