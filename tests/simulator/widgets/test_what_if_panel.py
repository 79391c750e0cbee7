import asyncio

import pytest

from simulator.scenario import Lever, Scenario
from simulator.widgets import ScenarioForm, WhatIfPanel, project_scenario
from simulator.widgets.levers import THIRD_PARTY_PATH, bid_path
from workbench.widgets.project import UNIVERSE_VARIABLE


@pytest.fixture
def form(scenario) -> ScenarioForm:
    return ScenarioForm(scenario)


def test_moving_a_control_changes_the_scenario(form):
    form._bid.set_state({"value": 6.0})
    form._budget.set_state({"value": 20.0})
    form._third_party.set_state({"value": False})
    group = form.scenario.config.ad_groups[0]
    assert (group.bid_cpm_micros, group.budget_micros) == (6_000_000, 20_000_000)
    assert not form.scenario.config.third_party_data.is_enabled
    assert "$4.50 → $6.00" in form._changes.value


def test_setting_the_scenario_moves_the_controls(form, scenario):
    form.scenario = scenario.with_levers("Other", Lever(path=bid_path("2001"), value=7_250_000))
    assert form._bid.value == 7.25
    assert form.scenario.levers == (Lever(path=bid_path("2001"), value=7_250_000),)


def test_choosing_an_ad_group_shows_its_values_and_changes_nothing(form, scenario):
    form._ad_group.value = "2002"
    assert (form._bid.value, form._budget.value) == (5.0, 50.0)
    assert form.scenario == scenario


def test_the_scenario_rebuilds_the_form_from_json(form):
    form._bid.set_state({"value": 6.0})
    again = ScenarioForm(Scenario.model_validate_json(form.scenario.model_dump_json()))
    assert again._bid.value == 6.0


def test_reset_goes_back_to_the_base(form):
    form._bid.set_state({"value": 6.0})
    assert not form._reset.disabled
    form._reset.click()
    assert form.scenario.levers == ()
    assert form._bid.value == 4.5
    assert form._reset.disabled


def test_running_shows_figures_charts_and_tables(scenario):
    panel = WhatIfPanel(scenario.with_levers("Off", Lever(path=THIRD_PARTY_PATH, value=False)), n_replications=10)
    panel.run()
    spend = panel.comparison.table.set_index("metric").loc["spend"]
    assert spend["difference"] < 0
    view = panel._view
    assert f"{spend['alternative']:,.2f}" in view._cards.value
    assert "▼" in view._cards.value
    assert len(view._table.cells) == len(panel.comparison.table)
    assert [row[0]["text"] for row in view._ad_groups.cells] == ["Reconnect", "New people"]
    assert all("layer" in chart.spec for chart in (view._forest, view._by_day, view._prices))
    assert panel._run_bar.notice.value == ""


def test_moving_a_lever_after_a_run_says_that_the_result_is_an_older_one(scenario):
    panel = WhatIfPanel(scenario, n_replications=10)
    panel.run()
    panel._form._bid.set_state({"value": 6.0})
    assert "levers have moved" in panel._view._outdated.value
    panel._form._reset.click()
    assert panel._view._outdated.value == ""


def test_without_a_universe_the_panel_says_so_and_stays_usable(scenario, tmp_path):
    base = scenario.base.model_copy(update={"universe": str(tmp_path / "absent")})
    panel = WhatIfPanel(Scenario(name="No universe", base=base))
    panel.run()
    assert "absent" in panel._run_bar.notice.value
    assert "reference" not in panel._run_bar.notice.value
    assert panel.comparison is None
    assert not panel._run_bar._run.disabled


def test_cancel_stops_the_run_and_keeps_the_earlier_result(scenario):
    async def page() -> WhatIfPanel:
        panel = WhatIfPanel(scenario, n_replications=50)
        panel._run_bar._run.click()
        assert panel._run_bar._run.disabled
        await asyncio.sleep(0.05)
        panel._run_bar._cancel.click()
        await panel._work.task
        return panel

    panel = asyncio.run(page())
    assert panel.comparison is None
    assert "Stopped" in panel._run_bar.notice.value
    assert panel._run_bar._cancel.disabled


def test_the_variable_names_the_universe_of_the_sample_scenario(monkeypatch, sample_universe):
    monkeypatch.setenv(UNIVERSE_VARIABLE, str(sample_universe.path))
    assert project_scenario().config.universe == str(sample_universe.path)
