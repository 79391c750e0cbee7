"""New events for a universe: a file beside the table, and an entry in ``universe.json`` from which on it counts.

Nothing that exists is written anew, however large the table is. ``universe.json`` is replaced whole, so whoever opens
the universe sees all of an addition or nothing, and a program that is killed in the middle has added nothing. The
indexes of events are brought up to date afterwards, by a run of their own for each addition.
"""

import json
import os
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import UniverseError
from workbench.folder_lock import locked
from workbench.progress import Progress, ignore_progress
from workbench.regular_file import opened_regular_file
from workbench.universe.opening import Universe, open_universe, read_description
from workbench.universe.schema import ADDITIONS_FOLDER, DESCRIPTION_FILE, GROWING_TABLES, INSTANT, LATEST, TABLES
from workbench.universe.validation import addition_name, check_addition
from workbench.whole_file import write_whole_file

_WHAT: Final = "the universe"


def add_events(
    universe: Universe,
    table: str,
    events: str | os.PathLike[str],
    *,
    as_of: datetime | None = None,
    on_progress: Progress = ignore_progress,
) -> Universe:
    """Add events to a table of a universe.

    Parameters
    ----------
    universe : Universe
        The universe; it stays as it was opened.
    table : str
        ``tag_events`` or ``pin_engagements``, which must be there.
    events : path-like
        Parquet file with the columns of the table; it is copied.
    as_of : datetime, optional
        The universe's new "now", with its zone. When absent, the last of the events if that is later than the old one.
    on_progress : Progress
        Called while indexes are brought up to date, with the steps done and all steps; what was added stays if it
        raises ``CancelledError``, and ``Universe.update_event_indexes`` goes on from there.

    Returns
    -------
    Universe
        The same universe with the events.

    Raises
    ------
    InputFileError
        If the file cannot be read, or another program is adding to the universe now.
    UniverseError
        If the table takes no additions, a column breaks the schema, or "now" would be before an event.
    """
    if table not in GROWING_TABLES or not universe.has_table(table):
        known = [name for name in GROWING_TABLES if universe.has_table(name)]
        raise UniverseError(
            f"expected a table of events that the universe {universe.path} has ({', '.join(known) or 'it has none'}), "
            f"got {table!r:.40}; name one of them"
        )
    folder = universe.path / ADDITIONS_FOLDER
    folder.mkdir(exist_ok=True)
    with locked(folder, _WHAT):
        unfinished = folder / f".{secrets.token_hex(8)}.part"
        try:
            with opened_regular_file(Path(events)) as source, unfinished.open("xb") as copy:
                shutil.copyfileobj(source, copy)
            check_addition(TABLES[table], unfinished, universe.n_accounts)
            _enter(universe.path, table, unfinished, _new_now(universe, unfinished, as_of))
        finally:
            unfinished.unlink(missing_ok=True)
        grown = open_universe(universe.path)
        grown.update_event_indexes(on_progress=on_progress)
    return grown


def _new_now(universe: Universe, added: Path, as_of: datetime | None) -> datetime:
    times = pq.read_table(added, columns=["event_time"])["event_time"]
    last = pc.max(times.cast(INSTANT, safe=False)).as_py()
    latest = universe.as_of if last is None else max(universe.as_of, last)
    if as_of is None:
        return latest
    if as_of.tzinfo is None or not latest <= as_of <= LATEST:
        raise UniverseError(
            f"expected a new 'now' with its zone, from {latest.isoformat()} to {LATEST:%Y}, got {as_of.isoformat()}; "
            "it is not before the old one nor before an event"
        )
    return as_of.astimezone(UTC)


def _enter(folder: Path, table: str, added: Path, as_of: datetime) -> None:
    """Give the file its name and enter it in ``universe.json``."""
    description = read_description(folder / DESCRIPTION_FILE)
    additions = {name: list(files) for name, files in description.get("additions", {}).items()}
    of_table = additions.setdefault(table, [])
    name = addition_name(table, len(of_table) + 1)
    n_rows = description.get("n_rows", {})
    if table in n_rows:
        n_rows[table] += pq.read_metadata(added).num_rows
    added.replace(folder / ADDITIONS_FOLDER / name)  # in place of what a program left behind that was killed here
    of_table.append(name)
    description |= {"as_of": as_of.isoformat().replace("+00:00", "Z"), "additions": additions}
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    write_whole_file(folder / DESCRIPTION_FILE, text, _WHAT)
