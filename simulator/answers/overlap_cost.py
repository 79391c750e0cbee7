"""What it costs that ad groups overlap, and which exclusions would save it.

Two things are lost where ad groups or audiences overlap: one own ad group raises the price that another pays, and data
fees are paid for people whom a first-party audience reaches as well. Both are counted in the runs. What an exclusion
would save is not concluded from that but tried: money that is not spent on one auction may be spent on another. A
saving is what the results with the exclusion would have cost before, less what they cost with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from simulator.answers.answer import TEXT, Answer, Shown, rests_on
from simulator.answers.goal import Goal, goal_of
from simulator.answers.variants import ad_group_of, excluding, segment_ids, with_ad_groups
from simulator.answers.words import bounds, listed, quoted, with_bounds, writing
from simulator.charts import interval_forest
from simulator.config import AdGroup, RunConfig, SelfCompetition
from simulator.money import MICROS
from simulator.scenario import Scenario
from simulator.sweeps.break_even import cost_gains
from simulator.sweeps.intervals import UNKNOWN, Interval, Readings, mean_interval, require_pairs
from simulator.sweeps.outcomes import NET_WORTH, Outcomes, run_outcomes
from simulator.sweeps.sweep import require_world_of
from simulator.what_if import KeepsRuns, KeptRuns, ParameterDraws, Workers
from simulator.world import World
from workbench.audiences import tell_apart
from workbench.charts import shown_percent
from workbench.errors import WorkbenchError
from workbench.progress import Progress, ignore_progress

MAX_PAIRS: Final = 5
"""The dearest pairs of ad groups whose exclusions are tried."""

BEST_ONLY: Final = "Only the best of the ad groups bids"
TOGETHER: Final = "All that save, together"


class Exclusion(NamedTuple):
    """Audiences that an ad group would exclude.

    Attributes
    ----------
    ad_group_id : str
        Which ad group.
    audience_ids : tuple of str
        What it excludes, and includes no longer if it did.
    """

    ad_group_id: str
    audience_ids: tuple[str, ...]


def overlap_cost(
    scenario: Scenario,
    world: World,
    *,
    goal: Goal | str | None = None,
    n_replications: int | ParameterDraws = 20,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    on_progress: Progress = ignore_progress,
) -> Answer:
    """Tell what overlap costs, and what each exclusion that could save it would save, tried over the same people.

    Parameters
    ----------
    scenario : Scenario
        Any.
    world : World
        Opened for it.
    goal : Goal or str, optional
        What counts as a result, see `simulator.answers.goal.goal_of`.
    n_replications : int or ParameterDraws
        Runs of each variant, 2 to 10,000; or draws of what is not known about the market, one run each.
    where, keep, on_progress
        As for `simulator.sweeps.sweep`; progress starts anew when the exclusions are known.

    Returns
    -------
    Answer
        The table has a row a change that was tried: ``change``, ``saving`` with ``low`` and ``high`` (dollars), and the
        differences of ``spend``, ``results`` with ``results_low`` and ``results_high``, and ``reach``.

    Raises
    ------
    ConfigError
        If a number is out of range, or the goal cannot be met.
    WorkbenchError
        What the universe, an audience, a targeting or the workers are refused for.
    """
    require_pairs(n_replications)
    config = scenario.config
    require_world_of(config, world)
    goal = goal_of(config.ad_groups, goal)
    kept = KeptRuns() if keep is None else keep  # the runs as planned are those of every step

    def run(configs: Sequence[RunConfig]) -> Outcomes:
        return run_outcomes(
            configs, world, n_replications=n_replications, where=where, keep=kept, on_progress=on_progress
        )

    best_only = config.model_copy(update={"self_competition": SelfCompetition.BEST_ONLY})
    planned = run([config, best_only])
    costs = _costs(planned, config)
    exclusions = [each for each in _candidates(config, costs) if _is_possible(config, world, each)]
    tried = _tried(run([config, *(_with(config, [each]) for each in exclusions)]), goal)
    combined = _that_go_together(exclusions, tried, config)
    together = _tried(run([config, _with(config, combined)]), goal) if len(combined) > 1 else []
    table = _table(config, exclusions, tried, together, _tried(planned, goal) if costs.has_pairs else [])
    return Answer(
        name="overlap_cost",
        question="What does overlap cost, and which exclusions would save it?",
        sentence=_sentence(costs, table, goal),
        table=table,
        columns=_columns(goal),
        draw=lambda: interval_forest(
            table.rename(columns={"change": "label", "saving": "value"}),
            title="What exclusions would save",
            axis="saving in the flight, dollars",
            unit="dollars",
            verdicts=("saves", "costs"),
            empty="Nothing to exclude – the ad groups do not get in each other's way.",
        ),
        notes=(*_notes(goal, combined, config), *rests_on(planned)),
        scenario=scenario,
        asked={"goal": goal.value},
        n_replications=planned.n_replications,
        draws=planned.draws,
        findings=_findings(costs, table),
    )


@dataclass(frozen=True, eq=False)
class _Costs:
    """What overlap costs as planned, dollars in the flight."""

    spend: float
    by_pair: dict[tuple[int, int], float]
    self_competition: Interval
    redundant: Interval
    redundant_by_ad_group: dict[str, float]

    @property
    def has_pairs(self) -> bool:
        return bool(self.by_pair)

    @property
    def total(self) -> float:
        return self.self_competition.value + self.redundant.value


class _Change(NamedTuple):
    """What one change does, against the plan."""

    saving: Interval
    spend: Interval
    results: Interval
    results_share: float
    reach: float


def _costs(planned: Outcomes, config: RunConfig) -> _Costs:
    runs = planned.figures[0]
    self_competition = np.array([run.self_competition[:, 2].sum() / MICROS for run in runs])
    by_pair: dict[tuple[int, int], float] = {}
    for run in runs:
        for payer, raiser, micros in run.self_competition.tolist():
            pair = int(payer), int(raiser)
            by_pair[pair] = by_pair.get(pair, 0.0) + micros / MICROS / len(runs)
    ids = [ad_group.ad_group_id for ad_group in config.ad_groups]
    redundant = {an_id: float(planned.readings("redundant_data_spend", [an_id])[0].mean()) for an_id in ids}
    return _Costs(
        spend=float(planned.readings("spend")[0].mean()),
        by_pair={pair: cost for pair, cost in sorted(by_pair.items(), key=lambda each: -each[1]) if cost > 0},
        self_competition=mean_interval(planned.spread(self_competition)),
        redundant=mean_interval(planned.readings("redundant_data_spend")[0]),
        redundant_by_ad_group={an_id: cost for an_id, cost in redundant.items() if cost > 0},
    )


def _candidates(config: RunConfig, costs: _Costs) -> list[Exclusion]:
    """Return the exclusions that could save something: for dear pairs both ways, for redundant fees the first party."""
    unused = segment_ids(config) if not config.third_party_data.is_enabled else frozenset()
    found: list[Exclusion] = []
    for payer, raiser in list(costs.by_pair)[:MAX_PAIRS]:
        one, other = config.ad_groups[payer], config.ad_groups[raiser]
        found += [_exclusion(one, other, unused), _exclusion(other, one, unused)]
    segments = segment_ids(config)
    for ad_group_id in costs.redundant_by_ad_group:
        included = ad_group_of(config, ad_group_id).targeting.audience_include
        found += [Exclusion(ad_group_id, (an_id,)) for an_id in included if an_id not in segments]
    return [each for each in dict.fromkeys(found) if each.audience_ids and not _empties(config, each)]


def _exclusion(ad_group: AdGroup, other: AdGroup, unused: frozenset[str]) -> Exclusion:
    """Return the exclusion of another ad group's audiences."""
    already = {*ad_group.targeting.audience_exclude, *unused}
    audiences = tuple(an_id for an_id in other.targeting.audience_include if an_id not in already)
    return Exclusion(ad_group.ad_group_id, audiences)


