"""``python -m simulator sweep``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pandas as pd

from simulator.answer_report import sweep_table, write_sweep_report
from simulator.calibration.saved_calibration import load_calibration
from simulator.commands import (
    calibrated,
    calibration_option,
    engine_options,
    scenario_argument,
    universe_option,
    where_of,
)
from simulator.errors import ConfigError
from simulator.scenario import load_scenario, read_json
from simulator.sweeps import Design, SweepResult, grid, latin_hypercube, sobol_design, sweep, swept_lever_from_text
from simulator.sweeps.highlights import front_of, lever_shares
from simulator.sweeps.sweep import SweepPlan, is_plan, plan_from_payload
from simulator.what_if import RunStore
from simulator.world import World
from workbench.console import NamedPath, json_option, print_json, print_notes, print_table, progress_bar
from workbench.whole_file import check_file_destination

DEFAULT_REPLICATIONS = 8
GRID, HYPERCUBE, SOBOL = "grid", "latin-hypercube", "sobol"


@click.command("sweep")
@scenario_argument
@click.option(
    "--lever",
    "levers",
    metavar="PATH=VALUES",
    multiple=True,
    help="What is moved: PATH=A,B,C or PATH=LOW:HIGH:N, with :log behind it for equal ratios, and x before numbers for "
    "factors on what is planned; may be given several times.",
)
@click.option(
    "--design",
    "design_name",
    type=click.Choice([GRID, HYPERCUBE, SOBOL]),
    default=GRID,
    show_default=True,
    help="Every combination; points that fill the space between; or points that tell which lever matters.",
)
@click.option(
    "--points", "n_points", type=click.IntRange(2), help="Points of a Latin hypercube, or base points of Sobol's."
)
@click.option(
    "--design-seed", "design_rng_seed", type=click.IntRange(0), default=0, help="What such points are drawn from."
)
@click.option(
    "--replications",
    "n_replications",
    type=click.IntRange(1),
    help=f"Runs of each point [default: {DEFAULT_REPLICATIONS}].",
)
@universe_option
@calibration_option
@engine_options
@click.option(
    "--parquet", "parquet_path", type=NamedPath("a file name"), metavar="FILE", help="Write every figure here."
)
@click.option(
    "--html", "html_path", type=NamedPath("a file name"), metavar="FILE", help="Write a page that can be mailed."
)
@click.option(
    "--plan",
    "plan_path",
    type=NamedPath("a file name"),
    metavar="FILE",
    help="Write what brings the sweep back bit for bit.",
)
@json_option
def sweep_command(scenario_path: Path, as_json: bool, **asked: Any) -> None:
    """Run a SCENARIO at every point of a design, over the same people; a plan that --plan wrote is run as it was."""
    outputs = {name: asked[f"{name}_path"] for name in ("parquet", "html", "plan") if asked[f"{name}_path"] is not None}
    for path in outputs.values():
        check_file_destination(path, "the sweep")  # before the work for it
    plan = _plan(scenario_path, asked)
    plan.design.configs()  # wrong levers and values are refused here, before a universe is opened for them
    where = where_of(asked["n_threads"], asked["scheduler_address"])
    keep = None if asked["store_path"] is None else RunStore(asked["store_path"])
    with progress_bar("Populating audiences") as on_progress:
        world = World.open(plan.design.scenario.config, on_progress)
    with progress_bar("Sweeping") as on_progress:
        result = sweep(
            plan.design,
            world,
            n_replications=plan.draws or plan.n_replications,
            where=where,
            keep=keep,
            on_progress=on_progress,
        )
    _write(result, outputs)
    if as_json:
        print_json(_payload(result))
        return
    print_table(sweep_table(result), title=f"{plan.design.scenario.name}: {len(plan.design.points):,} points")
    print_notes(result.outcomes.warnings)


def _plan(path: Path, asked: dict[str, Any]) -> SweepPlan:
    """Read a plan as it is, or design a sweep around a scenario."""
    payload = read_json(path)
    levers = [swept_lever_from_text(text) for text in asked["levers"]]
    if is_plan(payload):
        if levers or asked["n_replications"] is not None or asked["calibration_path"] is not None:
            raise ConfigError(
                f"{path.name}: expected a plan to be run as it is, got levers, replications or a calibration for it too"
            )
        plan = plan_from_payload(payload, path)
        if asked["universe_path"] is None:
            return plan
        design = plan.design.of(plan.design.scenario.on_universe(asked["universe_path"]))
        return plan.model_copy(update={"design": design})
    scenario = load_scenario(path)
    if asked["universe_path"] is not None:
        scenario = scenario.on_universe(asked["universe_path"])
    saved = None if asked["calibration_path"] is None else load_calibration(asked["calibration_path"])
    design = _design(asked, calibrated(scenario, saved), levers)
    n_replications = asked["n_replications"] or DEFAULT_REPLICATIONS
    draws = None if saved is None else saved.draws.first(n_replications)
    return SweepPlan(design=design, n_replications=n_replications, draws=draws)


def _design(asked: dict[str, Any], scenario: Any, levers: list[Any]) -> Design:
    n_points, rng_seed = asked["n_points"], asked["design_rng_seed"]
    if asked["design_name"] == GRID:
        if n_points is not None:
            raise ConfigError("expected --points with a design that samples, got it with a grid; drop it")
        return grid(scenario, *levers)
    if asked["design_name"] == SOBOL:
        return sobol_design(scenario, *levers, n_base=n_points or 64, rng_seed=rng_seed)
    return latin_hypercube(scenario, *levers, n_points=n_points or 32, rng_seed=rng_seed)


def _write(result: SweepResult, outputs: dict[str, Path]) -> None:
    writers: dict[str, Callable[[Path], None]] = {
        "parquet": result.to_parquet,
        "plan": result.save_plan,
        "html": lambda path: write_sweep_report(path, result),
    }
    for name, path in outputs.items():
        writers[name](path)


def _payload(result: SweepResult) -> dict[str, Any]:
    table = result.table.astype(object).where(result.table.notna(), None)
    front, shares = front_of(result), lever_shares(result, "clicks")
    return {
        "sweep": result.payload(),
        "n_reused": result.outcomes.n_reused,
        "table": table.to_dict("records"),
        "front": front.loc[front["is_on_front"], "name"].tolist(),
        "lever_shares_of_clicks": None if shares is None else _by_lever(shares),
        "warnings": list(result.outcomes.warnings),
    }


def _by_lever(shares: pd.DataFrame) -> dict[str, float | None]:
    known = shares["first_order"].astype(object).where(shares["first_order"].notna(), None)
    return dict(zip(shares["lever"], known, strict=True))
