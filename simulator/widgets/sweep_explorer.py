"""Sweep: move one lever or two through their values, see what each point comes to, and take one of them over."""

from __future__ import annotations

import html
from typing import NamedTuple

import traitlets
from ipywidgets import HTML, VBox

from simulator.calibration.saved_calibration import SavedCalibration
from simulator.scenario import Scenario, describe_difference
from simulator.sweep_sentence import point_words
from simulator.sweeps import SweepPlan, SweepResult, sweep
from simulator.sweeps.offered_levers import named_levers
from simulator.what_if import KeptRuns
from simulator.widgets.sweep_form import SweepForm
from simulator.widgets.sweep_view import SweepView
from simulator.world import World
from workbench.progress import Progress
from workbench.widgets.layout import button, card, panel, row
from workbench.widgets.run_bar import RunBar, ShowsWork
from workbench.widgets.work import Work


class Swept(NamedTuple):
    """A world, and a sweep that was run in it."""

    world: World
    result: SweepResult


class SweepExplorer(ShowsWork, VBox):
    """Levers on the left; on the right curves or a map with intervals, reach against cost, and every point.

    Parameters
    ----------
    scenario : Scenario
        What the levers are pulled on.
    world : World or None
        The world of the scenario if it is open already; opened otherwise when it is needed.
    calibration : SavedCalibration or None
        What is known of the market, in which each point is then run; from a `CalibrationPanel` or a file.

    Attributes
    ----------
    plan : SweepPlan
        Levers, points and replications; set it and the form follows. A grid over one lever or two that
        `simulator.sweeps.offered_levers` lists.
    result : SweepResult or None
        The latest sweep.
    chosen : Scenario or None
        The scenario at the point that somebody took over.
    """

    plan = traitlets.Instance(SweepPlan)
    result = traitlets.Instance(SweepResult, allow_none=True)
    chosen = traitlets.Instance(Scenario, allow_none=True)

    def __init__(
        self, scenario: Scenario, *, world: World | None = None, calibration: SavedCalibration | None = None
    ) -> None:
        self._world, self._runs, self._calibration = world, KeptRuns(), calibration
        if calibration is None:
            self._form = SweepForm(scenario)
        else:
            self._form = SweepForm(calibration.beneath(scenario), draws=calibration.draws)
        self._run_bar = RunBar(button("Run sweep", is_primary=True), "Sweeping")
        self._use, self._used = button("Use this point"), HTML()
        self._use.disabled = True
        self._view = SweepView(row(self._use, name="toolbar"), self._used)
        self._work: Work[Swept] = Work(self)
        form = card(self._form, self._run_bar.buttons, self._run_bar, title="Sweep")
        root = panel(row(form, self._view, name="side"), name="sweep")
        super().__init__((root,), plan=self._form.plan)
        self._watch()

    def _watch(self) -> None:
        guarded = self._run_bar.notice.guarded
        traitlets.link((self._form, "plan"), (self, "plan"))
        self.observe(lambda _change: self._show_outdated(), names="plan")
        self._view.observe(lambda _change: self._follow_point(), names="point")
        self._use.on_click(guarded(lambda _button: self.use(int(self._view.point))))
        self._run_bar.on_run(guarded(lambda _button: self.run()))
        self._run_bar.on_cancel(lambda _button: self.cancel())

    def run(self) -> None:
        """Run the sweep; it arrives in ``result`` and on the screen. Runs that were done before are not done again."""
        plan = self._form.checked()
        scenario = plan.design.scenario

        def job(on_progress: Progress) -> Swept:
            config = scenario.config
            plan.design.configs(on_progress)  # wrong values are refused before a universe is opened for them
            world = self._world
            if world is None or not world.fits(config):
                world = World.open(config, on_progress)
            runs = plan.draws or plan.n_replications
            return Swept(
                world, sweep(plan.design, world, n_replications=runs, keep=self._runs, on_progress=on_progress)
            )

        self._run_bar.begin()
        self._view.add_class("wb-stale")
        self._work.start(job)

    def cancel(self) -> None:
        """Stop a sweep that is under way; the earlier one stays, and what was run is not run again."""
        self._work.cancel()

    def use(self, point: int) -> None:
        """Take a point over: its scenario arrives in ``chosen``.

        Parameters
        ----------
        point : int
            Its number in ``result.points``.

        Raises
        ------
        IndexError
            If there is no such point.
        """
        if self.result is None or not 0 <= point < len(self.result.design.points):
            raise IndexError(f"expected the number of a point of the sweep, got {point}")
        design = self.result.design
        name = point_words(self.result, named_levers(design.scenario.config, design.levers), point)
        self.chosen = design.scenarios[point].model_copy(update={"name": name})
        changes = "; ".join(describe_difference(design.scenario, self.chosen)) or "nothing changed"
        self._used.value = (
            f'<p class="wb-context" role="status"><b>Taken over:</b> {html.escape(changes)}<br>'
            "The scenario is in <code>.chosen</code>.</p>"
        )

    def on_done(self, result: Swept) -> None:
        """Show the sweep."""
        self._run_bar.end()
        self._view.remove_class("wb-stale")
        self._world, self.result = result
        self._used.value = ""
        self._view.show(result.result, () if self._calibration is None else self._calibration.notes)
        self._show_outdated()
        self._follow_point()

        self._view.remove_class("wb-stale")

    def _show_outdated(self) -> None:
        if self.result is not None:
            self._view.show_outdated(self.plan != self.result.plan)

    def _follow_point(self) -> None:
        self._use.disabled = not self._view.point
