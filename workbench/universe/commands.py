"""``python -m workbench universe``: make a universe, or look at one.

The heavy imports are inside the commands, so that asking for help does not wait for them.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from workbench.console import NamedPath, json_option, print_json, print_line, print_table, progress_bar
from workbench.errors import InputFileError, WorkbenchError
from workbench.universe.event_indexes import EVENT_INDEXES
from workbench.universe.schema import GROWING_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.events import EventIndex
    from workbench.identity.directory_folder import DirectoryFolder
    from workbench.universe.opening import Universe

DEFAULT_SAMPLE_FOLDER: Final = Path("data/generated/sample")
DEFAULT_IMPORT_FOLDER: Final = Path("data/generated/imported")

_overwrite_option = click.option("--overwrite", is_flag=True, help="Replace a universe that is there already.")
_rng_seed_option = click.option("--rng-seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed.")


@click.group("universe")
def universe_group() -> None:
    """Make the platform's tables, synthetic or from a real engagement log, and look at them."""


@universe_group.command("sample")
@click.option("--accounts", "n_accounts", type=int, default=200_000, show_default=True, help="Number of accounts.")
@_rng_seed_option
@click.option(
    "--output",
    type=NamedPath("a folder for the universe"),
    default=DEFAULT_SAMPLE_FOLDER,
    show_default=True,
    help="Folder of the universe to be.",
)
@_overwrite_option
@json_option
def sample_command(n_accounts: int, rng_seed: int, output: Path, overwrite: bool, as_json: bool) -> None:
    """Build the synthetic sample; the same seed gives the same bytes."""
    from workbench.universe.sample import build_sample

    with progress_bar("Building the sample") as on_progress:
        universe = build_sample(
            output, n_accounts=n_accounts, rng_seed=rng_seed, overwrite=overwrite, on_progress=on_progress
        )
    _show(universe, as_json=as_json)


@universe_group.command("import")
@click.argument("files", nargs=-1, required=True, type=NamedPath("a log file"))
@click.option(
    "--layout",
    type=click.Choice(["pairs", "item_lists"]),
    required=True,
    help="pairs: user, item[, action, time] a line; item_lists: a user and then its items a line.",
)
@_rng_seed_option
@click.option(
    "--output",
    type=NamedPath("a folder for the universe"),
    default=DEFAULT_IMPORT_FOLDER,
    show_default=True,
    help="Folder of the universe to be.",
)
@_overwrite_option
@json_option
def import_command(
    files: tuple[Path, ...], layout: str, rng_seed: int, output: Path, overwrite: bool, as_json: bool
) -> None:
    """Make a universe out of a real engagement log; several FILES are united, people are synthesised."""
    from workbench.universe.engagement_log import import_engagement_log

    with progress_bar("Importing the log") as on_progress:
        universe = import_engagement_log(
            files, output, layout=layout, rng_seed=rng_seed, overwrite=overwrite, on_progress=on_progress
        )
    _show(universe, as_json=as_json)


@universe_group.command("show")
@click.argument("folder", type=NamedPath("the folder of a universe"), default=DEFAULT_SAMPLE_FOLDER)
@json_option
def show_command(folder: Path, as_json: bool) -> None:
    """Check a universe and say what is in it: tables, rows, and what of it is real."""
    from workbench.universe.opening import open_universe

    _show(open_universe(folder), as_json=as_json)


@universe_group.command("add")
@click.argument("table", type=click.Choice(GROWING_TABLES))
@click.argument("file", type=NamedPath("a Parquet file"))
@click.argument("folder", type=NamedPath("the folder of a universe"), default=DEFAULT_SAMPLE_FOLDER)
@click.option("--as-of", "as_of", help="The new 'now', such as 2026-11-02T00:00:00Z; else the last event's time.")
@json_option
def add_command(table: str, file: Path, folder: Path, as_of: str | None, as_json: bool) -> None:
    """Add the events in FILE to TABLE, and to its indexes; nothing that is there is written anew."""
    from workbench.universe.additions import add_events
    from workbench.universe.opening import open_universe, parse_as_of

    now = None if as_of is None else parse_as_of(as_of, "--as-of")
    with progress_bar("Adding the events") as on_progress:
        universe = add_events(open_universe(folder), table, file, as_of=now, on_progress=on_progress)
    _show(universe, as_json=as_json)


