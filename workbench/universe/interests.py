"""What the people of a synthetic universe care about, and which interests go together.

Like a spring under several floats: a few hidden leanings (home, style, food, family, active, technical, arts) pull
groups of interests up or down together, and each interest also has a will of its own. How much an account cares about
each interest is its *affinity*, a set of shares that add up to 1.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Affinity = npt.NDArray[np.float32]

_LEANINGS: Final = ("home", "style", "food", "family", "active", "technical", "arts")


@dataclass(frozen=True)
class Interest:
    """One interest.

    Parameters
    ----------
    name : str
        Value of ``pins.interest``.
    popularity : float
        Weight among all interests.
    female_lean : float
        Above 0 when likelier to be a woman's interest, below when a man's.
    peak_age : int
        Age in years at which it is commonest.
    leanings : tuple of float
        Pull of each hidden leaning, in the order of home, style, food, family, active, technical, arts.
    """

    name: str
    popularity: float
    female_lean: float
    peak_age: int
    leanings: tuple[float, float, float, float, float, float, float]


INTERESTS: Final = (
    Interest("home_decor", 10, 0.8, 40, (1.5, 0.5, 0, 0.3, 0, 0, 0.3)),
    Interest("gardening", 6, 0.4, 55, (1.3, 0, 0.4, 0, 0.4, 0, 0)),
    Interest("diy_and_crafts", 7, 0.6, 45, (1.1, 0, 0, 0.5, 0, 0.3, 0.7)),
    Interest("cooking", 9, 0.4, 45, (0.4, 0, 1.5, 0.3, 0, 0, 0)),
    Interest("baking", 5, 0.8, 40, (0.3, 0, 1.4, 0.5, 0, 0, 0)),
    Interest("womens_fashion", 9, 1.8, 28, (0.2, 1.6, 0, 0, 0, 0, 0.2)),
    Interest("mens_fashion", 4, -1.6, 28, (0, 1.2, 0, 0, 0.4, 0.4, 0)),
    Interest("beauty", 7, 1.7, 26, (0, 1.5, 0, 0.2, 0, 0, 0)),
    Interest("jewellery", 3, 1.3, 34, (0, 1.2, 0, 0, 0, 0, 0.5)),
    Interest("wedding", 3, 1.2, 29, (0.3, 0.8, 0.2, 0.4, 0, 0, 0)),
    Interest("parenting", 5, 1.0, 33, (0.5, 0, 0.3, 1.6, 0, 0, 0)),
    Interest("fitness", 5, 0.0, 30, (0, 0.4, 0.3, 0, 1.4, 0, 0)),
    Interest("travel", 6, 0.2, 38, (0, 0.3, 0.2, 0, 1.1, 0, 0.5)),
    Interest("outdoor", 4, -0.4, 42, (0.3, 0, 0, 0, 1.4, 0.3, 0)),
    Interest("cars", 3, -1.6, 36, (0, 0, 0, 0, 0.6, 1.2, 0)),
    Interest("technology", 3, -1.2, 32, (0, 0, 0, 0, 0, 1.5, 0.2)),
    Interest("gaming", 3, -1.3, 22, (0, 0, 0, 0, 0, 1.3, 0.5)),
    Interest("art", 4, 0.3, 27, (0.2, 0.3, 0, 0, 0, 0, 1.5)),
    Interest("books", 3, 0.6, 45, (0, 0, 0.2, 0.3, 0, 0, 1.2)),
    Interest("pets", 4, 0.5, 36, (0.5, 0, 0, 0.7, 0.5, 0, 0)),
)
"""Every interest of the synthetic sample; an imported log has as many groups of pins at most."""

INTEREST_SHARE: Final = np.array([interest.popularity for interest in INTERESTS]) / sum(
    interest.popularity for interest in INTERESTS
)
_PULLS: Final = np.array([interest.leanings for interest in INTERESTS], dtype=np.float32).T


def weigh_interests(weights: dict[str, float]) -> npt.NDArray[np.float32]:
    """Return weights by interest name as an array over all interests: float32, shape (n_interests,)."""
    names = [interest.name for interest in INTERESTS]
    array = np.zeros(len(names), dtype=np.float32)
    for name, weight in weights.items():
        array[names.index(name)] = weight
    return array


def draw_affinity(generator: np.random.Generator, n: int) -> Affinity:
    """Draw how much each of ``n`` accounts cares about each interest.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of the draws.
    n : int
        Number of accounts.

    Returns
    -------
    float32 array, shape (n, n_interests)
        Shares; every row adds up to 1.
    """
    leanings = generator.standard_normal((n, len(_LEANINGS)), dtype=np.float32)
    own_will = generator.standard_normal((n, len(INTERESTS)), dtype=np.float32)
    weights = np.exp(1.1 * (leanings @ _PULLS) + 0.7 * own_will) * INTEREST_SHARE.astype(np.float32)
    affinity: Affinity = weights / weights.sum(axis=1, keepdims=True)
    return affinity
