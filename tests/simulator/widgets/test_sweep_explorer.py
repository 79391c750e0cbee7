import io
import json

import numpy as np
import pandas as pd
import pytest

from simulator.errors import ConfigError, LeverError
from simulator.scenario import Scenario
from simulator.sweeps import LeverRange, LeverValues, SweepPlan, grid, latin_hypercube, sweep
from simulator.widgets import SweepExplorer
from workbench.widgets.download import Download

BID = "ad_groups.2002.bid_cpm_micros"
BUDGETS = "ad_groups.*.budget_micros"
DATA = "third_party_data.is_enabled"


@pytest.fixture
def explorer(scenario) -> SweepExplorer:
    return SweepExplorer(scenario)


def plan_over(scenario: Scenario, *levers: LeverRange | LeverValues) -> SweepPlan:
    return SweepPlan(design=grid(scenario, *levers), n_replications=2)


def two_levers(scenario: Scenario) -> SweepPlan:
    bids = LeverRange(path=BID, low=3_000_000, high=6_000_000, n_values=3)
    return plan_over(scenario, bids, LeverValues(path=DATA, values=(True, False)))


def test_before_a_sweep_there_are_empty_charts_and_nothing_to_take(explorer):
    assert explorer.plan.design.levers[0].path == BUDGETS
    assert (explorer.result, explorer.chosen) == (None, None)
    assert explorer._view._csv.is_disabled
    assert explorer._use.disabled
    assert "usermeta" in explorer._view._main.spec


def test_the_form_says_the_plan_and_follows_it(explorer, scenario):
    explorer.plan = two_levers(scenario)
    first, second = explorer._form._first, explorer._form._second
    assert (first._low.value, first._high.value, first._n_values.value) == (3, 6, 3)
    assert first._low.description == "From, $ CPM"
    assert second._choices.value == ("True", "False")
    assert explorer._form._replications.value == 2
    first._low.set_state({"value": 4.5})
    second._which.set_state({"value": ""})
    assert explorer.plan.design.levers == (LeverRange(path=BID, low=4_500_000, high=6_000_000, n_values=3),)
    assert explorer.plan.n_replications == 2


def test_values_of_its_own_stay_until_something_is_typed(explorer, scenario):
    own = LeverValues(path=BID, values=(2_000_000, 3_000_000, 9_000_000))
    explorer.plan = plan_over(scenario, own)
    assert explorer.plan.design.levers == (own,)
    explorer._form._first._high.set_state({"value": 8.0})
    assert explorer.plan.design.levers == (LeverRange(path=BID, low=2_000_000, high=8_000_000, n_values=3),)


def test_what_cannot_be_swept_is_refused_in_place_and_not_run(explorer):
    before = explorer.plan
    field = explorer._form._first
    field._n_values.set_state({"value": 2.5})
    assert "whole number of points" in field._notice.value
    explorer._run_bar._run.click()
    assert "put it right first" in explorer._run_bar.notice.value
    assert (explorer.plan, explorer.result) == (before, None)
    field._n_values.set_state({"value": 3})
    assert field._notice.value == ""
    assert len(explorer.plan.design.points) == 3


def test_a_plan_that_no_chart_can_show_is_refused(explorer, scenario):
    levers = [LeverRange(path=BID, low=3_000_000, high=6_000_000, n_values=3)]
    with pytest.raises(ConfigError, match="a grid over one lever or two"):
        explorer.plan = SweepPlan(design=latin_hypercube(scenario, *levers, n_points=4), n_replications=2)
    with pytest.raises(LeverError, match="offers for a sweep"):
        explorer.plan = plan_over(scenario, LeverValues(path="market.landscapes", values=(None,)))


