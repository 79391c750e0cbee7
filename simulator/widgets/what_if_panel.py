"""What if: pull levers, run base and scenario on the same random numbers, see the difference and how sure it is."""

from __future__ import annotations

from typing import Any

import traitlets
from ipywidgets import VBox

from simulator.calibration.saved_calibration import SavedCalibration
from simulator.scenario import Scenario
from simulator.what_if import Comparison, KeptRuns, compare
from simulator.what_if.comparison import N_DRAWS_FOR_RANGE
from simulator.widgets.comparison_view import ComparisonView
from simulator.widgets.scenario_form import ScenarioForm
from simulator.widgets.scenario_link import scenario_query, with_query
from simulator.world import World
from workbench.errors import CancelledError
from workbench.progress import Progress
from workbench.widgets.layout import button, card, check_field, choice_field, panel, row
from workbench.widgets.live_answer import LiveAnswer
from workbench.widgets.page_address import PageAddress
from workbench.widgets.run_bar import RunBar

REPLICATIONS = (("10 · quick", 10), ("20", 20), ("50 · narrower intervals", 50))
N_REPLICATIONS = 20
DRAWS = (("39", N_DRAWS_FOR_RANGE), ("100 · steadier intervals", 100))
"""Replications where each is a market that a calibration leaves possible: fewer give no interval of 95 %."""


class WhatIfPanel(VBox):
    """Levers on the left, results on the right; on a dashboard the levers are in the page's address, to be sent on.

    Parameters
    ----------
    scenario : Scenario
        Base and levers to begin with.
    world : World or None
        The world of the scenario's universe and audiences if it is open already; opened otherwise when it is needed.
    calibration : SavedCalibration or None
        What is known of the market, in which base and scenario are then compared; from a `CalibrationPanel` or a file.
    n_replications : int, optional
        How often base and scenario are run, to begin with: 10, 20 or 50, 20 if nothing is said; with a calibration 39
        or 100.
    is_live : bool
        Whether, after the first run, every move of a lever is answered without pressing the button.

    Attributes
    ----------
    scenario : Scenario
        What the levers say; set it and they follow.
    comparison : Comparison or None
        The latest result.
    """

    scenario = traitlets.Instance(Scenario)
    comparison = traitlets.Instance(Comparison, allow_none=True)

    def __init__(
        self,
        scenario: Scenario,
        *,
        world: World | None = None,
        calibration: SavedCalibration | None = None,
        n_replications: int | None = None,
        is_live: bool = True,
    ) -> None:
        self._world, self._runs, self._is_wanted = world, KeptRuns(), False
        self._calibration = calibration
        scenario = scenario if calibration is None else calibration.beneath(scenario)
        self._form = ScenarioForm(scenario)
        self._replications = choice_field("Replications", REPLICATIONS if calibration is None else DRAWS)
        self._replications.value = n_replications or (N_REPLICATIONS if calibration is None else N_DRAWS_FOR_RANGE)
        self._is_live = check_field("Answer every move", value=is_live)
        self._run_bar = RunBar(button("Run comparison", is_primary=True), "Comparing")
        self._address = PageAddress("Copy link to this scenario")
        self._view = ComparisonView()
        self._live: LiveAnswer[tuple[World, Comparison]] = LiveAnswer(self, self._run_bar.show_compiling)
        super().__init__((self._root(),), scenario=scenario)
        traitlets.link((self._form, "scenario"), (self, "scenario"))
        self._watch()

    def _watch(self) -> None:
        guarded = self._run_bar.notice.guarded
        self.observe(guarded(self._on_scenario), names="scenario")
        self._replications.observe(guarded(self._on_moved), names="value")
        self._address.observe(guarded(self._on_address), names="is_known")
        self._run_bar.on_run(guarded(lambda _button: self.run()))
        self._run_bar.on_cancel(lambda _button: self.cancel())

    def run(self) -> None:
        """Compare the scenario with its base; the result arrives in ``comparison`` and on the screen."""
        scenario, n_replications, calibration = self.scenario, self._replications.value, self._calibration
        self._is_wanted = True

        def job(on_progress: Progress) -> tuple[World, Comparison]:
            world = self._world
            if world is None or not world.fits(scenario.base):
                world = World.open(scenario.base, on_progress)
            found = compare(
                Scenario(name="Base", base=scenario.base),
                scenario,
                world,
                n_replications=n_replications,
                keep=self._runs,
                draws=None if calibration is None else calibration.draws,
                on_progress=on_progress,
            )
            return world, found

        self._live.ask((scenario.model_dump_json(), n_replications), job)

    def cancel(self) -> None:
        """Stop a comparison that is under way; the earlier one stays."""
        self._live.forget_question()
        self._is_wanted = self.comparison is not None
        self.on_no_answer(CancelledError("stopped"))

    def on_waiting(self, share: float | None) -> None:
        """Show that a comparison is under way, and how far it is."""
        if share is None:
            self._run_bar.begin()
            self._view.add_class("wb-stale")
        else:
            self._run_bar.show_progress(round(100 * share), 100)

    def on_answer(self, answer: tuple[World, Comparison]) -> None:
        """Show the comparison."""
        self._run_bar.end()
        self._world, self.comparison = answer
        self._view.remove_class("wb-stale")
        self._view.show(self.comparison, () if self._calibration is None else self._calibration.notes)
        self._show_outdated()

    def on_no_answer(self, error: Exception) -> None:
        """Show why there is no new comparison; the earlier one stays."""
        self._run_bar.end(error)
        self._view.remove_class("wb-stale")

    def _on_scenario(self, change: Any) -> None:
        self._show_outdated()
        if self._address.is_known:
            self._address.query = scenario_query(self.scenario)
        self._on_moved(change)

    def _on_moved(self, _change: Any) -> None:
        if self._is_wanted and self._is_live.value:
            self.run()

    def _on_address(self, _change: Any) -> None:
        """Take over the levers of the link that the page was opened with."""
        self.scenario = with_query(self.scenario, self._address.query)

    def _show_outdated(self) -> None:
        if self.comparison is not None:
            shown = self.comparison.alternative
            self._view.show_outdated((self.scenario.base, self.scenario.levers) != (shown.base, shown.levers))

    def _root(self) -> VBox:
        form = card(
            *(self._form, self._replications, self._is_live, self._run_bar.buttons, self._run_bar, self._address),
            title="Scenario",
        )
        return panel(row(form, self._view, name="side"), name="what-if")
