"""``python -m workbench list``: customer lists that are kept, from a terminal or a nightly job.

It stands beside `workbench.check`, and not inside `workbench.customer_lists`, because ``show --universe`` reaches up to
the audiences.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workbench.console import (
    NamedPath,
    json_option,
    print_json,
    print_line,
    print_notes,
    print_table,
    progress_bar,
)
from workbench.customer_lists.terms import TERMS_SENTENCE, require_acknowledgement
from workbench.errors import DefinitionError, WorkbenchError
from workbench.identity import (
    ERROR_CODES,
    WARNINGS,
    CheckedList,
    ListProfile,
    ListType,
    SuppressionList,
)

if TYPE_CHECKING:
    from workbench.customer_lists import Edit, SavedList, Upload
    from workbench.customer_lists.source_link import SourceLink
    from workbench.customer_lists.sync import SyncReport

_MESSAGES = {str(code): rule.message for code, rule in ERROR_CODES.items()}
_MESSAGES |= {str(code): message for code, message in WARNINGS.items()}

F = TypeVar("F", bound=Callable[..., Any])

_folder = click.argument("folder", metavar="FOLDER", type=NamedPath("the folder of a saved list"))
_list_path = click.argument("list_path", metavar="LIST", type=NamedPath("a customer list"))
_terms_option = click.option("--accept-terms", is_flag=True, help=f"Say: {TERMS_SENTENCE}.")
_type_option = click.option(
    "--type",
    "list_type",
    default=ListType.EMAIL.value,
    show_default=True,
    type=click.Choice([kind.value for kind in ListType], case_sensitive=False),
    help="What the records are: e-mail addresses or Android advertising ids, plain or hashed.",
)
_suppression_option = click.option(
    "--suppression",
    "suppression_file",
    metavar="FILE",
    type=NamedPath("a list of the people who opted out"),
    help="Leave out the people on this list, plain or hashed like the other.",
)
_name_option = click.option("--name", required=True, help="What people call the list.")
_id_option = click.option("--id", "list_id", help="Its id, digits; made of the time if you give none.")


def _reading_options(command: F) -> F:
    """Give a command the options that say how records are read."""
    options = (
        _type_option,
        click.option(
            "--profile",
            default=ListProfile.HELP_PAGE.value,
            show_default=True,
            type=click.Choice([profile.value for profile in ListProfile], case_sensitive=False),
            help="Whose rules count: the API also takes SHA-1 digests of e-mail addresses, the help page does not.",
        ),
        _suppression_option,
    )
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)


def _upload(command: F) -> Callable[..., Any]:
    """Give a command a LIST and how to read it, passed to it as an `Upload` that was acknowledged."""

    @_list_path
    @_reading_options
    @_terms_option
    @functools.wraps(command)
    def with_upload(
        *,
        list_path: Path,
        list_type: str,
        profile: str,
        suppression_file: Path | None,
        accept_terms: bool,
        **others: Any,
    ) -> Any:
        from workbench.customer_lists import Upload

        require_acknowledgement(accept_terms, "say so with --accept-terms")
        upload = Upload(list_path, ListType(list_type), ListProfile(profile), suppression_file, accept_terms)
        return command(upload=upload, **others)

    return with_upload


def _link(command: F) -> Callable[..., Any]:
    """Give a command the options that name a source and how to read it, passed to it as a `SourceLink`."""

    @click.option("--file", "file_path", metavar="FILE", type=NamedPath("a file"), help="A file that is exported anew.")
    @click.option("--glob", "pattern", metavar="PATTERN", help="All files of a pattern, united; quote it.")
    @click.option("--url", help="Address of a database; ${NAME} stands for an environment variable, as for a password.")
    @click.option("--query", help="A SELECT of one column, asked of the database.")
    @_reading_options
    @functools.wraps(command)
    def with_link(
        *,
        file_path: Path | None,
        pattern: str | None,
        url: str | None,
        query: str | None,
        **others: Any,
    ) -> Any:
        from workbench.customer_lists.source_link import SourceLink

        reading = {name: others.pop(name) for name in ("list_type", "profile", "suppression_file")}
        sources = (file_path, pattern, url, query)
        if not any(sources):
            return command(link=None, **others)
        opted_out = reading["suppression_file"]
        link = SourceLink(
            source=_source(*sources),
            list_type=ListType(reading["list_type"]),
            profile=ListProfile(reading["profile"]),
            suppression_file=None if opted_out is None else str(opted_out.absolute()),
        )
        return command(link=link, **others)

    return with_link


@click.group("list")
def list_group() -> None:
    """Keep customer lists: create, add, remove and replace people, keep in step with a CRM, clean."""


@list_group.command("create")
@_folder
@_name_option
@_id_option
@_upload
@json_option
def create_command(folder: Path, name: str, list_id: str | None, upload: "Upload", as_json: bool) -> None:
    """Save a new list in FOLDER, with the people of LIST."""
    from workbench.customer_lists.saved_list import create_list

    with progress_bar("Reading the list") as on_progress:
        edit = create_list(folder, name, upload, list_id=list_id, on_progress=on_progress)
    _show_edit(edit, as_json=as_json)


@list_group.command("add")
@_folder
@_upload
@json_option
def add_command(folder: Path, upload: "Upload", as_json: bool) -> None:
    """Add the people of LIST, by either kind of identifier."""
    with progress_bar("Reading the list") as on_progress:
        edit = _opened(folder).add(upload, on_progress=on_progress)
    _show_edit(edit, as_json=as_json)


@list_group.command("remove")
@_folder
@_upload
@json_option
def remove_command(folder: Path, upload: "Upload", as_json: bool) -> None:
    """Remove the people of LIST, whichever of their identifiers they were added by."""
    with progress_bar("Reading the list") as on_progress:
        edit = _opened(folder).remove(upload, on_progress=on_progress)
    _show_edit(edit, as_json=as_json)


@list_group.command("replace")
@_folder
@_upload
@json_option
def replace_command(folder: Path, upload: "Upload", as_json: bool) -> None:
    """Put the people of LIST in the place of all who are on the list."""
    with progress_bar("Reading the list") as on_progress:
        edit = _opened(folder).replace(upload, on_progress=on_progress)
    _show_edit(edit, as_json=as_json)


@list_group.command("link")
@_folder
@_link
@click.option("--name", help="Make the list anew, under this name, with all that the source holds.")
@_id_option
@_terms_option
@click.option("--none", "is_unlinking", is_flag=True, help="Link the list to nothing; its people stay.")
@json_option
def link_command(
    folder: Path, link: "SourceLink | None", name: str | None, is_unlinking: bool, as_json: bool, **creation: Any
) -> None:
    """Link a list to a file, all files of a pattern, or a query; 'list sync' follows it from then on.

    A password is never kept: name an environment variable in the address, as in
    --url 'postgresql://reader:${CRM_PASSWORD}@crm.example/sales'.
    """
    if (link is None) != is_unlinking or (is_unlinking and name is not None):
        raise DefinitionError("expected one source to link to, or --none to unlink; give --file, --glob or --url")
    if name is None:
        saved = _opened(folder)
        saved.link(link)
        _show_list(_summary(saved), as_json=as_json)
    elif link is not None:
        from workbench.customer_lists.sync import create_linked

        require_acknowledgement(creation["accept_terms"], "say so with --accept-terms")
        options = {"are_terms_acknowledged": True, "list_id": creation["list_id"]}
        with progress_bar("Reading the source") as on_progress:
            report = create_linked(folder, name, link, on_progress=on_progress, **options)
        _show_sync(report, as_json=as_json)


@list_group.command("sync")
@_folder
@_terms_option
@click.option("--allow-shrink", is_flag=True, help="Follow a source that has lost more than half of its records.")
@click.option("--if-due", metavar="TIME", help="Do nothing unless the last sync was so long ago, such as 6h.")
@click.option("--every", metavar="TIME", help="Stay, and sync again and again at this interval, until Ctrl-C.")
@json_option
def sync_command(
    folder: Path, accept_terms: bool, allow_shrink: bool, if_due: str | None, every: str | None, as_json: bool
) -> None:
    """Bring a linked list into step with its source; a sync that fails leaves the list as it was.

    In a job that a scheduler starts, use --if-due: it may be started as often as you like, and two that overlap do no
    harm. --every is for a place without a scheduler; it tells each failure on stderr and goes on.
    """
    from workbench.customer_lists.sync import interval_of, is_due, repeat, sync

    require_acknowledgement(accept_terms, "say so with --accept-terms")
    saved = _opened(folder)

    def sync_once() -> None:
        with progress_bar("Reading the source") as on_progress:
            report = sync(saved, are_terms_acknowledged=True, allow_shrink=allow_shrink, on_progress=on_progress)
        _show_sync(report, as_json=as_json)

    if every is not None:
        interval = interval_of(every)
        if as_json or if_due:
            raise DefinitionError("expected --every alone, since it never ends; use --if-due in a scheduler's job")
        repeat(lambda: _telling_refusals(sync_once), interval)
    if if_due is not None and not is_due(saved, interval_of(if_due)):
        _show_list(_summary(saved) | {"is_due": False, "is_changed": False}, as_json=as_json)
        if not as_json:
            print_line("Not due yet; nothing was done.")
        return
    sync_once()


@list_group.command("show")
@_folder
@click.option(
    "--universe",
    "universe_path",
    metavar="DIR",
    type=NamedPath("the folder of a universe"),
    help="Also match the list against the accounts of this universe.",
)
@json_option
def show_command(folder: Path, universe_path: Path | None, as_json: bool) -> None:
    """Say what the platform would of a list, what it is linked to, and with a universe how large an audience it makes.

    Sizes are rounded down to tens; with fewer than 100 matched accounts the size and the match rate are hidden (null
    under --json).
    """
    saved = _opened(folder)
    summary = _summary(saved)
    if universe_path is not None:
        from workbench.audiences.customer_list import safe_audience, with_status
        from workbench.universe import open_universe

        found = saved.match(open_universe(universe_path).directory)
        listed = with_status(saved.customer_list, found).model_dump(mode="json")
        summary = summary | {"customer_list": listed, "audience": safe_audience(found)}
    _show_list(summary, as_json=as_json)


@list_group.command("clean")
@_list_path
@click.argument("cleaned_path", metavar="CLEANED", type=NamedPath("a file for the cleaned list"))
@_type_option
@_suppression_option
@json_option
def clean_command(
    list_path: Path, cleaned_path: Path, list_type: str, suppression_file: Path | None, as_json: bool
) -> None:
    """Write LIST anew to CLEANED, hashed and as the platform wants it, where mending it is safe.

    Titles, blank rows, indentation, quotation marks, byte order marks, line ends of another system and other columns
    are taken off. Records that are invalid, repeated or of people who opted out are left out and counted. What cannot
    be mended without guessing, or should not be shared at all, is refused. CLEANED is readable by its owner only.
    """
    from workbench.customer_lists import clean_list

    suppression = None
    if suppression_file is not None:
        with progress_bar("Reading the suppression list") as on_progress:
            suppression = SuppressionList.read(suppression_file, list_type, on_progress=on_progress)
    with progress_bar("Cleaning the list") as on_progress:
        report = clean_list(list_path, cleaned_path, list_type, suppression=suppression, on_progress=on_progress)
    if as_json:
        print_json({"list": list_path, "cleaned": cleaned_path, **asdict(report)})
        return
    print_line(
        f"{report.n_rows:,} rows: {report.n_written:,} records written to {cleaned_path}, "
        f"{report.n_repeated:,} repeated, {sum(report.left_out.values()):,} left out."
    )
    for title, counts in (("Put right", report.mended), ("Left out", report.left_out)):
        if counts:
            rows = [{"code": code, "count": count, "what was wrong": _MESSAGES[code]} for code, count in counts.items()]
            print_table(rows, title=title)


def _source(file_path: Path | None, pattern: str | None, url: str | None, query: str | None) -> Any:
    """Return the one source that options name; DefinitionError if they name none or several."""
    from workbench.customer_lists.source_link import FileSource, GlobSource, QuerySource

    if bool(url) != bool(query) or sum(map(bool, (file_path, pattern, url))) != 1:
        raise DefinitionError(
            "expected one source, got several or half of one; give --file, --glob, or --url and --query"
        )
    if file_path is not None:
        return FileSource(path=str(file_path.absolute()))
    if pattern is not None:
        return GlobSource(pattern=str(Path.cwd() / pattern))
    return QuerySource(url=url, query=query)


def _opened(folder: Path) -> "SavedList":
    from workbench.customer_lists import SavedList

    return SavedList.open(folder)


def _telling_refusals(once: Callable[[], None]) -> None:
    try:
        once()
    except WorkbenchError as refusal:
        click.echo(" ".join(str(refusal).split()), err=True)


def _summary(saved: "SavedList") -> dict[str, Any]:
    return saved.description.model_dump(mode="json", include={"customer_list", "link", "terms_acknowledged_time"})


def _counts(checked: CheckedList) -> dict[str, Any]:
    return {
        **asdict(checked.record_counts),
        "error_counts": [asdict(error) for error in checked.error_counts],
        "warnings": [asdict(warning) for warning in checked.warnings],
    }


def _show_edit(edit: "Edit", *, as_json: bool) -> None:
    if as_json:
        print_json({"customer_list": edit.customer_list.model_dump(mode="json"), "upload": _counts(edit.checked)})
        return
    _show_list({"customer_list": edit.customer_list.model_dump(mode="json"), "link": None}, as_json=False)
    _print_upload("The upload", edit.checked)


def _show_sync(report: "SyncReport", *, as_json: bool) -> None:
    change = report.change._asdict()
    if as_json:
        parts = [{"place": part.place, **_counts(part.checked)} for part in report.parts]
        listed = {"customer_list": report.customer_list.model_dump(mode="json")}
        print_json({**listed, **change, "is_changed": report.is_changed, "is_due": True, "parts": parts})
        return
    _show_list({"customer_list": report.customer_list.model_dump(mode="json"), "link": None}, as_json=False)
    words = "{n_added:,} added, {n_removed:,} removed, {n_unchanged:,} unchanged".format(**change)
    print_line(f"Records: {words}." if report.is_changed else f"Nothing has changed: {words}.")
    for part in report.parts:
        _print_upload(part.place, part.checked)


def _show_list(summary: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(summary)
        return
    customer_list, link = summary["customer_list"], summary["link"]
    names = ("id", "list_type", "num_batches", "num_uploaded_user_records", "num_removed_user_records")
    row = {name: customer_list[name] for name in names} | _shown_audience(summary.get("audience"))
    print_table([row], title=customer_list["name"])
    print_line(f"Created {customer_list['created_time']}, last changed {customer_list['updated_time']}.")
    if link is not None:
        source = link["source"]
        place = source.get("path") or source.get("pattern") or f"a query on {source['url']}"
        print_line(f"Linked to {place}; last sync: {link['last_sync_time'] or 'none yet'}.")


def _shown_audience(audience: Mapping[str, Any] | None) -> dict[str, object]:
    if audience is None:
        return {}
    size, rate = audience["audience_size"], audience["match_rate"]
    return {
        "audience_size": "< 100" if size is None else size,
        "match_rate": "hidden" if rate is None else f"{rate:.0%}",
        "status": audience["status"],
    }


def _print_upload(what: str, checked: CheckedList) -> None:
    counts = checked.record_counts
    print_line(f"{what}: {counts.processed:,} records, {counts.valid:,} valid, {counts.invalid:,} invalid.")
    print_notes(f"{error.message} ({error.error_code}, {error.count:,})." for error in checked.error_counts)
    print_notes(f"{warning.message} ({warning.warning_code}, {warning.count:,})." for warning in checked.warnings)