def test_a_sweep_over_two_levers_is_shown_taken_over_and_taken_away(explorer, scenario, monkeypatch):
    files = []
    monkeypatch.setattr(Download, "send", lambda _self, content, buffers=None: files.append((content, buffers[0])))
    explorer.plan = two_levers(scenario)
    explorer.run()
    assert explorer._run_bar.notice.value == ""
    view = explorer._view
    direct = sweep(explorer.plan.design, explorer._world, n_replications=2)
    assert np.array_equal(explorer.result.readings("clicks"), direct.readings("clicks"), equal_nan=True)
    assert "alone makes" in view._sentence.value
    assert len(view._more.children) == 2
    assert [row[0]["text"] for row in view._table.cells] == ["$3.00", "$3.00", "$4.50", "$4.50", "$6.00", "$6.00"]
    assert "NaN" not in json.dumps(view._table.cells, allow_nan=False)
    view._look.set_state({"value": "lines"})
    rows = next(iter(view._main.spec["datasets"].values()))
    assert {row["series"] for row in rows} == {"on", "off"}
    assert sorted({row["level"] for row in rows}) == [3, 4.5, 6]
    view._main.set_state({"picked": "5"})
    assert view._table.selected == "5"
    explorer._use.click()
    assert explorer.chosen.config == explorer.result.design.scenarios[5].config
    assert explorer.chosen.name == "New people: bid $6.00, Third-party data off"
    for button in (view._csv, view._html):
        button._handle_custom_msg({"kind": "wanted"}, [])
    (_, table), (page, text) = files
    assert len(pd.read_csv(io.BytesIO(table))) == len(direct.table)
    assert page["name"] == "sweep.html"
    assert text.startswith(b"<!doctype html>")
    explorer._form._first._high.set_state({"value": 7.0})
    assert "have moved since" in view._outdated.value


def test_one_lever_gives_a_curve_and_where_it_bends(explorer, scenario):
    explorer.plan = plan_over(scenario, LeverRange(path=BUDGETS, low=0.25, high=2, n_values=4, is_factor=True))
    explorer.run()
    view = explorer._view
    assert len(view._more.children) == 1
    assert view._look.layout.display == "none"
    assert "step more" in view._sentence.value or "brings nothing" in view._sentence.value
    with pytest.raises(IndexError, match="number of a point"):
        explorer.use(4)


def test_a_sweep_that_is_stopped_leaves_the_earlier_one(explorer, scenario, monkeypatch):
    explorer.plan = plan_over(scenario, LeverValues(path=BID, values=(3_000_000, 4_000_000)))
    explorer.run()
    earlier = explorer.result
    monkeypatch.setattr(explorer._run_bar, "begin", explorer.cancel)
    explorer._work.start(lambda on_progress: (explorer.cancel(), on_progress(1, 2)))
    assert explorer.result is earlier
    assert "Stopped" in explorer._run_bar.notice.value


def test_each_point_is_run_in_the_markets_that_a_calibration_leaves_possible(scenario, calibration):
    explorer = SweepExplorer(scenario, calibration=calibration)
    assert explorer.plan.draws == calibration.draws.first(8)
    explorer._form._first._n_values.set_state({"value": 2})
    explorer.run()
    plan = explorer.plan
    assert plan.design.scenario == calibration.beneath(scenario)
    direct = sweep(plan.design, explorer._world, n_replications=calibration.draws.first(8))
    pd.testing.assert_frame_equal(explorer.result.table, direct.table)
    assert "14 days of last-month.csv" in explorer._view._notes.value
    explorer._form._replications.value = 20
    assert explorer.plan.draws == calibration.draws.first(20)


def test_draws_come_and_go_with_the_plan(explorer, scenario, calibration):
    drawn = two_levers(scenario).model_copy(update={"draws": calibration.draws.first(2)})
    explorer.plan = drawn
    explorer._form._first._low.set_state({"value": 4.5})
    assert explorer.plan.draws == drawn.draws
    explorer._form._replications.value = 8
    assert "at most as many replications as there are draws" in explorer._form._notice.value
    explorer.plan = two_levers(scenario)
    explorer._form._replications.value = 8
    assert explorer.plan.draws is None
