"""What is not known about the market, as draws: one set of values after the other, all of them possible.

Calibration on a campaign's reports leaves traffic, competition and response uncertain, and gives draws from their
posterior or by bootstrap. Replication ``i`` uses draw ``i`` in every scenario, so scenarios are still compared in the
same world, and what comes out varies by what is not known as well as by luck.
"""

from collections.abc import Sequence
from typing import Final, Self

from pydantic import Field, field_validator

from simulator.config import RunConfig
from simulator.errors import ConfigError
from simulator.scenario import Lever, settings_named, with_levers_pulled
from workbench.validation import Written

MAX_DRAWS: Final = 10_000
FIXED: Final = ("universe", "rng_seed", "flight", "audiences")
"""Settings that say who is met and when; runs with other ones could not be compared."""


class ParameterDraws(Written):
    """Sets of levers, one for each replication.

    Attributes
    ----------
    draws : tuple of tuple of Lever
        What each replication pulls on top of a scenario, such as ``market.rival_bid_cpm_micros``.
    """

    draws: tuple[tuple[Lever, ...], ...] = Field(min_length=1, max_length=MAX_DRAWS)

    @field_validator("draws")
    @classmethod
    def _keep_the_people(cls, draws: tuple[tuple[Lever, ...], ...]) -> tuple[tuple[Lever, ...], ...]:
        for number, draw in enumerate(draws, start=1):
            for lever in draw:
                if lever.path.split(".")[0] in FIXED:
                    raise ValueError(
                        f"draw {number} sets {lever.path}, which decides who is met and when; leave it to the scenario"
                    )
        return draws

    def __len__(self) -> int:
        return len(self.draws)

    def applied(self, config: RunConfig, replication: int) -> RunConfig:
        """Return a configuration with the values of one draw.

        Parameters
        ----------
        config : RunConfig
            Of a scenario.
        replication : int
            Number of the replication, from 0.

        Raises
        ------
        ConfigError
            If there is no such draw, or its values are not legal.
        LeverError
            If one of its levers names no setting.
        """
        if replication >= len(self.draws):
            raise ConfigError(
                f"expected a draw for each replication, got {len(self.draws)} and replication {replication + 1}; give "
                "more draws or run fewer replications"
            )
        return with_levers_pulled(config, self.draws[replication], f"draw {replication + 1}")

    def first(self, n_draws: int) -> Self:
        """Return the first so many draws.

        Raises
        ------
        ConfigError
            If there are fewer.
        """
        if n_draws > len(self.draws):
            raise ConfigError(
                f"expected at most as many replications as there are draws ({len(self.draws):,}), got {n_draws:,}; "
                "give more draws or run fewer replications"
            )
        return self.model_copy(update={"draws": self.draws[:n_draws]})

    def require_alike(self, configs: Sequence[RunConfig]) -> None:
        """Refuse configurations that differ in what is drawn.

        Raises
        ------
        ConfigError
            If they do: drawn anew in all of them, the difference that somebody asks about would be lost.
        LeverError
            If a lever of a draw names no setting.
        """
        for path in dict.fromkeys(lever.path for draw in self.draws for lever in draw):
            values = settings_named(configs[0], path)
            if any(settings_named(config, path) != values for config in configs[1:]):
                raise ConfigError(
                    f"expected draws of what all scenarios leave alike, got {path}, in which they differ: drawn anew, "
                    "the difference would be lost; leave it out of the draws"
                )

    @classmethod
    def of(cls, *draws: dict[str, object]) -> Self:
        """Make draws from settings by path, one mapping a draw."""
        return cls(draws=tuple(tuple(Lever(path=path, value=value) for path, value in draw.items()) for draw in draws))
