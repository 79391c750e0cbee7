"""How many people are reached how often, what other budgets would do to that, and what caps on the frequency would.

People are counted over all ad groups together, so whoever saw ads of two of them saw both.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.answers.answer import TEXT, Answer, Shown, rests_on
from simulator.answers.variants import with_ad_groups, with_budgets
from simulator.answers.words import bounds, listed, people_in_full
from simulator.charts import reach_lines
from simulator.config import RunConfig
from simulator.config.ad_group import FREQUENCY_WINDOW_DAYS
from simulator.scenario import Scenario
from simulator.sweeps.intervals import Interval, Readings, mean_interval, require_pairs
from simulator.sweeps.outcomes import Outcomes, run_outcomes
from simulator.sweeps.sweep import require_world_of
from simulator.what_if import KeepsRuns, ParameterDraws, Workers
from simulator.world import World
from workbench.charts import shown_percent
from workbench.progress import Progress, ignore_progress

FACTORS: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Of the planned budgets."""

CAPS: Final = (1, 2, 3, 5)
"""Impressions an account, in the flight, that ad groups are capped at."""

DRAWN: Final = (1, 2, 3, 5)
"""Frequencies that have a line."""

PLANNED: Final = "As planned"

SAME_SPEND: Final = 0.01
"""If twice the budget spends no more than this share more, it cannot be spent."""


def reach_frequency(
    scenario: Scenario,
    world: World,
    *,
    n_replications: int | ParameterDraws = 20,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    on_progress: Progress = ignore_progress,
) -> Answer:
    """Tell how many people are reached how often, and how budgets and caps change that.

    Parameters
    ----------
    scenario : Scenario
        Any.
    world : World
        Opened for it.
    n_replications : int or ParameterDraws
        Runs of each variant, 2 to 10,000; or draws of what is not known about the market, one run each.
    where, keep, on_progress
        As for `simulator.sweeps.sweep`.

    Returns
    -------
    Answer
        The table has a row a variant (as planned, other budgets, caps): ``variant``, ``spend``, ``reach`` with ``low``
        and ``high``, ``frequency``, ``at_least_2`` to ``at_least_5``, ``cost_per_thousand`` people reached, and
        ``reach_difference`` from the plan with ``difference_low`` and ``difference_high``. People are rounded to tens
        and hidden under 100, run by run.

    Raises
    ------
    ConfigError
        If a number is out of range.
    WorkbenchError
        What the universe, an audience, a targeting or the workers are refused for.
    """
    require_pairs(n_replications)
    require_world_of(scenario.config, world)
    variants = _variants(scenario)
    outcomes = run_outcomes(
        list(variants.values()),
        world,
        n_replications=n_replications,
        where=where,
        keep=keep,
        on_progress=on_progress,
    )
    read = _Read(outcomes, tuple(variants))
    return Answer(
        name="reach_frequency",
        question="How many people are reached, and how often?",
        sentence=_sentence(read),
        table=read.table(),
        columns=_columns(),
        draw=lambda: reach_lines(read.lines()),
        notes=(*_notes(read, scenario.config), *rests_on(outcomes)),
        scenario=scenario,
        asked={},
        n_replications=outcomes.n_replications,
        draws=outcomes.draws,
        findings=_findings(read),
    )


def _variants(scenario: Scenario) -> dict[str, RunConfig]:
    """Return the configurations that are compared by what they are called: as planned, budgets, caps."""
    config = scenario.config
    found = {
        PLANNED if factor == 1 else f"Budgets ×{factor:g}": with_budgets(scenario, factor).config for factor in FACTORS
    }
    window_days = min(config.flight.n_days, FREQUENCY_WINDOW_DAYS)
    for cap in CAPS:
        capped = {"frequency_cap": {"max_impressions": cap, "window_days": window_days}, "frequency_goal": None}
        changes = {ad_group.ad_group_id: capped for ad_group in config.ad_groups}
        found[f"At most {cap} each"] = with_ad_groups(config, changes)
    return {PLANNED: found.pop(PLANNED), **found}


