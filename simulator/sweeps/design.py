"""Which points a sweep visits: every combination of some values, or points that fill the space between them.

A design is checked as a whole before anything runs: levers that name no setting, set one setting twice or change who
is met, values that are not legal, and combinations of values that are not. It holds its points themselves and not only
the recipe, so that a saved design gives the same runs whichever library drew them.
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from itertools import product
from math import prod

from pydantic import Field

from simulator.config import RunConfig
from simulator.errors import ConfigError, LeverError
from simulator.scenario import Scenario, settings_named
from simulator.sweeps.swept_lever import LeverValue, SweptLever, levers_at, values_on_grid, way_of
from workbench.progress import Progress, ignore_progress
from workbench.validation import Written

MAX_POINTS = 10_000
MAX_LEVERS = 20
KEEPING_PEOPLE = ("universe", "rng_seed", "flight")
"""Settings that no sweep moves: points would not meet the same people at the same moments."""

Point = tuple[LeverValue, ...]


class Method(StrEnum):
    """How the points of a design were chosen."""

    GRID = "grid"
    """Every combination of the levers' values."""

    LATIN_HYPERCUBE = "latin_hypercube"
    """Points at random, one in each of as many slices of every lever."""

    SOBOL = "sobol"
    """Pairs of points that differ in one lever, for `simulator.sweeps.sensitivity`."""


