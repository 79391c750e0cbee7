"""What a sweep is about, as a form: one lever or two, their values, and how often each point is run."""

from __future__ import annotations

from typing import Any

import traitlets
from ipywidgets import HTML, VBox

from simulator.errors import ConfigError
from simulator.scenario import Scenario
from simulator.sweeps import OfferedLever, SweepPlan, grid, offered_levers
from simulator.sweeps.design import Method
from simulator.sweeps.offered_levers import offer_of
from simulator.what_if import ParameterDraws
from simulator.widgets.swept_lever_field import SweptLeverField
from workbench.widgets.follows_state import FollowsState
from workbench.widgets.layout import choice_field
from workbench.widgets.notice import Notice

REPLICATIONS = (("8 · quick", 8), ("20", 20), ("50 · narrower intervals", 50))
N_REPLICATIONS = 8
MAX_SHOWN = 2
"""Levers that a chart can be drawn over."""


class SweepForm(FollowsState, VBox):
    """Levers and replications of a sweep.

    Parameters
    ----------
    scenario : Scenario
        What the levers are pulled on; to begin with the first budget is swept, or else the first lever.
    draws : ParameterDraws or None
        What is not known about the market: as many of them are taken as there are runs of a point.

    Attributes
    ----------
    plan : SweepPlan
        Set it and the controls follow. While the controls are no plan, the form says why and the plan stays.
    """

    plan = traitlets.Instance(SweepPlan)

    def __init__(self, scenario: Scenario, *, draws: ParameterDraws | None = None) -> None:
        self._draws = draws
        self._first = SweptLeverField("Lever")
        self._second = SweptLeverField("Second lever", is_optional=True)
        self._replications = choice_field("Runs of each point", REPLICATIONS)
        self._size, self._notice = HTML(), Notice()
        super().__init__((self._first, self._second, self._replications, self._size, self._notice))
        self.add_class("wb-form")
        self.plan = _plan_to_begin_with(scenario, draws)
        self._follow()
        self.observe(self._notice.guarded(lambda _change: self._follow()), names="plan")
        for control, name in ((self._first, "lever"), (self._second, "lever"), (self._replications, "value")):
            control.observe(self._when_moved(self._on_moved), names=name)

    def checked(self) -> SweepPlan:
        """Return the plan if that is what the controls say.

        Raises
        ------
        WorkbenchError
            If the controls are no plan.
        """
        if not (self._first.is_sound and self._second.is_sound):
            raise ConfigError("expected values that can be swept, got what is marked above; put it right first")
        return self._said()

    @traitlets.validate("plan")
    def _can_be_shown(self, proposal: Any) -> SweepPlan:
        plan: SweepPlan = proposal["value"]
        design = plan.design
        if design.method is not Method.GRID or len(design.levers) > MAX_SHOWN:
            raise ConfigError(
                f"expected a grid over one lever or two, got a {design.method} over {len(design.levers)}; "
                "run it with simulator.sweeps.sweep"
            )
        offered = offered_levers(design.scenario.config)
        for lever in design.levers:
            offer_of(offered, lever)
        return plan

    def _on_moved(self, _change: Any) -> None:
        self.plan = self._said()

    def _said(self) -> SweepPlan:
        levers = [field.lever for field in (self._first, self._second) if field.lever is not None]
        design = grid(self.plan.design.scenario, *levers)
        n_replications = self._replications.value
        draws = None if self._draws is None else self._draws.first(n_replications)
        return SweepPlan(design=design, n_replications=n_replications, draws=draws)

    def _follow(self) -> None:
        """Make every control say what the plan says."""
        with self._following():
            design, n_replications, draws = self.plan.design, self.plan.n_replications, self.plan.draws
            if draws is None or self._draws is None or self._draws.draws[: len(draws)] != draws.draws:
                self._draws = draws
            offered = offered_levers(design.scenario.config)
            levers = (*design.levers, None)
            for field, lever in zip((self._first, self._second), levers, strict=False):
                field.lever = None  # what it was need not be offered any more
                field.offer(offered)
                field.lever = lever
            if n_replications not in [value for _, value in self._replications.options]:
                self._replications.options = (*REPLICATIONS, (str(n_replications), n_replications))
            self._replications.value = n_replications
            n_points = len(design.points)
            self._size.value = (
                f'<p class="wb-hint">{n_points:,} points, {n_points * n_replications:,} runs over the same people; '
                "those that were done before are not done again.</p>"
            )


def _plan_to_begin_with(scenario: Scenario, draws: ParameterDraws | None) -> SweepPlan:
    offered = offered_levers(scenario.config)
    first = next(filter(_is_budget, offered), offered[0])
    drawn = None if draws is None else draws.first(N_REPLICATIONS)
    return SweepPlan(design=grid(scenario, first.usual), n_replications=N_REPLICATIONS, draws=drawn)


def _is_budget(offer: OfferedLever) -> bool:
    return offer.path.endswith("budget_micros") and (offer.value is not None or offer.usual.is_factor)
