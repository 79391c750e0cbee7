"""Who each ad group may reach, as the arrays that auctions read.

Every account has a run of entries, one for each ad group that could ever want it, in the order of the ad groups. This
skeleton never changes during a run, so counters can sit beside the entries. What changes is the *offer* an entry makes:
which of its ad group's bids applies now, given the audiences that are populated. An ad group has one offer for each
data fee that can fall due, so the auction finds bid and fee by one index.

A data fee falls due when an included third-party segment qualifies the account; when several do, the highest counts.
It is *redundant* where an included first-party audience qualifies the account as well: such people could be reached
without data. Whether the fee is due for them all the same is the scenario's `simulator.config.DataFeeRule`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import AdGroup, DataFeeRule, RunConfig, ThirdPartyData
from simulator.money import require_coverable
from workbench.audiences import (
    Audience,
    AudienceStatus,
    AudienceType,
    ResolvedTargeting,
    TargetingSpec,
    resolve_targeting,
)
from workbench.identity import AccountSet
from workbench.universe import Universe

NO_OFFER = -1

MAX_KEPT_OFFERS = 64
"""Answers of `Eligibility.offers` that are kept: enough for every hour at which an audience of a run is populated."""


@dataclass(frozen=True, eq=False)
class Eligibility:
    """The entries of every account and the offers that ad groups can make.

    Attributes
    ----------
    first_entry : int64 array, shape (n_accounts + 1,)
        Where each account's entries begin.
    entry_account, entry_ad_group : int32 array, shape (n_entries,)
        Account and ad group of each entry.
    offer_ad_group : int32 array, shape (n_offers,)
        Ad group of each offer.
    offer_fee_bp : int64 array, shape (n_offers,)
        Data fee of each offer, basis points of the clearing price.
    offer_is_redundant : bool array, shape (n_offers,)
        Whether that fee is for somebody whom a first-party audience reaches as well.
    """

    first_entry: NDArray[np.int64]
    entry_account: NDArray[np.int32]
    entry_ad_group: NDArray[np.int32]
    offer_ad_group: NDArray[np.int32]
    offer_fee_bp: NDArray[np.int64]
    offer_is_redundant: NDArray[np.bool_]
    _targetings: tuple["_AdGroupTargeting", ...]
    _entries: tuple[NDArray[np.int64], ...]
    _offers_by_populated: dict[frozenset[str], "Offers"] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @classmethod
    def build(cls, config: RunConfig, universe: Universe, audiences: Mapping[str, Audience]) -> "Eligibility":
        """Lay out the entries for a configuration.

        Parameters
        ----------
        config : RunConfig
            Its ad groups' targetings and its rules for third-party data count, nothing else.
        universe : Universe
            Gives accounts their country, age, gender and device.
        audiences : mapping of str to Audience
            Populated audiences by id.

        Raises
        ------
        DataFeeError
            If an included segment's fee cannot be covered.
        DefinitionError, UnknownAudienceError
            If a targeting is not one the platform offers.
        """
        targetings = tuple(
            _AdGroupTargeting(ad_group, universe, audiences, config.third_party_data) for ad_group in config.ad_groups
        )
        members = [targeting.widest() for targeting in targetings]
        first_entry = np.zeros(universe.n_accounts + 1, dtype=np.int64)
        for accounts in members:
            first_entry[accounts + 1] += 1
        np.cumsum(first_entry, out=first_entry)
        entries = _entries_by_ad_group(first_entry, members)
        entry_account = np.empty(first_entry[-1], dtype=np.int32)
        entry_ad_group = np.empty(first_entry[-1], dtype=np.int32)
        for number, (at, accounts) in enumerate(zip(entries, members, strict=True)):
            entry_account[at], entry_ad_group[at] = accounts, number
        offers = [(number, *terms) for number, targeting in enumerate(targetings) for terms in targeting.terms]
        return cls(
            first_entry=first_entry,
            entry_account=entry_account,
            entry_ad_group=entry_ad_group,
            offer_ad_group=np.array([number for number, _, _ in offers], dtype=np.int32),
            offer_fee_bp=np.array([fee_bp for _, fee_bp, _ in offers], dtype=np.int64),
            offer_is_redundant=np.array([is_redundant for _, _, is_redundant in offers], dtype=np.bool_),
            _targetings=targetings,
            _entries=entries,
        )

    @property
    def n_entries(self) -> int:
        """Number of pairs of an account and an ad group that could ever want it."""
        return len(self.entry_account)

    def offers(self, populated: frozenset[str]) -> "Offers":
        """Return the offer each entry makes when only these audiences are populated; the latest answers are kept."""
        populated &= self._targeted
        with self._lock:
            if populated not in self._offers_by_populated:
                if len(self._offers_by_populated) == MAX_KEPT_OFFERS:
                    del self._offers_by_populated[next(iter(self._offers_by_populated))]
                self._offers_by_populated[populated] = self._build_offers(populated)
            return self._offers_by_populated[populated]

    @cached_property
    def _targeted(self) -> frozenset[str]:
        return frozenset(audience_id for targeting in self._targetings for audience_id in targeting.audience_ids)

    def _build_offers(self, populated: frozenset[str]) -> "Offers":
        entry_offer = np.empty(self.n_entries, dtype=np.int32)
        warnings: list[str] = []
        first_offer = 0
        for targeting, entries in zip(self._targetings, self._entries, strict=True):
            offer_of_account, complaints = targeting.offers(populated)
            chosen = offer_of_account[self.entry_account[entries]]
            entry_offer[entries] = np.where(chosen == NO_OFFER, NO_OFFER, chosen + first_offer)
            first_offer += len(targeting.terms)
            warnings += complaints
        entry_offer.flags.writeable = False
        return Offers(entry_offer, tuple(warnings))


def _entries_by_ad_group(
    first_entry: NDArray[np.int64], members: list[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], ...]:
    """Give every ad group its entry in the run of each of its accounts, the ad groups in their order."""
    cursor = first_entry[:-1].copy()
    entries = []
    for accounts in members:
        entries.append(cursor[accounts])
        cursor[accounts] += 1
    return tuple(entries)


@dataclass(frozen=True, eq=False)
class Offers:
    """What every entry offers for as long as no further audience is populated.

    Attributes
    ----------
    entry_offer : int32 array, shape (n_entries,)
        Offer of each entry, or ``NO_OFFER``.
    warnings : tuple of str
        What a reader of the report should know, such as an audience too small to be used.
    """

    entry_offer: NDArray[np.int32]
    warnings: tuple[str, ...]


class _Terms(NamedTuple):
    """On which terms an ad group reaches a person; in ascending order of their code.

    Attributes
    ----------
    fee_bp : int
        Data fee, basis points of the clearing price.
    is_redundant : bool
        Whether the fee is for somebody whom a first-party audience reaches as well.
    """

    fee_bp: int
    is_redundant: bool

    @property
    def code(self) -> int:
        """The terms as one number."""
        return 2 * self.fee_bp + self.is_redundant

    @staticmethod
    def codes(fee_bp: NDArray[np.int64], is_redundant: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return `code` for many terms at once."""
        return 2 * fee_bp + is_redundant


