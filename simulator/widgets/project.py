"""Where a notebook finds its scenario."""

import os

from simulator.scenario import Scenario, load_scenario
from workbench.widgets.project import UNIVERSE_VARIABLE, project_folder, universe_path

SCENARIO_VARIABLE = "AUDIENCE_WORKBENCH_SCENARIO"
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