@universe_group.command("index")
@click.argument("folder", type=NamedPath("the folder of a universe"), default=DEFAULT_SAMPLE_FOLDER)
@click.option("--overwrite", is_flag=True, help="Replace what was built before.")
@click.option("--update", "is_updating", is_flag=True, help="Build nothing; add new events to the indexes of events.")
@click.option("--verify", "is_verifying", is_flag=True, help="Build nothing; read all of it and compare the checksums.")
@json_option
def index_command(folder: Path, overwrite: bool, is_updating: bool, is_verifying: bool, as_json: bool) -> None:
    """Build what makes a large universe answer at once: the directory of accounts and the indexes of events.

    Some hundred thousand accounts and a few million events need neither. Beyond that it saves the seconds that every
    start, or every question, would take.
    """
    from workbench.universe.opening import open_universe

    universe = open_universe(folder)
    if is_verifying:
        _verify_indexes(universe)
    elif is_updating:
        with progress_bar("Adding new events to the indexes") as on_progress:
            universe.update_event_indexes(on_progress=on_progress)
    else:
        _build_indexes(universe, overwrite=overwrite)
    n_bytes = {name: sum(file.n_bytes for file in built.description.files()) for name, built in _built(universe)}
    if not n_bytes:
        raise InputFileError(f"expected a directory or an index in {folder}, found none; build them first")
    if as_json:
        print_json({"path": universe.path, "n_accounts": universe.n_accounts, "n_bytes": n_bytes})
    else:
        done = "as it was written" if is_verifying else "up to date" if is_updating else "built"
        for name, n in n_bytes.items():
            print_line(f"The {name.replace('_', ' ')} of {universe.n_accounts:,} accounts: {done}, {n:,} bytes.")


def _build_indexes(universe: "Universe", *, overwrite: bool) -> None:
    with progress_bar("Building the directory") as on_progress:
        universe.build_directory(overwrite=overwrite, on_progress=on_progress)
    for name, made_of in EVENT_INDEXES.items():
        if universe.has_table(made_of.table):
            with progress_bar(f"Building the index of {name.replace('_', ' ')}") as on_progress:
                universe.build_event_index(name, overwrite=overwrite, on_progress=on_progress)


def _verify_indexes(universe: "Universe") -> None:
    for name, built in _built(universe):
        with progress_bar(f"Verifying: {name.replace('_', ' ')}") as on_progress:
            built.verify(on_progress)


def _built(universe: "Universe") -> "Iterator[tuple[str, DirectoryFolder | EventIndex]]":
    """Yield the directory and the indexes that were built, with a name for each."""
    from workbench.identity.directory_folder import DirectoryFolder

    if universe.directory_path.exists():
        yield "directory", DirectoryFolder.open(universe.directory_path)
    for name in EVENT_INDEXES:
        index = universe.event_index(name)
        if index is not None:
            yield f"index_of_{name}", index


def _show(universe: "Universe", *, as_json: bool) -> None:
    summary = summarize(universe)
    if as_json:
        print_json(summary)
        return
    print_table(summary["tables"], title=f"Universe {universe.path}: {universe.n_accounts:,} accounts")
    print_line(f"Now: {universe.as_of.isoformat()}")
    print_line(f"Directory of accounts: {summary['directory']}")
    for name, state in summary["event_indexes"].items():
        print_line(f"Index of {name.replace('_', ' ')}: {state}")
    for key, value in universe.provenance.items():
        print_line(f"{key.replace('_', ' ').capitalize()}: {_in_words(value)}")


def summarize(universe: "Universe") -> dict[str, Any]:
    """Return what a universe holds as plain values.

    Parameters
    ----------
    universe : Universe
        The universe.

    Returns
    -------
    dict
        Keys path, n_accounts, as_of, tables (one mapping per table: table, n_rows, n_bytes, meaning), directory
        (of accounts: "built", "made when it is needed", or why it is of no use), event_indexes (of each, if its
        table is there: "built", "not built; answers come from the table", or why it is of no use) and provenance.
    """
    import pyarrow.parquet as pq

    from workbench.universe.schema import TABLES

    present = [table for table in TABLES.values() if universe.has_table(table.name)]
    tables = [
        {
            "table": table.name,
            "n_rows": sum(pq.read_metadata(path).num_rows for path in universe.table_paths(table.name)),
            "n_bytes": sum(path.stat().st_size for path in universe.table_paths(table.name)),
            "meaning": table.meaning,
        }
        for table in present
    ]
    return {
        "path": str(universe.path),
        "n_accounts": universe.n_accounts,
        "as_of": universe.as_of.isoformat(),
        "tables": tables,
        "directory": _directory_in_words(universe),
        "event_indexes": {
            name: _index_in_words(universe, name)
            for name, made_of in EVENT_INDEXES.items()
            if universe.has_table(made_of.table)
        },
        "provenance": dict(universe.provenance),
    }


def _directory_in_words(universe: "Universe") -> str:
    if not universe.directory_path.exists():
        return "made when it is needed"
    try:
        _ = universe.directory
    except WorkbenchError as error:
        return str(error)
    return "built"


def _index_in_words(universe: "Universe", name: str) -> str:
    try:
        index = universe.event_index(name)
    except WorkbenchError as error:
        return str(error)
    return "not built; answers come from the table" if index is None else "built"


def _in_words(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(str(each) for each in value) or "nothing"
    return str(value)
