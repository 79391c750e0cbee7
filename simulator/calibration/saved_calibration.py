"""A calibration as a JSON file: fitted settings and possible worlds, for what-ifs of any scenario of that campaign.

A file of scenarios says what is set; this one says what is known about the market, and how well. Pulled on a scenario
it replaces what was assumed there: traffic, rivals, response rates; bids, budgets and audiences stay what they are.
"""

import os
from pathlib import Path
from typing import Self

from simulator.calibration.calibration import Calibration
from simulator.config import refusing_as_config_error
from simulator.errors import ConfigError
from simulator.model_version import MODEL_VERSION
from simulator.scenario import Lever, Scenario, read_json
from simulator.what_if import ParameterDraws
from workbench.validation import Written
from workbench.whole_file import write_whole_file

WHAT = "the calibration"


class SavedCalibration(Written):
    """What a file holds of a calibration.

    Attributes
    ----------
    scenario : str
        Name of the scenario that was fitted.
    report : str
        Name of the report's file.
    n_days : int
        Days that the report tells of.
    levers : tuple of Lever
        The fitted settings.
    draws : ParameterDraws
        The same in possible worlds.
    not_identified : tuple of str
        What the data do not decide and why, one text each.
    model_version : int
        Version of the simulator that it was fitted with.
    """

    scenario: str
    report: str
    n_days: int
    levers: tuple[Lever, ...]
    draws: ParameterDraws
    not_identified: tuple[str, ...] = ()
    model_version: int = MODEL_VERSION

    @classmethod
    def of(cls, calibration: Calibration) -> Self:
        """Return what is kept of a calibration."""
        unknown = (each for each in calibration.estimates if not each.is_identified)
        return cls(
            scenario=calibration.scenario.name,
            report=calibration.report.source,
            n_days=len(calibration.report.days),
            levers=tuple(Lever(path=setting.path, value=setting.value) for setting in calibration.settings),
            draws=calibration.draws,
            not_identified=tuple(f"{each.label} ({each.why})" for each in unknown),
        )

    def applied(self, scenario: Scenario) -> Scenario:
        """Return a scenario with the fitted settings in place of its own.

        Raises
        ------
        LeverError
            If the scenario lacks an ad group whose rates were fitted.
        ConfigError
            If a value is not legal in it.
        """
        calibrated = scenario.with_levers(scenario.name, *self.levers)
        _ = calibrated.config  # refused here and not in the middle of what is asked of it
        return calibrated

    def beneath(self, scenario: Scenario) -> Scenario:
        """Return a scenario with the fitted settings in its base, so that its levers are pulled in the fitted market.

        Raises
        ------
        LeverError
            If the scenario lacks an ad group whose rates were fitted.
        ConfigError
            If a value is not legal in it.
        """
        fitted = self.applied(Scenario(name=scenario.name, base=scenario.base)).config
        beneath = scenario.model_copy(update={"base": fitted})
        _ = beneath.config
        return beneath

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of a calibrated what-if should know, one sentence each."""
        fitted = f"Market and response rates are those fitted to {self.n_days} days of {self.report}."
        unknown = (
            f"The report does not decide {'; '.join(self.not_identified)}: there intervals are as wide as what was "
            "assumed before."
        )
        return (fitted, *([unknown] if self.not_identified else []))


def save_calibration(path: str | os.PathLike[str], calibration: Calibration) -> None:
    """Write a calibration as JSON; an older file is replaced whole or not at all.

    Raises
    ------
    InputFileError
        If the file cannot be written.
    """
    write_whole_file(path, SavedCalibration.of(calibration).model_dump_json() + "\n", WHAT)


def load_calibration(path: str | os.PathLike[str]) -> SavedCalibration:
    """Read a calibration that `save_calibration` wrote.

    Raises
    ------
    InputFileError
        If the file is missing or cannot be read.
    ConfigError
        If it is something else, or was fitted with another version of the simulator, which would fit something else.
    """
    source = Path(path)
    payload = read_json(source)
    if isinstance(payload, dict) and "base" in payload:
        raise ConfigError(
            f"{source.name}: expected a calibration, got a scenario; give the file that `calibrate --calibration` wrote"
        )
    with refusing_as_config_error(source.name):
        saved = SavedCalibration.model_validate(payload)
    if saved.model_version != MODEL_VERSION:
        raise ConfigError(
            f"{source.name}: expected a calibration of version {MODEL_VERSION} of the simulator, got one of version "
            f"{saved.model_version}; fit it anew"
        )
    return saved
