import asyncio
import json

import pandas as pd
import pytest

from simulator import reports
from simulator.errors import LeverError
from simulator.scenario import Lever, Scenario, save_scenario
from simulator.what_if import compare
from simulator.widgets import ScenarioForm, WhatIfPanel, project_calibration, project_scenario
from simulator.widgets.levers import THIRD_PARTY_PATH
from simulator.widgets.project import CALIBRATION_VARIABLE, SCENARIO_VARIABLE
from simulator.widgets.scenario_link import scenario_query
from tests.simulator.worlds import ad_group, run_config
from workbench.widgets.project import UNIVERSE_VARIABLE

BID_PATH = "ad_groups.{}.bid_cpm_micros"


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
    form.scenario = scenario.with_levers("Other", Lever(path=BID_PATH.format("2001"), value=7_250_000))
    assert form._bid.value == 7.25
    assert form.scenario.levers == (Lever(path=BID_PATH.format("2001"), value=7_250_000),)


def with_amounts(scenario: Scenario, **amounts) -> Scenario:
    """Return the scenario with other amounts in its first ad group, the base and not a lever."""
    (campaign,) = scenario.base.campaigns
    first, *others = campaign.ad_groups
    ad_groups = (first.model_copy(update=amounts), *others)
    campaigns = (campaign.model_copy(update={"ad_groups": ad_groups}),)
    return Scenario(name="Test", base=scenario.base.model_copy(update={"campaigns": campaigns}))


@pytest.mark.parametrize(("bid", "budget"), [(50_000, 300_000), (90_000_000_000, 10**15), (10**12, 1), (4_123_456, 7)])
def test_opening_a_scenario_shows_its_amounts_and_changes_nothing(scenario, bid, budget):
    extreme = with_amounts(scenario, bid_cpm_micros=bid, budget_micros=budget)
    form = ScenarioForm(extreme)
    assert form.scenario == extreme
    assert (form._bid.value, form._budget.value) == (bid / 1e6, budget / 1e6)
    form.scenario = scenario
    assert (form._bid.value, form._budget.value) == (4.5, 15.0)
    form.scenario = extreme
    assert (form._bid.value, form._budget.value) == (bid / 1e6, budget / 1e6)
    assert form.scenario == extreme
    assert form._bid.high <= 1_000_000
    assert form._notice.value == ""


def test_a_lever_beyond_the_usual_limits_is_shown_as_it_is(form, scenario):
    form.scenario = scenario.with_levers("High", Lever(path=BID_PATH.format("2001"), value=90_000_000_000))
    assert form._bid.value == 90_000
    assert form.scenario.config.ad_groups[0].bid_cpm_micros == 90_000_000_000
    form._reset.click()
    assert form._bid.value == 4.5


def test_an_automatic_bid_has_no_slider_and_a_sentence():
    automatic = ad_group("2001", bid_strategy_type="AUTOMATIC_BID", bid_cpm_micros=None)
    form = ScenarioForm(Scenario(name="x", base=run_config(automatic, ad_group("2002"))))
    assert (form._bid.layout.display, form._automatic.layout.display) == ("none", None)
    form._ad_group.value = "2002"
    assert (form._bid.layout.display, form._automatic.layout.display) == (None, "none")
    assert form._notice.value == ""


def test_a_bid_for_a_click_is_moved_within_its_own_limits():
    by_click = ad_group("2001", billable_event="CLICKTHROUGH", bid_cpm_micros=None, bid_micros=400_000)
    form = ScenarioForm(Scenario(name="x", base=run_config(by_click)))
    assert (form._bid.per, form._bid.value, form._bid.step) == ("a click", 0.4, 0.01)
    form._bid.set_state({"value": 0.65})
    assert form.scenario.levers == (Lever(path="ad_groups.2001.bid_micros", value=650_000),)


def test_without_a_budget_of_its_own_an_ad_group_moves_that_of_its_campaign():
    shared = [ad_group("2001", budget_micros=None), ad_group("2002")]
    base = run_config(*shared, campaign={"budget_micros": 30_000_000, "budget_type": "LIFETIME"})
    form = ScenarioForm(Scenario(name="x", base=base))
    assert (form._budget.label, form._budget.value) == ("Lifetime budget of the campaign", 30.0)
    form._budget.set_state({"value": 45.0})
    assert form.scenario.config.campaigns[0].budget_micros == 45_000_000
    form._budget.set_state({"value": 30.0})
    assert form.scenario.levers == ()


