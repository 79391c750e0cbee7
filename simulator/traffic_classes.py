"""Classes of accounts whose day is the same one: how much traffic each brings in an hour, and whom it comes from.

Countries that agree in their hourly profile and their weight are one class. In formulas, with *w* the weight of a class
and *A* the activity of all its accounts together::

    share(class) = w(class) · A(class) / Σ A
    expected opportunities of a class in a tick = n_accounts · opportunities_per_account_day · share(class) ·
        profile(class, hour of day) / Σ profile(class)

Weights are not normalised, so a weight of 2 doubles a country's traffic and leaves the others as they were. Where
countries do not differ there is one class with the share 1, and nothing is drawn but the account.
"""

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import HOURS_PER_DAY, RunConfig, Traffic
from simulator.countries import Countries
from simulator.kernels.draws import Stream, stream_key
from simulator.kernels.sampling import CUT_SCALE, TrafficTable, build_traffic_table


@dataclass(frozen=True, eq=False)
class TrafficClasses:
    """Accounts in classes, for every configuration that has these classes.

    Attributes
    ----------
    table : TrafficTable
        Draws the accounts of each class.
    activity : tuple of float
        What the accounts of each class have together.
    examples : tuple of str
        A country of each class; the others of its class have the same profile and weight.
    """

    table: TrafficTable
    activity: tuple[float, ...]
    examples: tuple[str, ...]

    @classmethod
    def build(cls, numbers: tuple[int, ...], countries: Countries, activity: NDArray[np.floating]) -> "TrafficClasses":
        """Put accounts into classes.

        Parameters
        ----------
        numbers : tuple of int
            Class of each of the countries, from `class_numbers`.
        countries : Countries
            Where each account is.
        activity : float array, shape (n_accounts,)
            Relative frequency of ad opportunities, at least 0, some above 0.

        Raises
        ------
        ValueError
            If the activity is negative, not finite or all zero.
        """
        n_classes = max(numbers) + 1
        account_class = countries.spread(np.array(numbers, dtype=np.uint16))
        table = build_traffic_table(activity, account_class, n_classes)
        by_class = np.bincount(account_class, weights=activity, minlength=n_classes)
        examples = tuple(countries.names[numbers.index(number)] for number in range(n_classes))
        return cls(table, tuple(by_class.tolist()), examples)

    @property
    def n_accounts(self) -> int:
        """Number of accounts of the universe."""
        return self.table.columns.size

    @property
    def n_classes(self) -> int:
        """Number of classes, at least 1."""
        return len(self.activity)


def class_numbers(traffic: Traffic, countries: Countries) -> tuple[int, ...]:
    """Return the class of each country: classes are numbered by their first country in the order of the alphabet."""
    numbers: dict[tuple[object, ...], int] = {}
    days = [(traffic.profile_of(country), _weight(traffic, country)) for country in countries.names]
    return tuple(numbers.setdefault(day, len(numbers)) for day in days)


def expected_opportunities(config: RunConfig, classes: TrafficClasses, tick: int) -> NDArray[np.float64]:
    """Return how many opportunities a tick is expected to bring.

    Parameters
    ----------
    config : RunConfig
        With these classes.
    classes : TrafficClasses
        Who the traffic comes from.
    tick : int
        Hour of the flight.

    Returns
    -------
    float64 array, shape (n_classes,)
        By class.
    """
    per_day = classes.n_accounts * config.traffic.opportunities_per_account_day
    return per_day * _shares(config.traffic, classes, tick % HOURS_PER_DAY)


def hourly_weights(config: RunConfig, classes: TrafficClasses) -> NDArray[np.float64]:
    """Return the expected traffic of each hour of the day from everybody, in proportion.

    Returns
    -------
    float64 array, shape (24,)
        Share of a day's traffic if every weight is 1; with other weights they add up to another number than 1.
    """
    traffic = config.traffic
    return np.array([math.fsum(_shares(traffic, classes, hour)) for hour in range(HOURS_PER_DAY)])


def class_cuts(config: RunConfig, classes: TrafficClasses, tick: int) -> NDArray[np.uint64]:
    """Return where one class ends and the next begins among the draws of a tick.

    Parameters
    ----------
    config, classes, tick
        As for `expected_opportunities`.

    Returns
    -------
    uint64 array, shape (n_classes,)
        Cumulative shares of the tick's traffic times 2**32, rounded down; 2**32 from the last class that has traffic
        on, so that a class without any is never drawn.
    """
    expected = expected_opportunities(config, classes, tick).tolist()
    total = math.fsum(expected)
    if total == 0:
        return np.full(len(expected), CUT_SCALE, dtype=np.uint64)
    last = max(number for number, amount in enumerate(expected) if amount > 0)
    cuts = [min(CUT_SCALE, int(amount / total * CUT_SCALE)) for amount in accumulate(expected)]
    return np.array(cuts[:last] + [CUT_SCALE] * (len(cuts) - last), dtype=np.uint64)


class FlightTraffic(NamedTuple):
    """What every tick of a flight brings, as far as it is not chance; the same for all runs with one traffic.

    Attributes
    ----------
    expected : float64 array, shape (n_ticks,)
        Opportunities of all classes together.
    class_cuts : uint64 array, shape (n_ticks, n_classes)
        From `class_cuts`.
    """

    expected: NDArray[np.float64]
    class_cuts: NDArray[np.uint64]


def flight_traffic(config: RunConfig, classes: TrafficClasses) -> FlightTraffic:
    """Work out the traffic of a flight: every day is like the others, so 24 hours are all that there is to it."""
    hours = range(HOURS_PER_DAY)
    expected = np.array([math.fsum(expected_opportunities(config, classes, hour)) for hour in hours])
    cuts = np.array([class_cuts(config, classes, hour) for hour in hours])
    return FlightTraffic(np.tile(expected, config.flight.n_days), np.tile(cuts, (config.flight.n_days, 1)))


def draw_opportunities(rng_seed: int, expected: NDArray[np.float64]) -> list[int]:
    """Draw how many opportunities each tick of a flight brings: Poisson around what is expected of it.

    Each draw is a function of the run seed and the tick alone, so the same people show up in every scenario.

    Parameters
    ----------
    rng_seed : int
        Of the run.
    expected : float64 array, shape (n_ticks,)
        Opportunities of all classes together.
    """
    key = int(stream_key(rng_seed, Stream.TRAFFIC))
    numbers = np.random.Philox(key=[key, 0])
    poisson = np.random.Generator(numbers).poisson
    start = numbers.state
    drawn = []
    for tick, mean in enumerate(expected.tolist()):
        start["state"]["key"][1] = tick  # a generator for every tick, without what making one costs
        numbers.state = start
        drawn.append(int(poisson(mean)))
    return drawn


def _shares(traffic: Traffic, classes: TrafficClasses, hour_of_day: int) -> NDArray[np.float64]:
    """Return the part of a day's traffic of everybody that each class brings in one hour."""
    everybody = math.fsum(classes.activity)
    shares = []
    for activity, country in zip(classes.activity, classes.examples, strict=True):
        profile = traffic.profile_of(country)
        of_class = _weight(traffic, country) * activity / everybody
        shares.append(of_class * (profile[hour_of_day] / sum(profile)))
    return np.array(shares)


def _weight(traffic: Traffic, country: str) -> float:
    return traffic.country_weights.get(country, 1.0)
