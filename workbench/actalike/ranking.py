"""Ranking a country: the best tenth of its accounts, best first, so that every size is a beginning of the same list.

That 1 % is inside 2 % is then true by construction. Members of the source are taken out before anything is counted, and
the size is a share of all accounts of the country: p per cent of them, filled from the rest (reading Q1). Equal scores
go by a hash of account and seed: a rule that favours nobody and never changes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.actalike.seed_model import SeedModel
from workbench.actalike.space import ActalikeSpace
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress

MAX_PERCENTAGE: Final = 10
BLOCK_ACCOUNTS: Final = 1 << 17
DENSE_SHARE: Final = 0.5
"""From this share on, scoring all accounts of a block is cheaper than copying the wanted ones."""

GUESS_STEP: Final = 64
GUESS_SLACK: Final = 1.2
"""To cut the best tenth of a million, a look at every 64th leaves an eighth of them to sort."""

_HASH_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_HASH_MIX: Final = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)


@dataclass(frozen=True, eq=False, repr=False)
class Ranking:
    """The accounts of a country that are most like a source, best first.

    Parameters
    ----------
    best : int64 array, shape (n_best,)
        Accounts, a tenth of the country, or fewer if not so many are outside the source.
    n_in_country : int
        Accounts of the country, members of the source included.
    n_with_features : int
        Accounts at the head of ``best`` that have features; those behind them are there to fill the size.
    n_accounts : int
        Accounts of the universe.
    """

    best: NDArray[np.int64]
    n_in_country: int
    n_with_features: int
    n_accounts: int

    def n_wanted(self, percentage: int) -> int:
        """Return how many accounts a percentage is of the country, rounded up."""
        return -(-percentage * self.n_in_country // 100)

    def members(self, percentage: int) -> AccountSet:
        """Return the most alike.

        Parameters
        ----------
        percentage : int
            1 to 10.

        Raises
        ------
        ValueError
            If the percentage is another.
        """
        if percentage not in range(1, MAX_PERCENTAGE + 1):
            raise ValueError(f"expected a percentage from 1 to {MAX_PERCENTAGE}, got {percentage}")
        return AccountSet.from_indices(self.best[: self.n_wanted(percentage)], self.n_accounts)


def rank_country(
    space: ActalikeSpace,
    model: SeedModel,
    source: AccountSet,
    *,
    rng_seed: int = 1,
    on_progress: Progress = ignore_progress,
) -> Ranking:
    """Rank the accounts of a country that are not in the source.

    Parameters
    ----------
    space : ActalikeSpace
        Of the universe.
    model : SeedModel
        What was learned from the source.
    source : AccountSet
        Who is never in.
    rng_seed : int
        Decides between equal scores.
    on_progress : Progress
        Called for every block of accounts; raise ``CancelledError`` in it to stop.
    """
    lives_here = space.engagements.country_of_account == model.country
    accounts = np.flatnonzero(lives_here & ~source.mask())
    n_in_country = int(np.count_nonzero(lives_here))
    scores = _scores(space, model, accounts, on_progress)
    n_best = min(-(-MAX_PERCENTAGE * n_in_country // 100), len(accounts))
    places = _best(scores, accounts, n_best, rng_seed)
    return Ranking(accounts[places], n_in_country, int(np.isfinite(scores[places]).sum()), source.n_accounts)


def _scores(
    space: ActalikeSpace, model: SeedModel, accounts: NDArray[np.int64], on_progress: Progress
) -> NDArray[np.float64]:
    scores = np.empty(len(accounts))
    blocks = range(0, space.engagements.n_accounts, BLOCK_ACCOUNTS)
    ends = np.searchsorted(accounts, [*blocks, space.engagements.n_accounts])
    for n_done, begin in enumerate(blocks):
        on_progress(n_done, len(blocks))
        wanted = slice(ends[n_done], ends[n_done + 1])
        scores[wanted] = _scores_of_block(space, model, accounts[wanted], begin)
    on_progress(len(blocks), len(blocks))
    return scores


def _scores_of_block(
    space: ActalikeSpace, model: SeedModel, accounts: NDArray[np.int64], begin: int
) -> NDArray[np.float64]:
    if not len(accounts):
        return np.empty(0)
    end = min(begin + BLOCK_ACCOUNTS, space.engagements.n_accounts)
    is_dense = len(accounts) > DENSE_SHARE * (end - begin)
    rows = space.rows_between(begin, end) if is_dense else space.rows[accounts]
    if model.is_masked is None:
        chosen = slice(begin, end) if is_dense else accounts
        scores = model.score_measured(rows, space.lengths[chosen], space.n_features_of_account[chosen])
    else:
        scores = model.score(rows)
    return scores[accounts - begin] if is_dense else scores


def _best(scores: NDArray[np.float64], accounts: NDArray[np.int64], n_best: int, rng_seed: int) -> NDArray[np.int64]:
    """Return the places of the highest scores, best first; equal ones by the hash of the account."""
    if n_best == 0:
        return np.empty(0, dtype=np.int64)
    candidates = _plausible(scores, n_best)
    last = np.partition(scores[candidates], len(candidates) - n_best)[len(candidates) - n_best]
    candidates = candidates[scores[candidates] >= last]
    order = np.lexsort((_hashed(accounts[candidates], rng_seed), -scores[candidates]))
    best: NDArray[np.int64] = candidates[order[:n_best]]
    return best


def _plausible(scores: NDArray[np.float64], n_best: int) -> NDArray[np.int64]:
    """Return the places of scores among which the best so many are: a guess from every so manieth, or else all."""
    guess = np.quantile(scores[::GUESS_STEP], max(0.0, 1 - GUESS_SLACK * n_best / len(scores)), method="lower")
    candidates = np.flatnonzero(scores >= guess)
    return candidates if len(candidates) >= n_best else np.arange(len(scores))


def _hashed(accounts: NDArray[np.int64], rng_seed: int) -> NDArray[np.uint64]:
    """Return a number for each account that looks random (SplitMix64): uint64 array, shape (n,)."""
    with np.errstate(over="ignore"):
        mixed = (accounts.astype(np.uint64) + np.uint64(rng_seed) * np.uint64(1 << 32) + np.uint64(1)) * _HASH_STEP
        for shift, factor in _HASH_MIX:
            mixed = (mixed ^ (mixed >> shift)) * factor
        hashed: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return hashed
