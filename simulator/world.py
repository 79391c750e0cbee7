"""What many runs share: the universe, its populated audiences and the arrays made from them.

Opening a universe and matching lists takes seconds, an auction takes nanoseconds. A `World` is made once for a scenario
and its variants; it holds nothing that a run changes, so any number of runs may use it at once.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from simulator.account_arrays import AccountArrays
from simulator.audience_versions import AudienceVersion, populate_versions
from simulator.config import AdGroup, Membership, RunConfig, SimulatedAudience
from simulator.countries import Countries, warnings_about_countries
from simulator.eligibility import Eligibility, bidding_order
from simulator.kept_answers import KeptAnswers
from simulator.landscape import BidLandscape, build_landscape
from simulator.traffic_classes import FlightTraffic, TrafficClasses, class_numbers, draw_opportunities, flight_traffic
from workbench.audiences import Audience, Demographics
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe, open_universe

MAX_KEPT_FLIGHT_TRAFFICS: Final = 4
"""Answers of `World.flight_traffic` that are kept: few scenarios differ in traffic."""

MAX_KEPT_DRAWS: Final = 256
"""Answers of `World.opportunities` that are kept: one a replication, and few scenarios differ in traffic."""

MAX_KEPT_LANDSCAPES: Final = 8
"""Answers of `World.landscape` that are kept."""

MAX_KEPT_ELIGIBILITIES: Final = 8
"""Answers of `World.eligibility` that are kept: a base and the variants that are being compared with it."""

_AD_GROUPS: Final = TypeAdapter(tuple[AdGroup, ...])
_OF_AD_GROUPS: Final = {"__all__": {"ad_group_id", "targeting", "bid_multipliers"}}

MAX_KEPT_FINGERPRINTS: Final = 4_096
"""Answers of `World.fingerprint_of` that are kept: more audiences than anybody has."""


@dataclass(frozen=True, eq=False)
class World:
    """A universe with its audiences, ready for runs; make one with `open` or `of_members`.

    Attributes
    ----------
    accounts : AccountArrays
        What is known of the accounts of the universe.
    universe_name : str
        What the configuration calls the universe.
    versions : mapping of str to tuple of AudienceVersion
        Every audience's versions by its id; the first is the audience as it is before the flight.
    n_days : int
        Days of the flight that the versions are for.
    opened_for : RunConfig or None
        The configuration that `open` was given; None where members were chosen, so that nobody else can open it.
    """

    accounts: AccountArrays
    universe_name: str
    versions: Mapping[str, tuple[AudienceVersion, ...]]
    n_days: int
    opened_for: RunConfig | None = field(default=None, repr=False)
    _flight_traffics: KeptAnswers[tuple[int, str], FlightTraffic] = field(
        default_factory=lambda: KeptAnswers(MAX_KEPT_FLIGHT_TRAFFICS), repr=False
    )
    _opportunities: KeptAnswers[tuple[int, str, int], list[int]] = field(
        default_factory=lambda: KeptAnswers(MAX_KEPT_DRAWS), repr=False
    )
    _landscapes: KeptAnswers[str, BidLandscape] = field(
        default_factory=lambda: KeptAnswers(MAX_KEPT_LANDSCAPES), repr=False
    )
    _eligibilities: KeptAnswers[str, Eligibility] = field(
        default_factory=lambda: KeptAnswers(MAX_KEPT_ELIGIBILITIES), repr=False
    )
    _fingerprints: KeptAnswers[str, str] = field(default_factory=lambda: KeptAnswers(MAX_KEPT_FINGERPRINTS), repr=False)

    @classmethod
    def open(cls, config: RunConfig, on_progress: Progress = ignore_progress) -> "World":
        """Open the universe a configuration names and populate its audiences.

        Parameters
        ----------
        config : RunConfig
            Names the universe and the audiences; its paths are absolute or relative to the working directory.
        on_progress : Progress
            Called once an audience; raise ``CancelledError`` in it to stop.

        Returns
        -------
        World

        Raises
        ------
        UniverseError, InputFileError, ListFileError, DefinitionError
            If the universe or an audience cannot be opened or populated.
        """
        universe = open_universe(config.universe)
        versions = populate_versions(config, universe, on_progress)
        return cls(AccountArrays(universe), config.universe, versions, config.flight.n_days, config)

    def opened_anew(self, config: RunConfig, on_progress: Progress = ignore_progress) -> "World":
        """Open a world for another configuration, taking over what it has in common with this one.

        On the same universe only audiences are populated that have other people, and what is known of the accounts is
        not worked out again.

        Parameters
        ----------
        config, on_progress
            As for `open`.

        Returns
        -------
        World
            What `open` would return.

        Raises
        ------
        UniverseError, InputFileError, ListFileError, DefinitionError
            As `open`.
        """
        if config.universe != self.universe_name:
            return World.open(config, on_progress)
        kept = self._versions_kept(config)
        others = _with_sources(config, {spec.audience_id for spec in config.audiences} - kept)
        populated = populate_versions(config.model_copy(update={"audiences": others}), self.universe, on_progress)
        versions = {
            spec.audience_id: _renamed(self.versions[spec.audience_id], spec)
            if spec.audience_id in kept
            else populated[spec.audience_id]
            for spec in config.audiences
        }
        opened_for = None if self.opened_for is None and kept else config
        return World(self.accounts, self.universe_name, versions, config.flight.n_days, opened_for)

    def _versions_kept(self, config: RunConfig) -> set[str]:
        """Return the audiences whose people are those of this world: their own definition and their sources' agree."""
        own = {audience_id: versions[0].audience.spec for audience_id, versions in self.versions.items()}
        same: dict[str, bool] = {}
        specs = {spec.audience_id: spec for spec in config.audiences}

        def is_same(audience_id: str) -> bool:
            if audience_id not in same:
                spec, known = specs[audience_id], own.get(audience_id)
                same[audience_id] = False  # for a circle of sources, which populating refuses
                same[audience_id] = (
                    isinstance(known, SimulatedAudience)
                    and _what_people_depend_on(known) == _what_people_depend_on(spec)
                    and (spec.membership is Membership.STEADY or config.flight.n_days == self.n_days)
                    and all(is_same(source_id) for source_id in spec.definition.source_audience_ids)
                )
            return same[audience_id]

        return {audience_id for audience_id in specs if is_same(audience_id)}

    @classmethod
    def of_members(
        cls,
        config: RunConfig,
        universe: Universe,
        members: Mapping[str, AccountSet],
        details: Mapping[str, Mapping[str, object]] | None = None,
        later: Mapping[str, tuple[AudienceVersion, ...]] | None = None,
    ) -> "World":
        """Make a world of audiences whose members are known already, such as chosen ones.

        Parameters
        ----------
        config : RunConfig
            Names the audiences.
        universe : Universe
            The platform's tables; of its tables only the accounts are asked for.
        members : mapping of str to AccountSet
            Who is in each audience before the flight, by id.
        details : mapping of str to mapping, optional
            What populating would have brought to light, by id, such as ``data_fee_rate_bp`` of a segment.
        later : mapping of str to tuple of AudienceVersion, optional
            Versions that follow, by id.
        """
        details, later = details or {}, later or {}
        versions = {}
        for spec in config.audiences:
            an_id = spec.audience_id
            first = AudienceVersion(None, Audience(spec, members[an_id], details.get(an_id, {})))
            versions[an_id] = (first, *later.get(an_id, ()))
        return cls(AccountArrays(universe), config.universe, versions, config.flight.n_days)

    @cached_property
    def audiences(self) -> Mapping[str, Audience]:
        """The audiences as they are before the flight, by id."""
        return {audience_id: versions[0].audience for audience_id, versions in self.versions.items()}

    @property
    def universe(self) -> Universe:
        """The platform's tables."""
        return self.accounts.universe

    @property
    def countries(self) -> Countries:
        """Where each account is."""
        return self.accounts.countries

    @property
    def demographics(self) -> Demographics:
        """Who has which attribute."""
        return self.accounts.demographics

    @property
    def activity(self) -> NDArray[np.floating]:
        """How often each account gives an opportunity, relatively: float array, shape (n_accounts,)."""
        return self.accounts.activity

    def fits(self, config: RunConfig) -> bool:
        """Return whether a configuration has this universe and these people in its audiences, all through its flight.

        How large a flight is matters only to audiences whose members leave.
        """
        own = [versions[0].audience.spec for versions in self.versions.values()]
        return config.universe == self.universe_name and _have_same_people(own, self.n_days, config)

    @property
    def universe_fingerprint(self) -> str:
        """What tells the accounts of this universe from those of another, wherever it lies."""
        return self.accounts.fingerprint

    def fingerprint_of(self, audience_id: str) -> str:
        """Return what tells the people of an audience from others, in all its versions: a digest of their bits."""
        return self._fingerprints.answer(audience_id, lambda: _fingerprint(self.versions[audience_id]))

    def warnings(self, config: RunConfig) -> tuple[str, ...]:
        """Return what a reader of a report should know beside what `Eligibility.offers` warns of."""
        return warnings_about_countries(config, self.countries)

    def traffic_classes(self, config: RunConfig) -> TrafficClasses:
        """Return whom opportunities come from; runs whose countries fall into the same classes share one answer.

        Raises
        ------
        UniverseError
            If there is no account, or the activity of accounts means nothing.
        """
        return self.accounts.traffic_classes(class_numbers(config.traffic, self.countries))

    def flight_traffic(self, config: RunConfig) -> FlightTraffic:
        """Return what the ticks of a flight are expected to bring; runs that agree in their traffic share one answer.

        Raises
        ------
        UniverseError
            If there is no account, or the activity of accounts means nothing.
        """
        question = (config.flight.n_days, config.traffic.model_dump_json())
        return self._flight_traffics.answer(question, lambda: flight_traffic(config, self.traffic_classes(config)))

    def opportunities(self, config: RunConfig) -> Sequence[int]:
        """Return how many opportunities each tick brings; runs that agree in traffic and seed share one answer."""
        question = (config.flight.n_days, config.traffic.model_dump_json(), config.rng_seed)
        return self._opportunities.answer(
            question, lambda: draw_opportunities(config.rng_seed, self.flight_traffic(config).expected)
        )

    def landscape(self, config: RunConfig) -> BidLandscape:
        """Return what rivals bid for whom; runs whose markets agree share one answer.

        Raises
        ------
        ConfigError
            If the market tells too many kinds of people apart.
        """
        return self._landscapes.answer(
            config.market.model_dump_json(), lambda: build_landscape(config.market, self.countries, self.audiences)
        )

    def eligibility(self, config: RunConfig, on_progress: Progress = ignore_progress) -> Eligibility:
        """Return who each ad group may reach; runs that agree in all that it depends on share one answer.

        Parameters
        ----------
        config : RunConfig
            Whose ad groups are asked for.
        on_progress : Progress
            Called once an ad group, unless the answer is there already; raise ``CancelledError`` in it to stop.

        Raises
        ------
        DataFeeError, DefinitionError, UnknownAudienceError
            If a targeting is not one the platform offers.
        """
        return self._eligibilities.answer(
            _what_eligibility_depends_on(config),
            lambda: Eligibility.build(
                config, self.universe, self.versions, demographics=self.demographics, on_progress=on_progress
            ),
        )


