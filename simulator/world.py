"""What many runs share: the universe, its populated audiences and the arrays made from them.

Opening a universe and matching lists takes seconds, an auction takes nanoseconds. A `World` is made once for a scenario
and its variants; it holds nothing that a run changes, so any number of runs may use it at once.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulator.config import RunConfig
from simulator.countries import Countries
from simulator.eligibility import Eligibility
from simulator.kept_answers import KeptAnswers
from simulator.landscape import BidLandscape, build_landscape
from simulator.traffic_classes import TrafficClasses, class_numbers
from workbench.audiences import Audience, AudienceSpec, populate_all
from workbench.errors import UniverseError
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe, open_universe

MAX_KEPT_TRAFFIC_CLASSES = 4
"""Answers of `World.traffic_classes` that are kept: few scenarios differ in which countries are alike."""

MAX_KEPT_LANDSCAPES = 8
"""Answers of `World.landscape` that are kept: they are small."""

MAX_KEPT_ELIGIBILITIES = 8
"""Answers of `World.eligibility` that are kept: a base and the variants that are being compared with it."""


@dataclass(frozen=True, eq=False)
class World:
    """A universe with its audiences, ready for runs.

    Attributes
    ----------
    universe : Universe
        The platform's tables.
    audiences : mapping of str to Audience
        Populated audiences by id.
    universe_name : str
        What the configuration calls the universe.
    countries : Countries
        Where each account is.
    activity : float array, shape (n_accounts,)
        How often each account gives an opportunity, relatively.
    """

    universe: Universe
    audiences: Mapping[str, Audience]
    universe_name: str
    countries: Countries
    activity: NDArray[np.floating]
    _traffic_classes: KeptAnswers[tuple[int, ...], TrafficClasses] = field(
        default_factory=lambda: KeptAnswers(MAX_KEPT_TRAFFIC_CLASSES), repr=False
    )
    _landscapes: KeptAnswers[str, BidLandscape] = field(
        default_factory=lambda: KeptAnswers(MAX_KEPT_LANDSCAPES), repr=False
    )
    _eligibilities: dict[tuple[object, ...], Eligibility] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

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
        audiences = populate_all(config.audiences, universe, on_progress=on_progress)
        return cls.of_audiences(universe, audiences, config.universe)

    @classmethod
    def of_audiences(cls, universe: Universe, audiences: Mapping[str, Audience], universe_name: str) -> "World":
        """Take a universe that is open and audiences that are populated.

        Raises
        ------
        UniverseError
            If the universe is damaged.
        """
        activity = universe.accounts(columns=["activity"])["activity"].to_numpy()
        return cls(universe, audiences, universe_name, Countries.of(universe), activity)

    def fits(self, config: RunConfig) -> bool:
        """Return whether a configuration has this universe and these definitions of its audiences."""
        return config.universe == self.universe_name and all(
            spec.audience_id in self.audiences and _are_same_people(self.audiences[spec.audience_id].spec, spec)
            for spec in config.audiences
        )

    def traffic_classes(self, config: RunConfig) -> TrafficClasses:
        """Return whom opportunities come from; runs whose countries fall into the same classes share one answer.

        Raises
        ------
        UniverseError
            If the activity of accounts means nothing.
        """
        numbers = class_numbers(config.traffic, self.countries)
        return self._traffic_classes.answer(numbers, lambda: _traffic_classes(numbers, self.countries, self.activity))

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
        """Return who each ad group may reach; runs whose targetings agree share one answer."""
        key = (
            *(ad_group.targeting for ad_group in config.ad_groups),
            config.third_party_data.is_enabled,
            config.third_party_data.fee_rule,
        )
        with self._lock:
            if key not in self._eligibilities:
                if len(self._eligibilities) == MAX_KEPT_ELIGIBILITIES:
                    del self._eligibilities[next(iter(self._eligibilities))]
                self._eligibilities[key] = Eligibility.build(config, self.universe, self.audiences)
            return self._eligibilities[key]


def _are_same_people(one: AudienceSpec, other: AudienceSpec) -> bool:
    return (one.definition, one.created_at) == (other.definition, other.created_at)


def _traffic_classes(numbers: tuple[int, ...], countries: Countries, activity: NDArray[np.floating]) -> TrafficClasses:
    try:
        return TrafficClasses.build(numbers, countries, activity)
    except ValueError as refusal:
        raise UniverseError(f"table accounts, column activity: {refusal}") from None