class Design(Written):
    """A scenario and the points around it that a sweep visits.

    Attributes
    ----------
    scenario : Scenario
        What the levers are pulled on.
    method : Method
        How the points were chosen.
    levers : tuple of LeverValues or LeverRange
        What is moved, 1 to 20 of them.
    points : tuple of tuple
        The value of each lever at each point.
    rng_seed : int or None
        What the points were drawn from, where they were drawn.
    """

    scenario: Scenario
    method: Method
    levers: tuple[SweptLever, ...] = Field(min_length=1, max_length=MAX_LEVERS)
    points: tuple[Point, ...] = Field(min_length=1, max_length=MAX_POINTS)
    rng_seed: int | None = None

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenario of each point, named by the values of its levers."""
        base = self.scenario.config
        return tuple(
            self.scenario.with_levers(
                self.point_name(point),
                *(
                    lever
                    for swept, value in zip(self.levers, point, strict=True)
                    for lever in levers_at(swept, value, base)
                ),
            )
            for point in self.points
        )

    def of(self, scenario: Scenario) -> "Design":
        """Return the same points around another scenario; built anew, because a copy would keep the old scenarios."""
        return Design(
            scenario=scenario, method=self.method, levers=self.levers, points=self.points, rng_seed=self.rng_seed
        )

    def point_name(self, point: Point) -> str:
        """Return a point as text, such as ``ad_groups.2001.bid_cpm_micros=6000000``."""
        return ", ".join(
            f"{lever.path}={'×' if lever.is_factor else ''}{value}"
            for lever, value in zip(self.levers, point, strict=True)
        )

    def configs(self, on_progress: Progress = ignore_progress) -> tuple[RunConfig, ...]:
        """Return the configuration of each point: all of them, or a refusal that names what is wrong.

        Parameters
        ----------
        on_progress : Progress
            Called once a point; raise ``CancelledError`` in it to stop.

        Raises
        ------
        LeverError
            If a lever names no setting, two of them the same one, or one that a sweep cannot move.
        ConfigError
            If a value, or a combination of values, is not legal.
        """
        self.check_levers()
        configs = []
        for place, scenario in enumerate(self.scenarios, start=1):
            try:
                configs.append(scenario.config)
            except ConfigError as refusal:
                raise ConfigError(f"point {place} of {len(self.points)}: {refusal}") from None
            on_progress(place, len(self.points))
        return tuple(configs)

    def check_levers(self) -> None:
        """Refuse levers that cannot be swept; see `configs` for the errors."""
        check_levers(self.scenario, self.levers)


def check_levers(scenario: Scenario, levers: Sequence[SweptLever]) -> None:
    """Refuse levers that cannot be swept together.

    Parameters
    ----------
    scenario : Scenario
        What they are pulled on.
    levers : sequence of LeverValues or LeverRange
        What is moved.

    Raises
    ------
    LeverError
        If there is none or too many, one names no setting, two of them the same one, or one that a sweep cannot move.
    """
    if not 1 <= len(levers) <= MAX_LEVERS:
        raise LeverError(f"expected 1 to {MAX_LEVERS} levers to sweep, got {len(levers)}; name what to move")
    config = scenario.config
    owner: dict[str, str] = {}
    for lever in levers:
        if lever.path.split(".")[0].lower() in KEEPING_PEOPLE:
            raise LeverError(
                f"lever {lever.path!r}: expected one that leaves universe, flight and rng_seed alone, because the "
                "points of a sweep meet the same people at the same moments; use another scenario instead"
            )
        for setting in settings_named(config, lever.path):
            if setting.path in owner:
                raise LeverError(
                    f"levers {owner[setting.path]!r} and {lever.path!r} both set {setting.path}; drop one of them"
                )
            owner[setting.path] = lever.path


def grid(scenario: Scenario, *levers: SweptLever) -> Design:
    """Design a sweep over every combination of the levers' values, the last lever changing fastest.

    Parameters
    ----------
    scenario : Scenario
        What the levers are pulled on.
    *levers : LeverValues or LeverRange
        What is moved; ranges need a number of values.

    Returns
    -------
    Design

    Raises
    ------
    LeverError
        If a lever names no setting, two of them the same one, one that a sweep cannot move, or the grid has more than
        10,000 points.
    """
    check_levers(scenario, levers)
    config = scenario.config
    values = [values_on_grid(lever, config) for lever in levers]
    n_points = prod(map(len, values))
    if n_points > MAX_POINTS:
        raise LeverError(
            f"expected a grid of at most {MAX_POINTS:,} points, got {n_points:,}; take fewer values, or a Latin "
            "hypercube"
        )
    return Design(scenario=scenario, method=Method.GRID, levers=tuple(levers), points=tuple(product(*values)))


def latin_hypercube(scenario: Scenario, *levers: SweptLever, n_points: int, rng_seed: int = 0) -> Design:
    """Design a sweep over points at random that leave no part of any lever's way out.

    Every lever's way is cut into as many slices as there are points, and each slice holds one (McKay, Beckman and
    Conover, 1979). Levers that choose among values have an equal share of the points for each.

    Parameters
    ----------
    scenario : Scenario
        What the levers are pulled on.
    *levers : LeverValues or LeverRange
        What is moved.
    n_points : int
        2 to 10,000.
    rng_seed : int
        The same seed gives the same points; with another version of SciPy maybe others, which is why designs keep them.

    Returns
    -------
    Design

    Raises
    ------
    LeverError
        As for `grid`, or if the number of points is out of range.
    """
    if not 2 <= n_points <= MAX_POINTS:
        raise LeverError(f"expected 2 to {MAX_POINTS:,} points, got {n_points:,}")
    check_levers(scenario, levers)
    from scipy.stats import qmc  # a second to import, which grids do not need

    shares = qmc.LatinHypercube(len(levers), rng=rng_seed).random(n_points)
    points = tuple(points_at(scenario, levers, shares.tolist()))
    return Design(
        scenario=scenario, method=Method.LATIN_HYPERCUBE, levers=tuple(levers), points=points, rng_seed=rng_seed
    )


def points_at(scenario: Scenario, levers: Sequence[SweptLever], shares: Sequence[Sequence[float]]) -> list[Point]:
    """Return the points at given shares of the levers' ways.

    Parameters
    ----------
    scenario : Scenario
        What the levers are pulled on.
    levers : sequence of LeverValues or LeverRange
        What is moved.
    shares : sequence of sequence of float
        One share, 0 to 1, a lever, for each point.
    """
    config = scenario.config
    ways = [way_of(lever, config) for lever in levers]
    return [tuple(way(share) for way, share in zip(ways, row, strict=True)) for row in shares]
