"""The tables of events as indexes on disk, for universes where a question takes too long as SQL.

An index is built from a table once and lies in the universe's folder. It is about the very table that is there, or it
is refused: an answer about yesterday's events would look just like one about today's.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.array_file import fingerprint
from workbench.errors import UniverseError
from workbench.progress import Progress
from workbench.universe.damage import refusing_damage

if TYPE_CHECKING:
    from workbench.events import EventColumns, EventIndex
    from workbench.universe.opening import Universe

INDEXES_FOLDER: Final = "event_indexes"


class IndexedEvents(NamedTuple):
    """What an index is made of.

    Parameters
    ----------
    table : str
        The table of the universe.
    source, action : str
        Its columns.
    is_source_optional : bool
        Whether rows without a source are no part of it.
    """

    table: str
    source: str
    action: str
    is_source_optional: bool = False


EVENT_INDEXES: Final[Mapping[str, IndexedEvents]] = MappingProxyType(
    {
        "tag_events": IndexedEvents("tag_events", "tag_id", "event"),
        "pin_engagements": IndexedEvents("pin_engagements", "pin_id", "action"),
        "ad_engagements": IndexedEvents("pin_engagements", "ad_id", "action", is_source_optional=True),
    }
)
"""The indexes of a universe by name: what tags reported, and what was done with pins, and with pins through ads."""


def event_index_path(universe: "Universe", name: str) -> Path:
    """Return the folder of an index, whether it has been built or not; KeyError when no universe could have it."""
    if name not in EVENT_INDEXES:
        raise KeyError(name)
    return universe.path / INDEXES_FOLDER / name


def open_event_index(universe: "Universe", name: str) -> "EventIndex | None":
    """Open an index; None if it was not built.

    Parameters
    ----------
    universe : Universe
        Whose.
    name : str
        One of `EVENT_INDEXES`.

    Raises
    ------
    UniverseError
        If it is damaged, or about another table than the universe has now.
    """
    path = event_index_path(universe, name)
    if not path.exists():
        return None
    from workbench.events import EventIndex
    from workbench.events.index_description import ADVICE

    index = EventIndex.open(path)
    files, origins = _fingerprints(universe, name), index.description.origins
    what = ""
    if origins != files[: len(origins)]:
        what = "events"
    elif index.n_accounts != universe.n_accounts:
        what = "accounts"
    if what:
        raise UniverseError(
            f"expected the index of events {path} to be about the {what} that are there, found it built from others; "
            f"{ADVICE}"
        )
    if origins != files:
        raise UniverseError(
            f"expected the index of events {path} to have all that was added, found {len(files) - len(origins)} files "
            "missing; bring it up to date with 'python -m workbench universe index FOLDER --update'"
        )
    return index


def update_event_index(universe: "Universe", name: str, *, on_progress: Progress) -> None:
    """Add to an index what was added to its table since; see `Universe.update_event_indexes`."""
    from workbench.events import append_events
    from workbench.events.index_description import read_description

    path = event_index_path(universe, name)
    origins, files = read_description(path).origins, _fingerprints(universe, name)
    if origins == files[: len(origins)]:  # if it is about others, whoever opens it is told
        paths = universe.table_paths(EVENT_INDEXES[name].table)
        for added in paths[len(origins) :]:
            append_events(path, added, _columns(name), on_progress=on_progress)


def _fingerprints(universe: "Universe", name: str) -> tuple[str, ...]:
    return tuple(fingerprint(path) for path in universe.table_paths(EVENT_INDEXES[name].table))


def _columns(name: str) -> "EventColumns":
    from workbench.events import EventColumns

    made_of = EVENT_INDEXES[name]
    return EventColumns(made_of.source, made_of.action, is_source_optional=made_of.is_source_optional)


def build_event_index(universe: "Universe", name: str, *, overwrite: bool, on_progress: Progress) -> None:
    """Build an index; see `Universe.build_event_index`."""
    from workbench.events import write_event_index

    path, events = event_index_path(universe, name), universe.table_paths(EVENT_INDEXES[name].table)
    with refusing_damage(events[0]):
        write_event_index(
            events, path, _columns(name), universe.n_accounts, overwrite=overwrite, on_progress=on_progress
        )
