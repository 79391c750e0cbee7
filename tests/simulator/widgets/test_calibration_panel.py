import asyncio
import json

import numpy as np
import pytest

from simulator.calibration.saved_calibration import SavedCalibration
from simulator.widgets import CalibrationPanel
from tests.simulator.calibration.synthetic_campaign import change, scenario, synthetic_report, with_truth, world_for
from tests.workbench.widgets.test_customer_list_panel import Browser
from workbench.widgets.download import Download

CHANGES = (change(3, bid_cpm_micros=2_800_000),)


@pytest.fixture(scope="module")
def planned():
    return scenario()


@pytest.fixture(scope="module")
def world(planned):
    return world_for(planned)


@pytest.fixture(scope="module")
def report(planned, world):
    return synthetic_report(with_truth(planned.config), CHANGES, world, np.random.default_rng(1), n_days=6)


def uploaded(panel, content):
    """Play the page: send a file in pieces while it is read."""

    async def page():
        Browser(panel._upload._field, content, name="campaign.csv").begin()
        while panel._upload._work.is_running:
            await asyncio.sleep(0.01)

    asyncio.run(page())


def test_before_a_report_it_says_what_to_do(planned):
    panel = CalibrationPanel(planned)
    assert panel.fitted is None
    assert all(file.is_disabled for file in panel._files.values())
    panel._run_bar._run.click()
    assert "upload one first" in panel._run_bar.notice.value


def test_a_report_is_fitted_tested_and_can_be_taken_away(planned, world, report, monkeypatch):
    files = []
    monkeypatch.setattr(Download, "send", lambda _self, content, buffers=None: files.append((content, buffers[0])))
    panel = CalibrationPanel(planned, report=report, changes=CHANGES, world=world)
    assert "6 days from 02 Nov to 07 Nov, 1 ad group" in panel._upload._notice.value
    panel.run()
    assert panel._run_bar.notice.value == ""
    found, tested = panel.fitted.calibration, panel.fitted.back_test
    assert found.sentence.split(";")[0] in panel._said.value
    assert f"{tested.summary['error'].iloc[0]:.0%}" in panel._tested.value
    assert len(panel._estimates.cells) == len(found.estimates)
    assert [column["label"] for column in panel._errors.columns][2:4] == ["Error", "Error without a model"]
    assert "Not identified" in panel._notes.value
    for button in panel._files.values():
        button._handle_custom_msg({"kind": "wanted"}, [])
    names = [content["name"] for content, _ in files]
    assert names == list(panel._files)
    saved = SavedCalibration.model_validate_json(files[1][1])
    assert saved.applied(planned).config == found.scenario.config
    assert json.loads(files[0][1])["name"] == found.scenario.name


def test_too_few_days_are_fitted_and_not_tested(planned, world, report):
    few = report.between(report.days[0], report.days[2])
    panel = CalibrationPanel(planned, report=few, world=world)
    panel.run()
    assert panel.fitted.back_test is None
    assert "3 days are too few" in panel._tested.value
    assert panel._files["back-test.html"].is_disabled


def test_a_report_of_other_ad_groups_is_refused_in_place(planned, world, report):
    other = report.rows.assign(ad_group_id="9")
    panel = CalibrationPanel(planned, report=type(report)(**{**vars(report), "rows": other}), world=world)
    panel.run()
    assert "got rows of 9" in panel._run_bar.notice.value
    assert panel.fitted is None


def test_a_report_is_uploaded_and_a_wrong_one_is_refused_by_line(planned):
    panel = CalibrationPanel(planned)
    head = b"DATE,AD_GROUP_ID,SPEND_IN_DOLLAR,IMPRESSION_1\n"
    uploaded(panel, head + b"2026-11-02,2001,1.5,300\n2026-11-03,2001,1.25,280\n")
    assert panel._upload.report.by_day()["impressions"].tolist() == [300, 280]
    assert "campaign.csv: 2 days" in panel._upload._notice.value
    panel = CalibrationPanel(planned)
    uploaded(panel, head + b"2026-11-02,2001,-1,300\n")
    assert panel._upload.report is None
    assert "SPEND_IN_DOLLAR is negative" in panel._upload._notice.value