def test_the_limits_stay_while_a_control_is_dragged(form):
    before = (form._bid.low, form._bid.high)
    for value in (10.0, before[1], 1.0):
        form._bid.set_state({"value": value})
        assert (form._bid.low, form._bid.high) == before


def test_a_scenario_with_other_ad_groups_is_followed(form, scenario):
    form._ad_group.value = "2002"
    (campaign,) = scenario.base.campaigns
    others = tuple(
        group.model_copy(update={"ad_group_id": f"30{n}", "name": "Same"}) for n, group in enumerate(campaign.ad_groups)
    )
    base = scenario.base.model_copy(update={"campaigns": (campaign.model_copy(update={"ad_groups": others}),)})
    other = Scenario(name="Other", base=base, levers=(Lever(path=BID_PATH.format("300"), value=7_000_000),))
    form.scenario = other
    assert form._notice.value == ""
    assert form._ad_group.options == (("Same (300)", "300"), ("Same (301)", "301"))
    assert form._bid.value == 7.0
    assert form.scenario == other
    form.scenario = scenario
    assert (form._ad_group.value, form._bid.value) == ("2001", 4.5)


def test_the_chosen_ad_group_stays_while_it_exists(form, scenario):
    form._ad_group.value = "2002"
    form.scenario = with_amounts(scenario, name="Renamed")
    assert form._ad_group.value == "2002"
    assert form._ad_group.options[0] == ("Renamed", "2001")


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
    panel = WhatIfPanel(scenario, n_replications=10, is_live=False)
    panel.run()
    panel._form._bid.set_state({"value": 6.0})
    assert "levers have moved" in panel._view._outdated.value
    panel._form._reset.click()
    assert panel._view._outdated.value == ""


def test_after_the_first_run_every_move_is_answered(scenario):
    panel = WhatIfPanel(scenario, n_replications=10)
    panel._form._bid.set_state({"value": 6.0})
    assert panel.comparison is None
    panel.run()
    first = panel.comparison
    panel._form._bid.set_state({"value": 5.0})
    assert panel._view._outdated.value == ""
    assert panel.comparison.alternative == panel.scenario
    assert panel.comparison.n_reused == 10  # the base has been run
    panel._form._bid.set_state({"value": 6.0})
    assert panel.comparison is first


def test_a_link_pulls_its_levers_and_levers_change_the_link(scenario):
    panel = WhatIfPanel(scenario, n_replications=10)
    panel._form._bid.set_state({"value": 6.0})
    assert panel._address.query == ""  # JupyterLab's address is its own
    linked = scenario.with_levers("Linked", Lever(path=BID_PATH.format("2001"), value=7_000_000))
    panel._address.set_state({"query": scenario_query(linked), "is_known": True})
    assert (panel._form._bid.value, panel.scenario.levers) == (7.0, linked.levers)
    panel._form._reset.click()
    assert panel._address.query == ""
    panel._form._third_party.set_state({"value": False})
    assert panel._address.query == "lever=third_party_data.is_enabled%3Dfalse"


def test_a_link_that_is_refused_says_so_and_changes_nothing(scenario):
    panel = WhatIfPanel(scenario, n_replications=10)
    panel._address.set_state({"query": "lever=universe%3D%22elsewhere%22", "is_known": True})
    assert "not for viewers" in panel._run_bar.notice.value
    assert panel.scenario == scenario


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
        is_under_way = asyncio.Event()
        begun = panel.on_waiting
        panel.on_waiting = lambda share: begun(share) if share is None else is_under_way.set()
        panel._run_bar._run.click()
        assert panel._run_bar._run.disabled
        await is_under_way.wait()
        panel._run_bar._cancel.click()
        await panel._live.work.task
        return panel

    panel = asyncio.run(page())
    assert panel.comparison is None
    assert "Stopped" in panel._run_bar.notice.value
    assert panel._run_bar._cancel.disabled