def _with_sources(config: RunConfig, audience_ids: set[str]) -> tuple[SimulatedAudience, ...]:
    """Return audiences and all that they are made from, in the order of the configuration."""
    specs = {spec.audience_id: spec for spec in config.audiences}
    needed: set[str] = set()
    waiting = list(audience_ids)
    while waiting:
        audience_id = waiting.pop()
        if audience_id not in needed:
            needed.add(audience_id)
            waiting += specs[audience_id].definition.source_audience_ids
    return tuple(spec for spec in config.audiences if spec.audience_id in needed)


def _renamed(versions: tuple[AudienceVersion, ...], spec: SimulatedAudience) -> tuple[AudienceVersion, ...]:
    """Return the same people under the name and with the settings that another configuration gives them."""
    # The definition stays: that of a later upload names another file than the configuration's.
    new = {name: getattr(spec, name) for name in ("name", "description", "created_hours_before_start")}
    return tuple(
        version._replace(audience=replace(version.audience, spec=version.audience.spec.model_copy(update=new)))
        for version in versions
    )


def _have_same_people(own: Iterable[object], n_days: int, config: RunConfig) -> bool:
    specs = {spec.audience_id: spec for spec in own if isinstance(spec, SimulatedAudience)}
    return all(
        (known := specs.get(spec.audience_id)) is not None
        and _what_people_depend_on(known) == _what_people_depend_on(spec)
        for spec in config.audiences
    ) and (config.flight.n_days <= n_days or all(spec.membership is Membership.STEADY for spec in config.audiences))


def _what_people_depend_on(spec: SimulatedAudience) -> tuple[object, ...]:
    return spec.definition, spec.created_at, spec.is_compare_only, spec.membership, spec.refreshes


def _fingerprint(versions: tuple[AudienceVersion, ...]) -> str:
    digest = hashlib.sha256()
    for version in versions:
        audience = version.audience
        fee = audience.details.get("data_fee_rate_bp")
        head = [version.from_hour, version.made_of, audience.status, fee, audience.audience_size]
        digest.update(json.dumps(head).encode())
        if audience.members is not None:
            digest.update(audience.members.words.tobytes())
    return digest.hexdigest()


def _what_eligibility_depends_on(config: RunConfig) -> str:
    """Return as text all that eligibility is made from beside the world; ids and names are in its warnings."""
    parts = [
        _AD_GROUPS.dump_json(config.all_ad_groups, include=_OF_AD_GROUPS).decode(),
        json.dumps(bidding_order(config).tolist()),
        config.third_party_data.model_dump_json(include={"is_enabled", "fee_rule"}),
    ]
    return "\n".join(parts)
