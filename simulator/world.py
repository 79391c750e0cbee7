"""What many runs share: the universe, its populated audiences and the arrays made from them.

Opening a universe and matching lists takes seconds, an auction takes nanoseconds. A `World` is made once for a scenario
and its variants; it holds nothing that a run changes, so any number of runs may use it at once.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from simulator.config import RunConfig
from simulator.eligibility import Eligibility
from simulator.kernels.sampling import AliasTable, build_alias_table
from workbench.audiences import Audience, AudienceSpec, populate_all
from workbench.errors import UniverseError
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe, open_universe

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
    traffic : AliasTable
        Who an opportunity belongs to.
    universe_name : str
        What the configuration calls the universe.
    """

    universe: Universe
    audiences: Mapping[str, Audience]
    traffic: AliasTable
    universe_name: str
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
        return cls(universe, audiences, _traffic(universe), config.universe)

    def fits(self, config: RunConfig) -> bool:
        """Return whether a configuration has this universe and these definitions of its audiences."""
        return config.universe == self.universe_name and all(
            spec.audience_id in self.audiences and _are_same_people(self.audiences[spec.audience_id].spec, spec)
            for spec in config.audiences
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


def _traffic(universe: Universe) -> AliasTable:
    activity = universe.accounts(columns=["activity"])["activity"].to_numpy(dtype=np.float64)
    try:
        return build_alias_table(activity)
    except ValueError as refusal:
        raise UniverseError(f"table accounts, column activity: {refusal}") from None
