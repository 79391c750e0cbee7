"""``python -m workbench export``: request bodies of the public API, written to a file; nothing is sent.

Digests are never printed: a list, and an audience that uploads one, asks for ``--output``, and the file is its owner's
alone. It stands beside the other commands and not inside `workbench.export`, so that those need not wait for it.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workbench.console import NamedPath, json_option, print_json, print_line, print_notes, print_table, progress_bar
from workbench.errors import DefinitionError
from workbench.identity import ListProfile, ListType

if TYPE_CHECKING:
    from workbench.audiences import AudienceSpec, AudienceStatus, CustomerListDefinition
    from workbench.export.audience_requests import AudienceExporter
    from workbench.export.findings import Finding
    from workbench.export.platform_ids import PlatformIds
    from workbench.export.request import ApiRequest, Export
    from workbench.export.targeting_bodies import Targeting
    from workbench.universe import Universe

F = TypeVar("F", bound=Callable[..., Any])

AD_GROUP, TEMPLATE, SIZING, BID_FLOOR = "ad-group", "template", "sizing", "bid-floor"

_output_option = click.option(
    "--output", metavar="FILE", type=NamedPath("a file to write"), help="Write the requests to this file, as JSON."
)
_universe_option = click.option(
    "--universe",
    "universe_path",
    metavar="DIR",
    type=NamedPath("the folder of a universe"),
    help="Look up in this universe what digests or definitions alone do not tell.",
)
_profile_option = click.option(
    "--profile",
    default=ListProfile.HELP_PAGE.value,
    show_default=True,
    type=click.Choice([profile.value for profile in ListProfile], case_sensitive=False),
    help="Whose rules count: the API also takes SHA-1 digests of e-mail addresses, the help page does not.",
)


def _ids_options(command: F) -> Callable[..., Any]:
    """Give a command the options that say which ids things have on the platform, passed to it as `PlatformIds`."""

    @click.option(
        "--ad-account", "ad_account_id", metavar="ID", help="The ad account, digits; or in the file of --ids."
    )
    @click.option(
        "--ids",
        "ids_path",
        metavar="FILE",
        type=NamedPath("a file of ids"),
        help="JSON with the ids that the platform gave: ad_account_id, audiences, customer_lists, tags, …",
    )
    @functools.wraps(command)
    def with_ids(*, ad_account_id: str | None, ids_path: Path | None, **others: Any) -> Any:
        from workbench.export.platform_ids import PlatformIds, read_platform_ids

        if ad_account_id is None and ids_path is None:
            raise DefinitionError("expected an ad account, got none; give --ad-account, or --ids with ad_account_id")
        fields = {} if ad_account_id is None else {"ad_account_id": ad_account_id}
        ids = PlatformIds(**fields) if ids_path is None else read_platform_ids(ids_path, **fields)
        return command(ids=ids, **others)

    return with_ids


@click.group("export")
def export_group() -> None:
    """Write requests of the public API: customer lists, audiences, targeting. Nothing is sent."""


@export_group.command("audience")
@click.argument("specs_path", metavar="AUDIENCES", type=NamedPath("a file of audiences"))
@_ids_options
@click.option("--audience", "audience_ids", metavar="ID", multiple=True, help="Only this one; may be given again.")
@click.option(
    "--changed-from", "old_path", metavar="FILE", type=NamedPath("a file of audiences"), help="Only what has changed."
)
@click.option("--remove", "is_removing", is_flag=True, help="Remove the audiences named by --audience.")
@click.option("--explain", "is_explaining", is_flag=True, help="Only say what would get lost or change.")
@_universe_option
@_output_option
@json_option
def audience_command(
    specs_path: Path,
    ids: "PlatformIds",
    audience_ids: tuple[str, ...],
    output: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Create the audiences of a JSON file on the platform, or change or remove them.

    AUDIENCES holds one audience, a list of them, or an object with "audiences", such as a scenario. An audience comes
    behind the lists and audiences that it is made from.
    """
    from workbench.export.audience_book import AudienceBook
    from workbench.export.audience_requests import AudienceExporter
    from workbench.export.json_file import read_specs
    from workbench.export.list_requests import ListExporter

    specs = read_specs(specs_path)
    wanted = _named(audience_ids, specs)
    if options["is_explaining"]:
        _show_findings([specs[audience_id] for audience_id in wanted], as_json=as_json)
        return
    sources = _sources(wanted, specs)
    statuses = _statuses(sources, specs_path, options["universe_path"] if sources else None)
    exporter = AudienceExporter(
        AudienceBook(ids, specs, statuses),
        ListExporter(ids),
        specs_path.absolute().parent,
        _universe(options["universe_path"]),
    )
    with progress_bar("Reading lists") as on_progress:
        exporter = replace(exporter, on_progress=on_progress)
        export = _exported(
            exporter, wanted, options["old_path"], is_removing=options["is_removing"], is_all=not audience_ids
        )
    _deliver(export, output, as_json=as_json)


