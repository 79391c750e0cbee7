"""Pages that are mailed: one HTML file each that needs nothing else, no network and no script.

Charts are drawn into the page as SVG in the colours of the design tokens, so a page follows light and dark and prints
well. What comes from scenarios, such as names, is escaped.
"""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jinja2
import pandas as pd

from workbench.charts import chart_svg
from workbench.charts.theme import TOKENS_PATH

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

CHART_WIDTH = 520
FULL_WIDTH = 1_040


class Figure(NamedTuple):
    """A chart as a page shows it: heading, what it says in words, and the picture."""

    title: str
    subtitle: str
    description: str
    svg: str


def drawn(chart: "AnyChart", width: int = CHART_WIDTH) -> Figure:
    """Draw a chart; its title becomes a heading of the page and its description the picture's text."""
    title: Any = chart.title
    return Figure(title["text"], title["subtitle"], str(chart.description), chart_svg(chart, width=width))


def render_page(template: str, number_headings: Collection[str], **content: Any) -> str:
    """Fill a template of this package.

    Parameters
    ----------
    template : str
        Its file name.
    number_headings : collection of str
        Headings of the table columns that hold numbers; all others hold words.
    **content
        What the template asks for, all of it.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["table"] = lambda frame: _split(frame, number_headings)
    return environment.get_template(template).render(tokens_css=TOKENS_PATH.read_text(encoding="utf-8"), **content)


def _split(frame: pd.DataFrame, number_headings: Collection[str]) -> dict[str, Any]:
    """Split a table of texts into what the template needs: columns, which of them are numbers, and rows."""
    is_number = [name in number_headings for name in frame.columns]
    return {
        "columns": list(zip(frame.columns, is_number, strict=True)),
        "rows": [list(zip(row, is_number, strict=True)) for row in frame.itertuples(index=False)],
    }
