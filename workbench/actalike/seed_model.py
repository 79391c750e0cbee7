"""What makes the members of a source different from their country: learned once per actalike.

The members are dealt into three hands. Each hand is held out once while the candidates learn from the other two, and so
are as many other people; the scores of those held out say how to mix the candidates, and the mix how much of an unseen
part of the source an actalike would catch. What ranks the country in the end is the mean of the three, so that nothing
is fitted twice.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from workbench.actalike.dealing import DealtPeople, deal_people
from workbench.actalike.forecast import QualityForecast, forecast_quality
from workbench.actalike.heads import CAUTIOUS, HEADS, Discriminant, Head, logistic_weights
from workbench.actalike.mixing import learn_mix, safe_mix
from workbench.actalike.row_scaling import Scaling, row_lengths, scaled_rows, without_features
from workbench.actalike.space import ActalikeSpace
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress

MIN_MEMBERS_AT_HOME: Final = 50
"""With so many members in the country itself, the mix and the forecast are learned from them alone."""

OTHERS_PER_MEMBER: Final = 5
MIN_OTHERS_OF_FIT: Final = 4_000
MAX_OTHERS_OF_FIT: Final = 10_000
N_ACTIVITY_SCORES: Final = 2
"""How many things an account does, as a logarithm, and its square: they may speak for or against it."""

_LEAST_SPREAD: Final = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class SeedModel:
    """What ranks a country's accounts by likeness to a source.

    Parameters
    ----------
    country : int
        Position of the country in the space.
    feature_weights : float32 array, shape (n_features, 2)
        Weights of the features, one column per `Scaling`; 0 in masked features.
    activity_weights : float64 array, shape (2,)
        Weights of log(1 + features) and of its square.
    is_masked : bool array, shape (n_features,) or None
        Features that do not count, not even for the length of a row.
    mix : dict of str to float
        How much each candidate counts, by its name, as a share of them all.
    n_members_used : int
        Members of the source with features, from whom it was learned.
    forecast : QualityForecast or None
        How good the ranking will be; None with too few members to tell.
    """

    country: int
    feature_weights: NDArray[np.float32]
    activity_weights: NDArray[np.float64]
    is_masked: NDArray[np.bool_] | None
    mix: dict[str, float]
    n_members_used: int
    forecast: QualityForecast | None

    def score(self, rows: sparse.csr_array) -> NDArray[np.float64]:
        """Return how alike accounts are to the source: float64 array, shape (n_rows,); -inf without features.

        Parameters
        ----------
        rows : float32 CSR array, shape (n_rows, n_features)
            Rows of the space.
        """
        if self.is_masked is not None:
            rows = without_features(rows, self.is_masked)
        lengths, n_features = row_lengths(rows), np.diff(rows.indptr)
        return self.score_measured(rows, lengths, n_features)

    def score_measured(
        self, rows: sparse.csr_array, lengths: NDArray[np.float32], n_features: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """As `score`, of rows without masked features whose lengths and numbers of features are known."""
        parts = rows @ self.feature_weights
        factor = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        parts[:, Scaling.WHOLE] *= factor
        parts[:, Scaling.HALF] *= np.sqrt(factor)
        activity = np.log1p(n_features)
        score: NDArray[np.float64] = np.add(parts[:, 0], parts[:, 1], dtype=np.float64)  # much faster than sum(axis=1)
        score += activity * (self.activity_weights[0] + self.activity_weights[1] * activity)
        score[lengths == 0] = -np.inf
        return score


def learn_seed(
    space: ActalikeSpace,
    members: AccountSet,
    country: str,
    *,
    is_masked: NDArray[np.bool_] | None = None,
    rng_seed: int = 1,
    on_progress: Progress = ignore_progress,
) -> SeedModel:
    """Learn what makes the members of a source different.

    Parameters
    ----------
    space : ActalikeSpace
        Of the universe.
    members : AccountSet
        The source.
    country : str
        Whose accounts will be ranked, ISO 3166-1 alpha-2.
    is_masked : bool array, shape (n_features,), optional
        Features that must not count because they define the source: nobody outside it can have them.
    rng_seed : int
        Start of the random streams.
    on_progress : Progress
        Called at every step; raise ``CancelledError`` in it to stop.

    Returns
    -------
    SeedModel
        Ready to rank.

    Raises
    ------
    ValueError
        If nobody lives in the country, or no member has features that count.
    """
    from threadpoolctl import threadpool_limits

    code = space.country_code(country)
    is_masked = is_masked if is_masked is not None and is_masked.any() else None
    with threadpool_limits(1):  # see fit_space
        people = deal_people(space, members, code, is_masked, rng_seed)
        weights = _head_weights(space, people, code, is_masked, on_progress)
        scores, spreads = _held_out_scores(people, weights)
        mix, forecast = _learned_mix(people, scores, code)
        feature_weights = _mixed_weights(weights, mix[: len(HEADS)] / spreads[:, : len(HEADS)])
    if is_masked is not None:
        feature_weights[is_masked] = 0
    shares = mix[: len(HEADS)] / max(mix[: len(HEADS)].sum(), np.finfo(float).tiny)
    return SeedModel(
        country=code,
        feature_weights=feature_weights,
        activity_weights=(mix[len(HEADS) :] / spreads[:, len(HEADS) :]).mean(axis=0),
        is_masked=is_masked,
        mix={head.name: float(share) for head, share in zip(HEADS, shares, strict=True)},
        n_members_used=people.n_members,
        forecast=forecast,
    )


def _head_weights(
    space: ActalikeSpace,
    people: DealtPeople,
    code: int,
    is_masked: NDArray[np.bool_] | None,
    on_progress: Progress,
) -> NDArray[np.float64]:
    """Return the weights each candidate learned, hand by hand: float64 array, shape (n_heads, n_features, n_hands)."""
    weights = np.empty((len(HEADS), people.rows.shape[1], people.n_hands))
    scaled = {scaling: scaled_rows(people.rows, people.lengths, scaling) for scaling in Scaling}
    contrasts = {scaling: _contrasts(space, people, scaled[scaling], scaling) for scaling in Scaling}
    for place, head in enumerate(HEADS):
        on_progress(place, len(HEADS))
        if head.shrinkage is None:
            weights[place] = _logistic(people, scaled[head.scaling])
        else:
            weights[place] = _discriminant(space, code, head, is_masked).weights(contrasts[head.scaling])
    on_progress(len(HEADS), len(HEADS))
    return weights


def _contrasts(
    space: ActalikeSpace, people: DealtPeople, scaled: sparse.csr_array, scaling: Scaling
) -> NDArray[np.float64]:
    """Return the mean member minus the mean of where members live: float64 array, shape (n_features, n_hands)."""
    contrasts = np.empty((scaled.shape[1], people.n_hands))
    for hand in range(people.n_hands):
        members, _ = people.learners(hand)
        rows = scaled[members]
        contrasts[:, hand] = np.bincount(rows.indices, weights=rows.data, minlength=rows.shape[1]) / len(members)
        homes, counts = np.unique(people.country[members], return_counts=True)
        for home, count in zip(homes, counts, strict=True):
            contrasts[:, hand] -= space.moments[scaling][home].mean * (count / len(members))
    return contrasts


def _discriminant(space: ActalikeSpace, code: int, head: Head, is_masked: NDArray[np.bool_] | None) -> Discriminant:
    if is_masked is not None:
        return Discriminant.prepared(space.moments[head.scaling][code], space.basis, head, is_masked)
    return space.discriminant(code, head)


def _logistic(people: DealtPeople, scaled: sparse.csr_array) -> NDArray[np.float64]:
    """Return the weights of logistic regression: float64 array, shape (n_features, n_hands); 0 without others."""
    weights = np.zeros((scaled.shape[1], people.n_hands))
    for hand in range(people.n_hands):
        members, others = people.learners(hand)
        n_wanted = min(max(OTHERS_PER_MEMBER * len(members), MIN_OTHERS_OF_FIT), MAX_OTHERS_OF_FIT, len(others))
        if n_wanted:
            spread = np.linspace(0, len(others) - 1, n_wanted).astype(np.int64)  # over all countries and hands
            weights[:, hand] = logistic_weights(scaled[members], scaled[others[spread]])
    return weights


def _held_out_scores(
    people: DealtPeople, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores of everybody by what was learned without them, and how much those of others spread.

    Returns
    -------
    scores : float64 array, shape (n_people, n_scores)
        Minus the mean of the others of the same hand and country, over the spread.
    spreads : float64 array, shape (n_hands, n_scores)
        Standard deviation among the others of each hand.
    """
    n_scores = len(HEADS) + N_ACTIVITY_SCORES
    scores, spreads = np.zeros((len(people.hand), n_scores)), np.ones((people.n_hands, n_scores))
    for hand in range(people.n_hands):
        places = people.held_out(hand)
        raw, is_other = _raw_scores(people, places, weights[:, :, hand]), ~people.is_member[places]
        if is_other.any():
            spreads[hand] = np.maximum(raw[is_other].std(axis=0), _LEAST_SPREAD)
        for home in np.unique(people.country[places]):
            here = people.country[places] == home
            middle = raw[here & is_other].mean(axis=0) if (here & is_other).any() else 0.0
            scores[places[here]] = (raw[here] - middle) / spreads[hand]
    return scores, spreads


