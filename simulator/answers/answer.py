"""An answer: one plain sentence, the table and the chart behind it, and what it rests on."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from simulator.charts import shown_figure
from simulator.model_version import MODEL_VERSION
from simulator.scenario import Scenario
from simulator.sweeps.outcomes import Outcomes
from simulator.what_if import ParameterDraws
from workbench.charts import chart_svg

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

CHART_WIDTH = 720
TEXT = "text"
SAME_PEOPLE = (
    "Every variant met the same people at the same moments against the same rivals, so a difference is caused by the "
    "change alone."
)
ASSUMPTIONS = "Rivals, traffic and response rates are assumptions of the scenario until they are calibrated."
CALIBRATED = (
    "Rivals, traffic and response rates were drawn as a calibration leaves them open, one draw a run: intervals hold "
    "the figure in a market that is not known better, and do not narrow with more runs."
)


class Shown(NamedTuple):
    """How a column of an answer's table is shown.

    Attributes
    ----------
    heading : str
        What people read above it.
    unit : str
        As `simulator.charts.shown_figure` takes it, or ``text``.
    is_signed : bool
        Whether it is a difference.
    """

    heading: str
    unit: str = TEXT
    is_signed: bool = False


@dataclass(frozen=True, eq=False)
class Answer:
    """What somebody wanted to know.

    Attributes
    ----------
    name : str
        Which answer it is, such as ``budget_curve``.
    question : str
        In words, ending in a question mark.
    sentence : str
        The answer, in one plain sentence.
    table : DataFrame
        The figures behind it, numbers as numbers.
    columns : mapping of str to Shown
        How those of the table that people should see are shown.
    draw : callable
        Draws the chart.
    notes : tuple of str
        What it rests on and what would change it, one sentence each.
    scenario : Scenario
        What was asked about.
    asked : mapping of str to object
        What else was asked for; with the scenario, and ``draws`` or ``n_replications``, it brings the answer back
        bit for bit.
    n_replications : int
        Runs of each variant.
    findings : mapping of str to object
        The figures in the sentence, for programs; None where one is not known.
    draws : ParameterDraws or None
        What each run drew of what is not known about the market.
    """

    name: str
    question: str
    sentence: str
    table: pd.DataFrame
    columns: Mapping[str, Shown]
    draw: Callable[[], AnyChart] = field(repr=False)
    notes: tuple[str, ...]
    scenario: Scenario = field(repr=False)
    asked: Mapping[str, Any]
    n_replications: int
    findings: Mapping[str, Any]
    draws: ParameterDraws | None = field(default=None, repr=False)

    @property
    def chart(self) -> AnyChart:
        """The picture of it, an Altair chart."""
        return self.draw()

    @property
    def shown_table(self) -> pd.DataFrame:
        """The table as people read it: headings, and every number a text with its unit."""
        return pd.DataFrame(
            {
                shown.heading: [_text(value, shown) for value in self.table[name]]
                for name, shown in self.columns.items()
                if name in self.table
            }
        )

    @property
    def number_headings(self) -> frozenset[str]:
        """Headings of the columns that hold numbers."""
        return frozenset(shown.heading for shown in self.columns.values() if shown.unit != TEXT)

    def payload(self) -> dict[str, Any]:
        """Return the answer as plain values for JSON: None where there is no number, files without their folders."""
        return {
            "answer": self.name,
            "question": self.question,
            "sentence": self.sentence,
            "findings": {name: _plain(value) for name, value in self.findings.items()},
            "table": [
                {str(name): _plain(value) for name, value in row.items()} for row in self.table.to_dict("records")
            ],
            "notes": list(self.notes),
            "n_replications": self.n_replications,
            "asked": dict(self.asked),
            "draws": None if self.draws is None else self.draws.model_dump(mode="json")["draws"],
            "scenario": self.scenario.without_folders().model_dump(mode="json"),
            "model_version": MODEL_VERSION,
        }

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        picture = chart_svg(self.chart, width=CHART_WIDTH)
        return f"<p><strong>{html.escape(self.sentence)}</strong></p>{picture}<ul>{notes}</ul>"


def rests_on(outcomes: Outcomes) -> tuple[str, ...]:
    """Return what every answer rests on, one sentence each, and what its runs say."""
    return (SAME_PEOPLE, ASSUMPTIONS if outcomes.draws is None else CALIBRATED, *outcomes.warnings)


def _text(value: Any, shown: Shown) -> str:
    return str(value) if shown.unit == TEXT else shown_figure(value, shown.unit, is_signed=shown.is_signed)


def _plain(value: Any) -> Any:
    """Return what JSON can say: numbers that are none, or have no end, as null."""
    if isinstance(value, str | bool | np.bool_) or value is None or value is pd.NA:
        return bool(value) if isinstance(value, np.bool_) else None if value is pd.NA else value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return (value.item() if isinstance(value, np.generic) else value) if math.isfinite(value) else None