class _AdGroupTargeting:
    """One ad group's targeting against the audiences of a run.

    Without third-party data its segments are taken out of both sides. An ad group that included nothing else is then
    left without anybody, not with everybody.
    """

    def __init__(
        self, ad_group: AdGroup, universe: Universe, audiences: Mapping[str, Audience], third_party_data: ThirdPartyData
    ) -> None:
        self._ad_group_id = ad_group.ad_group_id
        self._universe = universe
        self._audiences = audiences
        self._targeting = ad_group.targeting
        if not third_party_data.is_enabled:
            self._targeting = _without_third_party(ad_group.targeting, audiences)
        self._dropped = tuple(
            audience_id
            for audience_id in ad_group.targeting.audience_exclude
            if audience_id not in self._targeting.audience_exclude
        )
        self._is_emptied = bool(ad_group.targeting.audience_include and not self._targeting.audience_include)
        self._fee_bp = {
            audience_id: _data_fee_bp(audiences[audience_id])
            for audience_id in self._targeting.audience_include
            if audiences[audience_id].status is AudienceStatus.READY
        }
        self._is_due_always = third_party_data.fee_rule is DataFeeRule.ALWAYS
        fees_bp = sorted({fee_bp for fee_bp in self._fee_bp.values() if fee_bp})
        redundant = (False, True) if self._is_due_always else (False,)
        self.terms = [_Terms(0, False), *(_Terms(fee_bp, flag) for fee_bp in fees_bp for flag in redundant)]

    @property
    def audience_ids(self) -> tuple[str, ...]:
        """Audiences whose population changes what the ad group offers."""
        return (*self._targeting.audience_include, *self._targeting.audience_exclude)

    def widest(self) -> NDArray[np.int64]:
        """Return every account that could ever be in: all includes populated, no exclude yet, ascending."""
        unexcluded = self._targeting.model_copy(update={"audience_exclude": ()})
        return self._resolved(unexcluded, self._audiences).members.indices()

    def offers(self, populated: frozenset[str]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
        """Return the ad group's own offer number by account, and warnings, when these audiences are populated."""
        audiences = {
            key: audience if key in populated else replace(audience, members=None)
            for key, audience in self._audiences.items()
        }
        resolved = self._resolved(self._targeting, audiences)
        offer = np.searchsorted([terms.code for terms in self.terms], self._terms_codes(audiences)).astype(np.int32)
        offer[~resolved.members.mask()] = NO_OFFER
        dropped = [f"without third-party data it no longer excludes audience {an_id}." for an_id in self._dropped]
        return offer, tuple(f"Ad group {self._ad_group_id}: {text}" for text in (*resolved.warnings, *dropped))

    def _terms_codes(self, audiences: Mapping[str, Audience]) -> NDArray[np.int64]:
        """Return on which terms each account is reached, as `_Terms.code`: int64 array, shape (n_accounts,)."""
        fee_bp = np.zeros(self._universe.n_accounts, dtype=np.int64)
        is_first_party = np.zeros(self._universe.n_accounts, dtype=np.bool_)
        for audience_id in self._targeting.audience_include:
            members = audiences[audience_id].usable_members
            if members is None:
                continue
            mask = members.mask()
            if audiences[audience_id].spec.audience_type is AudienceType.THIRD_PARTY:
                fee_bp[mask] = np.maximum(fee_bp[mask], self._fee_bp[audience_id])
            else:
                is_first_party |= mask
        if self._is_due_always:
            return _Terms.codes(fee_bp, (fee_bp > 0) & is_first_party)
        fee_bp[is_first_party] = 0
        return _Terms.codes(fee_bp, np.zeros_like(is_first_party))

    def _resolved(self, targeting: TargetingSpec, audiences: Mapping[str, Audience]) -> ResolvedTargeting:
        if self._is_emptied:
            nobody = AccountSet.empty(self._universe.n_accounts)
            return ResolvedTargeting(nobody, ("without third-party data it has no audience and reaches nobody.",))
        return resolve_targeting(targeting, audiences, self._universe)


def _without_third_party(targeting: TargetingSpec, audiences: Mapping[str, Audience]) -> TargetingSpec:
    def first_party(audience_ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            audience_id
            for audience_id in audience_ids
            if audiences[audience_id].spec.audience_type is not AudienceType.THIRD_PARTY
        )

    return targeting.model_copy(
        update={
            "audience_include": first_party(targeting.audience_include),
            "audience_exclude": first_party(targeting.audience_exclude),
        }
    )


def _data_fee_bp(audience: Audience) -> int:
    fee_bp = int(audience.details.get("data_fee_rate_bp", 0))
    require_coverable(fee_bp, audience.spec.name)
    return fee_bp
