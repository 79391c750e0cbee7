"""The records that a customer list shares with the platform: from a file or a saved list, hashed, opt-outs gone."""

from pathlib import Path

from workbench.audiences import CustomerListDefinition
from workbench.customer_lists import SavedList, Upload, require_acknowledgement
from workbench.customer_lists.list_records import ListRecords
from workbench.identity import AccountDirectory, SuppressionList
from workbench.progress import Progress, ignore_progress


def local_list_id(definition: CustomerListDefinition, audience_id: str, base_folder: Path) -> str:
    """Return the id under which a list is known here: a saved list has its own, a file that of its audience."""
    path = base_folder / definition.list_file
    return SavedList.open(path).customer_list.id if path.is_dir() else audience_id


def records_to_share(
    definition: CustomerListDefinition,
    base_folder: Path,
    directory: AccountDirectory | None = None,
    on_progress: Progress = ignore_progress,
) -> ListRecords:
    """Read the records of a list, without those of people who opted out.

    Parameters
    ----------
    definition : CustomerListDefinition
        Which file or saved list, and who opted out.
    base_folder : Path
        What its paths are relative to.
    directory : AccountDirectory, optional
        Accounts, by which people who opted out are also found where digests cannot be compared.
    on_progress : Progress
        Called while files are read; raise ``CancelledError`` in it to stop.

    Raises
    ------
    DefinitionError
        If the platform's terms were not acknowledged.
    InputFileError, ListFileError
        If a file cannot be read or breaks a structural rule, or the saved list is damaged.
    """
    records, suppression = _read(definition, base_folder, on_progress)
    if suppression is not None:
        records = records.without_opted_out(suppression.list_type, suppression.digests)
    return records.shared_with_platform(directory)


def records_sent(
    definition: CustomerListDefinition, base_folder: Path, on_progress: Progress = ignore_progress
) -> ListRecords:
    """Read the records that the platform was sent or that are to be removed there: all, opt-outs among them.

    Somebody who opted out since must be removed, and removing somebody who was never there does no harm.

    Parameters
    ----------
    definition, base_folder, on_progress
        As for `records_to_share`; who opted out is not asked.

    Raises
    ------
    DefinitionError, InputFileError, ListFileError
        As `records_to_share`.
    """
    everybody = definition.model_copy(update={"suppression_file": None})
    return _read(everybody, base_folder, on_progress)[0]


def _read(
    definition: CustomerListDefinition, base_folder: Path, on_progress: Progress
) -> tuple[ListRecords, SuppressionList | None]:
    path = base_folder / definition.list_file
    opted_out = None if definition.suppression_file is None else base_folder / definition.suppression_file
    suppression: SuppressionList | None = None
    if path.is_dir():
        require_acknowledgement(definition.are_terms_acknowledged)
        records = SavedList.open(path).records()
        if opted_out is not None:
            suppression = SuppressionList.read(opted_out, definition.list_type, on_progress=on_progress)
    else:
        upload = Upload(path, definition.list_type, definition.profile, opted_out, definition.are_terms_acknowledged)
        checked, suppression = upload.read(on_progress)
        records = ListRecords.empty().added(definition.list_type, checked.digests, 1)
    return records, suppression
