"""What if: pull levers, run base and scenario on the same random numbers, see the difference and how sure it is."""

from __future__ import annotations

import traitlets
from ipywidgets import VBox

from simulator.scenario import Scenario
from simulator.what_if import Comparison, compare
from simulator.widgets.comparison_view import ComparisonView
from simulator.widgets.scenario_form import ScenarioForm
from simulator.world import World
from workbench.progress import Progress
from workbench.widgets.layout import button, card, choice_field, panel, row
from workbench.widgets.run_bar import RunBar
from workbench.widgets.work import Work

REPLICATIONS = (("10 · quick", 10), ("20", 20), ("50 · narrower intervals", 50))


class WhatIfPanel(VBox):
    """Levers on the left, results on the right.

    Parameters
    ----------
    scenario : Scenario
        Base and levers to begin with.
    world : World or None
        The world of the scenario's universe and audiences if it is open already; opened otherwise when it is needed.
    n_replications : int
        How often base and scenario are run, to begin with: 10, 20 or 50.

    Attributes
    ----------
    scenario : Scenario
        What the levers say; set it and they follow.
    comparison : Comparison or None
        The latest result.
    """

    scenario = traitlets.Instance(Scenario)
    comparison = traitlets.Instance(Comparison, allow_none=True)

    def __init__(self, scenario: Scenario, *, world: World | None = None, n_replications: int = 20) -> None:
        self._world = world
        self._form = ScenarioForm(scenario)
        self._replications = choice_field("Replications", REPLICATIONS)
        self._replications.value = n_replications
        self._run_bar = RunBar(button("Run comparison", is_primary=True), "Comparing")
        self._view = ComparisonView()
        self._work: Work[tuple[World, Comparison]] = Work(self)
        super().__init__((self._root(),), scenario=scenario)
        traitlets.link((self._form, "scenario"), (self, "scenario"))
        self.observe(lambda _change: self._show_outdated(), names="scenario")
        self._run_bar.on_run(self._run_bar.notice.guarded(lambda _button: self.run()))
        self._run_bar.on_cancel(lambda _button: self._work.cancel())

    def run(self) -> None:
        """Compare the scenario with its base; the result arrives in ``comparison`` and on the screen."""
        scenario, n_replications = self.scenario, self._replications.value

        def job(on_progress: Progress) -> tuple[World, Comparison]:
            world = self._world
            if world is None or not world.fits(scenario.base):
                world = World.open(scenario.base, on_progress)
            base = Scenario(name="Base", base=scenario.base)
            return world, compare(base, scenario, world, n_replications=n_replications, on_progress=on_progress)

        self._run_bar.begin()
        self._view.add_class("wb-stale")
        self._work.start(job)

    def on_progress(self, n_done: int, n_total: int) -> None:
        """Show how far the comparison is."""
        self._run_bar.show_progress(n_done, n_total)

    def on_compiling(self, is_compiling: bool) -> None:
        """Show that kernels are being compiled."""
        self._run_bar.show_compiling(is_compiling)

    def on_done(self, result: tuple[World, Comparison]) -> None:
        """Show the comparison."""
        self._run_bar.end()
        self._world, self.comparison = result
        self._view.remove_class("wb-stale")
        self._view.show(result[1])
        self._show_outdated()

    def on_failed(self, error: Exception) -> None:
        """Show why there is no new comparison; the earlier one stays."""
        self._run_bar.end(error)
        self._view.remove_class("wb-stale")

    def _show_outdated(self) -> None:
        if self.comparison is not None:
            shown = self.comparison.alternative
            self._view.show_outdated((self.scenario.base, self.scenario.levers) != (shown.base, shown.levers))

    def _root(self) -> VBox:
        form = card(self._form, self._replications, self._run_bar.buttons, self._run_bar, title="Scenario")
        return panel(row(form, self._view, name="side"), name="what-if")
