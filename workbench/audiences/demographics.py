"""Who has which attribute: a set of accounts for each value, read once however many targetings ask for it."""

import math
from collections.abc import Iterable
from functools import cached_property, reduce
from operator import and_
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.audiences.targeting_spec import OLDEST, TargetingSpec
from workbench.identity import AccountSet
from workbench.universe import Universe
from workbench.universe.schema import AGE_BUCKETS

AGES: Final = {bucket: (int(bucket[:2]), int(bucket[3:]) if "-" in bucket else math.inf) for bucket in AGE_BUCKETS}
"""Youngest and oldest age of each bucket, years."""


class Demographics:
    """The attributes of a universe's accounts, as sets.

    A column is read when something is asked of it, and kept as one small number an account; so is every set that was
    asked for, at a bit an account. Threads may ask at once.

    Parameters
    ----------
    universe : Universe
        Whose accounts.

    Attributes
    ----------
    universe : Universe
        The same.
    """

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self._columns: dict[str, pd.Categorical] = {}
        self._sets: dict[tuple[str, str], AccountSet] = {}

    def members(self, spec: TargetingSpec) -> AccountSet:
        """Return who has the attributes that a targeting asks for; who is in which audience does not matter here."""
        asked = {"age_bucket": spec.age_bucket or buckets_of_ages(spec), "gender": spec.gender, "device": spec.apptype}
        sets = [self._having(column, values) for column, values in asked.items() if values]
        if spec.countries or spec.regions:
            # A region narrows its own country and leaves the other countries whole.
            whole = set(spec.countries) - {code[:2] for code in spec.regions}
            sets.append(self._having("country", sorted(whole)) | self._having("region", spec.regions))
        return reduce(and_, sets) if sets else AccountSet.full(self.universe.n_accounts)

    def values(self, column: str) -> frozenset[str]:
        """Return the values of a column that an account has."""
        return frozenset(self._column(column).categories)

    def having(self, column: str, value: str) -> AccountSet:
        """Return the accounts that have a value in a column; nobody where no account has it."""
        if (column, value) not in self._sets:
            mask = np.asarray(self._column(column) == value, dtype=np.bool_)
            self._sets[column, value] = AccountSet.from_mask(mask)
        return self._sets[column, value]

    @cached_property
    def activity(self) -> NDArray[np.float64]:
        """How often each account has ad opportunities, relative to the mean: shape (n_accounts,)."""
        return self.universe.accounts(columns=["activity"])["activity"].to_numpy(dtype=np.float64)

    def _having(self, column: str, values: Iterable[str]) -> AccountSet:
        sets = [self.having(column, value) for value in values]
        return AccountSet.combined(sets) if sets else AccountSet.empty(self.universe.n_accounts)

    def _column(self, name: str) -> pd.Categorical:
        if name not in self._columns:
            column = self.universe.accounts(columns=[name])[name]
            self._columns[name] = pd.Categorical(column).remove_unused_categories()
        return self._columns[name]


def buckets_of_ages(spec: TargetingSpec) -> tuple[str, ...]:
    """Return every bucket that holds an age from the minimum to the maximum."""
    if spec.minimum_age is None or spec.maximum_age is None:
        return ()
    oldest = math.inf if spec.maximum_age == OLDEST else spec.maximum_age
    return tuple(bucket for bucket, (low, high) in AGES.items() if low <= oldest and spec.minimum_age <= high)
