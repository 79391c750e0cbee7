"""Ask a scenario one of the usual questions: the answer in a sentence, with its chart, figures and what it rests on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import traitlets
from ipywidgets import HTML, VBox

from simulator.answers import (
    Answer,
    audience_value,
    bid_landscape,
    budget_curve,
    data_fee_break_even,
    overlap_cost,
    reach_frequency,
)
from simulator.answers.answer import TEXT
from simulator.calibration.saved_calibration import SavedCalibration
from simulator.scenario import Scenario
from simulator.what_if import KeptRuns
from simulator.widgets.said import notes_html, said_html
from simulator.world import World
from workbench.charts.theme import empty_chart
from workbench.errors import CancelledError
from workbench.progress import Progress
from workbench.widgets.download import Download, DownloadFile
from workbench.widgets.layout import button, card, choice_field, panel, row
from workbench.widgets.live_answer import LiveAnswer
from workbench.widgets.picks import Option, PickOne
from workbench.widgets.run_bar import RunBar
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.vega_chart import VegaChart

REPLICATIONS = (("10 · quick", 10), ("20", 20), ("50 · narrower intervals", 50))


class Question(NamedTuple):
    """A question that a scenario can be asked.

    Attributes
    ----------
    title : str
        In words.
    hint : str
        What the answer says.
    answer : callable
        One of `simulator.answers`.
    """

    title: str
    hint: str
    answer: Callable[..., Answer]


QUESTIONS: Mapping[str, Question] = {
    "budget_curve": Question(
        "What does the budget buy?", "Results along the budget, and where more stops being worth it", budget_curve
    ),
    "bid_landscape": Question("What would another bid win?", "Results and prices along the bid", bid_landscape),
    "audience_value": Question(
        "What does each audience add?", "What would be lost without it, and at which cost", audience_value
    ),
    "reach_frequency": Question(
        "How many people, how often?", "Reach and frequency, and what budgets and caps do to them", reach_frequency
    ),
    "overlap_cost": Question(
        "What does overlap cost?", "Bidding against oneself, fees paid twice, and exclusions that save it", overlap_cost
    ),
    "data_fee_break_even": Question(
        "Does third-party data pay?", "From which lift on it is worth its fee", data_fee_break_even
    ),
}


class AnswerPanel(VBox):
    """Questions on the left, the answer on the right.

    Parameters
    ----------
    scenario : Scenario
        What is asked about.
    questions : sequence of str
        Which of `QUESTIONS` to offer; the first is asked first.
    world : World or None
        The world of the scenario if it is open already; opened otherwise when it is needed.
    calibration : SavedCalibration or None
        What is known of the market, in which is then asked; from a `CalibrationPanel` or a file.
    n_replications : int, optional
        How often each variant is run, to begin with: 10, 20 or 50, 10 if nothing is said.

    Attributes
    ----------
    scenario : Scenario
        Set it and ask again.
    question : str
        The question that is picked.
    answer : Answer or None
        The latest answer.
    """

    scenario = traitlets.Instance(Scenario)
    question = traitlets.Unicode()
    answer = traitlets.Instance(Answer, allow_none=True)

    def __init__(
        self,
        scenario: Scenario,
        *,
        questions: Sequence[str] = tuple(QUESTIONS),
        world: World | None = None,
        calibration: SavedCalibration | None = None,
        n_replications: int = 10,
    ) -> None:
        self._world, self._runs, self._calibration = world, KeptRuns(), calibration
        options = [Option(name, QUESTIONS[name].title, QUESTIONS[name].hint) for name in questions]
        self._picked = PickOne("Question", options)
        self._replications = choice_field("Replications", REPLICATIONS)
        self._replications.value = n_replications
        self._run_bar = RunBar(button("Ask", is_primary=True), "Working it out")
        self._sentence, self._notes = HTML(), HTML()
        self._chart = VegaChart(empty_chart("The answer", "Ask, and it is drawn here."))
        self._table = Table((), title="Figures", empty="The figures behind the answer are listed here.")
        self._csv, self._json = Download("Figures (CSV)"), Download("Answer (JSON)")
        self._live: LiveAnswer[tuple[World, Answer]] = LiveAnswer(self, self._run_bar.show_compiling)
        scenario = scenario if calibration is None else calibration.beneath(scenario)
        super().__init__((self._root(),), scenario=scenario, question=self._picked.value)
        traitlets.link((self._picked, "value"), (self, "question"))
        self._run_bar.on_run(self._run_bar.notice.guarded(lambda _button: self.run()))
        self._run_bar.on_cancel(lambda _button: self.cancel())

    def run(self) -> None:
        """Ask the question; the result arrives in ``answer`` and on the screen."""
        scenario, ask, calibration = self.scenario, QUESTIONS[self.question].answer, self._calibration
        n_replications = self._replications.value

        def job(on_progress: Progress) -> tuple[World, Answer]:
            world = self._world
            if world is None or not world.fits(scenario.config):
                world = World.open(scenario.config, on_progress)
            runs = n_replications if calibration is None else calibration.draws.first(n_replications)
            found = ask(scenario, world, n_replications=runs, keep=self._runs, on_progress=on_progress)
            return world, found if calibration is None else replace(found, notes=(*found.notes, *calibration.notes))

        self._live.ask((self.question, n_replications, scenario.model_dump_json()), job)

    def cancel(self) -> None:
        """Stop working an answer out; the earlier one stays."""
        self._live.forget_question()
        self.on_no_answer(CancelledError("stopped"))

    def on_waiting(self, share: float | None) -> None:
        """Show that an answer is being worked out, and how far it is."""
        if share is None:
            self._run_bar.begin()
        else:
            self._run_bar.show_progress(round(100 * share), 100)

    def on_answer(self, answer: tuple[World, Answer]) -> None:
        """Show the answer."""
        self._run_bar.end()
        self._world, self.answer = answer
        found = self.answer
        self._sentence.value = said_html(found.question, found.sentence)
        self._notes.value = notes_html("What this rests on", found.notes)
        self._chart.chart = found.chart
        self._show_table(found)
        self._csv.offer(lambda: _csv_file(found))
        self._json.offer(lambda: _json_file(found))

    def on_no_answer(self, error: Exception) -> None:
        """Show why there is no new answer; the earlier one stays."""
        self._run_bar.end(error)

    def _show_table(self, found: Answer) -> None:
        columns = {name: shown for name, shown in found.columns.items() if name in found.table}
        self._table.show_columns(
            [
                Column(name, shown.heading.strip(), "words" if shown.unit == TEXT else "figure")
                for name, shown in columns.items()
            ]
        )
        texts, values = found.shown_table, found.table
        rows = [
            {
                name: Cell(
                    texts[shown.heading].iloc[place], None if shown.unit == TEXT else float(values[name].iloc[place])
                )
                for name, shown in columns.items()
            }
            for place in range(len(values))
        ]
        self._table.show_rows(rows, note=f"means of {found.n_replications} runs each")

    def _root(self) -> VBox:
        asking = card(
            *(self._picked, self._replications, self._run_bar.buttons, self._run_bar),
            title="Ask",
        )
        files = row(self._csv, self._json, name="toolbar")
        results = VBox((card(self._sentence, self._chart), card(self._table, files), card(self._notes)))
        results.add_class("wb-results")
        return panel(row(asking, results, name="side"), name="answers")


def _csv_file(found: Answer) -> DownloadFile:
    return DownloadFile(f"{found.name}.csv", "text/csv", found.table.to_csv(index=False).encode("utf-8"))


def _json_file(found: Answer) -> DownloadFile:
    text = json.dumps(found.payload(), ensure_ascii=False, indent=2, allow_nan=False)
    return DownloadFile(f"{found.name}.json", "application/json", text.encode("utf-8"))
