"""The report that is mailed: one HTML file that needs nothing else, no network and no script.

Charts are drawn into the page as SVG in the colours of the design tokens, so the page follows light and dark and prints
well. The words and figures are those of `simulator.briefing`; the scenario itself is included, so that whoever has the
universe can run it again.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jinja2
import pandas as pd

from simulator.briefing import (
    NUMBER_HEADINGS,
    Answer,
    answer_table,
    audience_table,
    campaign_table,
    event_table,
    in_words,
    list_table,
)
from simulator.charts import (
    delivery_by_hour,
    difference_forest,
    lost_opportunities,
    price_stages,
    price_waterfall,
    spend_by_day,
)
from simulator.reports import report_by_ad_group, report_by_hour
from simulator.run import RunResult
from simulator.scenario import Scenario
from simulator.world import World
from workbench.audiences import overlap_matrix, shown_overlap
from workbench.charts import chart_svg, overlap_heat_map
from workbench.charts.theme import TOKENS_PATH
from workbench.whole_file import check_file_destination, write_whole_file

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TEMPLATE = "html_report.html.jinja"
CHART_WIDTH = 520
FULL_WIDTH = 1_040
WHAT = "the report"


class _Figure(NamedTuple):
    title: str
    subtitle: str
    description: str
    svg: str


def write_html_report(
    path: str | os.PathLike[str], scenario: Scenario, world: World, result: RunResult, answers: Sequence[Answer]
) -> None:
    """Write the report of a scenario, a run of it and the questions asked of it.

    Parameters
    ----------
    path : path-like
        File to write; missing folders are made, an older report is replaced whole or not at all, a link is followed.
    scenario : Scenario
        What the report is about.
    world : World
        Its universe and audiences.
    result : RunResult
        One run of it.
    answers : sequence of Answer
        Comparisons with it, in the order of reading.

    Raises
    ------
    InputFileError
        If the file cannot be written, or the path leads to something else than a file.
    """
    check_file_destination(path, WHAT)
    write_whole_file(path, render_html_report(scenario, world, result, answers), WHAT)


def render_html_report(scenario: Scenario, world: World, result: RunResult, answers: Sequence[Answer]) -> str:
    """Return the report as one HTML page; see `write_html_report` for the parameters."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["table"] = _table
    report = report_by_ad_group(result)
    overlaps = shown_overlap(overlap_matrix(list(world.audiences.values())))
    return environment.get_template(TEMPLATE).render(
        tokens_css=TOKENS_PATH.read_text(encoding="utf-8"),
        scenario=scenario,
        config=scenario.config,
        universe=world.universe,
        lists=list_table(world.audiences),
        audiences=audience_table(world.audiences),
        overlap=_figure(overlap_heat_map(overlaps), FULL_WIDTH),
        campaign=campaign_table(report),
        prices=_figure(price_waterfall(price_stages(report))),
        lost=_figure(lost_opportunities(report)),
        by_hour=_figure(delivery_by_hour(report_by_hour(result)), FULL_WIDTH),
        answers=[_answer(answer) for answer in answers],
        warnings=result.warnings,
        events=event_table(result),
        scenario_json=_scenario_json(scenario),
    )


def _answer(answer: Answer) -> dict[str, Any]:
    comparison = answer.comparison
    days = comparison.by_day
    return {
        "question": answer.question.text,
        "words": in_words(answer),
        "warnings": comparison.warnings,
        "table": answer_table(comparison),
        "n_replications": comparison.n_replications,
        "forest": _figure(difference_forest(comparison.table)),
        "by_day": _figure(spend_by_day(days[days["metric"] == "spend"])),
    }


def _figure(chart: "AnyChart", width: int = CHART_WIDTH) -> _Figure:
    """Draw a chart; its title becomes a heading of the page and its description the picture's text."""
    title: Any = chart.title
    return _Figure(title["text"], title["subtitle"], str(chart.description), chart_svg(chart, width=width))


def _table(frame: pd.DataFrame) -> dict[str, Any]:
    """Split a table of texts into what the template needs: columns, which of them are numbers, and rows."""
    is_number = [name in NUMBER_HEADINGS for name in frame.columns]
    return {
        "columns": list(zip(frame.columns, is_number, strict=True)),
        "rows": [list(zip(row, is_number, strict=True)) for row in frame.itertuples(index=False)],
    }


def _scenario_json(scenario: Scenario) -> str:
    return json.dumps(scenario.without_folders().model_dump(mode="json"), indent=2, ensure_ascii=False)
