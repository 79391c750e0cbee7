import io

import pandas as pd
import pytest

from simulator.errors import ConfigError
from simulator.scenario import Lever
from simulator.what_if import forecast
from simulator.widgets import DeliveryReport, DeliveryTimeline, PriceWaterfall
from workbench.widgets.download import Download
from workbench.widgets.vega_chart import VegaChart


@pytest.fixture
def report(scenario) -> DeliveryReport:
    return DeliveryReport(scenario, n_replications=2)


def test_before_a_run_there_is_nothing_to_take_away(report):
    assert report.delivery is None
    assert report._csv.is_disabled
    assert report._html.is_disabled
    assert all("usermeta" in chart.spec for chart in report._charts)


def test_a_run_fills_the_page(report, scenario):
    report.run()
    assert report._run_bar.notice.value == ""
    flown = forecast(scenario, report.delivery.world, n_replications=2)
    pd.testing.assert_frame_equal(report.delivery.forecast.table, flown.table)
    assert report._cards.value.count("<strong>") == 6
    assert "–" not in report._cards.value
    assert not any("usermeta" in chart.spec for chart in report._charts)
    assert [row[0]["text"] for row in report._ad_groups.cells] == [group.name for group in scenario.config.ad_groups]
    assert report._events.cells


def test_the_figures_and_the_report_can_be_taken_away(report, monkeypatch):
    files = []
    monkeypatch.setattr(Download, "send", lambda _self, content, buffers=None: files.append((content, buffers[0])))
    report.run()
    for button in (report._csv, report._html):
        button._handle_custom_msg({"kind": "wanted"}, [])
    (figures, table), (page, text) = files
    assert (figures["name"], page["name"]) == ("delivery.csv", "delivery.html")
    read = pd.read_csv(io.BytesIO(table))
    assert read["IMPRESSION_1"].tolist() == report.delivery.forecast.by_ad_group["IMPRESSION_1"].tolist()
    assert b"<script" not in text


def test_a_scenario_that_cannot_be_run_says_so_and_keeps_what_is_shown(report, scenario, monkeypatch):
    report.run()
    shown = report.delivery

    def refuse(*_args, **_options):
        raise ConfigError("expected a market, got none")

    monkeypatch.setattr("simulator.widgets.campaign_flight.forecast", refuse)
    report.scenario = scenario.with_levers("Other", Lever(path="rng_seed", value=2))
    report.run()
    assert "Expected a market, got none" in report._run_bar.notice.value
    assert report.delivery is shown


@pytest.mark.parametrize(("kind", "n_charts"), [(DeliveryTimeline, 2), (PriceWaterfall, 1)])
def test_a_part_of_the_report_can_be_had_alone(scenario, kind, n_charts):
    shown = kind(scenario, n_replications=2)
    charts = [value for value in vars(shown).values() if isinstance(value, VegaChart)]
    assert len(charts) == n_charts
    assert all("usermeta" in chart.spec for chart in charts)  # empty, and says so
    shown.run()
    assert shown._run_bar.notice.value == ""
    assert not any("usermeta" in chart.spec for chart in charts)
    assert shown.delivery.forecast.n_replications == 2
