"""What will 5,000 buy? Results along the budget, what one more of them costs, and where more stops being worth it."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.answers.answer import Answer, Shown, rests_on
from simulator.answers.goal import Goal, goal_of
from simulator.answers.variants import flight_budget_dollars, with_budgets
from simulator.answers.words import about_dollars, with_bounds, writing
from simulator.charts import response_lines, shown_figure
from simulator.errors import ConfigError
from simulator.scenario import Scenario
from simulator.sweeps.curves import Saturation, SaturationPoint, marginal_costs, response_curve, saturation_point
from simulator.sweeps.intervals import Readings, mean_interval, ratio_interval, require_pairs
from simulator.sweeps.outcomes import Outcomes, run_outcomes
from simulator.sweeps.sweep import require_world_of
from simulator.what_if import KeepsRuns, ParameterDraws, Workers
from simulator.world import World
from workbench.progress import Progress, ignore_progress

FACTORS: Final = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Of the planned budgets."""

BINDING: Final = 0.98
"""A budget of which this share is spent is taken to be used up: the last bid that it does not cover is left over."""

SATURATION_SHARE: Final = 0.5
MAX_BUDGET_DOLLARS: Final = 10**9


def budget_curve(
    scenario: Scenario,
    world: World,
    *,
    budget_dollars: float | None = None,
    goal: Goal | str | None = None,
    n_replications: int | ParameterDraws = 20,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    on_progress: Progress = ignore_progress,
) -> Answer:
    """Tell what a budget buys, what one more result costs there, and from where on more is not worth it.

    Parameters
    ----------
    scenario : Scenario
        Any; all of its own budgets are raised and lowered by the same factor.
    world : World
        Opened for it.
    budget_dollars : float, optional
        What all campaigns may spend in the flight; as planned if nothing is said.
    goal : Goal or str, optional
        What counts as a result, see `simulator.answers.goal.goal_of`.
    n_replications : int or ParameterDraws
        Runs of each variant, 2 to 10,000; or draws of what is not known about the market, one run each.
    where, keep, on_progress
        As for `simulator.sweeps.sweep`.

    Returns
    -------
    Answer
        The table has a row a budget: ``budget``, ``spend``, ``results`` with ``low`` and ``high``, ``reach``,
        ``cost_of_one``, and ``cost_of_one_more`` than at the budget before with ``more_low`` and ``more_high``.

    Raises
    ------
    ConfigError
        If a number is out of range, or the goal cannot be met.
    WorkbenchError
        What the universe, an audience, a targeting or the workers are refused for.
    """
    require_pairs(n_replications)
    require_world_of(scenario.config, world)
    goal = goal_of(scenario.config.ad_groups, goal)
    planned = flight_budget_dollars(scenario.config)
    asked_for = planned if budget_dollars is None else _amount(budget_dollars)
    budgets = np.unique([*(planned * factor for factor in FACTORS), asked_for])
    configs = [with_budgets(scenario, budget / planned).config for budget in budgets.tolist()]
    outcomes = run_outcomes(
        configs, world, n_replications=n_replications, where=where, keep=keep, on_progress=on_progress
    )
    read = _Read(outcomes, budgets, planned, asked_for, goal)
    return Answer(
        name="budget_curve",
        question=f"What will {shown_figure(asked_for, 'dollars')} buy?",
        sentence=_sentence(read),
        table=read.table,
        columns=_columns(goal),
        draw=lambda: response_lines(
            read.curve,
            title="What the budget buys",
            lever="budget of the flight, dollars",
            result=goal.words,
            unit=goal.unit,
            marks=read.marks,
        ),
        notes=(*_notes(read), *rests_on(outcomes)),
        scenario=scenario,
        asked={"budget_dollars": budget_dollars, "goal": goal.value},
        n_replications=outcomes.n_replications,
        draws=outcomes.draws,
        findings=_findings(read),
    )


@dataclass(frozen=True, eq=False)
class _Read:
    """What the runs say."""

    outcomes: Outcomes
    budgets: NDArray[np.float64]
    planned: float
    asked_for: float
    goal: Goal

    @cached_property
    def spend(self) -> Readings:
        return self.outcomes.readings("spend")

    @cached_property
    def results(self) -> Readings:
        return self.outcomes.readings(self.goal.value)

    @property
    def place(self) -> int:
        """Of the budget that was asked for."""
        return int(np.flatnonzero(self.budgets == self.asked_for)[0])

    @cached_property
    def curve(self) -> pd.DataFrame:
        return response_curve(self.budgets, self.results, self.outcomes.runs(self.goal.value))

    @cached_property
    def steps(self) -> pd.DataFrame:
        return marginal_costs(self.budgets, self.spend, self.results / self.goal.per)

    @cached_property
    def table(self) -> pd.DataFrame:
        costs = [ratio_interval(*pair).value for pair in zip(self.spend, self.results / self.goal.per, strict=True)]
        more = self.steps[["cost_of_one_more", "low", "high"]].to_numpy(dtype=np.float64)
        more = np.vstack([np.full(3, np.nan), more])
        return pd.DataFrame(
            {
                "budget": self.budgets,
                "spend": self.spend.mean(axis=1),
                "results": self.curve["mean"],
                "low": self.curve["low"],
                "high": self.curve["high"],
                "reach": self.outcomes.readings("reach").mean(axis=1),
                "cost_of_one": costs,
                "cost_of_one_more": more[:, 0],
                "more_low": more[:, 1],
                "more_high": more[:, 2],
            }
        )

    @cached_property
    def is_binding(self) -> list[bool]:
        """Whether each budget is used up."""
        return [bool(share >= BINDING) for share in self.spend.mean(axis=1) / self.budgets]

    @cached_property
    def saturation(self) -> SaturationPoint:
        least = 1.0 if self.goal is Goal.WORTH else None
        return saturation_point(self.budgets, self.results, share=SATURATION_SHARE, least_slope=least)

    @property
    def marks(self) -> list[tuple[str, str, float]]:
        marks = [("planned", "as planned", self.planned)]
        if self.asked_for != self.planned:
            marks.append(("asked", "asked for", self.asked_for))
        if self.saturation.verdict is Saturation.FOUND:
            marks.append(("saturation", "more is hardly worth it", self.saturation.at.value))
        return marks


