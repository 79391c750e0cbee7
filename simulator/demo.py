"""The main job from end to end, in one go: list, audiences, overlap, campaign, what-if, report.

It is what an analyst does in the notebook, told in a terminal. Every table comes from `simulator.briefing`, so what it
prints is what the report says.
"""

from collections.abc import Iterable
from pathlib import Path

import click

from simulator.briefing import (
    Answer,
    answer_table,
    audience_table,
    campaign_table,
    in_words,
    list_table,
    overlap_table,
    usual_questions,
)
from simulator.html_report import write_html_report
from simulator.payloads import demo_payload
from simulator.reports import report_by_ad_group
from simulator.run import RunResult, simulate
from simulator.scenario import Scenario
from simulator.what_if import compare
from simulator.world import World
from workbench.console import print_json, print_line, print_notes, print_table, progress_bar
from workbench.whole_file import check_file_destination


def run_demo(scenario: Scenario, report_path: Path, n_replications: int, *, as_json: bool = False) -> None:
    """Do the main job on a scenario, print its tables as they are ready and write its report.

    Parameters
    ----------
    scenario : Scenario
        With absolute paths.
    report_path : Path
        Where the HTML report goes.
    n_replications : int
        Paired runs behind each answer.
    as_json : bool
        Print one JSON document at the end instead.

    Raises
    ------
    WorkbenchError
        Whatever the universe, the lists or the scenario are refused for.
    """
    check_file_destination(report_path, "the report")  # before a minute of work for it
    is_told = not as_json
    if is_told:
        _say(f"{scenario.name}: the main job on {scenario.base.universe}")
    with progress_bar("Reading lists, matching, populating audiences") as on_progress:
        world = World.open(scenario.config, on_progress)
    if is_told:
        _tell_audiences(world)
    with progress_bar("Simulating the campaign (the first run compiles its kernels)") as on_progress:
        result = simulate(scenario.config, world, on_progress)
    if is_told:
        _tell_campaign(result)
    answers = []
    for answer in _answers(scenario, world, n_replications):
        answers.append(answer)
        if is_told:
            _tell_answer(len(answers) + 4, answer)
    with progress_bar("Writing the report"):
        write_html_report(report_path, scenario, world, result, answers)
    if is_told:
        _say(f"Report: {report_path} (one file, opens offline)")
    else:
        print_json(demo_payload(scenario, world, result, answers, report_path))


def _answers(scenario: Scenario, world: World, n_replications: int) -> Iterable[Answer]:
    for question in usual_questions(scenario):
        with progress_bar(question.text) as on_progress:
            comparison = compare(
                scenario, question.alternative, world, n_replications=n_replications, on_progress=on_progress
            )
        yield Answer(question, comparison)


def _tell_audiences(world: World) -> None:
    print_table(list_table(world.audiences), title="1  Customer lists: checked and matched")
    print_table(audience_table(world.audiences), title="2  Audiences")
    print_table(overlap_table(world.audiences), title="3  Overlap: which part of the row is also in the column")


def _tell_campaign(result: RunResult) -> None:
    n_days, n_opportunities = result.config.flight.n_days, result.ledger.n_opportunities.sum()
    title = f"4  Campaign: {n_days} days, {n_opportunities:,} opportunities"
    print_table(campaign_table(report_by_ad_group(result)), title=title)
    print_notes(result.warnings)


def _tell_answer(number: int, answer: Answer) -> None:
    print_table(answer_table(answer.comparison), title=f"{number}  What if: {answer.question.text}")
    print_line(in_words(answer))
    print_notes(answer.comparison.warnings)
    click.echo()


def _say(line: str) -> None:
    click.echo()
    print_line(line)
    click.echo()