def test_other_audiences_are_populated_anew_and_the_same_ones_are_not(scenario):
    panel = WhatIfPanel(scenario, n_replications=10, is_live=False)
    panel.run()
    first = panel._world
    panel.scenario = with_amounts(scenario, bid_cpm_micros=5_000_000)
    assert "levers have moved" in panel._view._outdated.value
    panel.run()
    assert panel._world is first
    customers, visitors, cart, *segments = scenario.base.audiences
    as_visitors = cart.model_copy(update={"definition": visitors.definition})
    base = scenario.base.model_copy(update={"audiences": (customers, visitors, as_visitors, *segments)})
    panel.scenario = Scenario(name="Other audiences", base=base)
    panel.run()
    assert panel._run_bar.notice.value == ""
    assert panel._world is not first
    sizes = [panel._world.audiences[audience_id].audience_size for audience_id in ("1002", "1003")]
    assert sizes[0] == sizes[1]


def test_reach_that_must_not_be_shown_is_nowhere_in_the_view(scenario, monkeypatch):
    monkeypatch.setattr(reports, "safe_size", lambda _: None)
    panel = WhatIfPanel(scenario, n_replications=10)
    panel.run()
    view = panel._view
    reach = next(row for row in view._table.cells if row[0]["text"] == "Reach")
    assert [cell["text"] for cell in reach[1:4]] == ["< 100", "< 100", "hidden"]
    assert [cell["order"] for cell in reach[1:]] == [None] * 4
    assert [row[3]["order"] for row in view._ad_groups.cells] == [None, None]
    assert "NaN" not in json.dumps([view._table.cells, view._ad_groups.cells], allow_nan=False)


def test_the_variable_names_the_universe_of_the_sample_scenario(monkeypatch, sample_universe):
    monkeypatch.setenv(UNIVERSE_VARIABLE, str(sample_universe.path))
    assert project_scenario().config.universe == str(sample_universe.path)


def test_the_variable_names_another_campaign_than_the_sample(monkeypatch, scenario, tmp_path):
    saved = save_scenario(scenario, tmp_path / "campaign.json")
    monkeypatch.delenv(UNIVERSE_VARIABLE, raising=False)
    monkeypatch.setenv(SCENARIO_VARIABLE, str(tmp_path / "campaign.json"))
    assert project_scenario() == saved


def test_scenario_and_base_are_compared_in_the_markets_that_a_calibration_leaves_possible(scenario, calibration):
    raised = scenario.with_levers("Raised", Lever(path=BID_PATH.format("2001"), value=6_000_000))
    panel = WhatIfPanel(raised, calibration=calibration)
    assert panel.scenario.base.market.rival_bid_cpm_micros == 4_500_000
    assert panel.scenario.levers == raised.levers
    panel.run()
    found = panel.comparison
    assert (found.n_replications, found.has_draws) == (39, True)
    direct = compare(
        Scenario(name="Base", base=panel.scenario.base),
        panel.scenario,
        panel._world,
        n_replications=39,
        draws=calibration.draws,
    )
    pd.testing.assert_frame_equal(found.table, direct.table)
    view = panel._view
    assert "39 paired replications, each in a market that the calibration leaves possible" in view._context.value
    assert "14 days of last-month.csv" in view._context.value
    assert "Spread of rivals" in view._context.value
    spend = next(row for row in view._table.cells if row[0]["text"] == "Spend")
    assert " to " in spend[-1]["text"]


def test_a_lever_on_what_is_not_known_is_refused_in_place(scenario, calibration):
    market = scenario.with_levers("Weak rivals", Lever(path="market.rival_bid_cpm_micros", value=1_000_000))
    panel = WhatIfPanel(market, calibration=calibration)
    panel.run()
    assert "Expected draws of what all scenarios leave alike" in panel._run_bar.notice.value
    assert panel.comparison is None


def test_a_calibration_of_other_ad_groups_is_refused_before_anything_is_shown(scenario, calibration):
    rate = Lever(path="ad_groups.9999.click_rate", value=0.01)
    other = calibration.model_copy(update={"levers": (rate,)})
    with pytest.raises(LeverError, match="9999"):
        WhatIfPanel(scenario, calibration=other)


def test_a_variable_names_the_calibration(monkeypatch, calibration, tmp_path):
    monkeypatch.delenv(CALIBRATION_VARIABLE, raising=False)
    assert project_calibration() is None
    (tmp_path / "calibration.json").write_text(calibration.model_dump_json())
    monkeypatch.setenv(CALIBRATION_VARIABLE, str(tmp_path / "calibration.json"))
    assert project_calibration() == calibration
