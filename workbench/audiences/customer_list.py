"""Customer lists: the advertiser's own customers, as far as they have an account.

All the work is `workbench.identity`'s and `workbench.customer_lists`'. What is kept of a list here are counts and the
accounts that matched; a file is read once and never copied.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field

from workbench.audiences.base import AudienceStatus, AudienceType, Definition, Population
from workbench.audiences.disclosure import safe_share, safe_size
from workbench.customer_lists import CustomerList, ListStatus, SavedList, Upload, require_acknowledgement
from workbench.identity import ListProfile, ListType, MatchResult, SuppressionList, match
from workbench.identity.matching import match_digests
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe

LIST_FILE_FIELDS: Final = ("list_file", "suppression_file")
"""What a definition of a customer list says by a path."""


class CustomerListDefinition(Definition):
    """The people on a list that the advertiser uploads.

    Attributes
    ----------
    list_file : str
        The file: one identifier per line, no header. Or the folder of a saved list, which may hold records of both
        types. A relative path is relative to whatever names the list.
    list_type : ListType
        EMAIL or MAID; a digest does not tell which it was made of. Of a saved list only ``suppression_file`` needs it.
    profile : ListProfile
        Whose rules the file is held against where the platform has two.
    suppression_file : str or None
        The people who opted out, as a list of the same type; nobody whose account they match is a member.
    are_terms_acknowledged : bool
        That the platform's terms for customer lists were read; without it the list is not shared.
    """

    type: Literal[AudienceType.CUSTOMER_LIST] = AudienceType.CUSTOMER_LIST
    list_file: str = Field(min_length=1, description="path of the file, one identifier per line, or of a saved list")
    list_type: ListType = Field(default=ListType.EMAIL, description="EMAIL or MAID")
    profile: ListProfile = Field(default=ListProfile.HELP_PAGE, description="HELP_PAGE or API")
    suppression_file: str | None = Field(
        default=None, min_length=1, description="path of the list of people who opted out"
    )
    are_terms_acknowledged: bool = Field(
        default=False, strict=True, description="that the platform's terms for customer lists were read"
    )

    def with_paths(self, change: Callable[[str], str]) -> Self:
        """Return the definition with other paths, each made from the old one."""
        paths = {name: getattr(self, name) for name in LIST_FILE_FIELDS}
        return self.model_copy(update={name: change(path) for name, path in paths.items() if path is not None})


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
        Which file, of which kind of identifier; or which saved list.
    universe : Universe
        Whose accounts to match.
    base_folder : Path, optional
        What a relative path is relative to; the working directory when absent.
    on_progress : Progress
        Called while a file is read; raise ``CancelledError`` in it to stop.

    Returns
    -------
    Population
        Matched accounts. Details: ``record_counts`` (processed, valid, invalid), ``error_counts`` and ``warnings`` as
        the API words them, ``n_distinct_valid_records``, ``n_matched_records`` and ``match_rate`` (0 to 1); of a saved
        list also what the API says of it, as ``customer_list``.

    Raises
    ------
    DefinitionError
        If the platform's terms were not acknowledged.
    InputFileError, ListFileError
        If the file cannot be read or breaks a structural rule, or the saved list is damaged.
    """
    folder = base_folder or Path()
    path = folder / definition.list_file
    suppression_file = None if definition.suppression_file is None else folder / definition.suppression_file
    if path.is_dir():
        require_acknowledgement(definition.are_terms_acknowledged)
        suppression = None
        if suppression_file is not None:
            suppression = SuppressionList.read(suppression_file, definition.list_type, on_progress=on_progress)
        return _saved_population(SavedList.open(path), suppression, universe)
    checked, suppression = Upload(
        path, definition.list_type, definition.profile, suppression_file, definition.are_terms_acknowledged
    ).read(on_progress)
    counts = {
        "record_counts": asdict(checked.record_counts),
        "error_counts": [asdict(error_count) for error_count in checked.error_counts],
        "warnings": [asdict(warning) for warning in checked.warnings],
    }
    return _population(members_left(match(checked, universe.directory), suppression, universe), counts)


def members_left(found: MatchResult, suppression: SuppressionList | None, universe: Universe) -> MatchResult:
    """Return whom a list matched, without the accounts of people who opted out.

    Digests by different functions cannot be compared, and one person may be known by two identifiers; the account that
    both match tells.

    Parameters
    ----------
    found : MatchResult
        Whom the list matched.
    suppression : SuppressionList or None
        The people who opted out.
    universe : Universe
        The same that the list was matched to.
    """
    if suppression is None:
        return found
    opted_out = match_digests(suppression.list_type, suppression.digests, universe.directory).members
    return MatchResult(found.members - opted_out, found.n_distinct_valid_records, found.n_matched_records)


def safe_audience(found: MatchResult) -> dict[str, object]:
    """Return size, match rate and status of the audience that a list makes, as they may be shown.

    Parameters
    ----------
    found : MatchResult
        Whom the list matched.

    Returns
    -------
    dict
        ``audience_size`` and ``match_rate``, both None where the size is hidden, and ``status``.
    """
    size = safe_size(len(found.members))
    rate = None if size is None else safe_share(found.n_matched_records, found.n_distinct_valid_records)
    return {
        "audience_size": size,
        "match_rate": rate,
        "status": AudienceStatus.of_size(len(found.members)).value,
    }


def with_status(customer_list: CustomerList, found: MatchResult) -> CustomerList:
    """Return a list with the status that it has in the universe it was matched to."""
    status = ListStatus(AudienceStatus.of_size(len(found.members)).value)
    return customer_list.model_copy(update={"status": status})


def _saved_population(saved: SavedList, suppression: SuppressionList | None, universe: Universe) -> Population:
    customer_list, found = saved.customer_list, saved.match(universe.directory)
    n_held = found.n_distinct_valid_records
    left = members_left(found, suppression, universe)
    counts = {
        "customer_list": with_status(customer_list, left).model_dump(mode="json"),
        "record_counts": {"processed": n_held, "valid": n_held, "invalid": 0},
        "error_counts": [],
        "warnings": [],
    }
    return _population(left, counts)


def _population(found: MatchResult, counts: dict[str, Any]) -> Population:
    matched = {
        "n_distinct_valid_records": found.n_distinct_valid_records,
        "n_matched_records": found.n_matched_records,
        "match_rate": found.match_rate,
    }
    return Population(found.members, counts | matched)
