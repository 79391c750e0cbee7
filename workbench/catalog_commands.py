"""``python -m workbench catalog``: the audiences that are kept, from a terminal or a nightly job.

It stands beside the other commands, and not inside `workbench.catalog`, so that a command which needs no database does
not wait for one to be imported.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workbench.console import NamedPath, json_option, print_json, print_line, print_notes, print_table, progress_bar

if TYPE_CHECKING:
    from workbench.catalog import Catalog, CatalogEvent, CountedSize, SavedAudience, Use

F = TypeVar("F", bound=Callable[..., Any])

# The names stand here as texts, lest a mistyped command import all that the catalogue needs; a test compares them.
SORT_KEYS = ("NONE", "ID", "SIZE", "CREATION_DATE", "UPDATED_TIME", "NAME", "STATUS", "TYPE")
AUDIENCE_TYPES = ("CUSTOMER_LIST", "VISITOR", "ENGAGEMENT", "ACTALIKE", "THIRD_PARTY", "COMBINATION")
STATUSES = ("INITIALIZING", "READY", "TOO_SMALL")

_address = click.argument("address", metavar="CATALOG")
_audience_id = click.argument("audience_id", metavar="ID")
_who_option = click.option("--who", help="Who signs the change; the system's user if you give none.")


def _choice_option(name: str, field: str, values: tuple[str, ...], text: str) -> Callable[[F], F]:
    return click.option(name, field, type=click.Choice(values, case_sensitive=False), help=text)


@click.group("catalog")
def catalog_group() -> None:
    """Look into a catalogue of saved audiences, populate them, take definitions out and in, delete and restore.

    CATALOG is a file, or the address of a PostgreSQL database. Do not write a password into an address: name an
    environment variable, as in 'postgresql://ana:${CATALOG_PASSWORD}@db.example/audiences'.
    """


@catalog_group.command("list")
@_address
@_choice_option("--type", "audience_type", AUDIENCE_TYPES, "Only audiences of this type.")
@_choice_option("--status", "status", STATUSES, "Only audiences with this status now.")
@click.option("--tag", help="Only audiences with this tag.")
@click.option("--text", help="Only audiences with this text in the name or the description.")
@click.option("--deleted", "has_deleted", is_flag=True, help="Those that were deleted, too.")
@click.option("--sort", "sort_key", default="ID", show_default=True, type=click.Choice(SORT_KEYS, case_sensitive=False))
@click.option("--descending", "is_descending", is_flag=True, help="The last one first.")
@json_option
def list_command(address: str, sort_key: str, is_descending: bool, as_json: bool, **wanted: Any) -> None:
    """List the audiences of CATALOG, with status and size as the platform knows them now.

    Sizes are rounded down to tens; fewer than 100 members are hidden (null under --json).
    """
    from workbench.audiences import AudienceStatus, AudienceType
    from workbench.catalog import Choice

    kind, status = wanted.pop("audience_type"), wanted.pop("status")
    choice = Choice(kind and AudienceType(kind), status and AudienceStatus(status), **wanted)
    found = _opened(address).audiences(choice, sort_key=sort_key, is_descending=is_descending)
    if as_json:
        print_json({"audiences": [_summary(saved) for saved in found]})
    else:
        print_table([_row(saved) for saved in found], title="Audiences")


@catalog_group.command("show")
@_address
@_audience_id
@json_option
def show_command(address: str, audience_id: str, as_json: bool) -> None:
    """Show all about an audience: definition, notes, sizes, and what uses it."""
    catalog = _opened(address)
    saved = catalog.get(audience_id)
    notes, sizes = catalog.notes(audience_id), catalog.sizes(audience_id)
    uses = catalog.where_used(audience_id)
    definition = saved.spec.definition.model_dump(mode="json")
    if as_json:
        more = {"notes": [asdict(note) for note in notes], "sizes": [_size(size) for size in sizes]}
        print_json(_summary(saved) | {"definition": definition} | more | {"where_used": [_use(use) for use in uses]})
        return
    print_table([_row(saved)])
    print_line(f"Version {saved.version} by {saved.saved_by}; created by {saved.created_by}, {saved.spec.created_at}.")
    print_line(saved.spec.description or "It has no description.")
    print_table([{"field": name, "value": str(value)} for name, value in definition.items()], title="Definition")
    if sizes:
        print_table([_shown_size(size) for size in sizes], title="Sizes")
    if uses:
        print_table([_use(use) for use in uses], title="Where used")
    print_notes(f"{note.text} ({note.noted_by}, {note.noted_at:%Y-%m-%d})" for note in notes)


@catalog_group.command("history")
@_address
@click.argument("audience_id", metavar="[ID]", required=False)
@json_option
def history_command(address: str, audience_id: str | None, as_json: bool) -> None:
    """Tell what happened to an audience, or in the whole CATALOG: when, who, what was before and what is now."""
    events = _opened(address).history(audience_id)
    if as_json:
        print_json({"events": [asdict(event) for event in events]})
    else:
        print_table([_event(event) for event in events], title="History")


@catalog_group.command("where-used")
@_address
@_audience_id
@json_option
def where_used_command(address: str, audience_id: str, as_json: bool) -> None:
    """List the ad groups, targeting sets and audiences that use an audience, also through others."""
    uses = _opened(address).where_used(audience_id)
    if as_json:
        print_json({"audience_id": audience_id, "where_used": [_use(use) for use in uses]})
    else:
        print_table([_use(use) for use in uses], title="Where used")


@catalog_group.command("populate")
@_address
@click.option(
    "--universe",
    "universe_path",
    metavar="DIR",
    required=True,
    type=NamedPath("the folder of a universe"),
    help="Whose accounts to look among.",
)
@click.option(
    "--id", "audience_ids", multiple=True, help="Only this audience and what it is made from; may be repeated."
)
@click.option(
    "--lists",
    "base_folder",
    metavar="DIR",
    type=NamedPath("the folder of customer lists"),
    help="What the paths of customer lists are relative to; the working directory if you give none.",
)
@click.option(
    "--scheduler", metavar="ADDRESS", help="Go through indexes of events on the workers of this Dask scheduler."
)
@_who_option
@json_option
def populate_command(
    address: str,
    universe_path: Path,
    audience_ids: tuple[str, ...],
    base_folder: Path | None,
    scheduler: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Find out who is in the audiences of CATALOG, in one pass over the events, and record it.

    A size shows from when on the platform would know it.
    """
    from workbench.universe import open_universe

    catalog = _opened(address, who)
    universe = open_universe(universe_path)
    with progress_bar("Populating") as on_progress:
        populated = catalog.populate(
            universe,
            audience_ids or None,
            base_folder=base_folder,
            scheduler_address=scheduler,
            on_progress=on_progress,
        )
    if as_json:
        print_json({"audiences": [_summary(saved) for saved in populated]})
    else:
        print_table([_row(saved) for saved in populated], title="Populated")


