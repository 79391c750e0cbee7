"""``python -m simulator run``, ``compare`` and ``demo``."""

from pathlib import Path
from typing import Any

import click
import pandas as pd

from simulator.briefing import answer_table, campaign_table
from simulator.reports import report_by_ad_group, report_by_day, report_by_hour, report_totals
from simulator.run import RunResult, simulate
from simulator.scenario import Lever, Scenario, load_scenario
from simulator.what_if import compare
from simulator.world import World
from workbench.audiences import safe_size
from workbench.console import json_option, print_json, print_table, progress_bar

SAMPLE_SCENARIO = Path(__file__).parents[1] / "data/samples/scenario.json"
REPORTS = {"TOTAL": report_by_ad_group, "DAY": report_by_day, "HOUR": report_by_hour}
DEMO_REPLICATIONS = 20

scenario_argument = click.argument("scenario_path", metavar="SCENARIO", type=click.Path(path_type=Path))
universe_option = click.option(
    "--universe",
    "universe_path",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Run on this universe instead of the one the scenario names.",
)
replications_option = click.option(
    "--replications", "n_replications", type=int, default=DEMO_REPLICATIONS, show_default=True, help="Paired runs."
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
        print_json(_payload(scenario, world, result, report))
        return
    print_table(campaign_table(report), title=scenario.name)
    for warning in result.warnings:
        click.echo(f"Note: {warning}")


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
    world = World.open(base.config)
    with progress_bar("Comparing") as on_progress:
        comparison = compare(base, alternative, world, n_replications=n_replications, on_progress=on_progress)
    if as_json:
        print_json({"base": base.name, "alternative": alternative.name, "metrics": _records(comparison.table)})
    else:
        print_table(answer_table(comparison), title=f"{base.name}: what if {alternative.name}")


@click.command("demo")
@click.option("--scenario", "scenario_path", type=click.Path(path_type=Path), default=SAMPLE_SCENARIO, metavar="FILE")
@universe_option
@click.option(
    "--report", "report_path", type=click.Path(path_type=Path), default=Path("report.html"), help="HTML file to write."
)
@replications_option
def demo_command(scenario_path: Path, universe_path: Path | None, report_path: Path, n_replications: int) -> None:
    """Do the main job on the sample scenario: list, audiences, overlap, campaign, what-if, report."""
    from simulator.demo import run_demo

    run_demo(_load(scenario_path, universe_path), report_path, n_replications)


def _load(scenario_path: Path, universe_path: Path | None) -> Scenario:
    scenario = load_scenario(scenario_path)
    return scenario if universe_path is None else scenario.on_universe(universe_path)


def _payload(scenario: Scenario, world: World, result: RunResult, report: pd.DataFrame) -> dict[str, Any]:
    return {
        "scenario": scenario.name,
        "rng_seed": scenario.config.rng_seed,
        "n_accounts": world.universe.n_accounts,
        "audiences": [
            {
                "audience_id": audience_id,
                "name": audience.spec.name,
                "audience_type": audience.spec.audience_type.value,
                "audience_size": safe_size(audience.audience_size),
                "status": audience.status.value,
            }
            for audience_id, audience in world.audiences.items()
        ],
        "report": _records(report),
        "totals": _records(report_totals(result))[0],
        "warnings": list(result.warnings),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows with None where there is no number, because JSON has no NaN."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
