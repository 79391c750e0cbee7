"""Drawing the people whom an actalike learns from, and dealing them into hands.

Members who live elsewhere are compared with the people of where they live: what makes somebody differ from Romania
carries over to Hungary, what makes Romania differ from Hungary does not matter. So others are drawn from where members
live, in proportion.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from workbench.actalike.row_scaling import row_lengths, without_features
from workbench.actalike.space import ActalikeSpace
from workbench.identity import AccountSet

MAX_HANDS: Final = 3
MIN_HELD_OUT: Final = 3
"""Members a hand must have: with fewer than hands times this, there is one hand and nobody is held out."""

MAX_OTHERS: Final = 24_000


@dataclass(frozen=True, slots=True, eq=False)
class DealtPeople:
    """Members of a source and other people, with the hand that each is in.

    Parameters
    ----------
    rows : float32 CSR array, shape (n_people, n_features)
        Their rows of the space, without masked features; none is empty.
    lengths : float32 array, shape (n_people,)
        Lengths of the rows.
    is_member : bool array, shape (n_people,)
        Who is a member of the source.
    hand : int64 array, shape (n_people,)
        Which hand each is in, from 0.
    country : int32 array, shape (n_people,)
        Where each lives.
    n_hands : int
        Number of hands; with one, everybody is learned from and judged.
    """

    rows: sparse.csr_array
    lengths: NDArray[np.float32]
    is_member: NDArray[np.bool_]
    hand: NDArray[np.int64]
    country: NDArray[np.int32]
    n_hands: int

    @property
    def n_members(self) -> int:
        """Number of members."""
        return int(np.count_nonzero(self.is_member))

    @property
    def activity(self) -> NDArray[np.float64]:
        """Logarithm of how many features each has: float64 array, shape (n_people,)."""
        return np.log1p(np.diff(self.rows.indptr))

    def held_out(self, hand: int) -> NDArray[np.int64]:
        """Return who is judged by what was learned without a hand: places, int64 array."""
        return np.flatnonzero(self.hand == hand)

    def learners(self, hand: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the members and the others who are learned from while a hand is held out: places, int64 arrays."""
        is_learner = np.ones(len(self.hand), dtype=np.bool_) if self.n_hands == 1 else self.hand != hand
        return np.flatnonzero(is_learner & self.is_member), np.flatnonzero(is_learner & ~self.is_member)


def deal_people(
    space: ActalikeSpace, members: AccountSet, country: int, is_masked: NDArray[np.bool_] | None, rng_seed: int
) -> DealtPeople:
    """Draw the people to learn from and deal them into hands.

    Parameters
    ----------
    space : ActalikeSpace
        Of the universe.
    members : AccountSet
        The source.
    country : int
        Position of the country that will be ranked.
    is_masked : bool array, shape (n_features,) or None
        Features that must not count.
    rng_seed : int
        Start of the random streams.

    Raises
    ------
    ValueError
        If no member has features that count.
    """
    rng = np.random.default_rng(rng_seed)
    country_of, has_features = space.engagements.country_of_account, space.lengths > 0
    inside = members.indices()
    inside = rng.permutation(inside[has_features[inside]])
    is_other = has_features & ~members.mask()
    others = []
    for home, share in _homes(country_of[inside], country):
        candidates = np.flatnonzero(is_other & (country_of == home))
        others.append(rng.choice(candidates, min(len(candidates), int(MAX_OTHERS * share)), replace=False))
    accounts = np.concatenate([inside, *others])
    rows = space.rows[accounts] if is_masked is None else without_features(space.rows[accounts], is_masked)
    lengths, is_member = row_lengths(rows), np.arange(len(accounts)) < len(inside)
    keep = lengths > 0
    n_members = np.count_nonzero(keep & is_member)
    if not n_members:
        raise ValueError("expected members of the source with engagements that count, got none; choose another source")
    n_hands = MAX_HANDS if n_members >= MAX_HANDS * MIN_HELD_OUT else 1
    hand = np.concatenate([_dealt(keep[is_member], n_hands), _dealt(keep[~is_member], n_hands)])
    return DealtPeople(rows[keep], lengths[keep], is_member[keep], hand, country_of[accounts][keep], n_hands)


def _dealt(is_kept: NDArray[np.bool_], n_hands: int) -> NDArray[np.int64]:
    return np.arange(np.count_nonzero(is_kept)) % n_hands


def _homes(home_of_member: NDArray[np.int32], country: int) -> Iterator[tuple[int, float]]:
    """Yield the countries that members are compared with, and the share of the others to draw there."""
    homes, counts = np.unique(home_of_member, return_counts=True)
    if not len(homes):
        yield country, 1.0
    for home, count in zip(homes, counts, strict=True):
        yield int(home), count / counts.sum()
