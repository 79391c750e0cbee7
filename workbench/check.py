"""``python -m workbench check``: what a customer list holds, before anybody uploads it.

It stands beside the other commands and not inside `workbench.identity`, because ``--universe`` reaches up to the
universe and the audiences, of which identity knows nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from workbench.console import NamedPath, json_option, print_json, print_notes, print_table, progress_bar
from workbench.customer_lists import CLEANING, Cleaning, cleaning_command
from workbench.errors import ListFileError
from workbench.identity import (
    ERROR_CODES,
    CheckedList,
    ErrorCode,
    ListProfile,
    ListType,
    MatchResult,
    SuppressionList,
    match,
    read_list,
)

N_RECORD_ERRORS = 10


@click.command("check")
@click.argument("list_path", metavar="LIST", type=NamedPath("a customer list"))
@click.option(
    "--type",
    "list_type",
    required=True,
    type=click.Choice([kind.value for kind in ListType], case_sensitive=False),
    help="What the list holds: e-mail addresses or Android advertising ids, plain or hashed.",
)
@click.option(
    "--profile",
    default=ListProfile.HELP_PAGE.value,
    show_default=True,
    type=click.Choice([profile.value for profile in ListProfile], case_sensitive=False),
    help="Whose rules count: the API also takes SHA-1 digests of e-mail addresses, the help page does not.",
)
@click.option(
    "--suppression",
    "suppression_path",
    metavar="FILE",
    type=NamedPath("a list of the people who opted out"),
    help="Refuse the records of the people on this list, plain or hashed like the other.",
)
@click.option(
    "--universe",
    "universe_path",
    metavar="DIR",
    type=NamedPath("the folder of a universe"),
    help="Also match the list against the accounts of this universe.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Match on the workers of this Dask scheduler, such as tcp://192.168.0.5:8786; they get digests only.",
)
@click.option(
    "--first",
    "n_record_errors",
    metavar="N",
    type=click.IntRange(min=0),
    default=N_RECORD_ERRORS,
    show_default=True,
    help="Show the first N refused records, by line and shape.",
)
@json_option
def check_command(
    list_path: Path,
    list_type: str,
    profile: str,
    suppression_path: Path | None,
    universe_path: Path | None,
    scheduler: str | None,
    n_record_errors: int,
    as_json: bool,
) -> None:
    """Count the valid and invalid records of a customer LIST and say what is wrong with the rest.

    The exit code is 0 even when some records are invalid, and 2 when the file is refused. Sizes are rounded down to
    tens; with fewer than 100 matched accounts the size and the match rate are hidden (null under --json).
    """
    if scheduler is not None and universe_path is None:
        raise click.UsageError("expected --universe with --scheduler, got none; name whom to match")
    suppression = _suppression(suppression_path, list_type) if suppression_path else None
    with progress_bar("Reading the list") as on_progress, _offering_to_clean(list_path, list_type):
        checked = read_list(list_path, list_type, profile=profile, suppression=suppression, on_progress=on_progress)
    match_result = _match_result(checked, suppression, universe_path, scheduler) if universe_path else None
    if as_json:
        audience = _safe_audience(match_result) if match_result else {}
        opted_out = {"suppression": asdict(suppression.checked.record_counts)} if suppression else {}
        print_json({"list": str(list_path), **_report(checked, n_record_errors), **opted_out, **audience})
    else:
        _print_report(list_path, checked, n_record_errors, match_result)
        print_notes(_notes_on(suppression))


@contextmanager
def _offering_to_clean(list_path: Path, list_type: str) -> Iterator[None]:
    """Add to a refusal the command that mends what was refused, if there is one."""
    try:
        yield
        return
    except ListFileError as refusal:
        if CLEANING[ErrorCode(refusal.error_code)] is Cleaning.REFUSED:
            raise
        message = f"{refusal}; or have it mended: {cleaning_command(list_path, ListType(list_type))}"
        offer = ListFileError(message, error_code=refusal.error_code, line_number=refusal.line_number)
    raise offer


def _suppression(path: Path, list_type: str) -> SuppressionList:
    with progress_bar("Reading the suppression list") as on_progress:
        return SuppressionList.read(path, list_type, on_progress=on_progress)


def _notes_on(suppression: SuppressionList | None) -> list[str]:
    """Return what must be known of the suppression list: whoever it names by a record that is not valid stays."""
    n_invalid = suppression.checked.record_counts.invalid if suppression else 0
    return [f"The suppression list has records that are not valid and leave nobody out ({n_invalid:,})."] * bool(
        n_invalid
    )


def _match_result(
    checked: CheckedList, suppression: SuppressionList | None, universe_path: Path, scheduler: str | None
) -> MatchResult:
    from workbench.audiences.customer_list import members_left  # imported late: checking alone needs no tables
    from workbench.universe import open_universe

    universe = open_universe(universe_path)
    if scheduler is None:
        found = match(checked, universe.directory)
    else:
        from workbench.identity.distributed_matching import match_on_cluster

        with progress_bar("Matching on the cluster") as on_progress:
            found = match_on_cluster(checked, universe.directory, scheduler, on_progress=on_progress)
    return members_left(found, suppression, universe)


def _safe_audience(result: MatchResult) -> dict[str, object]:
    """Return size, match rate and status as they may be shown: a hidden size hides the rate too."""
    from workbench.audiences import AudienceStatus, safe_share, safe_size

    size = safe_size(len(result.members))
    rate = None if size is None else safe_share(result.n_matched_records, result.n_distinct_valid_records)
    return {
        "audience_size": size,
        "match_rate": rate,
        "status": AudienceStatus.of_size(len(result.members)).value,
    }


def _shown_audience(result: MatchResult) -> dict[str, object]:
    from workbench.audiences import shown_size

    safe = _safe_audience(result)
    rate = safe["match_rate"]
    return safe | {
        "audience_size": shown_size(len(result.members)),
        "match_rate": "hidden" if rate is None else f"{rate:.0%}",
    }


def _report(checked: CheckedList, n_record_errors: int) -> dict[str, object]:
    counts = checked.record_counts
    return {
        "list_type": checked.list_type.value,
        "processed": counts.processed,
        "valid": counts.valid,
        "invalid": counts.invalid,
        "error_counts": [
            {"error_code": error.error_code.value, "message": error.message, "count": error.count}
            for error in checked.error_counts
        ],
        "fixes": {error.error_code.value: ERROR_CODES[error.error_code].fix for error in checked.error_counts},
        "record_errors": _first_record_errors(checked, n_record_errors),
        "warnings": [
            {"warning_code": warning.warning_code.value, "message": warning.message, "count": warning.count}
            for warning in checked.warnings
        ],
    }


def _print_report(
    list_path: Path, checked: CheckedList, n_record_errors: int, match_result: MatchResult | None
) -> None:
    counts = checked.record_counts
    audience = _shown_audience(match_result) if match_result else {}
    row = {"processed": counts.processed, "valid": counts.valid, "invalid": counts.invalid}
    print_table([{**row, **audience}], title=f"{click.format_filename(list_path)} ({checked.list_type})")
    if checked.error_counts:
        rows = [
            {
                "error_code": error.error_code.value,
                "count": error.count,
                "what is wrong": error.message,
                "what to do": ERROR_CODES[error.error_code].fix,
            }
            for error in checked.error_counts
        ]
        print_table(rows, title="error_counts")
        print_notes([f"To have them left out: {cleaning_command(list_path, checked.list_type)}"])
    record_errors = _first_record_errors(checked, n_record_errors)
    if record_errors:
        print_table(record_errors, title=f"First refused records ({len(record_errors)} of {counts.invalid:,})")
    print_notes(f"{warning.message} ({warning.warning_code}, {warning.count:,})." for warning in checked.warnings)


def _first_record_errors(checked: CheckedList, n_record_errors: int) -> list[dict[str, object]]:
    return [
        {"line_number": error.line_number, "error_code": error.error_code.value, "shape": error.shape}
        for error in checked.record_errors[:n_record_errors]
    ]