def _amount(dollars: float) -> float:
    if not 0 < dollars <= MAX_BUDGET_DOLLARS:
        raise ConfigError(f"expected a budget above 0 and up to {MAX_BUDGET_DOLLARS:,} dollars, got {dollars:g}")
    return float(dollars)


def _sentence(read: _Read) -> str:
    if not read.outcomes.readings("impressions").sum():
        return "No budget buys anything here: nothing was won in any of the runs."
    dollars = writing("dollars")
    bought, write = mean_interval(read.results[read.place]), writing(read.goal.unit)
    is_worth = read.goal is Goal.WORTH
    what = (
        f"conversions worth {with_bounds(bought, write)}" if is_worth else with_bounds(bought, write, read.goal.words)
    )
    reach = float(read.outcomes.readings("reach")[read.place].mean())
    people = "" if math.isnan(reach) else f" and reaches {shown_figure(reach, 'people')} people"
    spent = float(read.spend[read.place].mean())
    if read.is_binding[read.place]:
        start = f"{dollars(read.asked_for)} buys {what}{people}"
    else:
        start = f"Of {dollars(read.asked_for)} only {dollars(spent)} can be spent, which buys {what}{people}"
    return f"{start}; {_further(read)}."


def _further(read: _Read) -> str:
    """Say what more of the budget would do."""
    at = read.saturation.at
    if not any(read.is_binding):
        return "no budget that was tried binds, so more of it changes nothing: raise the bid or widen the audience"
    worth_it = (
        "brings back less than it costs"
        if read.goal is Goal.WORTH
        else "brings less than half of what the first one brought"
    )
    if read.saturation.verdict is Saturation.FOUND:
        return f"from about {with_bounds(at, about_dollars)} on, a further dollar of it {worth_it}"
    if read.saturation.verdict is Saturation.FROM_THE_START:
        return f"at any budget that was tried a further dollar of it {worth_it}"
    kept = worth_it.replace("less than", "no less than")
    return f"up to {about_dollars(float(read.budgets[-1]))} a further dollar of it {kept}"


def _notes(read: _Read) -> tuple[str, ...]:
    raised = "All own budgets are raised and lowered by the same factor; bids and everything else stay as they are."
    bent = (
        "Between budgets straight lines are drawn; where more stops being worth it is found on slopes that isotonic "
        "regression makes fall, its interval by resampling the runs."
    )
    most = shown_figure(float(read.spend[-1].mean()), "dollars")
    limit = f"At these bids no more than {most} can be spent in the flight, whatever the budget."
    hidden = "Reach is hidden where it is under 100 people."
    has_hidden = bool(read.table["reach"].isna().any())
    return (
        raised,
        *([] if read.is_binding[-1] else [limit]),
        bent,
        *([hidden] if has_hidden else []),
    )


def _columns(goal: Goal) -> dict[str, Shown]:
    return {
        "budget": Shown("Budget", "dollars"),
        "spend": Shown("Spend", "dollars"),
        "results": Shown(goal.words.capitalize(), goal.unit),
        "low": Shown("from", goal.unit),
        "high": Shown("to", goal.unit),
        "reach": Shown("Reach", "people"),
        "cost_of_one": Shown(f"Cost of a {goal.one}", "price"),
        "cost_of_one_more": Shown("Cost of one more", "price"),
        "more_low": Shown("from ", "price"),
        "more_high": Shown("to ", "price"),
    }


def _findings(read: _Read) -> dict[str, Any]:
    row = read.table.iloc[read.place]
    after = read.steps.iloc[min(read.place, len(read.steps) - 1)]
    return {
        "budget": read.asked_for,
        "is_binding": read.is_binding[read.place],
        **{name: row[name] for name in ("spend", "results", "low", "high", "reach", "cost_of_one")},
        "cost_of_one_more": after["cost_of_one_more"],
        "cost_of_one_more_low": after["low"],
        "cost_of_one_more_high": after["high"],
        "saturation": read.saturation.verdict.value,
        "saturation_budget": read.saturation.at.value,
        "saturation_low": read.saturation.at.low,
        "saturation_high": read.saturation.at.high,
    }
