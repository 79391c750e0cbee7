"""Running a sweep: one scenario at every point of a design, all points over the same people.

Points share their random numbers: replication ``i`` meets the same people at the same moments against the same rivals
at each of them. So curves through the points are smooth, differences between points are paired, and a point comes out
the same whichever others there are.
"""

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.config import RunConfig, absolute_path, refusing_as_config_error
from simulator.errors import ConfigError
from simulator.model_version import MODEL_VERSION
from simulator.scenario import read_json
from simulator.sweeps.design import Design
from simulator.sweeps.intervals import Readings, mean_interval
from simulator.sweeps.outcomes import Outcomes, run_outcomes
from simulator.what_if import KeepsRuns, ParameterDraws, Workers
from simulator.world import World
from workbench.progress import Progress, ignore_progress
from workbench.validation import Written
from workbench.whole_file import write_whole_bytes, write_whole_file

METADATA_KEY = "audience_workbench.sweep"
WHAT = "the sweep"


class SweepPlan(Written):
    """All that a sweep depends on: what a saved sweep holds, and what brings it back bit for bit.

    Attributes
    ----------
    design : Design
        The scenario, the levers and the points.
    n_replications : int
        Runs at each point.
    model_version : int
        Version of the simulator that ran it.
    draws : ParameterDraws or None
        What is not known about the market, one draw a replication.
    """

    design: Design
    n_replications: int
    model_version: int = MODEL_VERSION
    draws: ParameterDraws | None = None


@dataclass(frozen=True, eq=False)
class SweepResult:
    """A sweep that was run.

    Attributes
    ----------
    design : Design
        What was run.
    outcomes : Outcomes
        What it came to, point by point.
    """

    design: Design
    outcomes: Outcomes

    @property
    def n_replications(self) -> int:
        """Runs at each point."""
        return self.outcomes.n_replications

    @property
    def plan(self) -> SweepPlan:
        """What brings this result back."""
        return self._plan(self.design)

    @cached_property
    def points(self) -> pd.DataFrame:
        """The points: ``point`` (int, from 0) and the value of each lever, one column a lever named by its path."""
        columns = {lever.path: list(values) for lever, values in zip(self.design.levers, self._values(), strict=True)}
        return pd.DataFrame({"point": range(len(self.design.points)), **columns})

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Every figure of every run.

        Returns
        -------
        DataFrame
            ``point``, the levers' columns, ``replication``, ``metric``, ``value``; sorted by point and replication.
        """
        table = self.outcomes.table().rename(columns={"config": "point"})
        levers = self.points.drop(columns="point").iloc[table["point"]].reset_index(drop=True)
        return pd.concat([table[["point"]], levers, table[["replication", "metric", "value"]]], axis="columns")

    @cached_property
    def table(self) -> pd.DataFrame:
        """The figures of each point.

        Returns
        -------
        DataFrame
            ``point``, the levers' columns, ``metric``, ``mean``, ``low``, ``high`` (95 % interval of the mean;
            with draws of the figure in a market that is not known better).
        """
        rows = [
            {"point": point, "metric": metric, **dict(zip(("mean", "low", "high"), mean_interval(values), strict=True))}
            for metric in self.frame["metric"].unique()
            for point, values in enumerate(self.readings(metric))
        ]
        found = self.points.merge(pd.DataFrame(rows), on="point")
        return found.sort_values("point", kind="stable", ignore_index=True)

    def readings(self, metric: str) -> Readings:
        """Return one figure as `Outcomes.readings` has it: float64 array, shape (n_points, n_replications)."""
        return self.outcomes.readings(metric)

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write `frame` as a Parquet file; its metadata hold the plan, with the names of files and not their folders.

        Parameters
        ----------
        path : path-like
            File to write; an older one is replaced whole or not at all.

        Raises
        ------
        InputFileError
            If the file cannot be written.
        """
        import pyarrow as pa  # imported late: not every sweep is written
        import pyarrow.parquet as pq

        frame = self.frame.assign(**{name: _one_type(self.frame[name]) for name in self.points.columns[1:]})
        table = pa.Table.from_pandas(frame, preserve_index=False)
        plan = json.dumps(self.payload())
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), METADATA_KEY: plan})
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        write_whole_bytes(path, buffer.getvalue(), WHAT)

    def payload(self) -> dict[str, Any]:
        """Return the plan as plain values for JSON, with the names of files and without their folders."""
        design = self.design.of(self.design.scenario.without_folders())
        return self._plan(design).model_dump(mode="json")

    def save_plan(self, path: str | os.PathLike[str]) -> None:
        """Write what brings this result back as JSON, with paths relative to the file; `load_plan` reads it."""
        folder = Path(os.path.realpath(path)).parent
        near = self.design.scenario.with_paths(lambda name: os.path.relpath(absolute_path(name, Path.cwd()), folder))
        plan = self._plan(self.design.of(near))
        write_whole_file(path, plan.model_dump_json(indent=2) + "\n", WHAT)

    def _plan(self, design: Design) -> SweepPlan:
        return SweepPlan(design=design, n_replications=self.n_replications, draws=self.outcomes.draws)

    def _values(self) -> list[tuple[Any, ...]]:
        return list(zip(*self.design.points, strict=True))