@catalog_group.command("export")
@_address
@click.argument("file_path", metavar="FILE", type=NamedPath("a file for the definitions"))
@click.option(
    "--id", "audience_ids", multiple=True, help="Only this audience and what it is made from; may be repeated."
)
@json_option
def export_command(address: str, file_path: Path, audience_ids: tuple[str, ...], as_json: bool) -> None:
    """Write definitions, tags, notes and targetings of CATALOG to FILE, as JSON; no sizes and no members."""
    from workbench.whole_file import check_file_destination, write_whole_file

    check_file_destination(file_path, "the definitions")
    export = _opened(address).export_definitions(audience_ids or None)
    write_whole_file(file_path, export.model_dump_json(indent=1) + "\n", "the definitions")
    counts = {"n_audiences": len(export.audiences), "n_targetings": len(export.targetings)}
    if as_json:
        print_json({"file": str(file_path), **counts})
    else:
        print_line("Exported: {n_audiences:,} audiences, {n_targetings:,} targetings.".format(**counts))


@catalog_group.command("import")
@_address
@click.argument("file_path", metavar="FILE", type=NamedPath("a file of definitions"))
@click.option("--new-ids", "is_remapping", is_flag=True, help="Give everything a new id, wherever it is named.")
@_who_option
@json_option
def import_command(address: str, file_path: Path, is_remapping: bool, who: str | None, as_json: bool) -> None:
    """Save the definitions in FILE in CATALOG, which is made if it is not there: all of them, or none.

    What is there already, just so, is left alone; what is there and something else is named, and nothing is imported.
    """
    from workbench.catalog import Catalog, IdPolicy, read_export
    from workbench.regular_file import opened_regular_file

    with opened_regular_file(file_path) as file:
        export = read_export(file.read())
    policy = IdPolicy.REMAP if is_remapping else IdPolicy.KEEP
    report = Catalog.open(address, who=who).import_definitions(export, id_policy=policy)
    if as_json:
        print_json(asdict(report))
        return
    print_line(f"Imported: {report.n_created:,} new, {report.n_unchanged:,} unchanged.")
    if is_remapping:
        rows = [{"id in the file": old, "id here": new} for old, new in report.audience_ids.items()]
        print_table(rows, title="Ids")


