"""Many questions of one table in one pass: as `workbench.events` has it, for questions that only SQL can ask.

Each condition becomes a column of truth values, and each account a row that says which of them any of its rows met.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from workbench.universe.opening import Universe


def accounts_where_each(
    universe: "Universe",
    table: str,
    conditions: Sequence[tuple[str, Sequence[object]]],
    *,
    on_progress: Progress = ignore_progress,
) -> list[AccountSet]:
    """Find out for many conditions which accounts have a row that meets them, reading the table once.

    Parameters
    ----------
    universe : Universe
        Whose table.
    table : str
        A table with a column ``account``; rows without an account count for nobody.
    conditions : sequence of (str, sequence)
        Conditions on a row in SQL, and the values of their question marks.
    on_progress : Progress
        Called now and then with hundredths; raise ``CancelledError`` in it to stop.

    Returns
    -------
    list of AccountSet
        For each condition the accounts.

    Raises
    ------
    UniverseError
        If the universe does not have the table, or a condition is no valid SQL.
    """
    if not conditions:
        return []
    columns = ", ".join(f"coalesce(bool_or({sql}), false) AS c{i}" for i, (sql, _) in enumerate(conditions))
    found = universe.query(
        f"SELECT account, {columns} FROM {table} WHERE account IS NOT NULL GROUP BY account",  # noqa: S608 - the caller's
        [value for _, values in conditions for value in values],
        on_progress=on_progress,
    )
    accounts = found["account"].to_numpy()
    masks = (found[f"c{number}"].to_numpy(dtype=bool) for number in range(len(conditions)))
    return [AccountSet.from_indices(accounts[mask], universe.n_accounts) for mask in masks]
