"""How an audience came about: what its list held, what its tag reports, how good an actalike is, what it is made of."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from workbench.audiences import (
    ActalikeDefinition,
    Audience,
    CustomerListDefinition,
    ThirdPartyDefinition,
    VisitorDefinition,
    shown_share,
)
from workbench.audiences.tag_diagnostics import shown_tag_events, tag_event_diagnostics
from workbench.audiences.unmet_rules import unmet_rules
from workbench.charts import actalike_forecast_band, list_check_bars, shown_people, shown_percent
from workbench.universe import Universe
from workbench.widgets.layout import empty_html, figures_html
from workbench.widgets.list_findings import problem_name
from workbench.widgets.status import STATUS_WORDS
from workbench.widgets.table import Cell, Column, Table

NOT_COUNTED_HERE = "These figures come with a count, and this audience was counted elsewhere."
DRIVERS = (
    Column("name", "Interest"),
    Column("source", "In the source", "figure"),
    Column("country", "In the country", "figure"),
    Column("lift", "Times as common", "figure"),
)
FIGURES = ("30 days", "Recognised")
TAG_COLUMNS = ("Event", "State", "First fired", "Last fired", "30 days", "Recognised")
PARTS = (Column("name", "Made from"), Column("size", "Size", "figure"), Column("status", "Status"))


class OriginTable(NamedTuple):
    """What a table will show."""

    title: str
    columns: tuple[Column, ...]
    rows: list[dict[str, str | Cell]]
    empty: str

    def made(self) -> Table:
        """Return the table; to be made where the page is, and not in a thread."""
        table = Table(self.columns, title=self.title, empty=self.empty)
        table.show_rows(self.rows)
        return table


class Origin(NamedTuple):
    """What there is to show of how an audience came about.

    Parameters
    ----------
    words : str
        HTML.
    chart : alt.LayerChart or None
        A chart.
    table : OriginTable or None
        A table.
    """

    words: str
    chart: Any = None
    table: OriginTable | None = None


def origin_of(audience: Audience, universe: Universe, by_id: Mapping[str, Audience]) -> Origin:
    """Find out how an audience came about; takes a query for visitors, so call it in a thread.

    Parameters
    ----------
    audience : Audience
        The audience.
    universe : Universe
        Its universe.
    by_id : mapping of str to Audience
        The audiences that it may be made from.
    """
    match audience.spec.definition:
        case CustomerListDefinition():
            return _of_list(audience.details)
        case VisitorDefinition() as definition:
            return _of_tag(definition, universe)
        case ActalikeDefinition() as definition:
            return _of_actalike(definition, audience.details)
        case ThirdPartyDefinition():
            return _of_segment(audience.details)
        case definition if definition.source_audience_ids:
            return _of_parts(definition.source_audience_ids, by_id)
        case _:
            return Origin(empty_html("Engagement is counted from what people did; there is nothing to match."))


def _of_list(details: Mapping[str, Any]) -> Origin:
    if "match_rate" not in details:
        return Origin(empty_html(NOT_COUNTED_HERE))
    counts = details["record_counts"]
    figures = [
        ("Processed", f"{counts['processed']:,}"),
        ("Valid", f"{counts['valid']:,}"),
        ("Distinct", f"{details['n_distinct_valid_records']:,}"),
        ("Match rate", shown_share(details["n_matched_records"], details["n_distinct_valid_records"])),
    ]
    errors = [(problem_name(error["error_code"]), error["count"], False) for error in details["error_counts"]]
    records = pd.DataFrame([("Valid", counts["valid"], True), *errors], columns=["label", "count", "is_valid"])
    return Origin(figures_html(figures), list_check_bars(records))


def _of_tag(definition: VisitorDefinition, universe: Universe) -> Origin:
    diagnostics = tag_event_diagnostics(universe)
    of_tag = diagnostics[diagnostics["tag_id"] == definition.visitor_source_id]
    shown = shown_tag_events(of_tag, as_of=universe.as_of)
    columns = tuple(Column(name, name, "figure" if name in FIGURES else "text") for name in TAG_COLUMNS)
    rows: list[dict[str, str | Cell]] = [
        {name: str(row[name]) for name in TAG_COLUMNS} for row in shown.to_dict("records")
    ]
    title = f"What tag {definition.visitor_source_id} reports"
    table = OriginTable(title, columns, rows, "The tag never reported anything.")
    unmet = unmet_rules(definition, universe)
    words = "".join(f'<p class="wb-warning">{html.escape(sentence)}</p>' for sentence in unmet)
    return Origin(words or '<p class="wb-hint">Every part of the rule was met by some event.</p>', table=table)


def _of_actalike(definition: ActalikeDefinition, details: Mapping[str, Any]) -> Origin:
    if "forecast" not in details:
        return Origin(empty_html(NOT_COUNTED_HERE))
    rows = [_driver_row(driver) for driver in details["interests"]]
    table = OriginTable("What its source has in common", DRIVERS, rows, "No interest stands out.")
    chart = actalike_forecast_band(details["forecast"], percentage=definition.percentage)
    words = "".join(f'<p class="wb-warning">{html.escape(each)}</p>' for each in details["warnings"])
    return Origin(words, chart, table)


def _driver_row(driver: Mapping[str, Any]) -> dict[str, str | Cell]:
    shares = {key: driver[f"share_in_{key}"] for key in ("source", "country")}
    cells = {key: Cell("hidden" if share is None else shown_percent(share), share) for key, share in shares.items()}
    lift = driver["lift"]
    name = str(driver["name"]).replace("_", " ")
    return {"name": name, **cells, "lift": Cell("–" if lift is None else f"{lift:.1f}", lift)}


def _of_segment(details: Mapping[str, Any]) -> Origin:
    if "data_fee_rate_bp" not in details:
        return Origin(empty_html(NOT_COUNTED_HERE))
    figures = [
        ("Segment", str(details["segment_name"])),
        ("Provider", str(details["provider"])),
        ("Data fee", shown_percent(details["data_fee_rate_bp"] / 10_000)),
    ]
    return Origin(figures_html(figures) + '<p class="wb-hint">The fee is a share of the auction price.</p>')


def _of_parts(source_ids: Iterable[str], by_id: Mapping[str, Audience]) -> Origin:
    rows: list[dict[str, str | Cell]] = []
    for source_id in source_ids:
        source = by_id.get(source_id)
        if source is None:
            rows.append({"name": f"Audience {source_id}", "size": "–", "status": Cell("Not here", tone="bad")})
            continue
        word, tone = STATUS_WORDS[source.status]
        size = shown_people(source.audience_size)
        rows.append({"name": source.spec.name, "size": size, "status": Cell(word, tone=tone)})
    return Origin("", table=OriginTable("What it is made from", PARTS, rows, "Nothing."))