def _empties(config: RunConfig, exclusion: Exclusion) -> bool:
    """Tell whether an ad group would be left without the audiences that it is for."""
    included = set(ad_group_of(config, exclusion.ad_group_id).targeting.audience_include)
    return bool(included) and included <= set(exclusion.audience_ids)


def _is_possible(config: RunConfig, world: World, exclusion: Exclusion) -> bool:
    """Tell whether the platform offers a targeting with an exclusion; segments, for one, are for one country only."""
    try:
        world.eligibility(_with(config, [exclusion]))
    except WorkbenchError:
        return False
    return True


def _with(config: RunConfig, exclusions: Iterable[Exclusion]) -> RunConfig:
    by_ad_group: dict[str, tuple[str, ...]] = {}
    for each in exclusions:
        by_ad_group[each.ad_group_id] = (*by_ad_group.get(each.ad_group_id, ()), *each.audience_ids)
    changes = {an_id: excluding(ad_group_of(config, an_id), audiences) for an_id, audiences in by_ad_group.items()}
    return with_ad_groups(config, changes)


def _tried(outcomes: Outcomes, goal: Goal) -> list[_Change]:
    """Compare every configuration with the first."""
    spend, results = outcomes.readings("spend"), outcomes.readings(goal.value)
    reach = outcomes.readings("reach").mean(axis=1)
    before = float(results[0].mean())
    savings = _savings(outcomes, goal, spend, results)
    return [
        _Change(
            savings[place],
            mean_interval(spend[place] - spend[0]),
            mean_interval(results[place] - results[0]),
            float(results[place].mean()) / before - 1 if before else float("nan"),
            float(reach[place] - reach[0]),
        )
        for place in range(1, len(spend))
    ]


