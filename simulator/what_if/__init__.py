"""What if: scenarios compared over the same people, and the engine that runs them again and again."""

from simulator.what_if.comparison import ALTERNATIVE, BASE, MIN_REPLICATIONS, Comparison, compare
from simulator.what_if.forecast import Forecast, forecast
from simulator.what_if.metrics import METRIC_NAMES, METRICS, Better, Metric
from simulator.what_if.paired import paired_difference, unpaired_difference
from simulator.what_if.replications import MAX_REPLICATIONS, Cell, FinishedCell, Replications, replicating, run_cells
from simulator.what_if.run_figures import RunFigures
from simulator.what_if.run_store import KeepsRuns, KeptRuns, RunStore
from simulator.what_if.workers import Workers, cluster, processes, threads

__all__ = [
    "ALTERNATIVE",
    "BASE",
    "MAX_REPLICATIONS",
    "METRICS",
    "METRIC_NAMES",
    "MIN_REPLICATIONS",
    "Better",
    "Cell",
    "Comparison",
    "FinishedCell",
    "Forecast",
    "KeepsRuns",
    "KeptRuns",
    "Metric",
    "Replications",
    "RunFigures",
    "RunStore",
    "Workers",
    "cluster",
    "compare",
    "forecast",
    "paired_difference",
    "processes",
    "replicating",
    "run_cells",
    "threads",
    "unpaired_difference",
]
