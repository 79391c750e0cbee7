"""The entries of every account: one for each ad group that could ever want it.

An account's entries lie side by side, the ad groups in one fixed order, highest bids first, so that an auction can stop
looking as soon as no later bid can win. Which accounts have an entry of which ad group never changes during a run, so
counters can sit beside the entries. What changes is the *offer* that an entry names (`simulator.eligibility.offers`).

A state of the audiences costs two bytes an entry and nothing else is kept of an entry: accounts and ad groups of
entries are worked out from the targetings when somebody asks. From one state to the next only those ad groups are gone
through again that an audience which changed is anything to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import RunConfig
from simulator.eligibility.filling import Found, filled, refilled
from simulator.eligibility.offers import AdGroupOffers, Offers, listed, own_offers, tabulated
from simulator.eligibility.reach import AdGroupReach, AudiencesEver, Versions
from simulator.fixed_point import event_rate, highest_bid_micros
from simulator.kept_answers import KeptAnswers
from simulator.kernels.entries import count_entries, fill_entries
from workbench.audiences import Demographics
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe

State = frozenset[tuple[str, int]]
"""The audiences that are populated, each by its id and version."""

MAX_KEPT_OFFERS: Final = 64
"""Answers of `Eligibility.offers` that are kept: enough for every hour at which an audience of a run is populated."""

MAX_KEPT_BYTES: Final = 1 << 27
"""Memory that they may take together; of a run too large for it the latest alone is kept."""


_MOST_OF_THEM: Final = 0.5
"""If more ad groups than this share of them changed, all are gone through: that is the faster way then."""


class _OffersOfState(NamedTuple):
    """An answer, with what the next one is made from."""

    latest: Mapping[str, int]
    parts: tuple[AdGroupOffers, ...]
    offers: Offers


@dataclass(frozen=True, eq=False)
class Eligibility:
    """The entries of every account, and the offers that they name in each state of the audiences.

    Attributes
    ----------
    first_entry : uint32 array, or int64 where that is too small, shape (n_accounts + 1,)
        Where each account's entries begin.
    order : int32 array, shape (n_all_ad_groups,)
        The ad groups in the order in which an account's entries lie: by descending base bid per impression times the
        highest multiplier, ties by number.
    """

    first_entry: NDArray[np.integer]
    order: NDArray[np.int32]
    _reaches: tuple[AdGroupReach, ...]
    _ever: AudiencesEver
    _within: AccountSet | None
    _offers: KeptAnswers[State, _OffersOfState] = field(repr=False)

    @classmethod
    def build(
        cls,
        config: RunConfig,
        universe: Universe,
        versions: Versions,
        *,
        demographics: Demographics | None = None,
        within: AccountSet | None = None,
        on_progress: Progress = ignore_progress,
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
        within : AccountSet, optional
            Accounts that get entries; the others get none. By default all do.
        on_progress : Progress
            Called once an ad group; raise ``CancelledError`` in it to stop.

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
        for n_done, reach in enumerate(reaches, start=1):
            count_entries(_listed_within(reach.widest(ever), within), first_entry[1:])
            on_progress(n_done, len(reaches))
        np.cumsum(first_entry, out=first_entry)
        kept: KeptAnswers[State, _OffersOfState] = KeptAnswers(_n_kept(int(first_entry[-1])))
        return cls(narrowed(first_entry), bidding_order(config), reaches, ever, within, kept)

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

    def offers(self, state: State, on_progress: Progress = ignore_progress) -> Offers:
        """Return the offer each entry makes when exactly these audiences are populated.

        Parameters
        ----------
        state : frozenset of (str, int)
            Audience ids with their versions; of several versions of one audience the latest counts.
        on_progress : Progress
            Called once an ad group that is gone through; raise ``CancelledError`` in it to stop.

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
        return self._offers.answer(frozenset(latest.items()), lambda: self._offers_of(latest, on_progress)).offers

    def some_offers(self) -> Offers:
        """Return the offers of whichever state was asked for last: the ad group of an entry is the same in all."""
        latest = self._offers.latest
        return self.offers(frozenset()) if latest is None else latest.offers

    def entry_accounts(self) -> NDArray[np.int32]:
        """Work out the account of every entry: int32 array, shape (n_entries,)."""
        return np.repeat(np.arange(self.n_accounts, dtype=np.int32), np.diff(self.first_entry))

    def entry_ad_groups(self) -> NDArray[np.int32]:
        """Work out the ad group of every entry: int32 array, shape (n_entries,)."""
        entry_ad_group = np.empty(self.n_entries, dtype=np.int32)
        next_entry = self.first_entry[:-1].copy()
        for place, number in enumerate(self.order.tolist()):
            members = self._members_at(place)
            fill_entries(members, np.zeros(members.size, dtype=np.uint8), number, next_entry, entry_ad_group)
        return entry_ad_group

    def sums_by_ad_group(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum weights of accounts over those that have an entry of each ad group.

        Parameters
        ----------
        weights : float64 array, shape (n_accounts,)
            Any.

        Returns
        -------
        float64 array, shape (n_all_ad_groups,)
        """
        sums = np.zeros(len(self.order))
        for place, number in enumerate(self.order.tolist()):
            sums[number] = weights[self._members_at(place)].sum()
        return sums

    def _offers_of(self, latest: Mapping[str, int], on_progress: Progress) -> _OffersOfState:
        audiences = self._ever.at(latest)
        before = self._offers.latest
        changed = self._changed(before, latest)
        n_done = count(1)

        def find(place: int, members: NDArray[np.int32]) -> Found:
            reach = self._reaches[self.order[place]]
            found = own_offers(reach, members, reach.now(audiences))
            on_progress(next(n_done), n_to_do)
            return found

        is_all = before is None or len(changed) > len(self.order) * _MOST_OF_THEM
        n_to_do = len(self.order) if is_all else len(changed)
        if before is None or is_all:
            entry_offer, parts = filled(self.first_entry, len(self.order), self._members_at, find)
        else:
            found = {place: find(place, self._members_at(place)) for place in changed}
            entries_before = before.offers.entry_offer, before.parts
            entry_offer, parts = refilled(self.first_entry, entries_before, found, self._members_at)
        return _OffersOfState(latest, parts, tabulated(entry_offer, self.order, parts))

    def _changed(self, before: _OffersOfState | None, latest: Mapping[str, int]) -> list[int]:
        """Return the places of the ad groups that an audience which changed is anything to."""
        if before is None:
            return list(range(len(self.order)))
        audience_ids = {audience_id for audience_id, _ in before.latest.items() ^ latest.items()}
        numbers = self.order.tolist()
        return [place for place, number in enumerate(numbers) if self._reaches[number].audience_ids & audience_ids]

    def _members_at(self, place: int) -> NDArray[np.int32]:
        """List the accounts that have an entry of the ad group at a place in the order."""
        return _listed_within(self._reaches[self.order[place]].widest(self._ever), self._within)


def bidding_order(config: RunConfig) -> NDArray[np.int32]:
    """Return the ad groups of everybody by how much they may bid for an impression, the highest first, ties by number.

    Returns
    -------
    int32 array, shape (n_all_ad_groups,)
        Numbers of ad groups; a bid for another event counts with how often an impression is expected to bring it.
    """
    highest = [highest_bid_micros(ad_group, config.market) * event_rate(ad_group) for ad_group in config.all_ad_groups]
    return np.array(sorted(range(len(highest)), key=lambda number: -highest[number]), dtype=np.int32)


def narrowed(first_entry: NDArray[np.int64]) -> NDArray[np.integer]:
    """Keep where entries begin in as few bytes as they allow, because it is the most that an account costs.

    Parameters
    ----------
    first_entry : int64 array, shape (n_accounts + 1,)
        Ascending; kept as it is if 32 bits cannot count so far.

    Returns
    -------
    uint32 or int64 array, shape (n_accounts + 1,)
        Read only.
    """
    is_small = first_entry[-1] <= np.iinfo(np.uint32).max
    narrow: NDArray[np.integer] = first_entry.astype(np.uint32) if is_small else first_entry
    narrow.flags.writeable = False
    return narrow


def _listed_within(accounts: AccountSet, within: AccountSet | None) -> NDArray[np.int32]:
    return listed(accounts if within is None else accounts & within)


def _n_kept(n_entries: int) -> int:
    """Return how many answers are kept of a run with so many entries."""
    return max(1, min(MAX_KEPT_OFFERS, MAX_KEPT_BYTES // max(1, n_entries * np.dtype(np.uint16).itemsize)))