def _savings(outcomes: Outcomes, goal: Goal, spend: Readings, results: Readings) -> list[Interval]:
    if goal is Goal.WORTH:
        net = outcomes.readings(NET_WORTH)
        return [mean_interval(values - net[0]) for values in net]
    before = float(results[0].mean())
    if not before:
        return [UNKNOWN] * len(spend)
    gains = cost_gains(spend, results, spend[0], results[0]) / before
    return [mean_interval(values) for values in gains]


def _that_go_together(exclusions: Sequence[Exclusion], tried: Sequence[_Change], config: RunConfig) -> list[Exclusion]:
    """Return the exclusions that surely save, the best first, without any that would undo another.

    Two ad groups that exclude each other's audiences would leave those who are in both to nobody.
    """
    found: list[Exclusion] = []
    saving = [(change.saving, each) for each, change in zip(exclusions, tried, strict=True) if change.saving.low > 0]
    for _, each in sorted(saving, key=lambda pair: -pair[0].value):
        own = set(ad_group_of(config, each.ad_group_id).targeting.audience_include)
        is_mutual = any(
            own & set(other.audience_ids)
            and set(ad_group_of(config, other.ad_group_id).targeting.audience_include) & set(each.audience_ids)
            for other in found
            if other.ad_group_id != each.ad_group_id
        )
        joined = _joined(each, found)
        is_new = len(set(joined.audience_ids)) == len(joined.audience_ids)
        if is_new and not is_mutual and not _empties(config, joined):
            found.append(each)
    return found


def _joined(exclusion: Exclusion, others: Iterable[Exclusion]) -> Exclusion:
    """Return all that an ad group would exclude."""
    same = [other for other in others if other.ad_group_id == exclusion.ad_group_id]
    return Exclusion(
        exclusion.ad_group_id, (*exclusion.audience_ids, *(a for other in same for a in other.audience_ids))
    )


def _table(
    config: RunConfig,
    exclusions: Sequence[Exclusion],
    tried: Sequence[_Change],
    together: Sequence[_Change],
    best_only: Sequence[_Change],
) -> pd.DataFrame:
    named = [(_in_words(config, each), change) for each, change in zip(exclusions, tried, strict=True)]
    named.sort(key=lambda pair: -pair[1].saving.value)
    named += [(TOGETHER, change) for change in together]
    named += [(BEST_ONLY, change) for change in best_only]
    columns = ["change", "saving", "low", "high", "spend", "results", "results_low", "results_high", "results_share"]
    return pd.DataFrame(
        [
            (words, *change.saving, change.spend.value, *change.results, change.results_share, change.reach)
            for words, change in named
        ],
        columns=[*columns, "reach"],
    )


