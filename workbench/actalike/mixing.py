"""How much each candidate counts for one source, found out from members that the candidates had not seen.

Three steps, from cautious to bold, on the candidates' scores of held-out members and of other people of the country:

1. **A safe mix**, before looking: all candidates alike, and with few members rather the cautious one.
2. **A logistic regression** of a dozen numbers at most, each pulled to the safe mix with the force of a fixed number of
   members, so that few members hardly move it and many do as they like. An actalike takes the best few per cent, so
   after a first look only those are compared who are in the upper part: below it, being right is worth nothing.
3. **Steps towards single candidates** that catch more of the members in the best 1 to 10 per cent, taken only when the
   gain exceeds its own standard error, and only with `FEW_MEMBERS` to see it by.

Weights of candidates are never negative: none is so wrong that its opposite is right, but noise can look so.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

PRIOR_STRENGTH: Final = 10.0
PRIOR_SLOPE: Final = 1.2
FEW_MEMBERS: Final = 50
TOP_SHARE: Final = 0.4
N_TOP_ROUNDS: Final = 2
CAUGHT_SHARES: Final = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1)
STEPS: Final = (0.25, 0.5, 1.0)
N_STEP_ROUNDS: Final = 4
GAIN_IN_ERRORS: Final = 1.0
_MAX_ITERATIONS: Final = 40


def safe_mix(n_heads: int, n_more: int, cautious: int, n_members: int) -> NDArray[np.float64]:
    """Return the mix to trust before looking.

    Parameters
    ----------
    n_heads : int
        Number of candidates.
    n_more : int
        Number of other scores, which count for nothing until they prove themselves.
    cautious : int
        Position of the candidate that is safest with few members.
    n_members : int
        Members of the source.

    Returns
    -------
    float64 array, shape (n_heads + n_more,)
        Weights that sum to `PRIOR_SLOPE`.
    """
    caution = FEW_MEMBERS / (FEW_MEMBERS + n_members)
    mix = np.full(n_heads + n_more, (1 - caution) / n_heads)
    mix[n_heads:] = 0.0
    mix[cautious] += caution
    return mix * PRIOR_SLOPE


def learn_mix(
    scores: NDArray[np.float64], is_member: NDArray[np.bool_], prior: NDArray[np.float64], n_heads: int
) -> NDArray[np.float64]:
    """Learn how much each score counts.

    Parameters
    ----------
    scores : float64 array, shape (n_people, n_scores)
        Of held-out members and others; a score's spread among the others is 1.
    is_member : bool array, shape (n_people,)
        Who is a member; there are members and others.
    prior : float64 array, shape (n_scores,)
        From `safe_mix`.
    n_heads : int
        The first so many scores are candidates, the others may count negatively.

    Returns
    -------
    float64 array, shape (n_scores,)
        Weights of the scores.
    """
    bounds: list[tuple[float | None, float | None]] = [(0.0, None)] * n_heads
    bounds += [(None, None)] * (len(prior) - n_heads + 1)
    n_members = int(is_member.sum())
    mix = np.append(prior, np.log(n_members / (len(is_member) - n_members)))
    mix = _fit(scores, is_member, prior, bounds, mix)
    for _ in range(N_TOP_ROUNDS):
        mixed = scores @ mix[:-1]
        is_top = mixed > np.quantile(mixed[~is_member], 1 - TOP_SHARE)
        mix = _fit(scores[is_top], is_member[is_top], prior, bounds, mix)
    return mix[:-1] if n_members < FEW_MEMBERS else _stepped(scores, is_member, mix[:-1], n_heads)


def _fit(
    scores: NDArray[np.float64],
    is_member: NDArray[np.bool_],
    prior: NDArray[np.float64],
    bounds: list[tuple[float | None, float | None]],
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return weights and intercept of the logistic regression with a prior: float64 array, shape (n_scores + 1,)."""
    from scipy.optimize import minimize  # imported late: it takes longer than the rest of SciPy that is used here

    per_member = 1 / max(int(is_member.sum()), 1)

    def loss(mix: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = scores @ mix[:-1] + mix[-1]
        shifted = mix[:-1] - prior
        rising = np.exp(-np.abs(margin))  # never overflows
        likely = np.where(margin > 0, 1, rising) / (1 + rising)
        value = (np.log1p(rising) + np.maximum(margin, 0)).sum() - margin[is_member].sum()
        value += PRIOR_STRENGTH * (shifted @ shifted)
        error = likely - is_member
        slope = np.append(error @ scores + 2 * PRIOR_STRENGTH * shifted, error.sum())
        return value * per_member, slope * per_member

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _MAX_ITERATIONS})
    mix: NDArray[np.float64] = found.x
    return mix


def _stepped(
    scores: NDArray[np.float64], is_member: NDArray[np.bool_], mix: NDArray[np.float64], n_heads: int
) -> NDArray[np.float64]:
    """Return the mix after steps to where more members are caught, as long as the gain is worth its error."""
    directions = list(_directions(scores[~is_member], n_heads))
    mix = _of_unit_spread(mix, scores[~is_member])
    caught = _caught(scores @ mix, is_member)
    for _ in range(N_STEP_ROUNDS):
        best_gain, best = 0.0, None
        for direction in directions:
            for step in STEPS:
                other = (1 - step) * mix + step * direction
                now_caught = _caught(scores @ other, is_member)
                change = now_caught - caught
                gain = change.sum() - GAIN_IN_ERRORS * np.sqrt(change @ change)
                if gain > best_gain:
                    best_gain, best = gain, (other, now_caught)
        if best is None:
            break
        mix, caught = _of_unit_spread(best[0], scores[~is_member]), best[1]
    return mix


def _directions(others: NDArray[np.float64], n_heads: int) -> Iterator[NDArray[np.float64]]:
    """Yield the mixes to step to: each candidate by itself, and all of them alike."""
    for chosen in [*np.eye(n_heads), np.ones(n_heads)]:
        yield _of_unit_spread(np.append(chosen, np.zeros(others.shape[1] - n_heads)), others)


def _of_unit_spread(mix: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float((others @ mix).std())
    return mix / spread if spread > 0 else mix


def _caught(mixed: NDArray[np.float64], is_member: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return in how many of the sizes each member is caught, as a share: float64 array, shape (n_members,)."""
    others = mixed[~is_member]
    places = np.minimum((np.array(CAUGHT_SHARES) * len(others)).astype(np.int64), len(others) - 1)
    top = np.sort(np.partition(others, len(others) - 1 - places[-1])[len(others) - 1 - places[-1] :])[::-1]
    caught: NDArray[np.float64] = (mixed[is_member][:, None] > top[places]).mean(axis=1)
    return caught
