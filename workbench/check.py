"""``python -m workbench check``: what a customer list holds, before anybody uploads it.

It stands beside the other commands and not inside `workbench.identity`, because ``--universe`` reaches up to the
universe and the audiences, of which identity knows nothing.
"""

from collections.abc import Mapping
from pathlib import Path

import click

from workbench.console import json_option, print_json, print_table, progress_bar
from workbench.identity import ERROR_CODES, CheckedList, ListType, read_list

N_RECORD_ERRORS = 10


@click.command("check")
@click.argument("list_path", metavar="LIST", type=click.Path(path_type=Path))
@click.option(
    "--type",
    "list_type",
    required=True,
    type=click.Choice([kind.value for kind in ListType]),
    help="What the list holds: e-mail addresses or Android advertising ids, plain or hashed.",
)
@click.option(
    "--universe",
    "universe_path",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Also match the list against the accounts of this universe.",
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
    list_path: Path, list_type: str, universe_path: Path | None, n_record_errors: int, as_json: bool
) -> None:
    """Count the valid and invalid records of a customer LIST and say what is wrong with the rest.

    The exit code is 0 even when some records are invalid, and 2 when the file is refused.
    """
    with progress_bar("Reading the list") as on_progress:
        checked = read_list(list_path, list_type, on_progress=on_progress)
    audience = _matched(checked, universe_path) if universe_path else {}
    if as_json:
        print_json({"list": str(list_path), **_report(checked, n_record_errors), **audience})
    else:
        _print_report(list_path, checked, n_record_errors, audience)


def _matched(checked: CheckedList, universe_path: Path) -> dict[str, object]:
    """Return size, match rate and status, as they may be shown: too small an audience shows no rate either."""
    from workbench.audiences import MIN_AUDIENCE_SIZE, AudienceStatus, shown_size  # imported late: they read tables
    from workbench.identity import match
    from workbench.universe import open_universe

    result = match(checked, open_universe(universe_path).directory)
    size = len(result.members)
    is_ready = size >= MIN_AUDIENCE_SIZE
    return {
        "audience_size": shown_size(size),
        "match_rate": round(result.match_rate, 2) if is_ready else None,
        "status": (AudienceStatus.READY if is_ready else AudienceStatus.TOO_SMALL).value,
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


def _print_report(list_path: Path, checked: CheckedList, n_record_errors: int, audience: Mapping[str, object]) -> None:
    counts = checked.record_counts
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
    record_errors = _first_record_errors(checked, n_record_errors)
    if record_errors:
        print_table(record_errors, title=f"First refused records ({len(record_errors)} of {counts.invalid:,})")
    for warning in checked.warnings:
        click.echo(f"Note: {warning.message} ({warning.warning_code}, {warning.count:,}).")


def _first_record_errors(checked: CheckedList, n_record_errors: int) -> list[dict[str, object]]:
    return [
        {"line_number": error.line_number, "error_code": error.error_code.value, "shape": error.shape}
        for error in checked.record_errors[:n_record_errors]
    ]
