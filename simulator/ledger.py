"""Everything that happened in a run, append-only; reports are read off it and nothing else."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.auction import Column


class LifeEvent(NamedTuple):
    """One step in the life of an audience or a campaign.

    Attributes
    ----------
    hour : float
        Hours since the start of the flight; negative before it.
    subject : str
        What it happened to, such as ``audience 1001``.
    change : str
        The states before and after.
    """

    hour: float
    subject: str
    change: str


@dataclass(frozen=True, eq=False)
class Ledger:
    """The record of a run.

    Attributes
    ----------
    tallies : int64 array, shape (n_ticks, n_ad_groups, len(Column))
        What each ad group did in each tick.
    n_opportunities : int64 array, shape (n_ticks,)
        Opportunities of all accounts in each tick.
    multiplier_bp : int64 array, shape (n_ticks, n_ad_groups)
        Pacing multiplier each tick was bid with, basis points.
    entry_impressions : uint32 array, shape (n_entries,)
        Impressions by pair of account and ad group, in the order of the run's eligibility.
    self_competition_micros : int64 array, shape (n_ad_groups, n_ad_groups)
        What each ad group (row) paid more because the next bid was another one's of the same advertiser (column),
        micro-currency over the whole run.
    life : list of LifeEvent
        In order of time.
    """

    tallies: NDArray[np.int64]
    n_opportunities: NDArray[np.int64]
    multiplier_bp: NDArray[np.int64]
    entry_impressions: NDArray[np.uint32]
    self_competition_micros: NDArray[np.int64]
    life: list[LifeEvent] = field(default_factory=list)

    @classmethod
    def blank(cls, n_ticks: int, n_ad_groups: int, n_entries: int) -> "Ledger":
        """Return a ledger in which nothing has happened yet."""
        return cls(
            tallies=np.zeros((n_ticks, n_ad_groups, len(Column)), dtype=np.int64),
            n_opportunities=np.zeros(n_ticks, dtype=np.int64),
            multiplier_bp=np.zeros((n_ticks, n_ad_groups), dtype=np.int64),
            entry_impressions=np.zeros(n_entries, dtype=np.uint32),
            self_competition_micros=np.zeros((n_ad_groups, n_ad_groups), dtype=np.int64),
        )

    def column(self, column: Column) -> NDArray[np.int64]:
        """Return one quantity by tick and ad group: int64 array, shape (n_ticks, n_ad_groups)."""
        return self.tallies[:, :, column]
