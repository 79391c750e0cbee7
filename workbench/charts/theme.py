"""How every chart looks: colours and type from the design tokens, applied to one chart at a time.

``tokens.css`` decides; this module reads it. Charts are drawn with the light values, so they are right wherever Altair
can show one. A page that knows the tokens looks each light value up and puts its own in place (`VegaChart` does, and
`chart_svg` writes ``var(--wb-…)`` into a picture), which is how one chart serves light, dark and print. Altair's global
theme registry is deliberately not touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from workbench.charts.light_altair import alt

    AnyChart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart

TOKENS_PATH = Path(__file__).with_name("tokens.css")
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, DejaVu Sans, sans-serif"

SHORT_COUNT = "format(datum.value, '~s')"
SHORT_DOLLARS = "(datum.value < 0 ? '−$' : '$') + format(abs(datum.value), '~s')"
SHORT_NUMBER = "abs(datum.value) < 1 ? format(datum.value, '.3~r') : format(datum.value, '~s')"
PRICE = (
    "(datum.value < 0 ? '−$' : '$') + "
    "format(abs(datum.value), datum.value != 0 && abs(datum.value) < 0.1 ? '.3f' : ',.2f')"
)
"""Axis labels as Vega expressions; a plain format would write 0 as "0k" beside 2k, and 20 cents as "200m".
A count is whole; a number need not be."""

_COLOUR_LINE = re.compile(r"--wb-([a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")


class Colour(NamedTuple):
    """One token's two values.

    Parameters
    ----------
    light, dark : str
        ``#rrggbb`` on a light and on a dark page.
    """

    light: str
    dark: str


@cache
def colours() -> Mapping[str, Colour]:
    """Return every colour token by name, in the order of ``tokens.css``."""
    text = TOKENS_PATH.read_text(encoding="utf-8")
    return {name: Colour(light, dark) for name, light, dark in _COLOUR_LINE.findall(text)}


def colour(name: str) -> str:
    """Return the light value of a colour token, the one that charts are drawn with.

    Parameters
    ----------
    name : str
        Token without its prefix, for example ``"accent"``.

    Raises
    ------
    KeyError
        If there is no such token.
    """
    return colours()[name].light


def finish(chart: AnyChart, *, title: str, subtitle: str, description: str) -> AnyChart:
    """Give a finished chart its words and its look; the last step of every chart function.

    Parameters
    ----------
    chart : alt.Chart or a composition of charts
        Marks and encodings, nothing configured yet.
    title : str
        What the reader learns about, without a full stop.
    subtitle : str
        Unit and how to read it.
    description : str
        The chart in one sentence for someone who cannot see it.

    Returns
    -------
    alt.Chart or the same composition
        A copy with title, description and configuration.
    """
    titled: AnyChart = chart.properties(
        title={"text": title, "subtitle": subtitle}, description=description, background="transparent"
    )
    titled.config = _config()  # one dictionary reads better than nine configure_ calls
    return titled


def empty_chart(title: str, sentence: str) -> AnyChart:
    """Return what is shown instead of axes without data: the title and one sentence saying what to do.

    Parameters
    ----------
    title : str
        Title the chart would have had.
    sentence : str
        Why there is nothing yet, or what brings it.
    """
    from workbench.charts.light_altair import alt

    # An embedded value rather than a data frame: the sentence is not data.
    chart = alt.Chart(alt.InlineData([{"sentence": sentence}])).mark_text(
        color=colour("ink-faint"), fontSize=13, align="center", baseline="middle"
    )
    chart = chart.encode(text=alt.Text("sentence:N")).properties(width="container", height=140)
    # A page shows the sentence as text, which wraps; a picture of it would not.
    chart = chart.properties(usermeta={"empty": sentence})
    return finish(chart, title=title, subtitle="", description=f"{title}: {sentence}")


def chart_svg(chart: AnyChart, *, width: int = 640, scheme: Literal["page", "light", "dark"] = "page") -> str:
    """Draw a chart as stand-alone SVG, without a browser and without a network.

    Parameters
    ----------
    chart : alt.Chart or a composition of charts
        A chart made by one of the chart functions.
    width : int
        Pixels for a chart that would fill its container.
    scheme : {"page", "light", "dark"}
        ``"page"`` writes ``var(--wb-…, light value)``: inside a page that includes ``tokens.css`` the picture then
        follows the page's light or dark. The other two write plain values.

    Returns
    -------
    str
        ``<svg …>``, without title: a page sets ``chart.title`` as its own heading.
    """
    import vl_convert

    spec: dict[str, Any] = chart.to_dict()
    spec.pop("title", None)
    _fix_width(spec, width)
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=vega_lite_version())
    for name, value in colours().items():
        replacement = {"page": f"var(--wb-{name}, {value.light})", "light": value.light, "dark": value.dark}[scheme]
        svg = svg.replace(f'"{value.light}"', f'"{replacement}"')
    return svg


def vega_lite_version() -> str:
    """Return the Vega-Lite version that this Altair writes, as vl-convert names it ("6.4")."""
    from workbench.charts.light_altair import alt

    return ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def _fix_width(spec: dict[str, Any], width: int) -> None:
    if spec.get("width") == "container":
        spec["width"] = width
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}


def _config() -> dict[str, Any]:
    text = {"labelFont": FONT, "titleFont": FONT}
    return {
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            **text,
            "labelColor": colour("ink-faint"),
            "labelFontSize": 11.5,
            "labelPadding": 6,
            "titleColor": colour("ink-soft"),
            "titleFontSize": 12,
            "titleFontWeight": 500,
            "titlePadding": 10,
            "gridColor": colour("grid"),
            "domainColor": colour("line-strong"),
            "domain": False,
            "ticks": False,
        },
        "legend": {
            **text,
            "labelColor": colour("ink-soft"),
            "labelFontSize": 12,
            "titleColor": colour("ink-soft"),
            "titleFontSize": 12,
            "orient": "top",
            "direction": "horizontal",
            "symbolType": "circle",
            "symbolOpacity": 1,
            "offset": 14,
        },
        "title": {
            "anchor": "start",
            "color": colour("ink"),
            "subtitleColor": colour("ink-faint"),
            "font": FONT,
            "subtitleFont": FONT,
            "fontSize": 14,
            "subtitleFontSize": 12,
            "offset": 14,
        },
        "range": {"category": [colour(name) for name in ("scenario", "base", "series-3", "series-4", "series-5")]},
    }
