"""The entries of every account: one for each ad group that could ever want it.

An account's entries lie side by side, the ad groups in one fixed order, highest bids first, so that an auction can stop
looking as soon as no later bid can win. Which accounts have an entry of which ad group never changes during a run, so
counters can sit beside the entries. What changes is the *offer* that an entry names (`simulator.eligibility.offers`).

A state of an audience costs two bytes an entry and nothing else is kept of an entry: accounts and ad groups of entries
are worked out from the targetings when somebody asks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.config import RunConfig
from simulator.eligibility.offers import Offers, OffersBuilder, listed
from simulator.eligibility.reach import MULTIPLIER_ONE_BP, AdGroupReach, AudiencesEver, Versions, multipliers_bp
from simulator.fixed_point import base_bid_micros, event_rate
from simulator.kept_answers import KeptAnswers
from simulator.kernels.entries import count_entries, fill_entries
from workbench.audiences import Demographics
from workbench.identity import AccountSet
from workbench.universe import Universe

State = frozenset[tuple[str, int]]
"""The audiences that are populated, each by its id and version."""

MAX_KEPT_OFFERS: Final = 64
"""Answers of `Eligibility.offers` that are kept: enough for every hour at which an audience of a run is populated."""

MAX_KEPT_BYTES: Final = 1 << 29
"""Memory that they may take together; of a run too large for it the latest two are kept."""


@dataclass(frozen=True, eq=False)
class Eligibility:
    """The entries of every account, and the offers that they name in each state of the audiences.

    Attributes
    ----------
    first_entry : int64 array, shape (n_accounts + 1,)
        Where each account's entries begin.
    order : int32 array, shape (n_all_ad_groups,)
        The ad groups in the order in which an account's entries lie: by descending base bid per impression times the
        highest multiplier, ties by number.
    """

    first_entry: NDArray[np.int64]
    order: NDArray[np.int32]
    _reaches: tuple[AdGroupReach, ...]
    _ever: AudiencesEver
    _offers: KeptAnswers[State, Offers] = field(repr=False)

    @classmethod
    def build(
        cls, config: RunConfig, universe: Universe, versions: Versions, *, demographics: Demographics | None = None
    ) -> "Eligibility":
        """Lay out the entries for a configuration.

        Parameters
        ----------
        config : RunConfig
            Its ad groups' targetings, multipliers and bids and its rules for third-party data count, nothing else.
        universe : Universe
            Gives accounts their country, age, gender and device.
        versions : mapping of str to tuple of AudienceVersion
            Every audience's versions by its id.
        demographics : Demographics, optional
            The universe's attributes, from whoever has them already.

        Raises
        ------
        DataFeeError
            If an included segment's fee cannot be covered.
        DefinitionError, UnknownAudienceError
            If a targeting is not one the platform offers.
        """
        demographics = demographics or Demographics(universe)
        ever = AudiencesEver(versions)
        first_ones = ever.first_ones()
        reaches = tuple(
            AdGroupReach(ad_group, first_ones, config.third_party_data, demographics)
            for ad_group in config.all_ad_groups
        )
        first_entry = np.zeros(universe.n_accounts + 1, dtype=np.int64)
        for reach in reaches:
            count_entries(listed(reach.widest(ever)), first_entry[1:])
        np.cumsum(first_entry, out=first_entry)
        first_entry.flags.writeable = False
        return cls(first_entry, bidding_order(config), reaches, ever, KeptAnswers(_n_kept(int(first_entry[-1]))))

    @property
    def n_accounts(self) -> int:
        """Number of accounts of the universe."""
        return self.first_entry.size - 1

    @property
    def n_entries(self) -> int:
        """Number of pairs of an account and an ad group that could ever want it."""
        return int(self.first_entry[-1])

    @cached_property
    def audience_ids(self) -> frozenset[str]:
        """Audiences whose population changes what somebody is offered."""
        return frozenset().union(*(reach.audience_ids for reach in self._reaches))

    def offers(self, state: State) -> Offers:
        """Return the offer each entry makes when exactly these audiences are populated.

        Parameters
        ----------
        state : frozenset of (str, int)
            Audience ids with their versions; of several versions of one audience the latest counts.

        Returns
        -------
        Offers
            The latest answers are kept, for all threads together.
        """
        relevant = self.audience_ids
        latest: dict[str, int] = {}
        for audience_id, version in state:
            if audience_id in relevant:
                latest[audience_id] = max(version, latest.get(audience_id, 0))
        return self._offers.answer(frozenset(latest.items()), lambda: self._build_offers(latest))

    def entry_accounts(self) -> NDArray[np.int32]:
        """Work out the account of every entry: int32 array, shape (n_entries,)."""
        return np.repeat(np.arange(self.n_accounts, dtype=np.int32), np.diff(self.first_entry))

    def entry_ad_groups(self) -> NDArray[np.int32]:
        """Work out the ad group of every entry: int32 array, shape (n_entries,)."""
        entry_ad_group = np.empty(self.n_entries, dtype=np.int32)
        next_entry = self.first_entry[:-1].copy()
        for number, _, widest in self._in_order():
            members = listed(widest)
            own = np.array([number], dtype=np.int32)
            fill_entries(members, np.zeros(members.size, dtype=np.uint32), own, next_entry, entry_ad_group)
        return entry_ad_group

    def _build_offers(self, latest: dict[str, int]) -> Offers:
        audiences = self._ever.at(latest)
        builder = OffersBuilder(self.first_entry)
        warnings: list[Sequence[str]] = [()] * len(self._reaches)
        for number, reach, widest in self._in_order():
            now = reach.now(audiences)
            warnings[number] = now.warnings
            builder.add(number, reach, widest, now)
        return builder.offers(text for texts in warnings for text in texts)

    def _in_order(self) -> Iterator[tuple[int, AdGroupReach, AccountSet]]:
        """Give each ad group's number, reach and widest members, in the order of entries."""
        for number in self.order.tolist():
            reach = self._reaches[number]
            yield number, reach, reach.widest(self._ever)


def bidding_order(config: RunConfig) -> NDArray[np.int32]:
    """Return the ad groups of everybody by how much they may bid for an impression, the highest first, ties by number.

    Returns
    -------
    int32 array, shape (n_all_ad_groups,)
        Numbers of ad groups; a bid for another event counts with how often an impression is expected to bring it.
    """
    highest = [
        base_bid_micros(ad_group, config.market)
        * event_rate(ad_group)
        * max([MULTIPLIER_ONE_BP, *multipliers_bp(ad_group).values()])
        for ad_group in config.all_ad_groups
    ]
    return np.array(sorted(range(len(highest)), key=lambda number: -highest[number]), dtype=np.int32)


def _n_kept(n_entries: int) -> int:
    """Return how many answers are kept of a run with so many entries."""
    return max(2, min(MAX_KEPT_OFFERS, MAX_KEPT_BYTES // max(1, n_entries * np.dtype(np.uint16).itemsize)))
