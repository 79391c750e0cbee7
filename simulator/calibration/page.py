"""The page of a calibration or a back-test: one HTML file that opens offline, without a script."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jinja2
import pandas as pd

from simulator.calibration.back_test import METRICS, BackTest
from simulator.calibration.calibration import Calibration
from simulator.calibration.tables import back_test_table, estimate_table
from simulator.charts.back_test_days import back_test_days
from workbench.charts import chart_svg
from workbench.charts.theme import TOKENS_PATH
from workbench.whole_file import write_whole_file

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

TEMPLATE = "page.html.jinja"
CHART_WIDTH = 1_000
WHAT = "the page"


class _Figure(NamedTuple):
    title: str
    subtitle: str
    description: str
    svg: str


def write_calibration_page(path: str | os.PathLike[str], calibration: Calibration) -> None:
    """Write what was fitted, how near it comes, and the scenario that came of it.

    Raises
    ------
    InputFileError
        If the file cannot be written.
    """
    write_whole_file(path, render_calibration_page(calibration), WHAT)


def render_calibration_page(calibration: Calibration) -> str:
    """Return the page of a calibration."""
    charts = [calibration.chart, *([calibration.market_chart] if calibration.landscapes is not None else [])]
    tables = [("What was fitted", estimate_table(calibration))]
    return _page("Calibration", calibration.sentence, calibration, tables, charts)


def write_back_test_page(path: str | os.PathLike[str], back_test: BackTest) -> None:
    """Write what was predicted and what was, day by day.

    Raises
    ------
    InputFileError
        If the file cannot be written.
    """
    write_whole_file(path, render_back_test_page(back_test), WHAT)


def render_back_test_page(back_test: BackTest) -> str:
    """Return the page of a back-test."""
    told = set(back_test.table["metric"])
    charts = [back_test_days(back_test.table, metric) for metric, _, _ in METRICS if metric in told]
    tables = [
        ("How good it was", back_test_table(back_test)),
        ("What was fitted on the first half", estimate_table(back_test.calibration)),
    ]
    return _page("Back-test", back_test.sentence, back_test.calibration, tables, charts)


def _page(
    kind: str, sentence: str, calibration: Calibration, tables: list[tuple[str, pd.DataFrame]], charts: list["AnyChart"]
) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    scenario = calibration.scenario.without_folders().model_dump(mode="json")
    return environment.get_template(TEMPLATE).render(
        tokens_css=TOKENS_PATH.read_text(encoding="utf-8"),
        title=f"{kind}: {calibration.scenario.name}",
        sentence=sentence,
        tables=tables,
        figures=[_figure(chart) for chart in charts],
        warnings=calibration.warnings,
        scenario_json=json.dumps(scenario, indent=2, ensure_ascii=False),
    )


def _figure(chart: "AnyChart") -> _Figure:
    title: Any = chart.title
    svg = chart_svg(chart, width=CHART_WIDTH)
    return _Figure(title["text"], title["subtitle"], str(chart.description), svg)
