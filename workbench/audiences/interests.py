"""Who is interested in what: for each interest the accounts that did something with one of its pins."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe


class Interests:
    """The interests of a universe's accounts, as sets: read once, when first asked for, and kept at a bit an account.

    Parameters
    ----------
    universe : Universe
        Whose accounts.
    """

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self._sets: dict[str, AccountSet] | None = None

    @property
    def are_known(self) -> bool:
        """Whether the universe says what pins are about and who engaged with them."""
        return self.universe.has_table("pin_engagements") and self.universe.has_table("pins")

    def members(self, on_progress: Progress = ignore_progress) -> Mapping[str, AccountSet]:
        """Return the accounts of each interest, up to the universe's "now"; none where interests are not known.

        Parameters
        ----------
        on_progress : Progress
            Called while they are read; raise ``CancelledError`` in it to stop.
        """
        if self._sets is None:
            self._sets = self._read(on_progress) if self.are_known else {}
        return self._sets

    def _read(self, on_progress: Progress) -> dict[str, AccountSet]:
        found = self.universe.query(
            "SELECT DISTINCT interest::VARCHAR AS interest, account FROM pin_engagements JOIN pins USING (pin_id) "
            "WHERE interest IS NOT NULL AND account IS NOT NULL AND event_time <= ? ORDER BY interest",
            (self.universe.as_of,),
            on_progress=on_progress,
        )
        names, begins = np.unique(found["interest"].to_numpy(dtype=str), return_index=True)
        accounts = np.split(found["account"].to_numpy(dtype=np.int64), begins[1:])
        n_accounts = self.universe.n_accounts
        parts = zip(names.tolist(), accounts, strict=True) if names.size else ()
        return {name: AccountSet.from_indices(part, n_accounts) for name, part in parts}
