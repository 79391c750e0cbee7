"""Everything that happened in a run, append-only; reports are read off it and nothing else."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import RunConfig
from simulator.kernels.tables import N_TALLY_COLUMNS, Column, Share


class LifeEvent(NamedTuple):
    """One step in the life of an audience, a campaign or an ad.

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


class SelfCompetition(NamedTuple):
    """What own ad groups cost each other, by pair, in the order of the pairs.

    Attributes
    ----------
    payer, raiser : int64 array, shape (n_pairs,)
        Number of the ad group that paid more, and of the one whose bid it had to beat.
    micros : int64 array, shape (n_pairs,)
        How much more it paid, micro-currency over the whole run.
    """

    payer: NDArray[np.int64]
    raiser: NDArray[np.int64]
    micros: NDArray[np.int64]

    @classmethod
    def none(cls) -> "SelfCompetition":
        """Return what it is where nobody cost anybody anything."""
        return cls(*(np.zeros(0, dtype=np.int64) for _ in cls._fields))


@dataclass(eq=False)
class Ledger:
    """The record of a run. Ad groups are numbered as in ``config.all_ad_groups``: own ones first, then rivals'.

    Attributes
    ----------
    tallies : int64 array, shape (n_ticks, n_all_ad_groups, N_TALLY_COLUMNS)
        What each ad group did in each tick, by `Column`.
    n_opportunities : int64 array, shape (n_ticks,)
        Opportunities of all accounts in each tick.
    pace_bp, participation_bp : int64 array, shape (n_ticks, n_all_ad_groups)
        Factor on the bid, and share of auctions taken part in, that pacing set for each tick, basis points.
    conversions : int64 array, shape (n_ticks, n_all_ad_groups)
        Conversions by the tick in which they happened; tallies have them by that of the ad's action.
    entry_counts : uint8 array, shape (n_entries,)
        By pair of account and ad group, in the order of the run's eligibility: impressions of the last day's window
        (seven bits, at most 127), and in the top bit whether there ever was one.
    by_ad : int64 array, shape (n_ads, len(Share))
        What became of each ad, ad group by ad group; an ad group without ads has one.
    by_audience : int64 array, shape (n_pairs, len(Share))
        What became of each included audience of each own ad group; what several audiences qualified a person for counts
        in each.
    self_competition : SelfCompetition
        What own ad groups cost each other.
    life : list of LifeEvent
        In order of time.
    """

    tallies: NDArray[np.int64]
    n_opportunities: NDArray[np.int64]
    pace_bp: NDArray[np.int64]
    participation_bp: NDArray[np.int64]
    conversions: NDArray[np.int64]
    entry_counts: NDArray[np.uint8]
    by_ad: NDArray[np.int64]
    by_audience: NDArray[np.int64]
    self_competition: SelfCompetition = field(default_factory=SelfCompetition.none)
    life: list[LifeEvent] = field(default_factory=list)

    @classmethod
    def blank(cls, config: RunConfig, n_entries: int) -> "Ledger":
        """Return the ledger of a run in which nothing has happened yet.

        Parameters
        ----------
        config : RunConfig
            What is to be run.
        n_entries : int
            Entries of its eligibility, or of the part of them that somebody keeps a ledger of.
        """
        n_ads = sum(max(1, len(ad_group.ads)) for ad_group in config.all_ad_groups)
        n_pairs = sum(len(ad_group.targeting.audience_include) for ad_group in config.ad_groups)
        by_tick = (config.flight.n_hours, len(config.all_ad_groups))
        return cls(
            tallies=np.zeros((*by_tick, N_TALLY_COLUMNS), dtype=np.int64),
            n_opportunities=np.zeros(config.flight.n_hours, dtype=np.int64),
            pace_bp=np.zeros(by_tick, dtype=np.int64),
            participation_bp=np.zeros(by_tick, dtype=np.int64),
            conversions=np.zeros(by_tick, dtype=np.int64),
            entry_counts=np.zeros(n_entries, dtype=np.uint8),
            by_ad=np.zeros((n_ads, len(Share)), dtype=np.int64),
            by_audience=np.zeros((n_pairs, len(Share)), dtype=np.int64),
        )

    def column(self, column: Column) -> NDArray[np.int64]:
        """Return one quantity by tick and ad group: int64 array, shape (n_ticks, n_all_ad_groups)."""
        return self.tallies[:, :, column]
