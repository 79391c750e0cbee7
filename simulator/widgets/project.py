"""Where a notebook finds its scenario."""

import os

from simulator.scenario import Scenario, load_scenario
from workbench.widgets.project import UNIVERSE_VARIABLE, project_folder, universe_path

SAMPLE_SCENARIO = "data/samples/scenario.json"


def project_scenario(path: str = SAMPLE_SCENARIO) -> Scenario:
    """Load a scenario for a notebook.

    Parameters
    ----------
    path : str
        File; a relative path starts at the project's folder.

    Returns
    -------
    Scenario
        On the universe that ``AUDIENCE_WORKBENCH_UNIVERSE`` names, if it is set.
    """
    scenario = load_scenario(project_folder() / path)
    if not os.environ.get(UNIVERSE_VARIABLE):
        return scenario
    return scenario.on_universe(universe_path())
