"""The report that is mailed: one HTML file that needs nothing else, as `simulator.html_page` makes them.

The words and figures are those of `simulator.briefing`; the scenario itself is included, so that whoever has the
universe can run it again.
"""

import json
import os
from collections.abc import Sequence
from typing import Any

from simulator.briefing import (
    AUCTION_TEXTS,
    DELIVERY_TEXTS,
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
    frequency_bars,
    lost_opportunities,
    price_stages,
    price_waterfall,
    reach_so_far,
    spend_by_day,
)
from simulator.html_page import FULL_WIDTH, drawn, render_page
from simulator.reports import frequency_table, reach_by_day, report_by_ad_group, report_by_hour
from simulator.run import RunResult
from simulator.scenario import Scenario
from simulator.world import World
from workbench.audiences import overlap_matrix, shown_overlap
from workbench.charts import overlap_heat_map
from workbench.whole_file import check_file_destination, write_whole_file

TEMPLATE = "html_report.html.jinja"
WHAT = "the report"


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
    report = report_by_ad_group(result)
    overlaps = shown_overlap(overlap_matrix(list(world.audiences.values())))
    return render_page(
        TEMPLATE,
        NUMBER_HEADINGS,
        scenario=scenario,
        config=scenario.config,
        universe=world.universe,
        lists=list_table(world.audiences),
        audiences=audience_table(world.audiences),
        overlap=drawn(overlap_heat_map(overlaps), FULL_WIDTH),
        delivered=campaign_table(report, DELIVERY_TEXTS),
        auctions=campaign_table(report, AUCTION_TEXTS),
        reach=drawn(reach_so_far(reach_by_day(result))),
        frequency=drawn(frequency_bars(frequency_table(result))),
        prices=drawn(price_waterfall(price_stages(report))),
        lost=drawn(lost_opportunities(report)),
        by_hour=drawn(delivery_by_hour(report_by_hour(result)), FULL_WIDTH),
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
        "forest": drawn(difference_forest(comparison.table)),
        "by_day": drawn(spend_by_day(days[days["metric"] == "spend"])),
    }


def _scenario_json(scenario: Scenario) -> str:
    return json.dumps(scenario.without_folders().model_dump(mode="json"), indent=2, ensure_ascii=False)