@dataclass(frozen=True, eq=False)
class _Read:
    """What the runs say; the first variant is the plan."""

    outcomes: Outcomes
    variants: tuple[str, ...]

    def at_least(self, n_impressions: int) -> Readings:
        """Return how many people saw ads at least so often: float64 array, shape (n_variants, n_replications)."""
        people = [[run.by_frequency[-1, n_impressions - 1] for run in runs] for runs in self.outcomes.figures]
        return self.outcomes.spread(np.array(people, dtype=np.float64))

    @property
    def spend(self) -> NDArray[np.float64]:
        spend: NDArray[np.float64] = self.outcomes.readings("spend").mean(axis=1)
        return spend

    def table(self) -> pd.DataFrame:
        reach = self.outcomes.readings("reach")
        levels = [mean_interval(values) for values in reach]
        differences = [mean_interval(values - reach[0]) for values in reach]
        means = np.array([each.value for each in levels])
        columns = {
            "variant": self.variants,
            "spend": self.spend,
            "reach": means,
            "low": [each.low for each in levels],
            "high": [each.high for each in levels],
            "frequency": [mean_interval(values).value for values in self.outcomes.readings("frequency")],
            **{f"at_least_{n}": [mean_interval(values).value for values in self.at_least(n)] for n in DRAWN[1:]},
            "cost_per_thousand": 1_000 * self.spend / means,
            "reach_difference": [each.value for each in differences],
            "difference_low": [each.low for each in differences],
            "difference_high": [each.high for each in differences],
        }
        return pd.DataFrame(columns)

    def lines(self) -> pd.DataFrame:
        """Return reach by frequency along the budgets."""
        budgets = [place for place, name in enumerate(self.variants) if name == PLANNED or name.startswith("Budgets")]
        budgets.sort(key=lambda place: self.spend[place])
        rows = []
        for n in DRAWN:
            readings = self.outcomes.readings("reach") if n == 1 else self.at_least(n)
            rows += [
                {
                    "spend": float(self.spend[place]),
                    "at_least": n,
                    **dict(zip(("mean", "low", "high"), mean_interval(readings[place]), strict=True)),
                }
                for place in budgets
            ]
        return pd.DataFrame(rows)


def _sentence(read: _Read) -> str:
    if not read.outcomes.readings("impressions")[0].sum():
        return "Nobody is reached: nothing was won in any of the runs."
    reach = mean_interval(read.outcomes.readings("reach")[0])
    if math.isnan(reach.value):
        return "Fewer than 100 people are reached, which is too few to be shown."
    people = people_in_full
    often = mean_interval(read.outcomes.readings("frequency")[0]).value
    shares = _shares(read, reach.value)
    start = (
        f"{people(reach.value)} people {bounds(reach, people)} see the ads {often:.1f} times each on average{shares}"
    )
    return f"{start}; {_more(read)}."


def _shares(read: _Read, reach: float) -> str:
    known = [(n, mean_interval(read.at_least(n)[0]).value / reach) for n in DRAWN[1:3]]
    words = {2: "twice", 3: "three times"}
    parts = [f"{shown_percent(share)} at least {words[n]}" for n, share in known if not math.isnan(share)]
    return f", {listed(parts)}" if parts else ""


def _more(read: _Read) -> str:
    """Say what twice the budget would do to reach."""
    reach = read.outcomes.readings("reach")
    place = read.variants.index("Budgets ×2")
    change = mean_interval(reach[place] - reach[0])
    spent = read.spend[place] / read.spend[0] - 1
    if spent < SAME_SPEND:
        return "twice the budget would reach nobody else, as it could not be spent"
    if not (change.low > 0 or change.high < 0):
        return "whether twice the budget reaches more people cannot be told from chance"
    direction = "more" if change.value > 0 else "fewer"
    share = Interval(*(abs(value) / float(reach[0].mean()) for value in change))
    return f"twice the budget would reach {shown_percent(share.value)} {direction} people"


def _notes(read: _Read, config: RunConfig) -> tuple[str, ...]:
    counted = (
        "People are counted over all ad groups together; sizes are rounded down to tens and hidden under 100, run by "
        "run."
    )
    caps = f"“At most {CAPS[0]} each” and so on put a cap on every ad group; two ad groups together may show more."
    window = (
        "How often people saw the ads is not known where an ad group's cap goes back less than the flight."
        if np.isnan(read.at_least(1)[0]).all() and not np.isnan(read.outcomes.readings("reach")[0]).all()
        else None
    )
    long_flight = (
        f"A cap goes back {FREQUENCY_WINDOW_DAYS} days at most, and the flight is longer."
        if config.flight.n_days > FREQUENCY_WINDOW_DAYS
        else None
    )
    return tuple(note for note in (counted, caps, window, long_flight) if note)


def _columns() -> dict[str, Shown]:
    return {
        "variant": Shown("Variant", TEXT),
        "spend": Shown("Spend", "dollars"),
        "reach": Shown("Reach", "people"),
        "low": Shown("from", "people"),
        "high": Shown("to", "people"),
        "frequency": Shown("Frequency", "ratio"),
        **{f"at_least_{n}": Shown(f"{n} times or more", "people") for n in DRAWN[1:]},
        "cost_per_thousand": Shown("Cost of 1,000 people", "dollars"),
        "reach_difference": Shown("Reach, from the plan", "people", is_signed=True),
        "difference_low": Shown("from ", "people", is_signed=True),
        "difference_high": Shown("to ", "people", is_signed=True),
    }


def _findings(read: _Read) -> dict[str, Any]:
    row = read.table().iloc[0]
    names = ("spend", "reach", "low", "high", "frequency", "at_least_2", "at_least_3", "cost_per_thousand")
    reach = read.table()["reach"].to_numpy(dtype=np.float64)
    most = None if np.isnan(reach).all() else read.variants[int(np.nanargmax(reach))]
    return {**{name: row[name] for name in names}, "variant_with_most_reach": most}
