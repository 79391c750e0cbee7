"""Fit a scenario to what its campaign did: what was fitted and how surely, how near it comes, and a back-test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import traitlets
from ipywidgets import HTML, VBox

from simulator.calibration.back_test import MIN_DAYS, BackTest, back_test
from simulator.calibration.bid_log import BidLog
from simulator.calibration.calibration import Calibration, calibrate
from simulator.calibration.campaign_report import CampaignReport
from simulator.calibration.history import Change
from simulator.calibration.page import render_back_test_page, render_calibration_page
from simulator.calibration.saved_calibration import SavedCalibration
from simulator.calibration.tables import back_test_table, estimate_table
from simulator.errors import CampaignDataError
from simulator.scenario import Scenario
from simulator.widgets.report_upload import ReportUpload
from simulator.widgets.said import notes_html, said_html
from simulator.world import World
from workbench.charts.theme import empty_chart
from workbench.progress import Progress
from workbench.widgets.download import Download, DownloadFile
from workbench.widgets.layout import button, card, panel, row
from workbench.widgets.run_bar import RunBar, ShowsWork
from workbench.widgets.table import Column, Table
from workbench.widgets.vega_chart import VegaChart
from workbench.widgets.work import Work

WORDS = ("What", "Metric", "Because")
FIT_COLUMNS = ("What", "Before", "Fitted", "95 % interval", "Identified", "Because")
TEST_COLUMNS = ("Metric", "Days", "Error", "Error without a model", "Days within 95 %")
WAITING = "Give a campaign report and fit; it is drawn here."


class FittedCampaign(NamedTuple):
    """What came of a report.

    Attributes
    ----------
    world : World
        The scenario's universe and audiences.
    calibration : Calibration
        Of all days.
    back_test : BackTest or None
        Fitted on the first half; None where there are too few days for it.
    """

    world: World
    calibration: Calibration
    back_test: BackTest | None

    @property
    def saved(self) -> SavedCalibration:
        """What every panel and file takes of it."""
        return SavedCalibration.of(self.calibration)


class CalibrationPanel(ShowsWork, VBox):
    """A report on the left, what it says about the market on the right.

    Parameters
    ----------
    scenario : Scenario
        What was planned and set when the campaign began, with the ids that the report has.
    report : CampaignReport or None
        From `read_campaign_report`; may be uploaded instead.
    bid_log : BidLog or None
        Auctions of the same market.
    changes : sequence of Change
        What was changed during the campaign.
    world : World or None
        The world of the scenario if it is open already; opened otherwise when it is needed.

    Attributes
    ----------
    scenario : Scenario
        What is fitted. Set it and fit again.
    fitted : FittedCampaign or None
        The latest outcome; ``fitted.saved`` is what every what-if takes as its calibration.
    """

    scenario = traitlets.Instance(Scenario)
    fitted = traitlets.Instance(FittedCampaign, allow_none=True)

    def __init__(
        self,
        scenario: Scenario,
        *,
        report: CampaignReport | None = None,
        bid_log: BidLog | None = None,
        changes: Sequence[Change] = (),
        world: World | None = None,
    ) -> None:
        self._world, self._bid_log, self._changes = world, bid_log, tuple(changes)
        self._upload = ReportUpload(report)
        self._run_bar = RunBar(button("Fit and test", is_primary=True), "Fitting")
        self._said, self._tested, self._notes = HTML(), HTML(), HTML()
        self._notes_card = card(self._notes)
        self._notes_card.layout.display = "none"
        self._fit_chart = VegaChart(empty_chart("Fitted against reported", WAITING))
        self._test_chart = VegaChart(empty_chart("Predicted and what was", WAITING))
        self._estimates = Table(_columns(FIT_COLUMNS), title="What was fitted", empty="Each fitted number stands here.")
        self._errors = Table(
            _columns(TEST_COLUMNS), title="How good it was", empty="The back-test's errors stand here."
        )
        self._files = {
            "fitted-scenario.json": Download("Fitted scenario (JSON)"),
            "calibration.json": Download("Calibration (JSON)"),
            "calibration.html": Download("Calibration to mail (HTML)"),
            "back-test.html": Download("Back-test to mail (HTML)"),
        }
        self._work: Work[FittedCampaign] = Work(self)
        super().__init__((self._root(),), scenario=scenario)
        self._run_bar.on_run(self._run_bar.notice.guarded(lambda _button: self.run()))
        self._run_bar.on_cancel(lambda _button: self._work.cancel())
        self._upload.on_change(self._run_bar.notice.clear)

    def run(self) -> None:
        """Fit and test; what comes of it arrives in ``fitted`` and on the screen.

        Raises
        ------
        CampaignDataError
            If there is no report yet.
        """
        scenario, report, log, changes = self.scenario, self._upload.report, self._bid_log, self._changes
        if report is None:
            raise CampaignDataError("expected a campaign report, got none; upload one first")

        def job(on_progress: Progress) -> FittedCampaign:
            world = self._world
            if world is None or not world.fits(scenario.config):
                world = World.open(scenario.config, on_progress)
            calibration = calibrate(scenario, report, world, bid_log=log, changes=changes, on_progress=on_progress)
            tested = None
            if len(calibration.report.days) >= MIN_DAYS:
                tested = back_test(scenario, report, world, bid_log=log, changes=changes, on_progress=on_progress)
            return FittedCampaign(world, calibration, tested)

        self._run_bar.begin()
        self._work.start(job)

    def on_done(self, result: FittedCampaign) -> None:
        """Show what was fitted, and the back-test."""
        self._run_bar.end()
        self._world, self.fitted = result.world, result
        found = result.calibration
        self._said.value = said_html("What the report says", found.sentence)
        self._fit_chart.chart = found.chart
        self._estimates.show_rows(_rows(estimate_table(found), FIT_COLUMNS))
        self._notes.value = notes_html("What to know", found.warnings)
        self._notes_card.layout.display = None if found.warnings else "none"
        self._show_test(result.back_test, len(found.report.days))
        self._offer(result)

    def _show_test(self, tested: BackTest | None, n_days: int) -> None:
        if tested is None:
            few = f"{n_days} days are too few to fit on some and predict others; {MIN_DAYS} are needed."
            self._tested.value = said_html("Would it have predicted the campaign?", few)
            self._test_chart.chart = empty_chart("Predicted and what was", few)
            self._errors.show_rows([])
            return
        self._tested.value = said_html("Would it have predicted the campaign?", tested.sentence)
        self._test_chart.chart = tested.chart
        self._errors.show_rows(_rows(back_test_table(tested), TEST_COLUMNS), note=f"beside {tested.baseline}")

    def _offer(self, result: FittedCampaign) -> None:
        found, tested = result.calibration, result.back_test
        saved = result.saved
        scenario, calibration, page, test_page = self._files.values()
        fitted = found.scenario.without_folders()
        scenario.offer(lambda: _json_file("fitted-scenario.json", fitted.model_dump(mode="json")))
        calibration.offer(lambda: _json_file("calibration.json", saved.model_dump(mode="json")))
        page.offer(lambda: _html_file("calibration.html", render_calibration_page(found)))
        test_page.is_disabled = tested is None  # also where there was one before
        if tested is not None:
            test_page.offer(lambda: _html_file("back-test.html", render_back_test_page(tested)))

    def _root(self) -> VBox:
        asking = card(self._upload, self._run_bar.buttons, self._run_bar, title="What the campaign did")
        files = row(*self._files.values(), name="toolbar")
        fit = card(self._said, self._fit_chart, self._estimates, files)
        results = VBox((fit, card(self._tested, self._test_chart, self._errors), self._notes_card))
        results.add_class("wb-results")
        return panel(row(asking, results, name="side"), name="answers")


def _columns(names: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(name, name, "words" if name in WORDS else "figure") for name in names)


def _rows(table: pd.DataFrame, names: Sequence[str]) -> list[dict[str, str]]:
    return [{name: str(row[name]) for name in names} for row in table.to_dict("records")]


def _json_file(name: str, payload: object) -> DownloadFile:
    text = json.dumps(payload, ensure_ascii=False, indent=2, allow_nan=False)
    return DownloadFile(name, "application/json", text.encode("utf-8"))


def _html_file(name: str, page: str) -> DownloadFile:
    return DownloadFile(name, "text/html", page.encode("utf-8"))
