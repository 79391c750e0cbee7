"""``python -m simulator run``, ``compare`` and ``demo``."""

from pathlib import Path

import click

from simulator.briefing import answer_table, campaign_table
from simulator.payloads import comparison_payload, run_payload
from simulator.reports import report_by_ad, report_by_ad_group, report_by_audience, report_by_day, report_by_hour
from simulator.run import simulate
from simulator.scenario import Lever, Scenario, load_scenario
from simulator.what_if import MAX_REPLICATIONS, MIN_REPLICATIONS, compare
from simulator.world import World
from workbench.console import NamedPath, json_option, print_json, print_notes, print_table, progress_bar

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
@json_option
def run_command(scenario_path: Path, universe_path: Path | None, granularity: str, as_json: bool) -> None:
    """Simulate a SCENARIO (a JSON file) once and print the report, one row an ad group."""
    scenario = _load(scenario_path, universe_path)
    with progress_bar("Populating audiences") as on_progress:
        world = World.open(scenario.config, on_progress)
    with progress_bar("Simulating") as on_progress:
        result = simulate(scenario.config, world, on_progress)
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
@replications_option
@json_option
def compare_command(
    scenario_path: Path, levers: tuple[str, ...], universe_path: Path | None, n_replications: int, as_json: bool
) -> None:
    """Compare a SCENARIO with the same scenario after pulling levers, over paired runs."""
    base = _load(scenario_path, universe_path)
    alternative = base.with_levers(", ".join(levers), *map(Lever.from_text, levers))
    _ = alternative.config  # a wrong lever is refused here, before a universe is opened for it
    with progress_bar("Populating audiences") as on_progress:
        world = World.open(base.config, on_progress)
    with progress_bar("Comparing") as on_progress:
        comparison = compare(base, alternative, world, n_replications=n_replications, on_progress=on_progress)
    if as_json:
        print_json(comparison_payload(comparison))
        return
    print_table(answer_table(comparison), title=f"{base.name}: what if {alternative.name}")
    print_notes(comparison.warnings)


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

    run_demo(_load(scenario_path, universe_path), report_path, n_replications, as_json=as_json)


def _load(scenario_path: Path, universe_path: Path | None) -> Scenario:
    scenario = load_scenario(scenario_path)
    return scenario if universe_path is None else scenario.on_universe(universe_path)
