"""``python -m simulator answer``."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from simulator.answer_report import write_answer_report
from simulator.answers import (
    Answer,
    Goal,
    audience_value,
    bid_landscape,
    budget_curve,
    data_fee_break_even,
    overlap_cost,
    reach_frequency,
)
from simulator.calibration.saved_calibration import load_calibration
from simulator.commands import (
    calibrated,
    calibration_option,
    engine_options,
    load_on_universe,
    replications_option,
    scenario_argument,
    universe_option,
    where_of,
)
from simulator.errors import ConfigError
from simulator.what_if import RunStore
from simulator.world import World
from workbench.console import NamedPath, json_option, print_json, print_line, print_notes, print_table, progress_bar
from workbench.whole_file import check_file_destination, write_whole_bytes

WHAT = "the answer"
ANSWERS: dict[str, tuple[Callable[..., Answer], tuple[str, ...]]] = {
    "data_fee_break_even": (data_fee_break_even, ("ad_group_id", "goal")),
    "budget_curve": (budget_curve, ("budget_dollars", "goal")),
    "bid_landscape": (bid_landscape, ("ad_group_id", "goal")),
    "overlap_cost": (overlap_cost, ("goal",)),
    "reach_frequency": (reach_frequency, ()),
    "audience_value": (audience_value, ("ad_group_id", "goal")),
}
"""By name: the function, and what more it can be asked."""

OPTIONS = {"ad_group_id": "--ad-group", "goal": "--goal", "budget_dollars": "--budget"}


@click.command("answer")
@click.argument("name", metavar="NAME", type=click.Choice(list(ANSWERS)))
@scenario_argument
@click.option("--ad-group", "ad_group_id", metavar="ID", help="The ad group that is asked about.")
@click.option("--goal", type=click.Choice([goal.value for goal in Goal]), help="What counts as a result.")
@click.option(
    "--budget", "budget_dollars", type=float, metavar="DOLLARS", help="The budget of the flight (budget_curve)."
)
@universe_option
@replications_option
@calibration_option
@engine_options
@click.option(
    "--html", "html_path", type=NamedPath("a file name"), metavar="FILE", help="Write a page that can be mailed."
)
@click.option("--parquet", "parquet_path", type=NamedPath("a file name"), metavar="FILE", help="Write the table here.")
@json_option
def answer_command(name: str, scenario_path: Path, as_json: bool, **asked: Any) -> None:
    """Answer a question about a SCENARIO: NAME is data_fee_break_even, budget_curve, bid_landscape, overlap_cost,
    reach_frequency or audience_value."""  # noqa: D205, D209 - click prints it
    function, options = ANSWERS[name]
    for option, written in OPTIONS.items():
        if asked[option] is not None and option not in options:
            raise ConfigError(f"{name}: expected no {written}, which it does not depend on; drop it")
    for path in (asked["html_path"], asked["parquet_path"]):
        if path is not None:
            check_file_destination(path, WHAT)  # before the work for it
    saved = None if asked["calibration_path"] is None else load_calibration(asked["calibration_path"])
    scenario = calibrated(load_on_universe(scenario_path, asked["universe_path"]), saved)
    n_replications = asked["n_replications"] if saved is None else saved.draws.first(asked["n_replications"])
    where = where_of(asked["n_threads"], asked["scheduler_address"])
    keep = None if asked["store_path"] is None else RunStore(asked["store_path"])
    with progress_bar("Populating audiences") as on_progress:
        world = World.open(scenario.config, on_progress)
    with progress_bar("Answering") as on_progress:
        answer = function(
            scenario,
            world,
            **{option: asked[option] for option in options},
            n_replications=n_replications,
            where=where,
            keep=keep,
            on_progress=on_progress,
        )
    answer = replace(answer, notes=(*answer.notes, *(saved.notes if saved is not None else ())))
    _write(answer, asked["html_path"], asked["parquet_path"])
    if as_json:
        print_json(answer.payload())
        return
    print_line(answer.sentence)
    print_table(answer.shown_table, title=answer.question)
    print_notes(answer.notes)


def _write(answer: Answer, html_path: Path | None, parquet_path: Path | None) -> None:
    if html_path is not None:
        write_answer_report(html_path, answer)
    if parquet_path is not None:
        buffer = io.BytesIO()
        answer.table.to_parquet(buffer, index=False)
        write_whole_bytes(parquet_path, buffer.getvalue(), WHAT)
