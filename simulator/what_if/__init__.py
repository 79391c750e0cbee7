"""What if: scenarios compared over the same people, and the engine that runs them again and again."""

from simulator.what_if.comparison import ALTERNATIVE, BASE, MIN_REPLICATIONS, Comparison, compare
from simulator.what_if.forecast import Forecast, forecast
from simulator.what_if.metrics import METRIC_NAMES, METRICS, Metric
from simulator.what_if.parameter_draws import ParameterDraws
from simulator.what_if.replications import MAX_REPLICATIONS, Cell, replicating, run_cells
from simulator.what_if.run_figures import RunFigures
from simulator.what_if.run_store import KeepsRuns, KeptRuns, RunStore
from simulator.what_if.stopping import Ending, Precision, StopRule
from simulator.what_if.workers import Workers, cluster, processes, threads

__all__ = [
    "ALTERNATIVE",
    "BASE",
    "MAX_REPLICATIONS",
    "METRICS",
    "METRIC_NAMES",
    "MIN_REPLICATIONS",
    "Cell",
    "Comparison",
    "Ending",
    "Forecast",
    "KeepsRuns",
    "KeptRuns",
    "Metric",
    "ParameterDraws",
    "Precision",
    "RunFigures",
    "RunStore",
    "StopRule",
    "Workers",
    "cluster",
    "compare",
    "forecast",
    "processes",
    "replicating",
    "run_cells",
    "threads",
]
