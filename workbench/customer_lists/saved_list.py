"""A customer list that is kept: created from an upload, edited as on the platform, matched to any universe.

The platform knows three edits. *Add people* and *remove people* are also the API's; *replace* is the help page's alone.
It is counted here as one edit that uploads its records and removes those which are on the list and not in it: the
records that the API's two operations would have to name to get the same result.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.clock import Clock, system_clock
from workbench.customer_lists.customer_list import CustomerList
from workbench.customer_lists.list_folder import (
    Description,
    new_list_folder,
    read_description,
    read_list_folder,
    write_list_folder,
)
from workbench.customer_lists.list_records import ListRecords
from workbench.customer_lists.source_link import SourceLink
from workbench.customer_lists.upload import ReadUpload, Upload, UploadInMemory
from workbench.errors import DefinitionError
from workbench.folder_lock import locked
from workbench.identity import AccountDirectory, CheckedList, ListType, MatchResult, SuppressionList
from workbench.progress import Progress, ignore_progress


@dataclass(frozen=True, slots=True)
class Edit:
    """What an edit came to.

    Parameters
    ----------
    customer_list : CustomerList
        The list afterwards.
    checked : CheckedList
        What was found in the upload.
    """

    customer_list: CustomerList
    checked: CheckedList


@dataclass(frozen=True, slots=True)
class SavedList:
    """A saved customer list; every question reads its folder anew, because others may edit it too.

    Parameters
    ----------
    folder : Path
        Where it is kept.
    clock : callable
        Tells the time of edits.
    """

    folder: Path
    clock: Clock = system_clock

    @classmethod
    def create(
        cls,
        folder: str | os.PathLike[str],
        name: str,
        upload: Upload | UploadInMemory,
        *,
        list_id: str | None = None,
        clock: Clock = system_clock,
        on_progress: Progress = ignore_progress,
    ) -> "SavedList":
        """Save a new list and open it; see `create_list`."""
        create_list(folder, name, upload, list_id=list_id, clock=clock, on_progress=on_progress)
        return cls(Path(folder), clock)

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, clock: Clock = system_clock) -> "SavedList":
        """Open a list that was saved.

        Raises
        ------
        InputFileError
            If there is none in the folder, or its description is damaged.
        """
        saved = cls(Path(folder), clock)
        read_description(saved.folder)
        return saved

    @property
    def customer_list(self) -> CustomerList:
        """What the platform would say of the list now."""
        return self.description.customer_list

    @property
    def description(self) -> Description:
        """All that the folder says of the list."""
        return read_description(self.folder)

    def records(self) -> ListRecords:
        """Read the records: digests only."""
        return read_list_folder(self.folder)[1]

    def match(self, directory: AccountDirectory) -> MatchResult:
        """Match the list against the accounts of a universe.

        Parameters
        ----------
        directory : AccountDirectory
            The accounts' digests.

        Returns
        -------
        MatchResult
            Members, without the people who opted out, and counts of distinct records.
        """
        return self.records().match(directory)

    def add(self, upload: Upload, *, on_progress: Progress = ignore_progress) -> Edit:
        """Add people; the records may be of another type than the first ones.

        Parameters
        ----------
        upload : Upload
            The people to add.
        on_progress : Progress
            Called while files are read; raise ``CancelledError`` in it to stop, which leaves the list as it was.

        Raises
        ------
        DefinitionError
            If the terms were not acknowledged.
        InputFileError, ListFileError
            If a file cannot be read or breaks a structural rule, the folder is damaged, or somebody else is editing.
        """

        def add(records: ListRecords, read: ReadUpload, batch: int) -> tuple[ListRecords, dict[str, int]]:
            added = records.added(upload.list_type, read.checked.digests, batch)
            return added, {"num_uploaded_user_records": read.checked.record_counts.valid}

        return self._edit(upload, add, on_progress)

    def remove(self, upload: Upload, *, on_progress: Progress = ignore_progress) -> Edit:
        """Remove people, whichever of their identifiers they were added by.

        Parameters
        ----------
        upload : Upload
            The people to remove.
        on_progress : Progress
            Called while files are read; raise ``CancelledError`` in it to stop, which leaves the list as it was.

        Raises
        ------
        DefinitionError, InputFileError, ListFileError
            As for `add`.
        """

        def remove(records: ListRecords, read: ReadUpload, batch: int) -> tuple[ListRecords, dict[str, int]]:
            removed = records.removed(upload.list_type, read.checked.digests, batch)
            return removed, {"num_removed_user_records": read.checked.record_counts.valid}

        return self._edit(upload, remove, on_progress)

    def replace(self, upload: Upload, *, on_progress: Progress = ignore_progress) -> Edit:
        """Put other people in the place of all who are on the list.

        Who opted out is still left out: that was said of people, and not of the records that are replaced.

        Parameters
        ----------
        upload : Upload
            The people to put on the list.
        on_progress : Progress
            Called while files are read; raise ``CancelledError`` in it to stop, which leaves the list as it was.

        Raises
        ------
        DefinitionError
            If the terms were not acknowledged, or the list is linked to a source that would undo it.
        InputFileError, ListFileError
            As for `add`.
        """
        if self.description.link is not None:
            raise DefinitionError(
                f"expected a list that is not linked to a source, but {self.folder} is, and its next sync would bring "
                "the old records back; unlink it first, or replace what the source holds"
            )

        def put(records: ListRecords, read: ReadUpload, batch: int) -> tuple[ListRecords, dict[str, int]]:
            digests = read.checked.digests
            n_gone = records.n_held - records.n_shared(upload.list_type, digests)
            return records.replaced(upload.list_type, digests, batch), {
                "num_uploaded_user_records": read.checked.record_counts.valid,
                "num_removed_user_records": n_gone,
            }

        return self._edit(upload, put, on_progress)

    def link(self, link: SourceLink | None) -> None:
        """Link the list to a source, or to none; its records stay as they are until the next sync.

        Parameters
        ----------
        link : SourceLink or None
            Where the records come from from now on.
        """
        with locked(self.folder, "the list"):
            description, records = read_list_folder(self.folder)
            fields = _fields(description) | {"link": link}
            write_list_folder(self.folder, fields, records if link else records.unlinked())

    def _edit(
        self,
        upload: Upload,
        change: Callable[[ListRecords, ReadUpload, int], tuple[ListRecords, dict[str, int]]],
        on_progress: Progress,
    ) -> Edit:
        with locked(self.folder, "the list"):
            description, records = read_list_folder(self.folder)
            read = upload.read(on_progress)
            before, now = description.customer_list, self.clock()
            records, counts = change(records, read, before.num_batches + 1)
            counts = {name: getattr(before, name) + count for name, count in counts.items()}
            after = counted_on(before, now, n_batches=1, **counts)
            fields = _fields(description) | {"customer_list": after, "terms_acknowledged_time": now}
            write_list_folder(self.folder, fields, less_opted_out(records, read.suppression))
        return Edit(after, read.checked)


def create_list(
    folder: str | os.PathLike[str],
    name: str,
    upload: Upload | UploadInMemory,
    *,
    list_id: str | None = None,
    clock: Clock = system_clock,
    on_progress: Progress = ignore_progress,
) -> Edit:
    """Save a new list.

    Parameters
    ----------
    folder : path-like
        Where to keep it; nothing may be there yet.
    name : str
        For people.
    upload : Upload or UploadInMemory
        The first records.
    list_id : str, optional
        Its id, digits; made of the time when absent.
    clock : callable
        Tells the time of edits.
    on_progress : Progress
        Called while files are read; raise ``CancelledError`` in it to stop, which leaves nothing behind.

    Returns
    -------
    Edit
        The list, and what was found in the upload.

    Raises
    ------
    DefinitionError
        If the terms were not acknowledged, or the name or the id is none.
    InputFileError, ListFileError
        If a file cannot be read or breaks a structural rule, or the folder cannot be made.
    """
    with new_list_folder(Path(folder)) as unfinished:
        read = upload.read(on_progress)
        customer_list = first_edit(name, upload.list_type, list_id, clock(), n_records=read.checked.record_counts.valid)
        records = ListRecords.empty().added(upload.list_type, read.checked.digests, 1)
        description = {"customer_list": customer_list, "terms_acknowledged_time": customer_list.created_time}
        write_list_folder(unfinished, description, less_opted_out(records, read.suppression))
    return Edit(customer_list, read.checked)


def first_edit(name: str, list_type: ListType, list_id: str | None, now: datetime, *, n_records: int) -> CustomerList:
    """Return a list that has just been created, with an id made of the time unless it was given one."""
    return CustomerList(
        id=list_id or str(int(now.timestamp())),
        name=name,
        list_type=list_type,
        num_batches=1,
        num_uploaded_user_records=n_records,
        created_time=now,
        updated_time=now,
    )


def counted_on(before: CustomerList, now: datetime, *, n_batches: int, **counts: int) -> CustomerList:
    """Return a list after edits.

    Parameters
    ----------
    before : CustomerList
        The list.
    now : datetime
        Time of the edits.
    n_batches : int
        How many there were.
    **counts : int
        The counts of records that changed.
    """
    fields = before.model_dump() | counts
    return CustomerList(**fields | {"num_batches": before.num_batches + n_batches, "updated_time": now})


def _fields(description: Description) -> dict[str, Any]:
    return {name: getattr(description, name) for name in ("customer_list", "link", "terms_acknowledged_time")}


def less_opted_out(records: ListRecords, suppression: SuppressionList | None) -> ListRecords:
    """Return records with the people on a suppression list as the ones who opted out; the same if there is none."""
    if suppression is None:
        return records
    return records.without_opted_out(suppression.list_type, suppression.digests)
