"""Whom one ad group may reach, and on which terms, given the audiences that are populated.

A data fee falls due when an included third-party segment qualifies the account; when several do, the highest counts.
It is *redundant* where an included first-party audience qualifies the account as well: such people could be reached
without data. Whether the fee is due for them all the same is the scenario's `simulator.config.DataFeeRule`.

Of the bid multipliers of audiences that hold the account the highest counts, unless one is 0: that is no offer at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from simulator.audience_versions import AudienceVersion
from simulator.config import AdGroup, DataFeeRule, ThirdPartyData
from simulator.fixed_point import multipliers_bp
from simulator.money import require_coverable
from workbench.audiences import (
    Audience,
    AudienceType,
    Demographics,
    require_offered,
    resolve_targeting,
)
from workbench.data_fee import BASIS_POINTS
from workbench.errors import DefinitionError
from workbench.identity import AccountSet

MULTIPLIER_ONE_BP: Final = BASIS_POINTS

Versions = Mapping[str, tuple[AudienceVersion, ...]]
"""Every audience's versions by its id."""


class Terms(NamedTuple):
    """On which terms an ad group reaches a person.

    Attributes
    ----------
    audiences : tuple of str
        Included audiences that qualify the person, in the targeting's order.
    multiplier_bp : int
        Factor on the bid, basis points; 0: no bid.
    fee_bp : int
        Data fee, basis points of the clearing price.
    is_redundant : bool
        Whether the fee is for somebody whom a first-party audience reaches as well.
    """

    audiences: tuple[str, ...] = ()
    multiplier_bp: int = 0
    fee_bp: int = 0
    is_redundant: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether there is no bid."""
        return self.multiplier_bp == 0


IDLE: Final = Terms()
"""The terms of somebody whom the ad group does not bid for now."""


class ReachNow(NamedTuple):
    """Whom an ad group reaches for as long as no further audience is populated.

    Attributes
    ----------
    members : AccountSet
        Whom the targeting admits.
    sets : dict of str to AccountSet
        Who is in the audiences that the terms depend on, by id.
    warnings : tuple of str
        What a reader of the report should know, such as an audience too small to be used.
    """

    members: AccountSet
    sets: dict[str, AccountSet]
    warnings: tuple[str, ...]


class AudiencesEver:
    """Who is ever in each audience while an ad can use it: in any of its versions.

    Parameters
    ----------
    versions : mapping of str to tuple of AudienceVersion
        By audience id.
    """

    def __init__(self, versions: Versions) -> None:
        self.versions = versions
        self._members: dict[str, AccountSet | None] = {}

    def members(self, audience_id: str) -> AccountSet | None:
        """Return who is ever reached through an audience; None if nobody ever is."""
        if audience_id not in self._members:
            usable = [version.audience.usable_members for version in self.versions[audience_id]]
            found = [members for members in usable if members is not None]
            self._members[audience_id] = AccountSet.combined(found) if found else None
        return self._members[audience_id]

    def first_ones(self) -> dict[str, Audience]:
        """Return the first version of every audience, by id."""
        return {audience_id: versions[0].audience for audience_id, versions in self.versions.items()}

    def at(self, state: Mapping[str, int]) -> dict[str, Audience]:
        """Return every audience as it is when the given versions are populated, and no others."""
        return {
            audience_id: versions[state[audience_id]].audience
            if audience_id in state
            else replace(versions[0].audience, members=None)
            for audience_id, versions in self.versions.items()
        }


class AdGroupReach:
    """One ad group's targeting and multipliers against the audiences of a run.

    Without third-party data its segments are taken out of both sides and of the multipliers. An ad group that included
    nothing else is then left without anybody, not with everybody.

    Parameters
    ----------
    ad_group : AdGroup
        Whose reach it is.
    audiences : mapping of str to Audience
        By id, counted or not: their types and fees matter here.
    third_party_data : ThirdPartyData
        Whether segments are used and when their fee is due.
    demographics : Demographics
        The attributes of the universe's accounts.

    Raises
    ------
    DataFeeError
        If an included segment's fee cannot be covered.
    DefinitionError, UnknownAudienceError
        If the targeting is not one the platform offers.
    """

    def __init__(
        self,
        ad_group: AdGroup,
        audiences: Mapping[str, Audience],
        third_party_data: ThirdPartyData,
        demographics: Demographics,
    ) -> None:
        self._ad_group_id = ad_group.ad_group_id
        self._demographics = demographics
        self._multiplier_bp = multipliers_bp(ad_group)
        self._targeting = ad_group.targeting
        self._without: list[str] = []
        if not third_party_data.is_enabled:
            self._drop_third_party(audiences)
        self._is_emptied = bool(ad_group.targeting.audience_include and not self._targeting.audience_include)
        if not self._is_emptied:
            self._require_offered(audiences)
        self._includes = tuple(dict.fromkeys(self._targeting.audience_include))
        self._fee_bp = {an_id: _data_fee_bp(audiences[an_id]) for an_id in self._includes}
        self._is_segment = {
            an_id: audiences[an_id].spec.audience_type is AudienceType.THIRD_PARTY for an_id in self._includes
        }
        self._is_due_always = third_party_data.fee_rule is DataFeeRule.ALWAYS

    @property
    def audience_ids(self) -> frozenset[str]:
        """Audiences whose population changes what the ad group offers."""
        return frozenset((*self._includes, *self._targeting.audience_exclude, *self._multiplier_bp))

    def _require_offered(self, audiences: Mapping[str, Audience]) -> None:
        try:
            require_offered(self._targeting, audiences)
        except DefinitionError as refusal:
            raise DefinitionError(f"ad group {self._ad_group_id}: {refusal}") from None

    def widest(self, audiences: AudiencesEver) -> AccountSet:
        """Return every account that could ever be in: in any version of any include, no exclude yet."""
        members = self._demographics.members(self._targeting)
        if not (self._includes or self._is_emptied):
            return members
        ever = [found for audience_id in self._includes if (found := audiences.members(audience_id)) is not None]
        return AccountSet.combined(ever) & members if ever else AccountSet.empty(members.n_accounts)

    def now(self, audiences: Mapping[str, Audience]) -> ReachNow:
        """Return whom it reaches when audiences are as given, by id."""
        members, warnings = self._resolved(audiences)
        sets = {
            audience_id: usable
            for audience_id in dict.fromkeys((*self._includes, *self._multiplier_bp))
            if (usable := audiences[audience_id].usable_members) is not None
        }
        without_effect = [
            f"its bid multiplier for audience {an_id} ({audiences[an_id].spec.name}) has no effect, as the audience is "
            f"{audiences[an_id].status}."
            for an_id in self._multiplier_bp
            if an_id not in sets
        ]
        texts = (*warnings, *self._without, *without_effect)
        return ReachNow(members, sets, tuple(f"Ad group {self._ad_group_id}: {text}" for text in texts))

    def terms(self, held: Iterable[str]) -> Terms:
        """Return the terms for somebody whom the targeting admits and whom exactly these audiences hold."""
        held = frozenset(held)
        factors = [factor for audience_id, factor in self._multiplier_bp.items() if audience_id in held]
        if 0 in factors:
            return IDLE
        qualifying = tuple(audience_id for audience_id in self._includes if audience_id in held)
        fee_bp = max((self._fee_bp[an_id] for an_id in qualifying if self._is_segment[an_id]), default=0)
        is_reached_anyway = any(not self._is_segment[audience_id] for audience_id in qualifying)
        if is_reached_anyway and not self._is_due_always:
            fee_bp = 0
        multiplier_bp = max(factors, default=MULTIPLIER_ONE_BP)
        return Terms(qualifying, multiplier_bp, fee_bp, fee_bp > 0 and is_reached_anyway)

    def _drop_third_party(self, audiences: Mapping[str, Audience]) -> None:
        """Take every third-party segment out, and note what has no effect any more."""

        def is_segment(audience_id: str) -> bool:
            return audiences[audience_id].spec.audience_type is AudienceType.THIRD_PARTY

        includes, excludes = self._targeting.audience_include, self._targeting.audience_exclude
        self._without += [
            f"without third-party data it no longer excludes audience {an_id}."
            for an_id in excludes
            if is_segment(an_id)
        ]
        self._without += [
            f"without third-party data its bid multiplier for audience {an_id} has no effect."
            for an_id in self._multiplier_bp
            if is_segment(an_id)
        ]
        kept = {
            "audience_include": tuple(an_id for an_id in includes if not is_segment(an_id)),
            "audience_exclude": tuple(an_id for an_id in excludes if not is_segment(an_id)),
        }
        self._targeting = self._targeting.model_copy(update=kept)
        self._multiplier_bp = {an_id: bp for an_id, bp in self._multiplier_bp.items() if not is_segment(an_id)}

    def _resolved(self, audiences: Mapping[str, Audience]) -> tuple[AccountSet, Sequence[str]]:
        if self._is_emptied:
            nobody = AccountSet.empty(self._demographics.universe.n_accounts)
            return nobody, ["without third-party data it has no audience and reaches nobody."]
        resolved = resolve_targeting(
            self._targeting, audiences, self._demographics.universe, demographics=self._demographics
        )
        return resolved.members, resolved.warnings


def _data_fee_bp(audience: Audience) -> int:
    fee_bp = int(audience.details.get("data_fee_rate_bp", 0))
    require_coverable(fee_bp, audience.spec.name)
    return fee_bp
