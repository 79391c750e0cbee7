"""The main job from end to end, in one go: list, audiences, overlap, campaign, what-if, report.

It is what an analyst does in the notebook, told in a terminal. Every table comes from `simulator.briefing`, so what it
prints is what the report says.
"""

from pathlib import Path

import click

from simulator.briefing import (
    answer_table,
    audience_table,
    campaign_table,
    in_words,
    list_table,
    overlap_table,
    usual_questions,
)
from simulator.html_report import Answer, write_html_report
from simulator.reports import report_by_ad_group
from simulator.run import simulate
from simulator.scenario import Scenario
from simulator.what_if import compare
from simulator.world import World
from workbench.console import print_table, progress_bar


def run_demo(scenario: Scenario, report_path: Path, n_replications: int) -> None:
    """Do the main job on a scenario, print its tables and write its report.

    Parameters
    ----------
    scenario : Scenario
        With absolute paths.
    report_path : Path
        Where the HTML report goes.
    n_replications : int
        Paired runs behind each answer.

    Raises
    ------
    WorkbenchError
        Whatever the universe, the lists or the scenario are refused for.
    """
    _say(f"{scenario.name}: the main job on {scenario.base.universe}")
    with progress_bar("Reading lists, matching, populating audiences") as on_progress:
        world = World.open(scenario.config, on_progress)
    print_table(list_table(world.audiences), title="1  Customer lists: checked and matched")
    print_table(audience_table(world.audiences), title="2  Audiences")
    print_table(overlap_table(world.audiences), title="3  Overlap: which part of the row is also in the column")

    with progress_bar("Simulating the campaign (the first run compiles its kernels)") as on_progress:
        result = simulate(scenario.config, world, on_progress)
    n_days = scenario.config.flight.n_days
    title = f"4  Campaign: {n_days} days, {result.ledger.n_opportunities.sum():,} opportunities"
    print_table(campaign_table(report_by_ad_group(result)), title=title)
    for warning in result.warnings:
        click.echo(f"Note: {warning}")

    answers = []
    for number, question in enumerate(usual_questions(scenario), start=5):
        with progress_bar(question.text) as on_progress:
            comparison = compare(
                scenario, question.alternative, world, n_replications=n_replications, on_progress=on_progress
            )
        print_table(answer_table(comparison), title=f"{number}  What if: {question.text}")
        click.echo(in_words(question, comparison) + "\n")
        answers.append(Answer(question, comparison))
    with progress_bar("Writing the report"):
        write_html_report(report_path, scenario, world, result, answers)
    _say(f"Report: {report_path} (one file, opens offline)")


def _say(line: str) -> None:
    click.echo(f"\n{line}\n")
