"""What many runs share: the universe, its populated audiences and the arrays made from them.

Opening a universe and matching lists takes seconds, an auction takes nanoseconds. A `World` is made once for a scenario
and its variants; it holds nothing that a run changes, so any number of runs may use it at once.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.audience_versions import AudienceVersion, populate_versions
from simulator.config import Membership, RunConfig, SimulatedAudience
from simulator.countries import Countries, warnings_about_countries
from simulator.eligibility import Eligibility, bidding_order
from simulator.kept_answers import KeptAnswers
from simulator.landscape import BidLandscape, build_landscape
from simulator.traffic_classes import TrafficClasses, class_numbers
from workbench.array_file import fingerprint
from workbench.audiences import Audience, Demographics
from workbench.errors import UniverseError
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe, open_universe

MAX_KEPT_TRAFFIC_CLASSES: Final = 4
"""Answers of `World.traffic_classes` that are kept: few scenarios differ in which countries are alike."""

MAX_KEPT_LANDSCAPES: Final = 8
"""Answers of `World.landscape` that are kept."""

MAX_KEPT_ELIGIBILITIES: Final = 8
"""Answers of `World.eligibility` that are kept: a base and the variants that are being compared with it."""


MAX_KEPT_FINGERPRINTS: Final = 4_096
"""Answers of `World.fingerprint_of` that are kept: more audiences than anybody has."""


@dataclass(frozen=True, eq=False)
class World:
    """A universe with its audiences, ready for runs; make one with `open` or `of_members`.

    Attributes
    ----------
    universe : Universe
        The platform's tables.
    universe_name : str
        What the configuration calls the universe.
    versions : mapping of str to tuple of AudienceVersion
        Every audience's versions by its id; the first is the audience as it is before the flight.
    n_days : int
        Days of the flight that the versions are for.
    opened_for : RunConfig or None
        The configuration that `open` was given; None where members were chosen, so that nobody else can open it.
    """

    universe: Universe
    universe_name: str
    versions: Mapping[str, tuple[AudienceVersion, ...]]
    n_days: int
    opened_for: RunConfig | None = field(default=None, repr=False)
    _traffic_classes: KeptAnswers[tuple[int, ...], TrafficClasses] = field(
        default_factory=lambda: KeptAnswers(MAX_KEPT_TRAFFIC_CLASSES), repr=False
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
        return cls(universe, config.universe, versions, config.flight.n_days, config)

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
        return cls(universe, config.universe, versions, config.flight.n_days)

    @cached_property
    def audiences(self) -> Mapping[str, Audience]:
        """The audiences as they are before the flight, by id."""
        return {audience_id: versions[0].audience for audience_id, versions in self.versions.items()}

    @cached_property
    def countries(self) -> Countries:
        """Where each account is."""
        return Countries.of(self.universe)

    @cached_property
    def demographics(self) -> Demographics:
        """Who has which attribute."""
        return Demographics(self.universe)

    @cached_property
    def activity(self) -> NDArray[np.floating]:
        """How often each account gives an opportunity, relatively: float array, shape (n_accounts,)."""
        activity: NDArray[np.floating] = self.universe.accounts(columns=["activity"])["activity"].to_numpy()
        return activity

    def fits(self, config: RunConfig) -> bool:
        """Return whether a configuration has this universe and these people in its audiences, all through its flight.

        How large a flight is matters only to audiences whose members leave.
        """
        own = [versions[0].audience.spec for versions in self.versions.values()]
        return config.universe == self.universe_name and _have_same_people(own, self.n_days, config)

    @cached_property
    def universe_fingerprint(self) -> str:
        """What tells the accounts of this universe from those of another, wherever it lies."""
        if self.universe.has_table("accounts"):
            return fingerprint(self.universe.table_path("accounts"))
        accounts = self.universe.accounts()  # such as made in memory
        return hashlib.sha256(pd.util.hash_pandas_object(accounts, index=False).to_numpy().tobytes()).hexdigest()

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
            If the activity of accounts means nothing.
        """
        numbers = class_numbers(config.traffic, self.countries)
        return self._traffic_classes.answer(numbers, lambda: self._build_traffic_classes(numbers))

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

    def eligibility(self, config: RunConfig) -> Eligibility:
        """Return who each ad group may reach; runs that agree in all that it depends on share one answer."""
        return self._eligibilities.answer(
            _what_eligibility_depends_on(config),
            lambda: Eligibility.build(config, self.universe, self.versions, demographics=self.demographics),
        )

    def _build_traffic_classes(self, numbers: tuple[int, ...]) -> TrafficClasses:
        try:
            return TrafficClasses.build(numbers, self.countries, self.activity)
        except ValueError as refusal:
            raise UniverseError(f"table accounts, column activity: {refusal}") from None


def would_fit(opened_for: RunConfig, config: RunConfig) -> bool:
    """Return whether a world opened for one configuration would fit another; see `World.fits`."""
    is_there = opened_for.universe == config.universe
    return is_there and _have_same_people(opened_for.audiences, opened_for.flight.n_days, config)


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
        head = [version.from_hour, audience.status, audience.details.get("data_fee_rate_bp"), audience.audience_size]
        digest.update(json.dumps(head).encode())
        if audience.members is not None:
            digest.update(audience.members.words.tobytes())
    return digest.hexdigest()


def _what_eligibility_depends_on(config: RunConfig) -> str:
    """Return as text all that eligibility is made from beside the world; ids and names are in its warnings."""
    return json.dumps(
        {
            "ad_groups": [
                ad_group.model_dump(mode="json", include={"ad_group_id", "targeting", "bid_multipliers"})
                for ad_group in config.all_ad_groups
            ],
            "order": bidding_order(config).tolist(),
            "third_party_data": config.third_party_data.model_dump(mode="json", include={"is_enabled", "fee_rule"}),
        }
    )