@export_group.command("list")
@click.argument("list_path", metavar="LIST", type=NamedPath("a customer list, or the folder of a saved one"))
@_ids_options
@click.option("--name", help="What people call the list; a saved list has a name.")
@click.option("--id", "list_id", metavar="ID", help="The list's id here, digits; a saved list has one.")
@click.option(
    "--type",
    "list_type",
    default=ListType.EMAIL.value,
    show_default=True,
    type=click.Choice([kind.value for kind in ListType], case_sensitive=False),
    help="What the records are: e-mail addresses or Android advertising ids, plain or hashed.",
)
@click.option(
    "--suppression",
    "suppression_file",
    metavar="FILE",
    type=NamedPath("a list of the people who opted out"),
    help="Leave out the people on this list.",
)
@click.option("--add", "is_adding", is_flag=True, help="Add the people to a list that the platform has.")
@click.option("--remove", "is_removing", is_flag=True, help="Remove them from a list that the platform has.")
@click.option(
    "--replaces",
    "old_path",
    metavar="OLD",
    type=NamedPath("the list that the platform has"),
    help="Put the people in place of those on OLD, a file or saved list with what the platform has.",
)
@click.option("--only-changes", "is_only_changes", is_flag=True, help="With --replaces, send nothing again.")
@click.option("--batch", "records_per_request", metavar="N", type=click.IntRange(min=1), help="Records in a request.")
@click.option("--accept-terms", is_flag=True, help="Say that you have read the platform's terms for customer lists.")
@_universe_option
@_profile_option
@_output_option
@json_option
def list_command(list_path: Path, ids: "PlatformIds", output: Path | None, as_json: bool, **options: Any) -> None:
    """Upload LIST as digests, in batches, and make an audience of it; or add, remove or replace people.

    The file that is written holds digests and is yours alone; they are never printed.
    """
    from workbench.customer_lists import require_acknowledgement

    ways = (options["is_adding"], options["is_removing"], options["old_path"] is not None)
    if sum(ways) > 1:
        raise DefinitionError("expected one thing to do with the list, got several; give --add, --remove or --replaces")
    if output is None:
        raise DefinitionError(
            "expected a file for the digests, which are never printed, got none; name it with --output"
        )
    require_acknowledgement(options["accept_terms"], "say so with --accept-terms")
    with progress_bar("Reading the list") as on_progress:
        export = _exported_list(list_path, ids, options, on_progress)
    _deliver(export, output, as_json=as_json)


@export_group.command("targeting")
@click.argument("targeting_path", metavar="FILE", type=NamedPath("a file of targeting"))
@_ids_options
@click.option(
    "--as",
    "form",
    default=AD_GROUP,
    show_default=True,
    type=click.Choice([AD_GROUP, TEMPLATE, SIZING, BID_FLOOR]),
    help="What FILE holds: ad groups (one or a list), a template, or a question for the size or for the least bid.",
)
@click.option(
    "--audiences", "specs_path", metavar="AUDIENCES", type=NamedPath("a file of audiences"), help="What audiences are."
)
@click.option("--objective", metavar="TYPE", help="The campaign's objective, so that the bid can be checked.")
@click.option("--bid-floor", "bid_floor_micros", type=int, metavar="MICROS", help="The floor that the platform told.")
@click.option(
    "--category",
    type=click.Choice(["HOUSING", "EMPLOYMENT", "CREDIT"], case_sensitive=False),
    help="Also look for what ads for this may not target.",
)
@_universe_option
@_output_option
@json_option
def targeting_command(
    targeting_path: Path, ids: "PlatformIds", output: Path | None, as_json: bool, **options: Any
) -> None:
    """Create ad groups or a template, or ask for the size or the least bid of a targeting.

    FILE has the API's field names, with audiences by their ids here. With --audiences, those that the platform lacks
    are created first, and combinations become includes and excludes; with --universe, only READY ones are accepted.
    """
    from workbench.export.audience_book import AudienceBook
    from workbench.export.json_file import read_specs

    specs = {} if options["specs_path"] is None else read_specs(options["specs_path"])
    statuses = _statuses(specs, options["specs_path"], options["universe_path"])
    book = AudienceBook(ids, specs, statuses)
    with progress_bar("Reading lists") as on_progress:
        export = _exported_targeting(targeting_path, book, options, on_progress)
    _deliver(export, output, as_json=as_json)


