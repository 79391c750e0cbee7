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
from workbench.audiences import Audience, populate
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe, open_universe


@dataclass(frozen=True)
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
    """

    universe: Universe
    audiences: Mapping[str, Audience]
    traffic: AliasTable
    _eligibilities: dict[str, Eligibility] = field(default_factory=dict, repr=False)
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
        audiences: dict[str, Audience] = {}
        for n_done, spec in enumerate(config.audiences):
            on_progress(n_done, len(config.audiences))
            audiences[spec.audience_id] = populate(spec, universe)
        on_progress(len(config.audiences), len(config.audiences))
        activity = universe.accounts(columns=["activity"])["activity"].to_numpy(dtype=np.float64)
        return cls(universe, audiences, build_alias_table(activity))

    def eligibility(self, config: RunConfig) -> Eligibility:
        """Return who each ad group may reach; runs whose targetings agree share one answer."""
        key = repr([ad_group.targeting for ad_group in config.ad_groups]) + repr(config.third_party_data.is_enabled)
        with self._lock:
            if key not in self._eligibilities:
                self._eligibilities[key] = Eligibility.build(config, self.universe, self.audiences)
            return self._eligibilities[key]
