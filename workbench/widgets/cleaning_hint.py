"""Under a list that breaks rules: the command that cleans it, to be run in a terminal, because it writes a file."""

import html
from pathlib import Path

from workbench.customer_lists import CLEANING, Cleaning, cleaning_command
from workbench.errors import ListFileError
from workbench.identity import CheckedList, ErrorCode, ListType
from workbench.widgets.project import project_folder


def hint_for_refusal(error: Exception, list_file: Path, list_type: ListType) -> str:
    """Return as HTML how to have a refused list mended; nothing if nobody may, or something else went wrong."""
    if not isinstance(error, ListFileError) or CLEANING[ErrorCode(error.error_code)] is Cleaning.REFUSED:
        return ""
    return _hint("mended and hashed", list_file, list_type)


def hint_for_checked(checked: CheckedList, list_file: Path) -> str:
    """Return as HTML how to leave out the invalid records; nothing if there are none."""
    return _hint("hashed without the invalid records", list_file, checked.list_type) if checked.error_counts else ""


def _hint(how: str, list_file: Path, list_type: ListType) -> str:
    path, folder = list_file.absolute(), project_folder()
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path  # terminals open in the project
    command = html.escape(cleaning_command(shown, list_type))
    return f'<p class="wb-hint">To have it {how}, run in a terminal: <code>{command}</code></p>'
