"""What is known of a universe's accounts, as arrays: worlds of one universe share it, whatever their audiences.

Everything is read when it is first asked for, and then kept.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.countries import Countries
from simulator.kept_answers import KeptAnswers
from simulator.traffic_classes import TrafficClasses
from workbench.array_file import fingerprint
from workbench.audiences import Demographics
from workbench.errors import UniverseError
from workbench.universe import Universe

MAX_KEPT_TRAFFIC_CLASSES: Final = 4
"""Answers of `AccountArrays.traffic_classes` that are kept: few scenarios differ in which countries are alike."""


@dataclass(frozen=True, eq=False)
class AccountArrays:
    """The accounts of a universe.

    Attributes
    ----------
    universe : Universe
        The platform's tables.
    """

    universe: Universe
    _traffic_classes: KeptAnswers[tuple[int, ...], TrafficClasses] = field(
        default_factory=lambda: KeptAnswers(MAX_KEPT_TRAFFIC_CLASSES), repr=False
    )

    @cached_property
    def countries(self) -> Countries:
        """Where each account is."""
        return Countries.of(self.universe)

    @cached_property
    def demographics(self) -> Demographics:
        """Who has which attribute."""
        return Demographics(self.universe)

    @cached_property
    def activity(self) -> NDArray[np.floating]:
        """How often each account gives an opportunity, relatively: float array, shape (n_accounts,)."""
        activity: NDArray[np.floating] = self.universe.accounts(columns=["activity"])["activity"].to_numpy()
        return activity

    @cached_property
    def fingerprint(self) -> str:
        """What tells these accounts from those of another universe, wherever they lie."""
        if self.universe.has_table("accounts"):
            return fingerprint(self.universe.table_path("accounts"))
        accounts = self.universe.accounts()  # such as made in memory
        return hashlib.sha256(pd.util.hash_pandas_object(accounts, index=False).to_numpy().tobytes()).hexdigest()

    def traffic_classes(self, class_numbers: tuple[int, ...]) -> TrafficClasses:
        """Return whom opportunities come from where countries fall into these classes.

        Raises
        ------
        UniverseError
            If there is no account, or the activity of accounts means nothing.
        """
        return self._traffic_classes.answer(class_numbers, lambda: self._build_traffic_classes(class_numbers))

    def _build_traffic_classes(self, class_numbers: tuple[int, ...]) -> TrafficClasses:
        if self.universe.n_accounts == 0:
            raise UniverseError("expected accounts in table accounts, got none: nobody would give an opportunity")
        try:
            return TrafficClasses.build(class_numbers, self.countries, self.activity)
        except ValueError as refusal:
            raise UniverseError(f"table accounts, column activity: {refusal}") from None
