"""``python -m simulator run``, ``compare``, ``scenario`` and ``demo``."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from simulator.briefing import answer_table, campaign_table, how_it_ended
from simulator.calibration.saved_calibration import SavedCalibration, load_calibration
from simulator.config import RunConfig
from simulator.errors import ConfigError
from simulator.payloads import comparison_payload, run_payload
from simulator.reports import report_by_ad, report_by_ad_group, report_by_audience, report_by_day, report_by_hour
from simulator.run import RunResult, simulate
from simulator.scenario import Lever, Scenario, describe_difference, levers_of, load_scenario
from simulator.sharding import BudgetSharing, simulate_in_shards, simulate_on_cluster
from simulator.what_if import (
    MAX_REPLICATIONS,
    MIN_REPLICATIONS,
    Precision,
    RunStore,
    StopRule,
    Workers,
    cluster,
    compare,
    threads,
)
from simulator.what_if.comparison import N_DRAWS_FOR_RANGE
from simulator.what_if.stopping import seconds_from_text
from simulator.world import World
from workbench.console import NamedPath, json_option, print_json, print_line, print_notes, print_table, progress_bar
from workbench.progress import Progress

SAMPLE_SCENARIO = Path(__file__).parents[1] / "data/samples/scenario.json"
REPORTS = {
    "TOTAL": report_by_ad_group,
    "DAY": report_by_day,
    "HOUR": report_by_hour,
    "AD": report_by_ad,
    "AUDIENCE": report_by_audience,
}
DEMO_REPLICATIONS = 20

scenario_argument = click.argument("scenario_path", metavar="SCENARIO", type=NamedPath("a scenario file"))
universe_option = click.option(
    "--universe",
    "universe_path",
    metavar="DIR",
    type=NamedPath("the folder of a universe"),
    help="Run on this universe instead of the one the scenario names.",
)
replications_option = click.option(
    "--replications",
    "n_replications",
    type=click.IntRange(MIN_REPLICATIONS, MAX_REPLICATIONS),
    default=DEMO_REPLICATIONS,
    show_default=True,
    help="Paired runs.",
)


calibration_option = click.option(
    "--calibration",
    "calibration_path",
    metavar="FILE",
    type=NamedPath("a calibration"),
    help="Ask in the market that calibrate --calibration wrote here; what it leaves open is in every interval.",
)


F = TypeVar("F", bound=Callable[..., Any])


def engine_options(command: F) -> F:
    """Give a command the options that say where runs are done and kept, see `where_of`."""
    options = (
        click.option(
            "--store",
            "store_path",
            metavar="DIR",
            type=NamedPath("a folder for finished runs"),
            help="Keep finished runs here, and use those that are there already.",
        ),
        click.option("--threads", "n_threads", type=click.IntRange(1), help="Runs at once [default: 2]."),
        click.option(
            "--scheduler", "scheduler_address", metavar="ADDRESS", help="Do the runs on this Dask scheduler's workers."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("run")
@scenario_argument
@universe_option
@click.option(
    "--granularity",
    type=click.Choice(list(REPORTS)),
    default="TOTAL",
    show_default=True,
    help="What a row of the report stands for.",
)
@click.option(
    "--scheduler",
    "scheduler_address",
    metavar="ADDRESS",
    help="Hold the auctions on this Dask scheduler's workers, such as tcp://192.168.0.5:8786.",
)
@click.option(
    "--shards",
    "n_shards",
    type=click.IntRange(1),
    help="Parts that the accounts are cut into [default: one for each thread of the workers].",
)
@click.option(
    "--exact/--reconciled",
    "is_exact",
    default=True,
    help="How shards share budgets: to the result of a run without shards, or by shares of what is left in every hour, "
    "which is faster where money runs out [default: exact].",
)
@json_option
def run_command(
    scenario_path: Path, universe_path: Path | None, granularity: str, as_json: bool, **shards: Any
) -> None:
    """Simulate a SCENARIO (a JSON file) once and print the report, one row an ad group."""
    run = _how_to_run(**shards)
    scenario = load_on_universe(scenario_path, universe_path)
    with progress_bar("Populating audiences") as on_progress:
        world = World.open(scenario.config, on_progress)
    with progress_bar("Simulating") as on_progress:
        result = run(scenario.config, world, on_progress)
    report = REPORTS[granularity](result)
    if as_json:
        print_json(run_payload(scenario, world, result, report))
        return
    print_table(campaign_table(report), title=scenario.name)
    print_notes(result.warnings)


@click.command("compare")
@scenario_argument
@click.option(
    "--lever",
    "levers",
    metavar="PATH=VALUE",
    multiple=True,
    required=True,
    help="A setting and its other value, such as ad_groups.2001.bid_cpm_micros=6000000; may be given several times.",
)
@universe_option
@click.option(
    "--replications",
    "n_replications",
    type=click.IntRange(MIN_REPLICATIONS, MAX_REPLICATIONS),
    help=f"Paired runs [default: {DEMO_REPLICATIONS}; with --calibration {N_DRAWS_FOR_RANGE}]; with --within or "
    f"--time-budget at most so many [default: {StopRule.model_fields['max_replications'].default:,}].",
)
@click.option(
    "--within",
    metavar="[METRIC=]WIDTH",
    multiple=True,
    help="Stop when the interval is this narrow to either side: 2% of the base's spend, cpa=5%, reach=500; may be "
    "given several times.",
)
@click.option("--time-budget", metavar="TIME", help="Stop when this time is spent, such as 30s, 5m or 1h.")
@calibration_option
@engine_options
@json_option
def compare_command(
    scenario_path: Path, levers: tuple[str, ...], universe_path: Path | None, as_json: bool, **engine: Any
) -> None:
    """Compare a SCENARIO with the same scenario after pulling levers, over paired runs."""
    saved = None if engine["calibration_path"] is None else load_calibration(engine["calibration_path"])
    base = calibrated(load_on_universe(scenario_path, universe_path), saved)
    alternative = base.with_levers(", ".join(levers), *map(Lever.from_text, levers))
    _ = alternative.config  # a wrong lever is refused here, before a universe is opened for it
    until = _until(engine["n_replications"], engine["within"], engine["time_budget"], is_calibrated=saved is not None)
    where = where_of(engine["n_threads"], engine["scheduler_address"])
    keep = None if engine["store_path"] is None else RunStore(engine["store_path"])
    with progress_bar("Populating audiences") as on_progress:
        world = World.open(base.config, on_progress)
    with progress_bar("Comparing") as on_progress:
        comparison = compare(
            base,
            alternative,
            world,
            n_replications=until,
            where=where,
            keep=keep,
            draws=None if saved is None else saved.draws,
            on_progress=on_progress,
        )
    comparison = replace(comparison, warnings=(*comparison.warnings, *(saved.notes if saved is not None else ())))
    if as_json:
        print_json(comparison_payload(comparison))
        return
    print_table(answer_table(comparison), title=f"{base.name}: what if {alternative.name}")
    for sentence in (*describe_difference(base, alternative), *how_it_ended(comparison)):
        print_line(sentence)
    print_notes(comparison.warnings)


def _how_to_run(
    scheduler_address: str | None, n_shards: int | None, is_exact: bool
) -> Callable[[RunConfig, World, Progress], RunResult]:
    """Return what does a run: `simulate`, or one of its likes in shards."""
    sharing = BudgetSharing.EXACT if is_exact else BudgetSharing.RECONCILED
    if n_shards is None and not is_exact:
        raise click.UsageError("expected --shards with --reconciled, got none; the result depends on their number")
    if scheduler_address is not None:
        return lambda config, world, on_progress: simulate_on_cluster(
            config, world, scheduler_address, n_shards=n_shards, sharing=sharing, on_progress=on_progress
        )
    if n_shards is not None:
        return lambda config, world, on_progress: simulate_in_shards(
            config, world, n_shards, sharing=sharing, on_progress=on_progress
        )
    return simulate


def _until(
    n_replications: int | None, within: tuple[str, ...], time_budget: str | None, *, is_calibrated: bool
) -> int | StopRule:
    if not (within or time_budget):
        return n_replications or (N_DRAWS_FOR_RANGE if is_calibrated else DEMO_REPLICATIONS)
    most = {} if n_replications is None else {"max_replications": n_replications}
    seconds = None if time_budget is None else seconds_from_text(time_budget)
    return StopRule(precisions=tuple(map(Precision.from_text, within)), seconds=seconds, **most)


def where_of(n_threads: int | None, scheduler_address: str | None) -> Workers:
    """Return the workers that a command's options name.

    Raises
    ------
    ConfigError
        If they name two kinds.
    """
    if scheduler_address is None:
        return threads() if n_threads is None else threads(n_threads)
    if n_threads is not None:
        raise ConfigError("expected --threads or --scheduler, got both: a cluster has threads of its own; drop one")
    return cluster(scheduler_address)


@click.group("scenario")
def scenario_group() -> None:
    """Look into scenarios."""


@scenario_group.command("diff")
@click.argument("before_path", metavar="BEFORE", type=NamedPath("a scenario file"))
@click.argument("after_path", metavar="AFTER", type=NamedPath("a scenario file"))
@json_option
def diff_command(before_path: Path, after_path: Path, as_json: bool) -> None:
    """Tell in words how the scenario AFTER differs from the scenario BEFORE."""
    before, after = load_scenario(before_path), load_scenario(after_path)
    phrases = describe_difference(before, after)
    if as_json:
        print_json({"before": before.name, "after": after.name, "differences": phrases})
        return
    for phrase in phrases or ["No difference."]:
        print_line(phrase)
    print_notes(scenario.note for scenario in (before, after) if scenario.note is not None)


@scenario_group.command("levers")
@scenario_argument
@json_option
def levers_command(scenario_path: Path, as_json: bool) -> None:
    """List the levers of a SCENARIO that questions are usually about, with what is set now and how to write them."""
    rows = [
        {
            "topic": kind.topic,
            "label": kind.label,
            "unit": kind.unit.value,
            "value": setting.value,
            "example": f"{setting.path}={kind.example}",
        }
        for kind, setting in levers_of(load_scenario(scenario_path).config)
    ]
    if as_json:
        print_json({"levers": rows})
        return
    print_table(rows, title="Levers")


@click.command("demo")
@click.option("--scenario", "scenario_path", type=NamedPath("a scenario file"), default=SAMPLE_SCENARIO, metavar="FILE")
@universe_option
@click.option(
    "--report",
    "report_path",
    type=NamedPath("a file name for the report"),
    metavar="FILE",
    default=Path("report.html"),
    help="HTML file to write.",
)
@replications_option
@json_option
def demo_command(
    scenario_path: Path, universe_path: Path | None, report_path: Path, n_replications: int, as_json: bool
) -> None:
    """Do the main job on the sample scenario: list, audiences, overlap, campaign, what-if, report."""
    from simulator.demo import run_demo

    run_demo(load_on_universe(scenario_path, universe_path), report_path, n_replications, as_json=as_json)


def calibrated(scenario: Scenario, saved: SavedCalibration | None) -> Scenario:
    """Return a scenario in the market of a calibration, if there is one."""
    return scenario if saved is None else saved.applied(scenario)


def load_on_universe(scenario_path: Path, universe_path: Path | None) -> Scenario:
    """Read a scenario, on another universe than its own if one is named."""
    scenario = load_scenario(scenario_path)
    return scenario if universe_path is None else scenario.on_universe(universe_path)
