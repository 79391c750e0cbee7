"""A comparison on the screen: key figures, what changes, spend by day, and the same figures as a table."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

import pandas as pd
from ipywidgets import HTML, VBox

from simulator.charts import (
    difference_forest,
    price_stages,
    price_waterfall,
    shown_figure,
    shown_interval,
    spend_by_day,
)
from simulator.money import MICROS
from simulator.what_if import ALTERNATIVE, BASE, METRICS, Comparison, Metric
from simulator.widgets.levers import changes
from workbench.charts import shown_percent
from workbench.widgets.layout import card, row
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.vega_chart import VegaChart

KEY_METRICS = ("spend", "impressions", "reach", "ecpm", "win_rate")
COLUMNS = (
    Column("label", "Metric"),
    Column("base", "Base", "figure"),
    Column("alternative", "Scenario", "figure"),
    Column("difference", "Difference", "figure"),
    Column("interval", "95 %", "figure"),
)
AD_GROUP_COLUMNS = (
    Column("name", "Ad group"),
    Column("spend", "Spend", "figure"),
    Column("impressions", "Impressions", "figure"),
    Column("reach", "Reach", "figure"),
    Column("ecpm", "eCPM", "figure"),
    Column("win_rate", "Win rate", "figure"),
)

OUTDATED_HTML = '<p class="wb-outdated" role="status">The levers have moved since. Run the comparison again.</p>'
AD_GROUP_FIGURES = {
    "spend": ("SPEND_IN_DOLLAR", 1, "dollars"),
    "impressions": ("IMPRESSION_1", 1, "count"),
    "reach": ("TOTAL_IMPRESSION_USER", 1, "people"),
    "ecpm": ("ECPM_IN_MICRO_DOLLAR", MICROS, "dollars"),
    "win_rate": ("win_rate", 1, "share"),
}


class ComparisonView(VBox):
    """Shows one comparison; before the first one, what will be here."""

    def __init__(self) -> None:
        empty = pd.DataFrame({"base": [], "difference": []})
        self._cards = HTML(cards_html(()))
        self._cards.add_class("wb-kpis-box")
        self._forest = VegaChart(difference_forest(empty))
        self._by_day = VegaChart(spend_by_day(empty))
        self._table = Table(COLUMNS, title="All figures", empty="Every metric of a comparison is listed here.")
        self._prices = VegaChart(price_waterfall(pd.DataFrame()))
        self._ad_groups = Table(AD_GROUP_COLUMNS, title="By ad group", empty="Each ad group is listed here.")
        charts = row(card(self._by_day), card(self._forest), name="two")
        details = row(card(self._prices), card(self._table), name="two-three")
        self._context, self._outdated, self._warnings = HTML(), HTML(), HTML()
        above = (self._context, self._outdated, self._warnings, self._cards)
        super().__init__((*above, charts, card(self._ad_groups), details))
        self.add_class("wb-results")

    def show(self, comparison: Comparison, notes: Iterable[str] = ()) -> None:
        """Show a comparison in place of the present one.

        Parameters
        ----------
        comparison : Comparison
            What is shown.
        notes : iterable of str
            What a reader should know of where it comes from, one sentence each.
        """
        table = comparison.table
        self._context.value = _context_html(comparison, notes)
        self.show_outdated(False)
        self._warnings.value = _warnings_html(comparison.warnings)
        metrics = {metric.metric: metric for metric in _rows(table)}
        self._cards.value = cards_html([metrics[name] for name in KEY_METRICS if name in metrics])
        self._forest.chart = difference_forest(table)
        days = comparison.by_day
        self._by_day.chart = spend_by_day(days[days["metric"] == "spend"])
        by_ad_group = comparison.by_ad_group
        self._prices.chart = price_waterfall(price_stages(by_ad_group[by_ad_group["scenario"] == ALTERNATIVE]))
        self._ad_groups.show_rows(_ad_group_rows(by_ad_group), note="base → scenario")
        note = f"means of {comparison.n_replications} replications"
        self._table.show_rows([_figures(metric) for metric in metrics.values()], note=note)

    def show_outdated(self, is_outdated: bool) -> None:
        """Say whether the levers have been moved since the comparison was run."""
        self._outdated.value = OUTDATED_HTML if is_outdated else ""


def cards_html(metrics: Iterable[Any]) -> str:
    """Return the key figures as cards of HTML; empty cards before there are any.

    Parameters
    ----------
    metrics : iterable of rows of ``Comparison.table``
        In the order of the cards.
    """
    cards = [_card_html(metric) for metric in metrics] or [_empty_card_html(metric.label) for metric in _key_metrics()]
    return f'<div class="wb-kpis" role="group" aria-label="Key figures of the scenario">{"".join(cards)}</div>'


def _key_metrics() -> list[Metric]:
    return [metric for metric in METRICS if metric.metric in KEY_METRICS]


def _empty_card_html(label: str) -> str:
    return f'<div class="wb-kpi"><span class="wb-kpi-label">{html.escape(label)}</span><strong>–</strong></div>'


def _card_html(metric: Any) -> str:
    return (
        f'<div class="wb-kpi"><span class="wb-kpi-label">{html.escape(metric.label)}</span>'
        f"<strong>{shown_figure(metric.alternative, metric.unit)}</strong>{_change_html(metric)}"
        f'<span class="wb-kpi-base">base {shown_figure(metric.base, metric.unit)}{_relative(metric)}</span></div>'
    )


def _change_html(metric: Any) -> str:
    if pd.isna(metric.difference):
        return '<span class="wb-kpi-change wb-unclear">nothing to compare</span>'
    if metric.difference == 0 and metric.low == metric.high:
        return '<span class="wb-kpi-change wb-unclear">= same as base</span>'
    is_clear = not metric.low <= 0 <= metric.high
    arrow = "≈" if not is_clear else "▲" if metric.difference > 0 else "▼"
    tone, verdict = ("clear", "") if is_clear else ("unclear", '<span class="wb-kpi-base">could be chance</span>')
    difference = shown_figure(metric.difference, metric.unit, is_signed=True)
    return (
        f'<span class="wb-kpi-change wb-{tone}"><i aria-hidden="true">{arrow}</i> {difference} '
        f'<small title="95 % interval">{_interval(metric)}</small></span>{verdict}'
    )


def _relative(metric: Any) -> str:
    """Say a difference as a share of its base; for shares that would be a share of a share, so nothing."""
    if metric.unit == "share" or not metric.base or not metric.difference or pd.isna(metric.difference):
        return ""
    return f" · {shown_percent(metric.difference / abs(metric.base), is_signed=True)}"


def _interval(metric: Any) -> str:
    return shown_interval(metric.difference, metric.low, metric.high, metric.unit)


def _figures(metric: Any) -> dict[str, str | Cell]:
    return {
        "label": metric.label,
        "base": Cell(shown_figure(metric.base, metric.unit), metric.base),
        "alternative": Cell(shown_figure(metric.alternative, metric.unit), metric.alternative),
        "difference": Cell(shown_figure(metric.difference, metric.unit, is_signed=True), metric.difference),
        "interval": Cell(_interval(metric), metric.high - metric.low),
    }


def _context_html(comparison: Comparison, notes: Iterable[str]) -> str:
    config = comparison.base.config
    names = ", ".join(campaign.name for campaign in config.campaigns)
    days = f"{config.flight.n_days} days from {config.flight.start:%-d %B %Y}"
    paired = f"{comparison.n_replications} paired replications"
    if comparison.has_draws:
        paired += ", each in a market that the calibration leaves possible"
    words = f"{names} · {days} · {paired} · 95 % intervals"
    compared = "; ".join(changes(comparison.alternative)) or "nothing changed"
    lines = "<br>".join(map(html.escape, (words, *notes)))
    return f'<p class="wb-context" role="status"><b>{html.escape(compared)}</b><br>{lines}</p>'


def _warnings_html(warnings: Iterable[str]) -> str:
    return "".join(f'<p class="wb-warning">{html.escape(warning)}</p>' for warning in warnings)


def _rows(table: pd.DataFrame) -> Iterable[Any]:
    return table.itertuples()


def _ad_group_rows(report: pd.DataFrame) -> list[dict[str, str | Cell]]:
    base, alternative = (report[report["scenario"] == name].to_dict("records") for name in (BASE, ALTERNATIVE))
    return [
        {"name": before["AD_GROUP_NAME"]}
        | {
            key: _step(before[column] / scale, after[column] / scale, unit)
            for key, (column, scale, unit) in AD_GROUP_FIGURES.items()
        }
        for before, after in zip(base, alternative, strict=True)
    ]


def _step(before: float, after: float, unit: str) -> Cell:
    texts = [shown_figure(value, unit) for value in (before, after)]
    return Cell(texts[0] if texts[0] == texts[1] else " → ".join(texts), after)
