"""``python -m simulator calibrate`` and ``back-test``."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from simulator.calibration.back_test import back_test
from simulator.calibration.bid_log import BidLog, read_bid_log
from simulator.calibration.calibration import calibrate
from simulator.calibration.campaign_report import CampaignReport, read_campaign_report
from simulator.calibration.history import Change, load_changes
from simulator.calibration.page import write_back_test_page, write_calibration_page
from simulator.calibration.saved_calibration import save_calibration
from simulator.calibration.tables import back_test_payload, back_test_table, calibration_payload, estimate_table
from simulator.commands import scenario_argument, universe_option
from simulator.scenario import Scenario, load_scenario, save_scenario
from simulator.world import World
from workbench.console import NamedPath, json_option, print_json, print_line, print_notes, print_table, progress_bar
from workbench.whole_file import check_file_destination

report_argument = click.argument("report_path", metavar="REPORT", type=NamedPath("a campaign report"))
bid_log_option = click.option(
    "--bid-log",
    "bid_log_path",
    metavar="FILE",
    type=NamedPath("a bid log"),
    help="Wins and losses in the same market.",
)
changes_option = click.option(
    "--changes",
    "changes_path",
    metavar="FILE",
    type=NamedPath("a file of changes"),
    help="What was changed during the campaign: a JSON list of objects with from_day and levers.",
)
html_option = click.option(
    "--html", "html_path", metavar="FILE", type=NamedPath("a file name for the page"), help="HTML page to write, too."
)


class _Inputs(NamedTuple):
    """What both commands read."""

    scenario: Scenario
    report: CampaignReport
    bid_log: BidLog | None
    changes: Sequence[Change]
    world: World


@click.command("calibrate")
@scenario_argument
@report_argument
@bid_log_option
@changes_option
@universe_option
@click.option(
    "--output",
    "output_path",
    metavar="FILE",
    required=True,
    type=NamedPath("a file name for the fitted scenario"),
    help="JSON file for the fitted scenario.",
)
@click.option(
    "--calibration",
    "calibration_path",
    metavar="FILE",
    type=NamedPath("a file name for the calibration"),
    help="JSON file for what is known and what is not, which compare, sweep and answer take.",
)
@html_option
@json_option
def calibrate_command(  # one parameter an option of the command line
    scenario_path: Path, report_path: Path, output_path: Path, as_json: bool, **options: Path | None
) -> None:
    """Fit a SCENARIO to a campaign REPORT, a CSV file with the platform's columns by day or hour."""
    calibration_path, html_path = options["calibration_path"], options["html_path"]
    for path in filter(None, (output_path, calibration_path, html_path)):
        check_file_destination(path, "the result")  # before a minute of work for it
    inputs = _read(scenario_path, report_path, options)
    with progress_bar("Fitting") as on_progress:
        found = calibrate(
            inputs.scenario,
            inputs.report,
            inputs.world,
            bid_log=inputs.bid_log,
            changes=inputs.changes,
            on_progress=on_progress,
        )
    save_scenario(_next_version(found.scenario, output_path), output_path)
    if calibration_path is not None:
        save_calibration(calibration_path, found)
    if html_path is not None:
        write_calibration_page(html_path, found)
    if as_json:
        print_json({**calibration_payload(found), "output_path": str(output_path)})
        return
    print_table(estimate_table(found), title=found.scenario.name)
    print_line(found.sentence)
    print_notes(found.warnings)


@click.command("back-test")
@scenario_argument
@report_argument
@bid_log_option
@changes_option
@universe_option
@html_option
@json_option
def back_test_command(scenario_path: Path, report_path: Path, as_json: bool, **options: Path | None) -> None:
    """Fit a SCENARIO to the first half of a campaign REPORT and predict the second."""
    html_path = options["html_path"]
    if html_path is not None:
        check_file_destination(html_path, "the page")
    inputs = _read(scenario_path, report_path, options)
    with progress_bar("Predicting") as on_progress:
        found = back_test(
            inputs.scenario,
            inputs.report,
            inputs.world,
            bid_log=inputs.bid_log,
            changes=inputs.changes,
            on_progress=on_progress,
        )
    if html_path is not None:
        write_back_test_page(html_path, found)
    if as_json:
        print_json(back_test_payload(found))
        return
    print_table(back_test_table(found), title=inputs.scenario.name)
    print_line(found.sentence)
    print_notes(found.calibration.warnings)


def _next_version(fitted: Scenario, path: Path) -> Scenario:
    """Return a fitted scenario as the next version of an earlier fit that is there, so that nights can be compared."""
    if not path.exists():
        return fitted
    earlier = load_scenario(path)
    return fitted.model_copy(update={"version": earlier.version, "history": earlier.history})


def _read(scenario_path: Path, report_path: Path, options: dict[str, Path | None]) -> _Inputs:
    scenario = load_scenario(scenario_path)
    universe_path, log_path, changes_path = (
        options[name] for name in ("universe_path", "bid_log_path", "changes_path")
    )
    if universe_path is not None:
        scenario = scenario.on_universe(universe_path)
    report = read_campaign_report(report_path)
    log = None if log_path is None else read_bid_log(log_path, scenario.config.auction.format)
    changes = () if changes_path is None else load_changes(changes_path)
    with progress_bar("Populating audiences") as on_progress:
        world = World.open(scenario.config, on_progress)
    return _Inputs(scenario, report, log, changes, world)