def sweep(
    design: Design,
    world: World,
    *,
    n_replications: int | ParameterDraws = 8,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    on_progress: Progress = ignore_progress,
) -> SweepResult:
    """Run a scenario at every point of a design.

    Parameters
    ----------
    design : Design
        From `grid`, `latin_hypercube` or `sobol_design`.
    world : World
        Opened for the design's scenario; where levers change audiences, those of the points are populated on their own.
    n_replications : int or ParameterDraws
        Runs at each point, the same at all, 1 to 10,000; or draws of what is not known about the market, one run each,
        such as those of a calibration: intervals then hold the figure in a market that is not known better.
    where : Workers, optional
        `threads`, `processes` or `cluster`; two threads if nothing is said. Results do not depend on it.
    keep : KeepsRuns, optional
        `RunStore` or `KeptRuns`: finished runs are kept there as soon as they are done and found again, so a sweep that
        was interrupted goes on, and one with more points or replications runs only those.
    on_progress : Progress
        Called with the runs that are done and all of them, from the calling thread; raise ``CancelledError`` in it to
        stop. Runs under way then end at their next simulated hour.

    Returns
    -------
    SweepResult

    Raises
    ------
    LeverError
        If a lever names no setting, two of them the same one, or one that a sweep cannot move.
    ConfigError
        If a value, or a combination of values, is not legal, a number is out of range, or the world is another's.
    WorkbenchError
        What the universe, an audience, a targeting or the workers are refused for.
    CancelledError
        If ``on_progress`` raised it.
    """
    configs = design.configs()
    require_world_of(design.scenario.config, world)
    outcomes = run_outcomes(
        configs, world, n_replications=n_replications, where=where, keep=keep, on_progress=on_progress
    )
    return SweepResult(design, outcomes)


def require_world_of(config: RunConfig, world: World) -> None:
    """Refuse a world that was opened for other people.

    Raises
    ------
    ConfigError
        If the world does not fit.
    """
    if not world.fits(config):
        raise ConfigError(
            "expected a world opened for the scenario's universe and audiences, got one of others; open one with "
            "World.open"
        )


def load_plan(path: str | os.PathLike[str]) -> SweepPlan:
    """Read a plan that `SweepResult.save_plan` wrote.

    Parameters
    ----------
    path : path-like
        The JSON file; paths in it are relative to it.

    Raises
    ------
    InputFileError
        If the file is missing or cannot be read.
    ConfigError
        If it is no plan, or of another version of the simulator, whose runs would come to something else.
    """
    return plan_from_payload(read_json(Path(path)), Path(path))


def plan_from_payload(payload: object, source: Path) -> SweepPlan:
    """Check a plan that came out of a file; see `load_plan`."""
    with refusing_as_config_error(source.name):
        plan = SweepPlan.model_validate(payload)
    if plan.model_version != MODEL_VERSION:
        raise ConfigError(
            f"{source.name}: expected a sweep of version {MODEL_VERSION} of the simulator, got one of version "
            f"{plan.model_version}, which would come to something else; design it anew"
        )
    scenario = plan.design.scenario.with_paths(lambda name: absolute_path(name, source.parent))
    return plan.model_copy(update={"design": plan.design.of(scenario)})


def is_plan(payload: object) -> bool:
    """Tell whether what a file holds is meant to be a plan."""
    return isinstance(payload, Mapping) and "design" in payload


def _one_type(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Write a lever's values as text unless all of them are numbers, or all of them truths: a column has one type."""
    return values if values.dtype.kind in "ifb" else values.map(_text).astype("str")


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
