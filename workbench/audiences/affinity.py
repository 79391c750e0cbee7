"""What makes an audience different from everybody: how common each attribute is in it, against a population.

    index = 100 · (share in the audience) / (share in the population)

100 is as common as anywhere, 200 twice as common. The members are taken for a sample of those who could be in such an
audience, so each share has an interval (Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
1927), and with it the index; the population is counted whole and has none. An interval that holds 100 says nothing.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from workbench.audiences.demographics import Demographics
from workbench.audiences.disclosure import safe_size, shown_share, shown_size
from workbench.identity import AccountSet

Z_95: Final = 1.959963984540054
"""Quantile of the standard normal distribution that 97.5 % are below."""

ATTRIBUTES: Final = ("country", "age_bucket", "gender", "device")
INTEREST: Final = "interest"


def demographic_affinity(members: AccountSet, population: AccountSet, demographics: Demographics) -> pd.DataFrame:
    """Count countries, ages, genders and devices in an audience and a population.

    Parameters
    ----------
    members : AccountSet
        Of the audience.
    population : AccountSet
        Whom to compare with; the members as far as they are in it.
    demographics : Demographics
        Attributes of the same universe's accounts.

    Returns
    -------
    DataFrame, a row for each value that an account of the population has
        attribute, value : str
        n_having, n_members : int64
            Members with the value, and all members.
        n_population_having, n_population : int64
            The same of the population.

        Exact figures, for computing; `shown_affinity` makes the table that people may see.
    """
    values = [(name, value) for name in ATTRIBUTES for value in sorted(demographics.values(name))]
    return _counted(members, population, {(name, value): demographics.having(name, value) for name, value in values})


def interest_affinity(members: AccountSet, population: AccountSet, interests: Mapping[str, AccountSet]) -> pd.DataFrame:
    """Count who is interested in what in an audience and a population.

    Parameters
    ----------
    members, population
        As for `demographic_affinity`.
    interests : mapping of str to AccountSet
        From `workbench.audiences.interests.Interests`.

    Returns
    -------
    DataFrame
        As from `demographic_affinity`, with the attribute ``interest``.
    """
    return _counted(members, population, {(INTEREST, name): interests[name] for name in sorted(interests)})


def shown_affinity(counts: pd.DataFrame) -> pd.DataFrame:
    """Make a table of affinities fit to be seen: everything in it follows from counts as they may be shown.

    Parameters
    ----------
    counts : DataFrame
        From `demographic_affinity` or `interest_affinity`.

    Returns
    -------
    DataFrame
        attribute, value : str
        share, population_share : float64
            0 to 1; missing where a count is hidden.
        index, low, high : float64
            The index and its 95 % interval; missing where a count is hidden.
        shown_share, shown_population_share, shown_n_having : str

        Values of which the population itself has too few to be shown are left out.
    """
    names = ["attribute", "value", "share", "population_share", "index", "low", "high"]
    names += ["shown_share", "shown_population_share", "shown_n_having"]
    every: Iterable[Any] = counts.itertuples()
    rows = [_shown(row) for row in every if safe_size(int(row.n_population_having)) is not None]
    return pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[2:7], "float64"))


def wilson_interval(n: int, whole: int) -> tuple[float, float]:
    """Return the 95 % interval of a share: (low, high), 0 to 1.

    Parameters
    ----------
    n, whole : int
        Successes, and trials; at least one trial.
    """
    share, z2 = n / whole, Z_95**2
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z_95 * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2)) / (1 + z2 / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def _counted(members: AccountSet, population: AccountSet, sets: Mapping[tuple[str, str], AccountSet]) -> pd.DataFrame:
    inside = members & population
    rows = [
        (attribute, value, inside.n_overlap(having), len(inside), population.n_overlap(having), len(population))
        for (attribute, value), having in sets.items()
    ]
    columns = ["attribute", "value", "n_having", "n_members", "n_population_having", "n_population"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:], "int64"))


def _shown(row: Any) -> tuple[object, ...]:
    exact = [int(n) for n in (row.n_having, row.n_members, row.n_population_having, row.n_population)]
    having, members, population_having, population = (safe_size(n) for n in exact)
    known = (row.attribute, row.value)
    texts = (shown_share(exact[0], exact[1]), shown_share(exact[2], exact[3]), shown_size(exact[0]))
    population_share = population_having / population if population_having and population else None
    if having is None or not members or population_share is None:
        return *known, None, population_share, None, None, None, *texts
    low, high = wilson_interval(having, members)
    share = having / members
    index, low, high = (100 * each / population_share for each in (share, low, high))
    return *known, share, population_share, index, low, high, *texts
