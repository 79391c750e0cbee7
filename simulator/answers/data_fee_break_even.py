"""Should I pay for this data? From which lift on a third-party segment is worth its fee.

The ad groups that include segments are run with them at several lifts, and without them: over whom else they include,
or, where that is nobody, over everybody whom the rest of their targeting admits. What is compared is what a result
costs, or, where conversions have a worth, what is left of it after the spend.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from simulator.answers.answer import Answer, Shown, rests_on
from simulator.answers.goal import Goal, goal_of
from simulator.answers.variants import ad_group_of, not_including, segment_ids, with_ad_groups
from simulator.answers.words import bounds, listed, quoted
from simulator.charts import break_even_lines
from simulator.config import AdGroup, Lift, RunConfig
from simulator.errors import ConfigError
from simulator.scenario import Scenario
from simulator.sweeps.break_even import BreakEven, Verdict, break_even, cost_gains
from simulator.sweeps.intervals import UNKNOWN, Interval, Readings, mean_interval, ratio_interval, require_pairs
from simulator.sweeps.outcomes import NET_WORTH, Outcomes, run_outcomes
from simulator.sweeps.sweep import require_world_of
from simulator.what_if import KeepsRuns, ParameterDraws, Workers
from simulator.world import World
from workbench.charts import shown_percent
from workbench.data_fee import BASIS_POINTS
from workbench.progress import Progress, ignore_progress

LIFTS: Final = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""What is tried; the last is the largest that a scenario may state. In between, straight lines hold: results are in
proportion to the lift as long as the auction does not know of it."""

NO_LIFT: Final = 1.0
N_DRAWN: Final = 60
FEW_RESULTS: Final = 20
"""With fewer results in all runs together their spread is not that of a normal distribution."""