def _named(audience_ids: tuple[str, ...], specs: "dict[str, AudienceSpec]") -> tuple[str, ...]:
    unknown = [audience_id for audience_id in audience_ids if audience_id not in specs]
    if unknown:
        raise DefinitionError(f"expected audiences of the file, got {unknown[0]}; it has: {', '.join(specs) or 'none'}")
    return audience_ids or tuple(specs)


def _sources(wanted: Iterable[str], specs: "Mapping[str, AudienceSpec]") -> "dict[str, AudienceSpec]":
    """Return what actalikes are made from, with all that those are made from."""
    from workbench.audiences import AudienceType
    from workbench.export.audience_book import sources_first

    actalikes = [specs[one].definition for one in wanted if specs[one].audience_type is AudienceType.ACTALIKE]
    named = [source for definition in actalikes for source in definition.source_audience_ids]
    return {audience_id: specs[audience_id] for audience_id in sources_first(named, specs)}


def _exported(
    exporter: "AudienceExporter", wanted: tuple[str, ...], old_path: Path | None, *, is_removing: bool, is_all: bool
) -> "Export":
    from workbench.export.json_file import read_specs
    from workbench.export.request import Export

    if is_removing:
        if is_all or old_path is not None:
            raise DefinitionError("expected --remove with --audience alone, so that nothing is removed by mistake")
        return sum(map(exporter.remove, wanted), Export())
    if old_path is None:
        return exporter.create(wanted, is_skipping=is_all)
    before = read_specs(old_path)
    changed = [
        audience_id
        for audience_id in wanted
        if audience_id in before and before[audience_id] != exporter.book.specs[audience_id]
    ]
    updates = (exporter.update(before[audience_id], exporter.book.specs[audience_id]) for audience_id in changed)
    created = [audience_id for audience_id in wanted if audience_id not in before]
    return sum(updates, Export()) + exporter.create(created, is_skipping=is_all)


def _exported_list(list_path: Path, ids: "PlatformIds", options: dict[str, Any], on_progress: Any) -> "Export":
    from workbench.export.audience_requests import list_audience
    from workbench.export.list_requests import RECORDS_PER_REQUEST, ListExporter
    from workbench.export.list_source import records_sent, records_to_share

    def definition(path: Path) -> "CustomerListDefinition":
        return _definition(path, options)

    folder, universe = Path(), _universe(options["universe_path"])
    directory = None if universe is None else universe.directory
    list_id, name = _label(list_path, options)
    exporter = ListExporter(ids, ListProfile(options["profile"]), options["records_per_request"] or RECORDS_PER_REQUEST)
    if options["is_removing"]:
        return exporter.remove(list_id, records_sent(definition(list_path), folder, on_progress))
    records = records_to_share(definition(list_path), folder, directory, on_progress)
    if options["is_adding"]:
        return exporter.add(list_id, records)
    if options["old_path"] is not None:
        old = records_sent(definition(options["old_path"]), folder, on_progress)
        return exporter.replace(list_id, old, records, is_only_changes=options["is_only_changes"])
    return exporter.create(list_id, name, records) + list_audience(list_id, name, ids)


def _definition(path: Path, options: dict[str, Any]) -> "CustomerListDefinition":
    from workbench.audiences import CustomerListDefinition

    suppression_file = options["suppression_file"]
    return CustomerListDefinition(
        list_file=str(path.absolute()),
        list_type=ListType(options["list_type"]),
        profile=ListProfile(options["profile"]),
        suppression_file=None if suppression_file is None else str(suppression_file.absolute()),
        are_terms_acknowledged=options["accept_terms"],
    )


def _label(list_path: Path, options: dict[str, Any]) -> tuple[str, str]:
    """Return the local id and the name of a list: a saved one has both, a file is given them."""
    from workbench.customer_lists import SavedList

    list_id, name = options["list_id"], options["name"]
    if list_path.is_dir():
        saved = SavedList.open(list_path).customer_list
        return list_id or saved.id, name or saved.name
    is_new = not (options["is_adding"] or options["is_removing"] or options["old_path"] is not None)
    if list_id is None or (name is None and is_new):
        raise DefinitionError(
            f"expected a name and an id here for the list in {list_path.name}, got none; give --name and --id"
        )
    return list_id, name or ""


