"""Customer lists: the advertiser's own customers, as far as they have an account.

All the work is `workbench.identity`'s. What is kept of a list are counts and the accounts that matched; the file itself
is read once and never copied.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Literal

from pydantic import Field

from workbench.audiences.base import AudienceType, Definition, Population
from workbench.identity import ListType, match, read_list
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe


class CustomerListDefinition(Definition):
    """The people on a list that the advertiser uploads.

    Attributes
    ----------
    list_file : str
        The file: one identifier per line, no header. A relative path is relative to whatever names the list.
    list_type : ListType
        EMAIL or MAID; a digest does not tell which it was made of.
    """

    type: Literal[AudienceType.CUSTOMER_LIST] = AudienceType.CUSTOMER_LIST
    list_file: str = Field(min_length=1, description="path of the file, one identifier per line")
    list_type: ListType = Field(default=ListType.EMAIL, description="EMAIL or MAID")


def populate_customer_list(
    definition: CustomerListDefinition,
    universe: Universe,
    *,
    base_folder: Path | None = None,
    on_progress: Progress = ignore_progress,
) -> Population:
    """Read and match a customer list.

    Parameters
    ----------
    definition : CustomerListDefinition
        Which file, of which kind of identifier.
    universe : Universe
        Whose accounts to match.
    base_folder : Path, optional
        What a relative path is relative to; the working directory when absent.
    on_progress : Progress
        Called while the file is read; raise ``CancelledError`` in it to stop.

    Returns
    -------
    Population
        Matched accounts. Details: ``record_counts`` (processed, valid, invalid), ``error_counts`` and ``warnings`` as
        the API words them, ``n_distinct_valid_records``, ``n_matched_records`` and ``match_rate`` (0 to 1).

    Raises
    ------
    InputFileError, ListFileError
        If the file cannot be read or breaks a structural rule.
    """
    path = (base_folder or Path()) / definition.list_file
    checked = read_list(path, definition.list_type, on_progress=on_progress)
    result = match(checked, universe.directory)
    details = {
        "record_counts": asdict(checked.record_counts),
        "error_counts": [asdict(error_count) for error_count in checked.error_counts],
        "warnings": [asdict(warning) for warning in checked.warnings],
        "n_distinct_valid_records": result.n_distinct_valid_records,
        "n_matched_records": result.n_matched_records,
        "match_rate": result.match_rate,
    }
    return Population(result.members, details)
