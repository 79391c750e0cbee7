"""Where a notebook finds its scenario."""

import os

from simulator.calibration.saved_calibration import SavedCalibration, load_calibration
from simulator.scenario import Scenario, load_scenario
from workbench.widgets.project import UNIVERSE_VARIABLE, project_folder, universe_path

SCENARIO_VARIABLE = "AUDIENCE_WORKBENCH_SCENARIO"
CALIBRATION_VARIABLE = "AUDIENCE_WORKBENCH_CALIBRATION"
SAMPLE_SCENARIO = "data/samples/scenario.json"


def project_scenario(path: str | None = None) -> Scenario:
    """Load a scenario for a notebook.

    Parameters
    ----------
    path : str, optional
        File; a relative path starts at the project's folder. When absent, the one that ``AUDIENCE_WORKBENCH_SCENARIO``
        names, or the sample.

    Returns
    -------
    Scenario
        On the universe that ``AUDIENCE_WORKBENCH_UNIVERSE`` names, if it is set.
    """
    scenario = load_scenario(project_folder() / (path or os.environ.get(SCENARIO_VARIABLE) or SAMPLE_SCENARIO))
    if not os.environ.get(UNIVERSE_VARIABLE):
        return scenario
    return scenario.on_universe(universe_path())


def project_calibration(path: str | None = None) -> SavedCalibration | None:
    """Load what is known of the market, for a notebook.

    Parameters
    ----------
    path : str, optional
        File that ``calibrate --calibration`` or a `CalibrationPanel` wrote; a relative path starts at the project's
        folder. When absent, the one that ``AUDIENCE_WORKBENCH_CALIBRATION`` names.

    Returns
    -------
    SavedCalibration or None
        None if no file is named: then the market is what the scenario assumes.
    """
    named = path or os.environ.get(CALIBRATION_VARIABLE)
    return load_calibration(project_folder() / named) if named else None
