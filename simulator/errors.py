"""Every way the simulator refuses something."""

from collections.abc import Sequence
from typing import Any

from workbench.errors import WorkbenchError


class SimulatorError(WorkbenchError):
    """Base of every refusal of the simulator; the command line treats it as it treats the workbench's own."""


class ConfigError(SimulatorError, ValueError):
    """A scenario or one of its settings is missing, mistyped, out of range or contradicts another."""


class LeverError(SimulatorError, LookupError):
    """A lever names a setting that does not exist."""


class DataFeeError(SimulatorError, ValueError):
    """A third-party data fee is too high for any permitted bid reduction to cover it."""


class CampaignDataError(SimulatorError, ValueError):
    """A campaign report or a bid log lacks columns, or has rows that cannot be.

    Parameters
    ----------
    message : str
        One sentence with the first problems.
    problems : sequence
        Problems row by row (`simulator.calibration.row_problems.RowProblem`); empty where the file as a whole is wrong.
    n_problems : int
        How many there are; more than ``problems`` where the file has more than are kept.
    """

    def __init__(self, message: str, *, problems: Sequence[Any] = (), n_problems: int = 0) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        self.n_problems = n_problems