def data_fee_break_even(
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
    """Tell from which lift on third-party data pays for itself.

    Parameters
    ----------
    scenario : Scenario
        With at least one ad group that includes a third-party segment.
    world : World
        Opened for it.
    ad_group_id : str, optional
        The ad group to ask about; all that include segments if nothing is said.
    goal : Goal or str, optional
        What counts as a result, see `simulator.answers.goal.goal_of`.
    n_replications : int or ParameterDraws
        Runs of each variant, 2 to 10,000; or draws of what is not known about the market, one run each.
    where, keep, on_progress
        As for `simulator.sweeps.sweep`.

    Returns
    -------
    Answer
        The table has a row a lift: ``lift``, what a result costs ``with_data`` (or the net worth) with ``low`` and
        ``high``, ``difference`` from without data with ``difference_low`` and ``difference_high``.

    Raises
    ------
    ConfigError
        If no ad group, or not the one that was named, includes a segment, or a number is out of range.
    WorkbenchError
        What the universe, an audience, a targeting or the workers are refused for.
    """
    require_pairs(n_replications)
    require_world_of(scenario.config, world)
    asked = _asked(scenario, world, ad_group_id, goal)
    outcomes = run_outcomes(
        _variants(asked), world, n_replications=n_replications, where=where, keep=keep, on_progress=on_progress
    )
    compared = _compare(asked, outcomes)
    return Answer(
        name="data_fee_break_even",
        question="From which lift on does the data pay for itself?",
        sentence=_sentence(asked, compared, outcomes.n_replications),
        table=compared.table,
        columns=_columns(asked.goal),
        draw=lambda: break_even_lines(compared.curve, compared.without, compared.at, figure=_figure(asked.goal)),
        notes=(*_notes(asked, compared), *rests_on(outcomes)),
        scenario=scenario,
        asked={"ad_group_id": ad_group_id, "goal": asked.goal.value},
        n_replications=outcomes.n_replications,
        draws=outcomes.draws,
        findings=_findings(compared),
    )


@dataclass(frozen=True)
class _Asked:
    """What is compared with what."""

    config: RunConfig
    goal: Goal
    ad_groups: tuple[AdGroup, ...]
    segments: dict[str, str]
    fees_bp: tuple[int, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Compared:
    """What came of it: the lines along the lift, what they are held against, and where they meet.

    ``n_fewest`` are the results of all runs on the side that has fewer; None if nothing is delivered with the data.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    without: Interval
    found: BreakEven | None
    n_fewest: int | None

    @property
    def at(self) -> Interval:
        return self.found.at if self.found else UNKNOWN


def _asked(scenario: Scenario, world: World, ad_group_id: str | None, goal: Goal | str | None) -> _Asked:
    config, segments = scenario.config, segment_ids(scenario.config)
    candidates = [ad_group_of(config, ad_group_id)] if ad_group_id else list(config.ad_groups)
    ad_groups = [each for each in candidates if segments.intersection(each.targeting.audience_include)]
    if not ad_groups:
        of_which = f"ad group {ad_group_id}" if ad_group_id else "an ad group"
        raise ConfigError(
            f"expected {of_which} to include a third-party segment whose fee could pay off, found none; add one to its "
            "targeting's AUDIENCE_INCLUDE"
        )
    names = {spec.audience_id: spec.name for spec in config.audiences}
    included = dict.fromkeys(an_id for each in ad_groups for an_id in each.targeting.audience_include)
    used = [an_id for an_id in included if an_id in segments]
    return _Asked(
        config=config,
        goal=goal_of(ad_groups, goal),
        ad_groups=tuple(ad_groups),
        segments={an_id: names[an_id] for an_id in used},
        fees_bp=tuple(sorted({int(str(world.audiences[an_id].details.get("data_fee_rate_bp", 0))) for an_id in used})),
        others=tuple(names[an_id] for an_id in included if an_id not in segments),
    )


def _variants(asked: _Asked) -> list[RunConfig]:
    """Return the configuration at each lift, and then that without the data."""
    config = asked.config.model_copy(
        update={"third_party_data": asked.config.third_party_data.model_copy(update={"is_enabled": True})}
    )
    at_lifts = [
        with_ad_groups(config, {each.ad_group_id: _lifted(each, asked, lift) for each in asked.ad_groups})
        for lift in LIFTS
    ]
    without = {each.ad_group_id: _without_segments(each, asked) for each in asked.ad_groups}
    return [*at_lifts, with_ad_groups(config, without)]


def _lifted(ad_group: AdGroup, asked: _Asked, lift: float) -> dict[str, Any]:
    lifts = {an_id: each.model_dump() for an_id, each in ad_group.lifts.items()}
    included = [an_id for an_id in asked.segments if an_id in ad_group.targeting.audience_include]
    return {"lifts": {**lifts, **{an_id: {"mean": lift, "standard_deviation": 0} for an_id in included}}}


def _without_segments(ad_group: AdGroup, asked: _Asked) -> dict[str, Any]:
    multipliers = {an_id: factor for an_id, factor in ad_group.bid_multipliers.items() if an_id not in asked.segments}
    return {**not_including(ad_group, asked.segments), "bid_multipliers": multipliers}


def _compare(asked: _Asked, outcomes: Outcomes) -> _Compared:
    read = partial(outcomes.readings, ad_group_ids=[ad_group.ad_group_id for ad_group in asked.ad_groups])
    lifts, is_delivered = np.array(LIFTS), bool(read("impressions")[:-1].sum() > 0)
    counts = read((Goal.CONVERSIONS if asked.goal is Goal.WORTH else asked.goal).value).sum(axis=1)
    fewest = int(min(counts[LIFTS.index(NO_LIFT)], counts[-1]))
    if asked.goal is Goal.WORTH:
        net = read(NET_WORTH)
        with_data, without = [net[:-1]], mean_interval(net[-1])
        gains, scales, is_comparable = net[:-1] - net[-1], np.ones(len(LIFTS)), is_delivered
    else:
        spend, results = read("spend"), read(asked.goal.value) / asked.goal.per
        with_data, without = [spend[:-1], results[:-1]], ratio_interval(spend[-1], results[-1])
        gains = cost_gains(spend[:-1], results[:-1], spend[-1], results[-1])
        scales = -results[:-1].mean(axis=1) * results[-1].mean()
        is_comparable = bool(spend[-1].sum() > 0 and fewest >= FEW_RESULTS)
    curve = _curve(lifts, with_data)
    table = curve[curve["is_simulated"]].drop(columns="is_simulated").reset_index(drop=True)
    if not is_comparable:
        return _Compared(table, curve, without, None, fewest if is_delivered else None)
    differences = [_scaled(mean_interval(values), scale) for values, scale in zip(gains, scales.tolist(), strict=True)]
    table = table.assign(**_columns_of("difference", differences))
    return _Compared(table, curve, without, break_even(lifts, gains), fewest)


def _curve(lifts: NDArray[np.float64], figures: Sequence[Readings]) -> pd.DataFrame:
    """Return a net worth, or spend over results, along the lift; between lifts each replication is a straight line."""
    fine = np.union1d(lifts, np.geomspace(lifts[0], lifts[-1], N_DRAWN))
    lines = [np.array([np.interp(fine, lifts, replication) for replication in readings.T]).T for readings in figures]
    interval = mean_interval if len(lines) == 1 else ratio_interval
    intervals = [interval(*values) for values in zip(*lines, strict=True)]
    return pd.DataFrame({"lift": fine, **_columns_of("with_data", intervals), "is_simulated": np.isin(fine, lifts)})


def _columns_of(name: str, intervals: Sequence[Interval]) -> dict[str, list[float]]:
    return {
        name: [each.value for each in intervals],
        f"{name}_low": [each.low for each in intervals],
        f"{name}_high": [each.high for each in intervals],
    }


def _scaled(interval: Interval, scale: float) -> Interval:
    """Divide by a scale, which exchanges the bounds if it is below 0; there is nothing to say if it is 0."""
    if scale == 0:
        return UNKNOWN
    ends = sorted((interval.low / scale, interval.high / scale))
    return Interval(interval.value / scale, ends[0], ends[1])


def _sentence(asked: _Asked, compared: _Compared, n_replications: int) -> str:
    fees = _fees(asked.fees_bp)
    subject = f"Paying {fees} for this data" if fees else "Using this data, which costs no fee,"
    if compared.found is None:
        return _nothing_to_compare(asked, compared)
    at, verdict = compared.found.at, compared.found.verdict
    words = _lifted_words(asked.goal)
    if verdict is Verdict.NOT_IDENTIFIED:
        return (
            f"{subject} may or may not pay off: over {n_replications} runs of each variant no lift from "
            f"{_shown_lift(LIFTS[0])} to {_shown_lift(LIFTS[-1])} can be ruled out as the break-even."
        )
    if verdict is Verdict.FOUND and not compared.found.pays_above:
        return f"{subject} pays off only while it lifts {words} by no more than {_shown_lift(at.value)} {_bounds(at)}."
    if verdict is Verdict.NEVER:
        return f"{subject} does not pay off, not even if it lifts {words} tenfold."
    if at.high <= NO_LIFT:
        return f"{subject} pays off even if it does not lift {words} at all."
    if at.value == math.inf:
        least = _shown_lift(at.low)
        return (
            f"{subject} would have to lift {words} by at least {least}, and probably by more than tenfold, to pay off."
        )
    if at.value <= NO_LIFT:
        surely = _shown_lift(at.high)
        return f"{subject} probably pays off even without any lift of {words}, and surely from {surely} on."
    return f"{subject} pays off if it lifts {words} by at least {_shown_lift(at.value)} {_bounds(at)}."


def _nothing_to_compare(asked: _Asked, compared: _Compared) -> str:
    if compared.n_fewest is None:
        return "Whether this data pays off cannot be told: with it nothing is delivered at all."
    if compared.n_fewest == 0 and not compared.without.value > 0:
        return (
            f"Whether this data pays off cannot be told: without it there are no {asked.goal.words} whose cost could "
            "be compared."
        )
    return (
        f"Whether this data pays off cannot be told: all runs together brought no more than {compared.n_fewest} "
        f"{asked.goal.words} on one side; run more."
    )


def _notes(asked: _Asked, compared: _Compared) -> tuple[str, ...]:
    names = listed([quoted(ad_group.name) for ad_group in asked.ad_groups])
    if asked.others:
        against = f"Compared with what {names} would do with {listed([*map(quoted, asked.others)])} alone."
    else:
        against = f"Compared with everybody whom the rest of the targeting of {names} admits: nothing else is included."
    measure = (
        "It pays off where more is left of the worth of conversions after the spend than without it."
        if asked.goal is Goal.WORTH
        else f"It pays off where a {asked.goal.one} costs no more than without it."
    )
    moved = "The break-even moves with the fee, the policy for lowering bids, and what rivals bid for these people."
    several = (
        ("The gain changes its sign more than once along the lift; told is the first time.",)
        if compared.found is not None and compared.found.n_crossings > 1
        else ()
    )
    return (against, measure, *_belief(asked, compared), moved, *several)


def _belief(asked: _Asked, compared: _Compared) -> tuple[str, ...]:
    """Hold what the scenario believes of the lift against the break-even."""
    lifts = {ad_group.lifts.get(an_id) for ad_group in asked.ad_groups for an_id in asked.segments}
    lift = next(iter(lifts))
    if len(lifts) > 1 or lift is None or not math.isfinite(compared.at.value):
        return ()
    belief = f"{_shown_lift(lift.mean)} ± {shown_percent(lift.standard_deviation)}"
    shown = shown_percent(_probability_above(lift, compared.at.value))
    return (f"The scenario believes in a lift of {belief}; then it pays off with a probability of {shown}.",)


def _probability_above(lift: Lift, level: float) -> float:
    """Return how probable it is that a lift is at least as high, log-normal as runs draw it."""
    variance = math.log1p((lift.standard_deviation / lift.mean) ** 2)
    distance = math.log(lift.mean / level) - variance / 2
    if variance == 0:
        return float(distance >= 0)
    return float(ndtr(distance / variance**0.5))


def _figure(goal: Goal) -> str:
    return "net worth" if goal is Goal.WORTH else f"cost of a {goal.one}"


def _columns(goal: Goal) -> dict[str, Shown]:
    unit = "dollars" if goal is Goal.WORTH else "price"
    figure = _figure(goal).capitalize()
    return {
        "lift": Shown("Lift", "ratio"),
        "with_data": Shown(f"{figure}, with data", unit),
        "with_data_low": Shown("from", unit),
        "with_data_high": Shown("to", unit),
        "difference": Shown("Difference from without data", unit, is_signed=True),
        "difference_low": Shown("from ", unit, is_signed=True),
        "difference_high": Shown("to ", unit, is_signed=True),
    }


def _findings(compared: _Compared) -> dict[str, Any]:
    found = compared.found
    return {
        "verdict": found.verdict.value if found else "nothing_to_compare",
        "break_even_lift": compared.at.value,
        "low": compared.at.low,
        "high": compared.at.high,
        "without_data": compared.without.value,
    }


def _lifted_words(goal: Goal) -> str:
    return "conversions" if goal is Goal.WORTH else goal.words


def _fees(fees_bp: Sequence[int]) -> str:
    shown = list(dict.fromkeys(shown_percent(fee / BASIS_POINTS) for fee in fees_bp if fee))
    return " to ".join([shown[0], shown[-1]] if len(shown) > 1 else shown)


def _shown_lift(lift: float) -> str:
    return shown_percent(lift - 1)


def _bounds(at: Interval) -> str:
    return bounds(at, _shown_lift)
