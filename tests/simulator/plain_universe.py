"""A universe that is made of the columns a test or a benchmark gives, and is in no folder."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.universe import Universe

USUAL = {"country": "US", "region": None, "age_bucket": "25-34", "gender": "female", "device": "web", "activity": 1.0}


@dataclass(frozen=True, eq=False)
class PlainUniverse(Universe):
    """Accounts in memory; the column of an attribute that is not given says the same of everybody."""

    columns: dict = field(default_factory=dict)

    def accounts(self, columns=None):
        wanted = [name for name in USUAL if columns is None or name in columns]
        return pd.DataFrame({name: self._column(name) for name in wanted}, index=range(self.n_accounts))[
            list(columns or wanted)
        ]

    def _column(self, name):
        values = self.columns.get(name)
        if name == "activity":
            return np.ones(self.n_accounts, dtype=np.float32) if values is None else values
        if values is None:
            codes = np.full(self.n_accounts, -1 if USUAL[name] is None else 0, dtype=np.int8)
            return pd.Categorical.from_codes(codes, categories=[USUAL[name] or ""])
        return pd.Categorical(values)


def plain_universe(n_accounts: int, **columns) -> PlainUniverse:
    """Return a universe of so many accounts with these columns of the table of accounts."""
    as_of = datetime(2026, 11, 1, tzinfo=UTC)
    return PlainUniverse(Path("nowhere"), n_accounts, as_of, {}, columns=columns)
