"""Where a notebook finds its data: one environment variable, one default, and a plain sentence when nothing is there.

A notebook runs in its own folder, so paths are found from the project's folder, the nearest one above that has both
``data`` and ``notebooks``. ``AUDIENCE_WORKBENCH_UNIVERSE`` names another universe than the sample.
"""

import os
from pathlib import Path

from workbench.errors import UniverseError
from workbench.universe import Universe, open_universe

UNIVERSE_VARIABLE = "AUDIENCE_WORKBENCH_UNIVERSE"
DEFAULT_UNIVERSE = "data/generated/sample"


def project_folder() -> Path:
    """Return the project's folder as seen from the working directory, or the working directory itself."""
    here = Path.cwd()
    return next((f for f in (here, *here.parents) if (f / "data").is_dir() and (f / "notebooks").is_dir()), here)


def universe_path() -> Path:
    """Return the folder of the universe that notebooks use; a relative name starts at the project's folder."""
    return project_folder() / (os.environ.get(UNIVERSE_VARIABLE) or DEFAULT_UNIVERSE)


def project_universe() -> Universe:
    """Open the universe that notebooks use.

    Raises
    ------
    UniverseError
        If it does not exist; in a notebook only its sentence is shown.
    """
    path = universe_path()
    if not path.is_dir():
        name = os.environ.get(UNIVERSE_VARIABLE) or DEFAULT_UNIVERSE
        error = UniverseError(
            f"There is no universe at {name} yet: run “make demo” in the project’s folder, which builds the sample, "
            f"or set {UNIVERSE_VARIABLE} to another one."
        )
        # IPython asks an exception how it wants to be shown; a traceback would bury the sentence.
        error._render_traceback_ = lambda: [str(error)]  # type: ignore[attr-defined]
        raise error
    return open_universe(path)
