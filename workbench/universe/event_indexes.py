"""The tables of events as indexes on disk, for universes where a question takes too long as SQL.

An index is built from a table once and lies in the universe's folder. It is about the very table that is there, or it
is refused: an answer about yesterday's events would look just like one about today's.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from workbench.array_file import fingerprint
from workbench.errors import UniverseError
from workbench.progress import Progress
from workbench.universe.damage import refusing_damage

if TYPE_CHECKING:
    from workbench.events import EventIndex
    from workbench.universe.opening import Universe

INDEXES_FOLDER: Final = "event_indexes"

EVENT_TABLES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"tag_events": ("tag_id", "event"), "pin_engagements": ("pin_id", "action")}
)
"""The tables that can be indexed, and of each the columns of sources and of actions."""


def event_index_path(universe: "Universe", table: str) -> Path:
    """Return the folder of the index of a table, whether it has been built or not; KeyError for a table without."""
    if table not in EVENT_TABLES:
        raise KeyError(table)
    return universe.path / INDEXES_FOLDER / table


def open_event_index(universe: "Universe", table: str) -> "EventIndex | None":
    """Open the index of a table; None if it was not built.

    Parameters
    ----------
    universe : Universe
        Whose.
    table : str
        One of `EVENT_TABLES`.

    Raises
    ------
    UniverseError
        If it is damaged, or about another table than the universe has now.
    """
    path = event_index_path(universe, table)
    if not path.exists():
        return None
    from workbench.events import EventIndex
    from workbench.events.index_description import ADVICE

    index = EventIndex.open(path)
    what = ""
    if index.description.origin != fingerprint(universe.table_path(table)):
        what = "events"
    elif index.n_accounts != universe.n_accounts:
        what = "accounts"
    if what:
        raise UniverseError(
            f"expected the index of events {path} to be about the {what} that are there, found it built from others; "
            f"{ADVICE}"
        )
    return index


def write_index_of_table(universe: "Universe", table: str, *, overwrite: bool, on_progress: Progress) -> None:
    """Build the index of a table; see `Universe.build_event_index`."""
    from workbench.events import EventColumns, write_event_index

    events = universe.table_path(table)
    with refusing_damage(events):
        write_event_index(
            events,
            event_index_path(universe, table),
            EventColumns(*EVENT_TABLES[table]),
            universe.n_accounts,
            overwrite=overwrite,
            on_progress=on_progress,
        )