@catalog_group.command("delete")
@_address
@_audience_id
@click.option("--yes", "is_confirmed", is_flag=True, help="Say that you saw what uses it ('catalog where-used').")
@_who_option
@json_option
def delete_command(address: str, audience_id: str, is_confirmed: bool, who: str | None, as_json: bool) -> None:
    """Delete an audience; its history stays, and 'catalog restore' brings it back.

    One that is used is not deleted without --yes. An ad group that loses its only included audience reaches nobody from
    then on.
    """
    from workbench.errors import InUseError

    catalog = _opened(address, who)
    uses = catalog.where_used(audience_id)
    try:
        catalog.delete(audience_id, confirmed=uses if is_confirmed else ())
    except InUseError as refusal:
        raise InUseError(f"{refusal} with --yes", uses=refusal.uses) from None
    if as_json:
        print_json({"audience_id": audience_id, "is_deleted": True, "where_used": [_use(use) for use in uses]})
        return
    print_line(f"Deleted audience {audience_id}.")
    print_notes(f"It was used by {use}." for use in uses)


@catalog_group.command("restore")
@_address
@_audience_id
@click.argument("version", metavar="VERSION", type=click.IntRange(min=1))
@_who_option
@json_option
def restore_command(address: str, audience_id: str, version: int, who: str | None, as_json: bool) -> None:
    """Bring an audience back to an earlier VERSION, with its size; also one that was deleted."""
    catalog = _opened(address, who)
    saved = catalog.restore(audience_id, version, expected_version=catalog.get(audience_id).version)
    if as_json:
        print_json(_summary(saved))
    else:
        print_table([_row(saved)], title="Restored")


def _opened(address: str, who: str | None = None) -> "Catalog":
    from workbench.catalog import Catalog

    return Catalog.open(address, who=who, must_exist=True)


def _summary(saved: "SavedAudience") -> dict[str, Any]:
    from workbench.audiences import safe_size

    return {
        "audience_id": saved.audience_id,
        "name": saved.spec.name,
        "description": saved.spec.description,
        "audience_type": saved.audience_type.value,
        "status": saved.status.value,
        "audience_size": safe_size(saved.audience_size),
        "is_compare_only": saved.spec.is_compare_only,
        "version": saved.version,
        "tags": list(saved.tags),
        "created_at": saved.spec.created_at,
        "created_by": saved.created_by,
        "updated_at": saved.updated_at,
        "known_at": saved.known_at,
        "deleted_at": saved.deleted_at,
    }


def _row(saved: "SavedAudience") -> dict[str, object]:
    from workbench.audiences import shown_size

    notes = ["compare only"] * saved.spec.is_compare_only + ["deleted"] * (saved.deleted_at is not None)
    return {
        "id": saved.audience_id,
        "name": saved.spec.name,
        "type": saved.audience_type.value,
        "status": saved.status.value,
        "size": shown_size(saved.audience_size),
        "version": saved.version,
        "updated": f"{saved.updated_at:%Y-%m-%d %H:%M}",
        "tags": ", ".join((*saved.tags, *notes)),
    }


def _size(size: "CountedSize") -> dict[str, Any]:
    from workbench.audiences import safe_size

    return asdict(size) | {"audience_size": safe_size(size.audience_size), "status": size.status.value}


def _shown_size(size: "CountedSize") -> dict[str, object]:
    from workbench.audiences import shown_size

    return {
        "number": str(size.population_number),
        "size": shown_size(size.audience_size),
        "of version": str(size.definition_version),
        "as of": f"{size.as_of:%Y-%m-%d %H:%M}",
        "known": f"{size.known_at:%Y-%m-%d %H:%M}",
        "recorded by": size.recorded_by,
    }


def _event(event: "CatalogEvent") -> dict[str, object]:
    return {
        "when": f"{event.happened_at:%Y-%m-%d %H:%M}",
        "who": event.who,
        "what": f"{event.subject_kind.value.lower().replace('_', ' ')} {event.subject_id}",
        "version": str(event.version),
        "action": event.action.value,
        "in words": event.words,
    }


def _use(use: "Use") -> Mapping[str, object]:
    return {
        "used by": use.user_kind.value,
        "id": use.user_id,
        "name": use.name,
        "as": use.role.value,
        "through": ", ".join(use.through),
    }
