"""A field to upload a campaign report: read while it arrives, never written anywhere."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import VBox

from simulator.calibration.campaign_report import CampaignReport, parse_campaign_report
from workbench.identity import IncomingFile
from workbench.progress import Progress
from workbench.widgets.notice import Notice
from workbench.widgets.upload_field import UploadField
from workbench.widgets.work import Work

HINT = "CSV with the platform's columns, by day or by hour: DATE, AD_GROUP_ID, IMPRESSION_1, SPEND_IN_DOLLAR, clicks …"
MAX_BYTES = 64_000_000
_PIECE = 1 << 20


class ReportUpload(VBox):
    """Upload a campaign report.

    Parameters
    ----------
    report : CampaignReport or None
        What is there already.

    Attributes
    ----------
    report : CampaignReport or None
        The latest; None before, and after a file that was refused.
    """

    def __init__(self, report: CampaignReport | None = None) -> None:
        self.report = report
        self._on_change: Callable[[], None] = lambda: None
        self._field = UploadField("Upload a campaign report", hint=HINT, max_bytes=MAX_BYTES)
        self._notice = Notice()
        self._work: Work[CampaignReport] = Work(self)
        super().__init__((self._field, self._notice))
        self._field.on_file(self._on_file)
        self._field.on_trouble(self.on_failed)
        if report is not None:
            self._show(report)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back when there is another report, or none any more."""
        self._on_change = callback

    def on_progress(self, n_done: int, n_total: int) -> None:
        """Show how far reading is."""
        self._notice.say(f"Reading: {n_done / max(n_total, 1):.0%}".replace("%", " %"), tone="plain")

    def on_compiling(self, is_compiling: bool) -> None:
        """Nobody is told: reading needs no kernels."""

    def on_done(self, report: CampaignReport) -> None:
        """Take the report."""
        self.report = report
        self._show(report)
        self._on_change()

    def on_failed(self, error: Exception) -> None:
        """Say what is wrong with it, line by line; there is no report then."""
        self.report = None
        self._notice.say_error(error)
        self._on_change()

    def _show(self, report: CampaignReport) -> None:
        days, n_ad_groups = report.days, len(report.ad_group_ids)
        ad_groups = "1 ad group" if n_ad_groups == 1 else f"{n_ad_groups} ad groups"
        self._notice.say(
            f"{report.source}: {len(days)} days from {days[0]:%d %b} to {days[-1]:%d %b}, {ad_groups}.", tone="plain"
        )

    def _on_file(self, file: IncomingFile) -> None:
        def job(on_progress: Progress) -> CampaignReport:
            content, piece = bytearray(), memoryview(bytearray(_PIECE))
            while n_read := file.readinto(piece):
                content += piece[:n_read]
                on_progress(len(content), file.n_bytes)
            return parse_campaign_report(bytes(content), file.name)

        self._work.start(job)
