"""What is not known about the market, as draws: one set of values after the other, all of them possible.

Calibration on a campaign's reports leaves traffic, competition and response uncertain, and gives draws from their
posterior or by bootstrap. Replication ``i`` uses draw ``i`` in every scenario, so scenarios are still compared in the
same world, and what comes out varies by what is not known as well as by luck.
"""

from typing import Final, Self

from pydantic import Field, field_validator

from simulator.config import RunConfig
from simulator.errors import ConfigError
from simulator.scenario import Lever, with_levers_pulled
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

    @classmethod
    def of(cls, *draws: dict[str, object]) -> Self:
        """Make draws from settings by path, one mapping a draw."""
        return cls(draws=tuple(tuple(Lever(path=path, value=value) for path, value in draw.items()) for draw in draws))
