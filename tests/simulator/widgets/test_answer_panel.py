import io
import json

import pandas as pd
import pytest

from simulator.answers import budget_curve
from simulator.errors import ConfigError
from simulator.widgets import AnswerPanel
from simulator.widgets.answer_panel import QUESTIONS, Question
from workbench.widgets.download import Download


@pytest.fixture
def panel(scenario) -> AnswerPanel:
    return AnswerPanel(scenario, n_replications=10)


def test_before_a_question_there_is_an_empty_chart_and_nothing_to_take_away(panel):
    assert panel.answer is None
    assert panel.question == next(iter(QUESTIONS))
    assert panel._csv.is_disabled
    assert "usermeta" in panel._chart.spec


def test_an_answer_is_shown_with_its_figures_and_can_be_taken_away(panel, scenario, monkeypatch):
    files = []
    monkeypatch.setattr(Download, "send", lambda _self, content, buffers=None: files.append((content, buffers[0])))
    panel.run()
    assert panel._run_bar.notice.value == ""
    direct = budget_curve(scenario, panel._world, n_replications=10)
    pd.testing.assert_frame_equal(panel.answer.table, direct.table)
    assert panel.answer.sentence == direct.sentence
    assert [column["label"] for column in panel._table.columns] == [
        shown.heading.strip() for shown in direct.columns.values()
    ]
    assert [row[0]["order"] for row in panel._table.cells] == direct.table["budget"].tolist()
    assert "NaN" not in json.dumps(panel._table.cells, allow_nan=False)
    for button in (panel._csv, panel._json):
        button._handle_custom_msg({"kind": "wanted"}, [])
    (figures, table), (answer, text) = files
    assert (figures["name"], answer["name"]) == ("budget_curve.csv", "budget_curve.json")
    assert len(pd.read_csv(io.BytesIO(table))) == len(direct.table)
    assert json.loads(text)["sentence"] == direct.sentence


def test_every_question_can_be_picked_and_a_refusal_is_said_in_place(panel, monkeypatch):
    def refuse(*_args, **_options):
        raise ConfigError("expected an ad group with a segment, got none")

    monkeypatch.setitem(QUESTIONS, "data_fee_break_even", Question("Does it pay?", "", refuse))
    panel._picked.set_state({"value": "data_fee_break_even"})
    assert panel.question == "data_fee_break_even"
    panel.run()
    assert "Expected an ad group with a segment" in panel._run_bar.notice.value
    assert panel.answer is None


def test_a_known_answer_is_not_worked_out_again(panel, monkeypatch):
    asked = []
    real = QUESTIONS["budget_curve"].answer

    def counted(*args, **options):
        asked.append(options["n_replications"])
        return real(*args, **options)

    monkeypatch.setitem(QUESTIONS, "budget_curve", QUESTIONS["budget_curve"]._replace(answer=counted))
    panel.run()
    first = panel.answer
    panel.run()
    assert (panel.answer, asked) == (first, [10])


def test_it_asks_in_the_market_of_a_calibration(scenario, calibration):
    panel = AnswerPanel(scenario, calibration=calibration, n_replications=10)
    panel.run()
    direct = budget_curve(calibration.beneath(scenario), panel._world, n_replications=calibration.draws.first(10))
    pd.testing.assert_frame_equal(panel.answer.table, direct.table)
    assert panel.answer.notes == (*direct.notes, *calibration.notes)
    assert "14 days of last-month.csv" in panel._notes.value
