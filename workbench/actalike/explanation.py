"""Which features drive an actalike: how common each is in source and country, and how much it moves the ranking.

The score is a sum over features, so the difference between the mean member's score and the mean other person's is one,
too; a feature's contribution is its part of that difference. What an interest contributes is what its features do.
Numbers here are exact; `workbench.audiences.disclosure` decides which of them people may see.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from workbench.actalike.row_scaling import Scaling, row_lengths, scaled_rows, without_features
from workbench.actalike.seed_model import SeedModel
from workbench.actalike.space import ActalikeSpace
from workbench.identity import AccountSet

MAX_EXPLAINED_OTHERS: Final = 50_000


class Driver(NamedTuple):
    """One feature, or one group of features, and what it does.

    Parameters
    ----------
    name : str
        Of the feature or group.
    n_in_source, n_source : int
        Members of the source who have it, and all members.
    n_in_country, n_country : int
        Accounts of the country who have it, and all accounts; estimated from a sample where it is larger than that.
    contribution : float
        Part of the score's difference between source and country that comes from it; all features sum to 1 with what
        activity contributes.
    """

    name: str
    n_in_source: int
    n_source: int
    n_in_country: int
    n_country: int
    contribution: float

    @property
    def share_in_source(self) -> float:
        """Share of the source's members who have it, 0 to 1."""
        return self.n_in_source / self.n_source if self.n_source else 0.0

    @property
    def share_in_country(self) -> float:
        """Share of the country's accounts who have it, 0 to 1."""
        return self.n_in_country / self.n_country if self.n_country else 0.0

    @property
    def lift(self) -> float:
        """How many times as common it is in the source; infinite if nobody else has it."""
        return self.share_in_source / self.share_in_country if self.n_in_country else np.inf


def explain(
    space: ActalikeSpace, model: SeedModel, source: AccountSet, *, by_group: bool = False, n_drivers: int = 10
) -> tuple[Driver, ...]:
    """Return what drives a ranking most, the strongest first.

    Parameters
    ----------
    space : ActalikeSpace
        Of the universe.
    model : SeedModel
        What was learned from the source.
    source : AccountSet
        The source.
    by_group : bool
        Add features up by group, such as the interest of pins; features without one are left out.
    n_drivers : int
        How many to return at most; only features with a positive contribution are.
    """
    lives_here = space.engagements.country_of_account == model.country
    country, n_country = np.flatnonzero(lives_here), int(np.count_nonzero(lives_here))
    if n_country > MAX_EXPLAINED_OTHERS:
        rng = np.random.default_rng(space.rng_seed)
        country = np.sort(rng.choice(country, MAX_EXPLAINED_OTHERS, replace=False))
    inside = _Part.of(space, model, source.indices(), by_group=by_group)
    here = _Part.of(space, model, country, by_group=by_group)
    difference = inside.mean_score - here.mean_score
    total = inside.total - here.total
    contribution = difference / total if total > 0 else np.zeros_like(difference)
    names = space.engagements.group_names if by_group else space.engagements.feature_names
    order = np.argsort(-contribution, kind="stable")[:n_drivers]
    n_here = np.rint(here.n_having * (n_country / max(len(country), 1))).astype(np.int64)
    return tuple(
        Driver(
            names[place],
            int(inside.n_having[place]),
            len(source),
            int(n_here[place]),
            n_country,
            float(contribution[place]),
        )
        for place in order
        if contribution[place] > 0
    )


class _Part(NamedTuple):
    """What some accounts have, feature by feature: how many, and how much it adds to their mean score."""

    n_having: NDArray[np.int64]
    mean_score: NDArray[np.float64]
    total: float

    @classmethod
    def of(cls, space: ActalikeSpace, model: SeedModel, accounts: NDArray[np.int64], *, by_group: bool) -> "_Part":
        rows = space.rows[accounts]
        if model.is_masked is not None:
            rows = without_features(rows, model.is_masked)
        lengths, n = row_lengths(rows), max(len(accounts), 1)
        added = np.zeros(rows.shape[1])
        for scaling in Scaling:
            scaled = scaled_rows(rows, lengths, scaling)
            per_feature = np.bincount(scaled.indices, weights=scaled.data, minlength=rows.shape[1])
            added += per_feature * model.feature_weights[:, scaling] / n
        activity = np.log1p(np.diff(rows.indptr))
        of_activity = (activity * (model.activity_weights[0] + model.activity_weights[1] * activity)).sum() / n
        has = sparse.csr_array((np.ones(rows.nnz, dtype=np.float32), rows.indices, rows.indptr), shape=rows.shape)
        if by_group:
            grouping = _grouping(space)
            return cls(_n_having(has @ grouping), grouping.T @ added, float(added.sum() + of_activity))
        return cls(_n_having(has), added, float(added.sum() + of_activity))


def _n_having(has: sparse.csr_array) -> NDArray[np.int64]:
    return np.bincount(has.indices, minlength=has.shape[1])


def _grouping(space: ActalikeSpace) -> sparse.csr_array:
    """Return which group each feature is in: CSR array, shape (n_features, n_groups)."""
    group = space.engagements.group_of_feature
    grouped = np.flatnonzero(group >= 0)
    shape = (len(group), len(space.engagements.group_names))
    return sparse.csr_array((np.ones(len(grouped), dtype=np.float32), (grouped, group[grouped])), shape=shape)