def _exported_targeting(path: Path, book: Any, options: dict[str, Any], on_progress: Any) -> "Export":
    from workbench.export.audience_requests import AudienceExporter
    from workbench.export.json_file import read_as, read_json
    from workbench.export.list_requests import ListExporter
    from workbench.export.request import Export
    from workbench.export.targeting_bodies import AdGroup, AudienceSizing, BidFloorQuestion, TargetingTemplate
    from workbench.export.targeting_requests import TargetingExporter

    exporter, value = TargetingExporter(book), read_json(path, "targeting")
    if options["form"] == AD_GROUP:
        groups = [read_as(AdGroup, one, path) for one in (value if isinstance(value, list) else [value])]
        targetings = [group.targeting_spec for group in groups]
        export = exporter.ad_groups(
            groups, objective_type=options["objective"], bid_floor_micros=options["bid_floor_micros"]
        )
    elif options["form"] == TEMPLATE:
        template = read_as(TargetingTemplate, value, path)
        targetings, export = [template.targeting_attributes], exporter.template(template)
    elif options["form"] == SIZING:
        sizing = read_as(AudienceSizing, value, path)
        targetings, export = [sizing.targeting_spec], exporter.sizing(sizing)
    else:
        question = read_as(BidFloorQuestion, value, path)
        targetings, export = [question.targeting_spec], exporter.bid_floor(question)
    needed = [name.removeprefix("audience:").split(".")[0] for request in export.requests for name in request.needs]
    folder = Path() if options["specs_path"] is None else options["specs_path"].absolute().parent
    universe = _universe(options["universe_path"])
    creator = AudienceExporter(book, ListExporter(book.ids), folder, universe, on_progress)
    created = creator.create(dict.fromkeys(needed)) if needed else Export()
    return created + export + Export((), tuple(_restricted(targetings, book.specs, options["category"])))


def _restricted(
    targetings: "Sequence[Targeting | None]", specs: "dict[str, AudienceSpec]", category: str | None
) -> "Iterable[Finding]":
    from workbench.export.restricted_categories import RestrictedCategory, restricted_targeting

    for targeting in targetings:
        if category is not None and targeting is not None:
            yield from restricted_targeting(RestrictedCategory(category), targeting, specs)


def _universe(universe_path: Path | None) -> "Universe | None":
    if universe_path is None:
        return None
    from workbench.universe import open_universe

    return open_universe(universe_path)


def _statuses(
    specs: "dict[str, AudienceSpec]", specs_path: Path | None, universe_path: Path | None
) -> "dict[str, AudienceStatus]":
    if universe_path is None or specs_path is None:
        return {}
    from workbench.audiences import populate_all
    from workbench.universe import open_universe

    with progress_bar("Populating audiences") as on_progress:
        audiences = populate_all(
            specs.values(),
            open_universe(universe_path),
            base_folder=specs_path.absolute().parent,
            on_progress=on_progress,
        )
    return {audience_id: audience.status for audience_id, audience in audiences.items()}


def _show_findings(specs: "Sequence[AudienceSpec]", *, as_json: bool) -> None:
    from workbench.export.explaining import explain_export

    found = {spec.audience_id: explain_export(spec) for spec in specs}
    if as_json:
        print_json({"findings": {id_: [one.as_json() for one in findings] for id_, findings in found.items()}})
        return
    for spec in specs:
        outcome = "exported with these notes:" if found[spec.audience_id] else "exported as it is."
        print_line(f"{spec.audience_id} {spec.name}: {outcome}")
        print_notes(map(str, found[spec.audience_id]))


def _deliver(export: "Export", output: Path | None, *, as_json: bool) -> None:
    """Write an export, and show it without digests."""
    if export.holds_digests and output is None:
        raise DefinitionError(
            "expected a file for the digests of customer lists, which are never printed, got none; name it by --output"
        )
    written = None if output is None else export.write(output)
    if as_json:
        requests = [_shown(request) for request in export.requests]
        print_json(export.as_json() | {"requests": requests, "output": None if written is None else str(written)})
        return
    rows = [
        {"request": f"{request.method} {request.path}", "body": _summary(request), "needs": ", ".join(request.needs),
         "gives": request.gives}
        for request in export.requests
    ]  # fmt: skip
    print_table(rows, title="Requests, in the order to send them")
    print_notes(map(str, export.findings))
    if written is not None:
        print_line(f"Written to {written}" + (", readable by you alone." if export.holds_digests else "."))


def _shown(request: "ApiRequest") -> dict[str, Any]:
    shown = request.as_json()
    if request.holds_digests:
        shown["body"] = request.body | {"records": f"{_n_records(request):,} digests"}
    return shown


def _summary(request: "ApiRequest") -> str:
    if request.holds_digests:
        return f"{request.body.get('operation_type', 'ADD')} {_n_records(request):,} records"
    bodies = request.body if isinstance(request.body, list) else [request.body]
    names = Counter(str(body.get("name", body.get("operation_type", ""))) for body in bodies)
    return ", ".join(names)


def _n_records(request: "ApiRequest") -> int:
    return str(request.body["records"]).count(",") + 1
