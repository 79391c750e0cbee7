"""What a campaign comes to, to be read and not to be changed: key figures, days, people, prices, what happened when."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

import pandas as pd
from ipywidgets import HTML, VBox

from simulator.briefing import event_table
from simulator.charts import (
    delivery_by_hour,
    delivery_timeline,
    frequency_bars,
    lost_opportunities,
    price_stages,
    price_waterfall,
    reach_so_far,
    shown_figure,
)
from simulator.html_report import render_html_report
from simulator.money import MICROS
from simulator.reports import frequency_table, reach_by_day, report_by_hour
from simulator.scenario import Scenario
from simulator.what_if import METRICS, Forecast
from simulator.widgets.campaign_flight import N_REPLICATIONS, WAITING, CampaignFlight, Delivery
from simulator.world import World
from workbench.charts.theme import empty_chart
from workbench.widgets.download import Download, DownloadFile
from workbench.widgets.layout import card, panel, row
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.vega_chart import VegaChart

KEY_METRICS = ("spend", "impressions", "reach", "frequency", "clicks", "ecpm")
AD_GROUP_COLUMNS = (
    Column("AD_GROUP_NAME", "Ad group"),
    Column("SPEND_IN_DOLLAR", "Spend", "figure"),
    Column("IMPRESSION_1", "Impressions", "figure"),
    Column("TOTAL_IMPRESSION_USER", "Reach", "figure"),
    Column("CLICKTHROUGH_1", "Clicks", "figure"),
    Column("ECPM_IN_MICRO_DOLLAR", "eCPM", "figure"),
    Column("data_spend_micros", "Data fees", "figure"),
    Column("win_rate", "Win rate", "figure"),
)
AD_GROUP_UNITS = {
    "SPEND_IN_DOLLAR": ("dollars", 1),
    "IMPRESSION_1": ("count", 1),
    "TOTAL_IMPRESSION_USER": ("people", 1),
    "CLICKTHROUGH_1": ("count", 1),
    "ECPM_IN_MICRO_DOLLAR": ("dollars", MICROS),
    "data_spend_micros": ("dollars", MICROS),
    "win_rate": ("share", 1),
}
EVENT_COLUMNS = (Column("When (UTC)", "When (UTC)"), Column("What", "What", "words"), Column("Change", "Change"))
CHARTS = (
    "Spend by day",
    "Impressions by day",
    "Reach so far",
    "How often people saw an ad",
    "Where opportunities went",
    "From bid to charge",
    "Delivery by hour",
)
"""Titles of the charts, for the time before there are any."""


class DeliveryReport(CampaignFlight):
    """A campaign's delivery on one page; see `CampaignFlight`."""

    def __init__(self, scenario: Scenario, *, world: World | None = None, n_replications: int = N_REPLICATIONS) -> None:
        self._context, self._warnings, self._cards = HTML(), HTML(), HTML(_cards_html(()))
        self._cards.add_class("wb-kpis-box")
        self._csv = Download("Figures (CSV)")
        self._html = Download("Report to mail (HTML)")
        self._charts = [VegaChart(empty_chart(title, WAITING)) for title in CHARTS]
        self._ad_groups = Table(AD_GROUP_COLUMNS, title="By ad group", empty="Each ad group is listed here.")
        self._events = Table(EVENT_COLUMNS, title="What happened when", empty="Nothing has happened yet.")
        super().__init__(scenario, world=world, n_replications=n_replications)

    def _show(self, result: Delivery) -> None:
        flown = result.forecast
        self._context.value = _context_html(flown)
        self._warnings.value = "".join(f'<p class="wb-warning">{html.escape(each)}</p>' for each in flown.warnings)
        rows = {metric.metric: metric for metric in _rows(flown.table)}
        self._cards.value = _cards_html([rows[name] for name in KEY_METRICS if name in rows])
        for shown, chart in zip(self._charts, _charts(result), strict=True):
            shown.chart = chart
        self._ad_groups.show_rows(_ad_group_rows(flown.by_ad_group), note=f"means of {flown.n_replications} runs")
        events = event_table(result.run).to_dict("records")
        self._events.show_rows([{column.key: event[column.key] for column in EVENT_COLUMNS} for event in events])
        self._csv.offer(lambda: _csv_file(result))
        self._html.offer(lambda: _html_file(result))

    def _root(self) -> VBox:
        spend, impressions, reach, frequency, lost, prices, hours = self._charts
        take_away = row(*self._run_bar.buttons.children, self._csv, self._html, name="toolbar")
        parts = VBox(
            (
                *(self._context, self._warnings, self._cards, take_away, self._run_bar),
                row(card(spend), card(impressions), name="two"),
                row(card(reach), card(frequency), name="two"),
                row(card(lost), card(prices), name="two"),
                card(self._ad_groups),
                row(card(hours), card(self._events), name="two"),
            )
        )
        parts.add_class("wb-results")
        return panel(parts, name="delivery")


