"""What each audience is worth: what would be lost without it, over the same people, and what to bid for its members.

Every audience that ad groups include is left out in turn. Whom another included audience holds too is still reached
then, so an audience that only repeats others is worth nothing, however many results its members bring. An ad group that
includes nothing else pauses, since without any audience it would be for everybody.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pandas as pd

from simulator.answers.answer import TEXT, Answer, Shown, rests_on
from simulator.answers.goal import Goal, goal_of
from simulator.answers.variants import ad_group_of, not_including, with_ad_groups
from simulator.answers.words import bounds, quoted, writing
from simulator.charts import interval_forest, shown_figure
from simulator.config import AdGroup, RunConfig
from simulator.config.ad_group import MAX_BID_MULTIPLIER, MIN_BID_MULTIPLIER
from simulator.errors import ConfigError
from simulator.scenario import Scenario
from simulator.sweeps.intervals import UNKNOWN, Interval, mean_interval, ratio_interval, require_pairs
from simulator.sweeps.outcomes import NET_WORTH, Outcomes, run_outcomes
from simulator.sweeps.sweep import require_world_of
from simulator.what_if import KeepsRuns, ParameterDraws, Workers
from simulator.world import World
from workbench.audiences import safe_size, tell_apart
from workbench.progress import Progress, ignore_progress

PER_CPM: Final = 1_000


class _Part(NamedTuple):
    """What one audience brings: the plan less the plan without it."""

    audience_id: str
    name: str
    size: int | None
    spend: Interval
    results: Interval
    cost: Interval
    worth_cpm: Interval
    multiplier: Interval
    net_worth: Interval
    reach: Interval


def audience_value(
    scenario: Scenario,
    world: World,
    *,
    ad_group_id: str | None = None,
    goal: Goal | str | None = None,
    n_replications: int | ParameterDraws = 20,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    on_progress: Progress = ignore_progress,
) -> Answer:
    """Tell what each audience brings that would be lost without it, at what cost, and what to bid for it.

    Parameters
    ----------
    scenario : Scenario
        With at least one ad group that includes an audience.
    world : World
        Opened for it.
    ad_group_id : str, optional
        The ad group whose audiences are left out in turn; those of all ad groups if nothing is said.
    goal : Goal or str, optional
        What counts as a result, see `simulator.answers.goal.goal_of`.
    n_replications : int or ParameterDraws
        Runs of each variant, 2 to 10,000; or draws of what is not known about the market, one run each.
    where, keep, on_progress
        As for `simulator.sweeps.sweep`.

    Returns
    -------
    Answer
        The table has a row an audience, the one that brings the most first: ``audience``, ``size`` as it may be shown,
        ``results`` that it brings with ``low`` and ``high``, ``spend``, ``reach``, ``cost_of_one`` of these with
        ``cost_low`` and ``cost_high``, ``suggested_multiplier`` of the bid with ``multiplier_low`` and
        ``multiplier_high``; where conversions have a worth ``net_worth``, ``worth_of_member`` and
        ``suggested_bid_cpm``, the most that a thousand of these impressions are worth. NaN where nothing is known.

    Raises
    ------
    ConfigError
        If no ad group, or not the one that was named, includes an audience, or a number is out of range.
    WorkbenchError
        What the universe, an audience, a targeting or the workers are refused for.
    """
    require_pairs(n_replications)
    config = scenario.config
    require_world_of(config, world)
    ad_groups = list(config.ad_groups) if ad_group_id is None else [ad_group_of(config, ad_group_id)]
    audience_ids = _included(ad_groups, ad_group_id)
    goal = goal_of(config.ad_groups, goal)
    outcomes = run_outcomes(
        [config, *(_without(config, ad_groups, an_id) for an_id in audience_ids)],
        world,
        n_replications=n_replications,
        where=where,
        keep=keep,
        on_progress=on_progress,
    )
    read = _read(outcomes, world, audience_ids, goal)
    table = _table(read, goal)
    return Answer(
        name="audience_value",
        question="What is each audience worth?",
        sentence=_sentence(read, goal),
        table=table,
        columns=_columns(goal),
        draw=lambda: interval_forest(
            table.rename(columns={"audience": "label", "results": "value"}),
            title="What each audience brings",
            axis=f"{goal.words} that would be lost without it",
            unit=goal.unit,
            verdicts=("brings more", "takes away"),
            empty="No audience to leave out.",
        ),
        notes=(*_notes(goal), *rests_on(outcomes)),
        scenario=scenario,
        asked={"ad_group_id": ad_group_id, "goal": goal.value},
        n_replications=outcomes.n_replications,
        draws=outcomes.draws,
        findings=_findings(read),
    )


@dataclass(frozen=True, eq=False)
class _Read:
    """What the runs say: the parts, the one that brings the most first, and the cost of a result in the whole."""

    parts: tuple[_Part, ...]
    results: float
    cost: float


def _included(ad_groups: Sequence[AdGroup], ad_group_id: str | None) -> tuple[str, ...]:
    found = dict.fromkeys(an_id for ad_group in ad_groups for an_id in ad_group.targeting.audience_include)
    if not found:
        of_which = "an ad group" if ad_group_id is None else f"ad group {ad_group_id}"
        raise ConfigError(
            f"expected {of_which} to include an audience whose worth could be told, found none; add one to its "
            "targeting's AUDIENCE_INCLUDE"
        )
    return tuple(found)


def _without(config: RunConfig, ad_groups: Sequence[AdGroup], audience_id: str) -> RunConfig:
    """Leave one audience out; ad groups that include nothing else pause."""
    changes: dict[str, dict[str, Any]] = {}
    for ad_group in ad_groups:
        included = set(ad_group.targeting.audience_include)
        if included == {audience_id}:
            changes[ad_group.ad_group_id] = {"status": "PAUSED"}
        elif audience_id in included:
            changes[ad_group.ad_group_id] = not_including(ad_group, [audience_id])
    return with_ad_groups(config, changes)


def _read(outcomes: Outcomes, world: World, audience_ids: Sequence[str], goal: Goal) -> _Read:
    spend, impressions = outcomes.readings("spend"), outcomes.readings("impressions")
    results, reach = outcomes.readings(goal.value), outcomes.readings("reach")
    worth, net = outcomes.readings("worth"), outcomes.readings(NET_WORTH)
    names = tell_apart({an_id: world.audiences[an_id].spec.name for an_id in audience_ids})
    rate = ratio_interval(results[0], impressions[0]).value
    parts = []
    for place, an_id in enumerate(audience_ids, start=1):
        more_results, more_impressions = results[0] - results[place], impressions[0] - impressions[place]
        lost = mean_interval(more_results)
        # A part that does not surely bring anything has no cost and asks for no bid.
        brings = lost.low > 0 or (lost.low == lost.high and lost.value > 0)
        multiplier = ratio_interval(more_results, more_impressions) if brings and rate > 0 else UNKNOWN
        parts.append(
            _Part(
                an_id,
                names[an_id],
                safe_size(world.audiences[an_id].audience_size),
                mean_interval(spend[0] - spend[place]),
                lost,
                ratio_interval(spend[0] - spend[place], more_results / goal.per) if brings else UNKNOWN,
                _times(ratio_interval(worth[0] - worth[place], more_impressions), PER_CPM) if brings else UNKNOWN,
                _times(multiplier, 1 / rate) if rate > 0 else UNKNOWN,
                mean_interval(net[0] - net[place]),
                mean_interval(reach[0] - reach[place]),
            )
        )
    parts.sort(key=lambda part: -part.results.value)
    cost = ratio_interval(spend[0], results[0] / goal.per).value
    return _Read(tuple(parts), float(results[0].mean()), cost)


def _times(interval: Interval, factor: float) -> Interval:
    return Interval(*(value * factor for value in interval))


def _table(read: _Read, goal: Goal) -> pd.DataFrame:
    rows = [
        {
            "audience": part.name,
            "size": math.nan if part.size is None else part.size,
            **dict(zip(("results", "low", "high"), part.results, strict=True)),
            "spend": part.spend.value,
            "reach": part.reach.value,
            **dict(zip(("cost_of_one", "cost_low", "cost_high"), part.cost, strict=True)),
            **dict(
                zip(
                    ("suggested_multiplier", "multiplier_low", "multiplier_high"),
                    (_legal_multiplier(value) for value in part.multiplier),
                    strict=True,
                )
            ),
            "net_worth": part.net_worth.value,
            "worth_of_member": part.net_worth.value / part.size if part.size else math.nan,
            "suggested_bid_cpm": part.worth_cpm.value,
        }
        for part in read.parts
    ]
    table = pd.DataFrame(rows)
    of_worth = ["net_worth", "worth_of_member", "suggested_bid_cpm"]
    return table if goal is Goal.WORTH else table.drop(columns=of_worth)


def _legal_multiplier(value: float) -> float:
    """Return the nearest multiplier that an ad group may have."""
    return value if math.isnan(value) else min(MAX_BID_MULTIPLIER, max(MIN_BID_MULTIPLIER, value))


def _sentence(read: _Read, goal: Goal) -> str:
    if not read.results:
        return f"No audience is worth anything here: there are no {goal.words} in any of the runs."
    best = read.parts[0]
    write = writing(goal.unit)
    if not best.results.low > 0:
        return (
            f"Leaving out any one audience loses no {goal.words} beyond chance, because others hold the same people or "
            "spend the same money."
        )
    start = f"{quoted(best.name)} brings the most: without it {write(best.results.value)} of "
    start += f"{write(read.results)} {goal.words} would be lost {bounds(best.results, write)}".rstrip()
    return f"{start}{_price(best, read, goal)}{_least(read, goal)}."


def _price(best: _Part, read: _Read, goal: Goal) -> str:
    if goal is Goal.WORTH:
        return f", for {shown_figure(best.spend.value, 'dollars')}"
    if not math.isfinite(best.cost.value):
        return ""
    return (
        f", at {shown_figure(best.cost.value, 'price')} a {goal.one} against {shown_figure(read.cost, 'price')} in all"
    )


def _least(read: _Read, goal: Goal) -> str:
    """Say what brings nothing, or else costs the most for what it brings."""
    useless = [part for part in read.parts[1:] if not part.results.low > 0]
    if useless:
        return f"; {quoted(useless[-1].name)} brings nothing beyond chance that the others do not"
    if goal is Goal.WORTH:
        losing = [part for part in read.parts if part.net_worth.high < 0]
        lost = [f"; {quoted(part.name)} costs more than it is worth" for part in losing[-1:]]
        return "".join(lost)
    dear = [part for part in read.parts[1:] if math.isfinite(part.cost.value)]
    if not dear:
        return ""
    dearest = max(dear, key=lambda part: part.cost.value)
    return f"; {quoted(dearest.name)} costs {shown_figure(dearest.cost.value, 'price')} a {goal.one}"


def _notes(goal: Goal) -> tuple[str, ...]:
    counted = (
        "What an audience brings is the plan less the plan without it; people whom other included audiences hold too "
        "are still reached then, so parts need not add up to the whole."
    )
    paused = "An ad group that includes nothing else pauses, since without any audience it would be for everybody."
    advised = (
        "The suggested bid is what a thousand of its impressions are worth: in a second-price auction the best bid."
        if goal is Goal.WORTH
        else "The suggested multiplier is how many results its impressions bring against the average of all."
    )
    return (counted, paused, advised)


def _columns(goal: Goal) -> dict[str, Shown]:
    return {
        "audience": Shown("Audience", TEXT),
        "size": Shown("Size", "people"),
        "results": Shown(f"{goal.words.capitalize()} that it brings", goal.unit),
        "low": Shown("from", goal.unit),
        "high": Shown("to", goal.unit),
        "spend": Shown("Spend on it", "dollars"),
        "reach": Shown("Reach", "people", is_signed=True),
        "cost_of_one": Shown(f"Cost of a {goal.one}", "price"),
        "cost_low": Shown("from ", "price"),
        "cost_high": Shown("to ", "price"),
        "suggested_multiplier": Shown("Multiplier", "ratio"),
        "net_worth": Shown("Net worth", "dollars"),
        "worth_of_member": Shown("Net worth of a member", "price"),
        "suggested_bid_cpm": Shown("Worth a bid of, CPM", "dollars"),
    }


def _findings(read: _Read) -> dict[str, Any]:
    best = read.parts[0]
    return {
        "best_audience_id": best.audience_id if best.results.low > 0 else None,
        "results": best.results.value,
        "low": best.results.low,
        "high": best.results.high,
        "cost_of_one": best.cost.value,
        "cost_of_one_in_all": read.cost,
        "useless_audience_ids": [part.audience_id for part in read.parts if not part.results.low > 0],
    }