def _in_words(config: RunConfig, exclusion: Exclusion) -> str:
    names = tell_apart({spec.audience_id: spec.name for spec in config.audiences})
    ad_group = ad_group_of(config, exclusion.ad_group_id)
    audiences = listed([quoted(names[an_id]) for an_id in exclusion.audience_ids])
    return f"{quoted(ad_group.name)} excludes {audiences}"


def _sentence(costs: _Costs, table: pd.DataFrame, goal: Goal) -> str:
    if not costs.total:
        return (
            "Overlap costs nothing here: no ad group raised another's price, and no data fee was paid for people who "
            "are reached anyway."
        )
    dollars = writing("dollars")
    parts = []
    if costs.self_competition.value:
        parts.append(f"{with_bounds(costs.self_competition, dollars)} because own ad groups raise each other's price")
    if costs.redundant.value:
        parts.append(f"{with_bounds(costs.redundant, dollars)} in data fees for people who are reached anyway")
    start = f"Overlap costs {dollars(costs.total)} of the {dollars(costs.spend)} spent: {listed(parts)}"
    return f"{start}; {_best(table, goal)}."


def _best(table: pd.DataFrame, goal: Goal) -> str:
    """Say what the best exclusion would save."""
    tried = table[~table["change"].isin([BEST_ONLY, TOGETHER])]
    if tried.empty:
        return "no exclusion could save any of it, as none would leave both ad groups with their audiences"
    best = tried.iloc[0]
    if not best["low"] > 0:
        return "none of the exclusions that were tried surely saves any of it"
    saving = Interval(best["saving"], best["low"], best["high"])
    dollars = writing("dollars")
    what = "in net worth" if goal is Goal.WORTH else f"on what the {goal.words} cost"
    saved = f"if {best['change']} that saves {dollars(saving.value)} {what} {bounds(saving, dollars)}".rstrip()
    if best["results_high"] < 0:
        return f"{saved}, and brings {shown_percent(-best['results_share'])} fewer {goal.words}"
    return saved


def _notes(goal: Goal, combined: Sequence[Exclusion], config: RunConfig) -> tuple[str, ...]:
    counted = (
        "What own ad groups cost each other is how much less the one that paid would have paid against the market "
        "alone. What an exclusion saves is tried, because money saved in one auction may be spent in another."
    )
    measure = (
        "A saving is a rise of the net worth."
        if goal is Goal.WORTH
        else f"A saving is what the {goal.words} of the variant would have cost before, less what they cost in it."
    )
    several = (
        [f"Together were tried: {listed([_in_words(config, each) for each in combined])}."] if len(combined) > 1 else []
    )
    return (counted, measure, *several)


def _columns(goal: Goal) -> dict[str, Shown]:
    return {
        "change": Shown("Change", TEXT),
        "saving": Shown("Saving", "dollars", is_signed=True),
        "low": Shown("from", "dollars", is_signed=True),
        "high": Shown("to", "dollars", is_signed=True),
        "spend": Shown("Spend", "dollars", is_signed=True),
        "results": Shown(goal.words.capitalize(), goal.unit, is_signed=True),
        "results_low": Shown("from ", goal.unit, is_signed=True),
        "results_high": Shown("to ", goal.unit, is_signed=True),
        "reach": Shown("Reach", "people", is_signed=True),
    }


def _findings(costs: _Costs, table: pd.DataFrame) -> dict[str, Any]:
    tried = table[~table["change"].isin([BEST_ONLY, TOGETHER])]
    best = tried.iloc[0] if len(tried) and tried.iloc[0]["low"] > 0 else None
    return {
        "spend": costs.spend,
        "self_competition": costs.self_competition.value,
        "self_competition_low": costs.self_competition.low,
        "self_competition_high": costs.self_competition.high,
        "redundant_data_fees": costs.redundant.value,
        "n_exclusions_tried": len(tried),
        "best_exclusion": None if best is None else best["change"],
        "saving": None if best is None else best["saving"],
        "saving_low": None if best is None else best["low"],
        "saving_high": None if best is None else best["high"],
    }
