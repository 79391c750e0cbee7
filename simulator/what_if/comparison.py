"""What if: two scenarios over the same people, and the difference with its uncertainty.

Each replication runs both scenarios from one seed, so that they meet the same people at the same moments against the
same rivals; see `simulator.what_if.paired` for what is made of the pairs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.config import RunConfig
from simulator.errors import ConfigError
from simulator.scenario import Scenario
from simulator.what_if.metrics import METRICS, Better
from simulator.what_if.paired import MIN_PAIRS, paired_difference, range_of_differences, unpaired_difference
from simulator.what_if.paired_runs import ALTERNATIVE_SIDE, BASE_SIDE, PairedRuns, run_pairs
from simulator.what_if.parameter_draws import ParameterDraws
from simulator.what_if.replications import MAX_REPLICATIONS, Cell, figures_table, replicating
from simulator.what_if.run_figures import DAILY
from simulator.what_if.run_store import KeepsRuns
from simulator.what_if.stopping import Ending, StopRule
from simulator.what_if.summaries import mean_report, summarise_days
from simulator.what_if.workers import Workers
from simulator.world import World
from workbench.progress import Progress, ignore_progress

MIN_REPLICATIONS = MIN_PAIRS
BASE, ALTERNATIVE = "base", "alternative"
SIDES = (BASE, ALTERNATIVE)
N_DRAWS_FOR_RANGE = 39
"""Fewer draws cannot bound a difference with 95 %."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two scenarios side by side.

    Attributes
    ----------
    base, alternative : Scenario
        What was compared.
    n_replications : int
        Pairs of runs. Asked for outright, as many give the same comparison again.
    replications : DataFrame
        ``replication``, ``scenario``, ``metric``, ``value``: every figure of every run.
    by_day : DataFrame
        ``scenario``, ``day``, ``metric``, ``mean``, ``low``, ``high``: means, and the range of at least 95 % of runs.
    by_ad_group : DataFrame
        Mean report of each scenario, one row a scenario and ad group.
    warnings : tuple of str
        What a reader should know, one sentence each.
    n_reused : int
        How many of the runs did not have to be done: they were kept from before, or the same on both sides.
    ending : Ending
        Why there are no more pairs.
    rule : StopRule or None
        What was to end it.
    has_draws : bool
        Whether replications differ in what is not known about the market, see `ParameterDraws`.
    """

    base: Scenario
    alternative: Scenario
    n_replications: int
    replications: pd.DataFrame
    by_day: pd.DataFrame
    by_ad_group: pd.DataFrame
    warnings: tuple[str, ...]
    n_reused: int = 0
    ending: Ending = Ending.AS_ASKED
    rule: StopRule | None = None
    has_draws: bool = False

    @property
    def table(self) -> pd.DataFrame:
        """The answer: one row a metric that says something about either scenario.

        Returns
        -------
        DataFrame
            ``metric``, ``label``, ``unit``; ``base`` and ``alternative`` (means), ``difference``, ``low``, ``high``
            (95 % interval of the mean difference; with draws, of the difference in a market that is not known better),
            ``probability_of_increase`` (share of pairs in which the alternative is higher, ties counting half) and
            ``n_pairs`` that have the figure, see `paired_difference`; ``better`` (``higher``, ``lower`` or ``neither``)
            and ``probability_of_better`` (share of pairs in which it is better; higher, where neither way is); and what
            the pairs are worth, see `unpaired_difference`.
        """
        configs = (self.base.config, self.alternative.config)
        wide = self.replications.pivot_table(
            index="replication", columns=["metric", "scenario"], values="value", dropna=False
        )
        rows = []
        for metric in METRICS:
            if any(metric.is_told_of(config) for config in configs):
                sides = [wide[metric.metric, side].to_numpy(dtype=np.float64) for side in SIDES]
                found = paired_difference(*sides)
                if self.has_draws:
                    found["low"], found["high"] = range_of_differences(*sides)
                increase = found["probability_of_increase"]
                rows.append(
                    {
                        "metric": metric.metric,
                        "label": metric.label,
                        "unit": metric.unit,
                        **found,
                        "better": metric.better.value,
                        "probability_of_better": 1 - increase if metric.better is Better.LOWER else increase,
                        **unpaired_difference(*sides),
                    }
                )
        return pd.DataFrame(rows)


def compare(
    base: Scenario,
    alternative: Scenario,
    world: World,
    *,
    n_replications: int | StopRule = 20,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    draws: ParameterDraws | None = None,
    on_progress: Progress = ignore_progress,
) -> Comparison:
    """Run two scenarios over the same replications.

    Parameters
    ----------
    base, alternative : Scenario
        With the same universe, flight and run seed. Where their audiences differ, those of the alternative are
        populated first.
    world : World
        Opened for the base.
    n_replications : int or StopRule
        Pairs of runs, 2 to 10,000; or what ends the comparison by itself.
    where : Workers, optional
        `threads`, `processes` or `cluster`; two threads if nothing is said. Results do not depend on it.
    keep : KeepsRuns, optional
        `RunStore` or `KeptRuns`, from which runs of before are used again: the base need not be run for every question.
    draws : ParameterDraws, optional
        What is not known about the market; replication ``i`` uses draw ``i`` in both scenarios. Not more replications
        than draws.
    on_progress : Progress
        Called with the pairs that are done and how many there will be, or probably be, from the calling thread; raise
        ``CancelledError`` in it to stop. Runs under way then end at their next simulated hour.

    Returns
    -------
    Comparison

    Raises
    ------
    ConfigError
        If a number is out of range, the scenarios cannot be compared, or the world is not the base's.
    LeverError
        If a scenario's lever names no setting.
    DataFeeError, DefinitionError, UnknownAudienceError
        If a targeting is not one the platform offers.
    CancelledError
        If ``on_progress`` raised it.
    """
    configs = (base.config, alternative.config)
    until = n_replications
    if isinstance(until, StopRule) and draws is not None:
        until = until.model_copy(update={"max_replications": min(until.max_replications, len(draws))})
    _require_comparable(*configs, world)
    _require_enough(until, configs, draws)
    with replicating(configs, world, where=where, keep=keep, draws=draws) as runs:
        pairs = run_pairs(runs, until, on_progress)
    return Comparison(
        base=base,
        alternative=alternative,
        n_replications=len(pairs.sides[BASE_SIDE]),
        replications=_by_scenario(pairs),
        by_day=_summarise_days(configs, pairs),
        by_ad_group=_mean_reports(configs, pairs),
        warnings=_warnings((base, alternative), pairs, draws),
        n_reused=pairs.n_reused,
        ending=pairs.ending,
        rule=until if isinstance(until, StopRule) else None,
        has_draws=draws is not None,
    )


def _require_comparable(base: RunConfig, alternative: RunConfig, world: World) -> None:
    for what, of_base, of_alternative in (
        ("flight", base.flight, alternative.flight),
        ("universe", base.universe, alternative.universe),
        ("rng_seed", base.rng_seed, alternative.rng_seed),
    ):
        if of_base != of_alternative:
            raise ConfigError(
                f"expected two scenarios with the same {what}, got different ones, whose runs would not meet the same "
                f"people at the same moments; give both the same {what}"
            )
    if not world.fits(base):
        raise ConfigError(
            "expected a world opened for the base's universe and audiences, got one of others; open one with World.open"
        )


def _require_enough(
    n_replications: int | StopRule, configs: tuple[RunConfig, RunConfig], draws: ParameterDraws | None
) -> None:
    """Refuse numbers of replications that say nothing, metrics that do not, and draws that hide a difference."""
    n_most = n_replications if isinstance(n_replications, int) else n_replications.max_replications
    if not MIN_REPLICATIONS <= n_most <= MAX_REPLICATIONS:
        raise ConfigError(
            f"expected {MIN_REPLICATIONS} to {MAX_REPLICATIONS:,} replications, got {n_most:,}: fewer have no spread "
            "to make an interval from, more take too long"
        )
    wanted = [] if isinstance(n_replications, int) else [each.metric for each in n_replications.precisions]
    for metric in METRICS:
        if metric.metric in wanted and not any(metric.is_told_of(config) for config in configs):
            raise ConfigError(
                f"expected a precision of a metric that the scenarios have, got {metric.metric}, which neither has; "
                "choose another"
            )
    if draws is not None:
        _require_draws(n_most, configs, draws, is_precise=bool(wanted))


def _require_draws(
    n_most: int, configs: tuple[RunConfig, RunConfig], draws: ParameterDraws, *, is_precise: bool
) -> None:
    if is_precise:
        raise ConfigError(
            "expected a number of replications or a time to stop at where there are draws, got a precision: what is "
            "not known about the market stays unknown, however many runs there are"
        )
    draws.first(n_most).require_alike(configs)


def _warnings(scenarios: tuple[Scenario, Scenario], pairs: PairedRuns, draws: ParameterDraws | None) -> tuple[str, ...]:
    notes = [scenario.note for scenario in scenarios if scenario.note is not None]
    n_pairs = len(pairs.sides[BASE_SIDE])
    if draws is not None and n_pairs < N_DRAWS_FOR_RANGE:
        share = math.floor(100 * (n_pairs - 1) / (n_pairs + 1))
        notes.append(
            f"With {n_pairs} draws the intervals go from the lowest to the highest difference and hold another one "
            f"with {share} %; {N_DRAWS_FOR_RANGE} draws or more give 95 %."
        )
    in_order = [run for pair in zip(*pairs.sides, strict=True) for run in pair]
    return tuple(dict.fromkeys([*notes, *(warning for run in in_order for warning in run.warnings)]))


def _by_scenario(pairs: PairedRuns) -> pd.DataFrame:
    found = {
        Cell(side, replication): run
        for side in (BASE_SIDE, ALTERNATIVE_SIDE)
        for replication, run in enumerate(pairs.sides[side])
    }
    table = figures_table(found)
    table = table.assign(scenario=np.array(SIDES, dtype=object)[table["config"]])
    ordered = table.sort_values(["replication", "config"], kind="stable", ignore_index=True)
    return ordered[["replication", "scenario", "metric", "value"]]


def _summarise_days(configs: Sequence[RunConfig], pairs: PairedRuns) -> pd.DataFrame:
    parts = [
        summarise_days(configs[side], pairs.sides[side], sorted(DAILY)).assign(scenario=scenario)
        for side, scenario in enumerate(SIDES)
    ]
    by_day = pd.concat(parts, ignore_index=True).sort_values(["scenario", "day", "metric"], ignore_index=True)
    return by_day[["scenario", *by_day.columns.drop("scenario")]]


def _mean_reports(configs: Sequence[RunConfig], pairs: PairedRuns) -> pd.DataFrame:
    reports = [
        mean_report(configs[side], pairs.sides[side]).assign(scenario=scenario) for side, scenario in enumerate(SIDES)
    ]
    both = pd.concat(reports, ignore_index=True)
    return both[["scenario", *both.columns.drop("scenario")]]