def _raw_scores(people: DealtPeople, places: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores of some people: float64 array, shape (len(places), n_scores)."""
    rows, scores = people.rows[places], np.empty((len(places), len(HEADS) + N_ACTIVITY_SCORES))
    for scaling in Scaling:
        heads = [place for place, head in enumerate(HEADS) if head.scaling is scaling]
        scores[:, heads] = scaled_rows(rows, people.lengths[places], scaling) @ weights[heads].T
    scores[:, len(HEADS)] = people.activity[places]
    scores[:, len(HEADS) + 1] = people.activity[places] ** 2
    return scores


def _learned_mix(
    people: DealtPeople, scores: NDArray[np.float64], code: int
) -> tuple[NDArray[np.float64], QualityForecast | None]:
    """Return how much each score counts, and how good the mixed ranking is on people whom it had not seen."""
    prior = safe_mix(len(HEADS), N_ACTIVITY_SCORES, CAUTIOUS, people.n_members)
    is_at_home = people.country == code
    if np.count_nonzero(is_at_home & people.is_member) < MIN_MEMBERS_AT_HOME:
        is_at_home[:] = True
    is_member = people.is_member[is_at_home]
    if people.n_hands == 1 or is_member.all():
        return prior, None
    mix = learn_mix(scores[is_at_home], is_member, prior, len(HEADS))
    groups = (people.hand + people.n_hands * people.country)[is_at_home]
    mixed = _mixed_by_others(scores[is_at_home], is_member, people.hand[is_at_home], prior)
    return mix, forecast_quality(mixed, is_member, groups)


def _mixed_by_others(
    scores: NDArray[np.float64], is_member: NDArray[np.bool_], hand: NDArray[np.int64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return scores mixed hand by hand as the other hands ask for: float64 array, shape (n_people,).

    Who chose the mix cannot say how good it is: on a source without anything in common it would look good.
    """
    mixed = np.empty(len(hand))
    for one in np.unique(hand):
        is_in = hand == one
        has_both = is_member[~is_in].any() and not is_member[~is_in].all()
        mix = learn_mix(scores[~is_in], is_member[~is_in], prior, len(HEADS)) if has_both else prior
        mixed[is_in] = scores[is_in] @ mix
    return mixed


def _mixed_weights(weights: NDArray[np.float64], factors: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the weights of the mixed ranking, by scaling: float32 array, shape (n_features, 2)."""
    mixed = np.zeros((weights.shape[1], len(Scaling)))
    for place, head in enumerate(HEADS):
        mixed[:, head.scaling] += weights[place] @ factors[:, place] / len(factors)
    return mixed.astype(np.float32)
