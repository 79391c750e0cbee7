"""Answers and sweeps as pages that are mailed: one HTML file each, with what brings it back bit for bit inside."""

import json
import os
from typing import Any

import pandas as pd

from simulator.answers import Answer
from simulator.answers.answer import rests_on
from simulator.answers.words import listed
from simulator.charts import shown_figure
from simulator.html_page import FULL_WIDTH, Figure, drawn, render_page
from simulator.sweep_drawings import front_drawing, lines_drawing, shares_drawing
from simulator.sweep_sentence import sweep_sentence
from simulator.sweeps import OfferedLever, SweepResult
from simulator.sweeps.highlights import SweptFigure, first_looked_at, swept_figures
from simulator.sweeps.offered_levers import named_levers
from workbench.whole_file import check_file_destination, write_whole_file

TEMPLATE = "answer_report.html.jinja"
WHAT = "the report"
DRAWN = ("spend", "reach", "clicks", "ecpc", "conversions", "cpa", "net_worth")
"""Figures of a sweep that have a chart, as far as they say anything."""

STUDENT = "Intervals are Student's t over the runs."


def write_answer_report(path: str | os.PathLike[str], answer: Answer) -> None:
    """Write an answer as a page.

    Parameters
    ----------
    path : path-like
        File to write; missing folders are made, an older one is replaced whole or not at all.
    answer : Answer
        From `simulator.answers`.

    Raises
    ------
    InputFileError
        If the file cannot be written.
    """
    check_file_destination(path, WHAT)
    write_whole_file(path, render_answer_report(answer), WHAT)


def render_answer_report(answer: Answer) -> str:
    """Return an answer as one HTML page."""
    table = answer.shown_table
    payload = answer.payload()
    brings_back = {
        name: payload[name] for name in ("answer", "asked", "n_replications", "draws", "model_version", "scenario")
    }
    return render_page(
        TEMPLATE,
        answer.number_headings,
        title=answer.question,
        scenario_name=answer.scenario.name,
        lead=f"{answer.scenario.name} · {answer.n_replications} runs of each variant · simulated auctions",
        sentence=answer.sentence,
        warnings=(),
        figures=[drawn(answer.chart, FULL_WIDTH)],
        tables=[] if table.empty else [("The figures behind it", table)],
        notes_on_it=answer.notes,
        brings_back="What brings this answer back, as JSON; put the files it names beside it",
        json=json.dumps(brings_back, indent=2, ensure_ascii=False),
    )


def write_sweep_report(path: str | os.PathLike[str], result: SweepResult) -> None:
    """Write a sweep as a page; see `write_answer_report`."""
    check_file_destination(path, WHAT)
    write_whole_file(path, render_sweep_report(result), WHAT)


def render_sweep_report(result: SweepResult) -> str:
    """Return a sweep as one HTML page."""
    n_points, scenario = len(result.design.points), result.design.scenario
    told, levers = swept_figures(result), _levers(result)
    looked_at = first_looked_at(told)
    return render_page(
        TEMPLATE,
        {figure.label for figure in told},
        title=f"Sweep: {listed([lever.name for lever in levers])}",
        scenario_name=scenario.name,
        lead=f"{scenario.name} · {n_points} points, {result.n_replications} runs of each · simulated auctions",
        sentence=sweep_sentence(result, looked_at, levers),
        warnings=(),
        figures=_figures(result, told, looked_at, levers),
        tables=[("Means of the runs", sweep_table(result))],
        notes_on_it=(*rests_on(result.outcomes), STUDENT),
        brings_back="What brings this sweep back, as JSON; put the files it names beside it",
        json=json.dumps(result.payload(), indent=2, ensure_ascii=False),
    )


def sweep_table(result: SweepResult) -> pd.DataFrame:
    """Tell what each point of a sweep came to: one row a point, all texts."""
    columns: dict[str, Any] = {
        lever.title: [lever.shown(point[place]) for point in result.design.points]
        for place, lever in enumerate(_levers(result))
    }
    means = {figure: result.readings(figure.metric).mean(axis=1) for figure in swept_figures(result)}
    columns |= {figure.label: [shown_figure(mean, figure.unit) for mean in of] for figure, of in means.items()}
    return pd.DataFrame(columns)


def _levers(result: SweepResult) -> tuple[OfferedLever, ...]:
    return named_levers(result.design.scenario.config, result.design.levers)


def _figures(
    result: SweepResult, told: list[SweptFigure], looked_at: SweptFigure, levers: tuple[OfferedLever, ...]
) -> list[Figure]:
    charts = [lines_drawing(result, figure, levers) for figure in told if figure.metric in DRAWN]
    charts.append(front_drawing(result, levers))
    shares = shares_drawing(result, looked_at, levers)
    charts += [] if shares is None else [shares]
    return [drawn(chart, FULL_WIDTH) for chart in charts]
