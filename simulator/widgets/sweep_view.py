"""A sweep on the screen: a figure along its levers, reach against cost, which lever matters, every point as a row."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import pandas as pd
import traitlets
from ipywidgets import HTML, VBox

from simulator.answer_report import render_sweep_report
from simulator.charts import shown_figure
from simulator.sweep_drawings import front_drawing, lines_drawing, map_drawing, shares_drawing
from simulator.sweep_sentence import sweep_sentence
from simulator.sweeps import OfferedLever, SweepResult
from simulator.sweeps.highlights import SweptFigure, first_looked_at, swept_figures
from simulator.sweeps.intervals import mean_interval
from simulator.sweeps.offered_levers import named_levers
from simulator.widgets.said import said_html
from workbench.charts.theme import empty_chart
from workbench.widgets.download import Download, DownloadFile
from workbench.widgets.layout import card, row
from workbench.widgets.picks import Option, PickOne
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.vega_chart import VegaChart

MAP, LINES = "map", "lines"
WAITING = "Run the sweep, and it is drawn here."
OUTDATED_HTML = '<p class="wb-outdated" role="status">The levers have moved since. Run the sweep again.</p>'


class SweepView(VBox):
    """Shows one sweep; before the first one, what will be here.

    Attributes
    ----------
    point : str
        Number of the point that is picked, in the table or in a chart; empty while none is.
    """

    point = traitlets.Unicode()

    def __init__(self, *above_points: Any) -> None:
        self._result: SweepResult | None = None
        self._levers: tuple[OfferedLever, ...] = ()
        self._figures: dict[str, SweptFigure] = {}
        self._outdated, self._warnings, self._notes, self._sentence = HTML(), HTML(), HTML(), HTML()
        self._figure = PickOne("Figure", (), "select")
        self._look = PickOne("Drawn as", (Option(MAP, "Map"), Option(LINES, "Lines with intervals")), "segments")
        self._main = VegaChart(empty_chart("The figure along the lever", WAITING))
        self._front = VegaChart(empty_chart("Reach and cost", WAITING))
        self._shares = VegaChart(empty_chart("Which lever matters", WAITING))
        self._table = Table((), title="Points", empty="Every point of the sweep is listed here.")
        self._csv, self._html = Download("Figures (CSV)"), Download("Report to mail (HTML)")
        self._more = row(card(self._front), name="two")
        self._looks = row(self._figure, self._look, name="side-by-side")
        self._looks.layout.display = "none"
        files = row(self._csv, self._html, name="toolbar")
        main = card(self._sentence, self._looks, self._main)
        super().__init__(
            (self._outdated, self._warnings, self._notes, main, self._more, card(*above_points, self._table, files))
        )
        self.add_class("wb-results")
        traitlets.link((self._table, "selected"), (self, "point"))
        for picking in (self._figure, self._look):
            picking.observe(lambda _change: self._draw(), names="value")
        for chart in (self._main, self._front):
            chart.observe(self._on_chart, names="picked")

    def show(self, result: SweepResult, notes: Sequence[str] = ()) -> None:
        """Show a sweep in place of the present one.

        Parameters
        ----------
        result : SweepResult
            The sweep.
        notes : sequence of str
            What a reader should know beside its own warnings, one sentence each.
        """
        self._result = None  # nothing is drawn while the choices change
        self._levers = named_levers(result.design.scenario.config, result.design.levers)
        told = swept_figures(result)
        self._figures = {figure.metric: figure for figure in told}
        if not self._figure.value:
            self._figure.value = first_looked_at(told).metric
        self._figure.offer([Option(name, figure.label) for name, figure in self._figures.items()])
        self._looks.layout.display = None
        self._look.layout.display = None if len(self._levers) > 1 else "none"
        warnings = result.outcomes.warnings
        self._warnings.value = "".join(f'<p class="wb-warning">{html.escape(text)}</p>' for text in warnings)
        self._notes.value = f'<p class="wb-context">{"<br>".join(map(html.escape, notes))}</p>' if notes else ""
        self._csv.offer(lambda: DownloadFile("sweep.csv", "text/csv", result.table.to_csv(index=False).encode()))
        self._html.offer(lambda: DownloadFile("sweep.html", "text/html", render_sweep_report(result).encode()))
        self._result = result
        self.show_outdated(False)
        self._draw()

    def show_outdated(self, is_outdated: bool) -> None:
        """Say whether the levers have been moved since the sweep was run."""
        self._outdated.value = OUTDATED_HTML if is_outdated else ""

    def _on_chart(self, change: Any) -> None:
        if change["new"] in self._table.row_keys:
            self._table.selected = change["new"]

    def _draw(self) -> None:
        result = self._result
        if result is None:
            return
        figure = self._figures[self._figure.value]
        self._sentence.value = _said_html(result, sweep_sentence(result, figure, self._levers))
        is_map = len(self._levers) > 1 and self._look.value == MAP
        self._main.chart = (map_drawing if is_map else lines_drawing)(result, figure, self._levers)
        self._front.chart = front_drawing(result, self._levers)
        self._show_shares(result, figure)
        self._show_table(result, figure)

    def _show_shares(self, result: SweepResult, figure: SweptFigure) -> None:
        shares = shares_drawing(result, figure, self._levers)
        n_cards = 1 if shares is None else 2
        if shares is not None:
            self._shares.chart = shares
        if len(self._more.children) != n_cards:
            self._more.children = (card(self._front), card(self._shares))[:n_cards]

    def _show_table(self, result: SweepResult, figure: SweptFigure) -> None:
        levers = [Column(lever.path, lever.title) for lever in self._levers]
        ordered = [figure, *(other for other in self._figures.values() if other != figure)]
        figures = [Column(each.metric, each.label, "figure") for each in ordered]
        columns = [*levers, figures[0], Column("interval", "95 %", "figure"), *figures[1:]]
        if [column._asdict() for column in columns] != self._table.columns:
            self._table.show_columns(columns)
        rows = [self._row(result, figure, point) for point in range(len(result.design.points))]
        keys = [str(point) for point in range(len(rows))]
        note = f"means of {result.n_replications} runs each; pick a row"
        self._table.show_rows(rows, note=note, keys=keys)

    def _row(self, result: SweepResult, figure: SweptFigure, point: int) -> dict[str, str | Cell]:
        cells: dict[str, str | Cell] = {}
        for lever, value in zip(self._levers, result.design.points[point], strict=True):
            cells[lever.path] = Cell(lever.shown(value), lever.level(value))
        for each in self._figures.values():
            mean = float(result.readings(each.metric)[point].mean())
            cells[each.metric] = Cell(shown_figure(mean, each.unit), mean)
        _, low, high = mean_interval(result.readings(figure.metric)[point])
        span = "" if pd.isna(low) else f"{shown_figure(low, figure.unit)} – {shown_figure(high, figure.unit)}"
        return cells | {"interval": Cell(span, high - low)}


def _said_html(result: SweepResult, sentence: str) -> str:
    n_points = len(result.design.points)
    context = f"{result.design.scenario.name} · {n_points:,} points · {result.n_replications} runs of each"
    return said_html(context, sentence)