def _csv_file(result: Delivery) -> DownloadFile:
    table = result.forecast.by_ad_group.to_csv(index=False)
    return DownloadFile("delivery.csv", "text/csv", table.encode("utf-8"))


def _html_file(result: Delivery) -> DownloadFile:
    page = render_html_report(result.forecast.scenario, result.world, result.run, [])
    return DownloadFile("delivery.html", "text/html", page.encode("utf-8"))


def _charts(result: Delivery) -> list[Any]:
    """Return the charts of a delivery, in the order of `CHARTS`."""
    flown, run = result.forecast, result.run
    return [
        delivery_timeline(flown.by_day, "spend"),
        delivery_timeline(flown.by_day, "impressions"),
        reach_so_far(reach_by_day(run)),
        frequency_bars(frequency_table(run)),
        lost_opportunities(flown.by_ad_group),
        price_waterfall(price_stages(flown.by_ad_group)),
        delivery_by_hour(report_by_hour(run)),
    ]


def _context_html(flown: Forecast) -> str:
    config = flown.scenario.config
    names = ", ".join(campaign.name for campaign in config.campaigns)
    words = (
        f"{config.flight.n_days} days from {config.flight.start:%-d %B %Y} · {flown.n_replications} simulated runs · "
        "ranges hold at least 95 % of them"
    )
    return f'<p class="wb-context" role="status"><b>{html.escape(names)}</b><br>{html.escape(words)}</p>'


def _cards_html(metrics: Iterable[Any]) -> str:
    """Return key figures as cards of HTML; empty cards before there are any."""
    cards = [_card_html(metric.label, *_figure(metric)) for metric in metrics] or [
        _card_html(metric.label, "–", "") for metric in METRICS if metric.metric in KEY_METRICS
    ]
    return f'<div class="wb-kpis" role="group" aria-label="Key figures of the campaign">{"".join(cards)}</div>'


def _card_html(label: str, figure: str, words: str) -> str:
    return (
        f'<div class="wb-kpi wb-kpi-short"><span class="wb-kpi-label">{html.escape(label)}</span>'
        f'<strong>{figure}</strong><span class="wb-kpi-base">{words}</span></div>'
    )


def _figure(metric: Any) -> tuple[str, str]:
    if pd.isna(metric.mean):
        return shown_figure(metric.mean, metric.unit), ""
    mean, low, high = (shown_figure(value, metric.unit) for value in (metric.mean, metric.low, metric.high))
    return mean, "in every run" if low == high else f"{low} to {high}"


def _rows(table: pd.DataFrame) -> Iterable[Any]:
    return table.itertuples()


def _ad_group_rows(report: pd.DataFrame) -> list[dict[str, str | Cell]]:
    return [
        {"AD_GROUP_NAME": each["AD_GROUP_NAME"]}
        | {
            column: Cell(shown_figure(each[column] / scale, unit), each[column])
            for column, (unit, scale) in AD_GROUP_UNITS.items()
        }
        for each in report.to_dict("records")
    ]
