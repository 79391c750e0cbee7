"""Many rooms that act as one: what both ways to share budgets have in common."""

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.tables import Column
from simulator.ledger import Ledger, SelfCompetition
from simulator.sharding.shard_room import ShardTotals, TickOutcome
from simulator.sharding.shards import Shards

_SPEND = [int(Column.MEDIA_MICROS), int(Column.DATA_FEE_MICROS)]


class ShardedRoom:
    """Where the auctions of a run are held in shards.

    Parameters
    ----------
    shards : Shards
        That hold them.
    ledger : Ledger
        Of the whole run, blank.

    Attributes
    ----------
    warnings : tuple of str
        What a reader of the report should know of the audiences; empty before the end.
    """

    def __init__(self, shards: Shards, ledger: Ledger) -> None:
        self.warnings: tuple[str, ...] = ()
        self._shards, self._ledger = shards, ledger

    def fees_bp(self) -> list[set[int]]:
        """Return the data fees that each ad group may have to pay once all audiences count, basis points."""
        found = self._shards.all("fees_bp")
        return [set().union(*of_ad_group) for of_ad_group in zip(*found, strict=True)]

    def finish(self) -> None:
        """Bring the ledger to its end: shards have stretches of the accounts, so their entries follow one another."""
        totals: list[ShardTotals] = self._shards.all("totals")
        ledger = self._ledger
        ledger.entry_counts = np.concatenate([each.entry_counts for each in totals])
        ledger.conversions = sum_of([each.conversions for each in totals])
        ledger.by_ad = sum_of([each.by_ad for each in totals])
        ledger.by_audience = sum_of([each.by_audience for each in totals])
        ledger.self_competition = _joined([each.self_competition for each in totals])
        self.warnings = totals[0].warnings


def sum_of(arrays: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Add arrays of one shape."""
    return np.asarray(np.sum(arrays, axis=0), dtype=np.int64)


def spent_micros(outcomes: list[TickOutcome]) -> NDArray[np.int64]:
    """Return what all shards charged each ad group in a tick: int64 array, shape (n_all_ad_groups,)."""
    return sum_of([outcome.tally[:, _SPEND].sum(axis=1) for outcome in outcomes])


def _joined(parts: list[SelfCompetition]) -> SelfCompetition:
    """Add up by pair."""
    payer, raiser, micros = (np.concatenate(column) for column in zip(*parts, strict=True))
    pairs, place = np.unique(np.stack([payer, raiser]), axis=1, return_inverse=True)
    sums = np.zeros(pairs.shape[1], dtype=np.int64)
    np.add.at(sums, place.ravel(), micros)
    return SelfCompetition(pairs[0], pairs[1], sums)
