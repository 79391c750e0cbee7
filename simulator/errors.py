"""Every way the simulator refuses something."""

from workbench.errors import WorkbenchError


class SimulatorError(WorkbenchError):
    """Base of every refusal of the simulator; the command line treats it as it treats the workbench's own."""


class ConfigError(SimulatorError, ValueError):
    """A scenario or one of its settings is missing, mistyped, out of range or contradicts another."""


class LeverError(SimulatorError, LookupError):
    """A lever names a setting that does not exist."""


class DataFeeError(SimulatorError, ValueError):
    """A third-party data fee is too high for any permitted bid reduction to cover it."""
