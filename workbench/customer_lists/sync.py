"""Keeping a list in step with its source: once, when it is due, or round after round.

A sync compares what the source holds with what it held at the last one. The difference is what the API's two operations
would be called with: one batch of people to add, one of people to remove, neither where nothing changed. It counts from
the moment that all of it is on disk; whatever goes wrong before leaves the list as it was.

A source that has lost more than half of its records is refused. The usual reason is an export that stopped in the
middle, and following it would silently empty the audience.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NoReturn

from workbench.clock import Clock, system_clock
from workbench.customer_lists.customer_list import CustomerList
from workbench.customer_lists.list_folder import (
    new_list_folder,
    read_list_folder,
    write_description,
    write_list_folder,
)
from workbench.customer_lists.list_records import ListRecords, SyncChange
from workbench.customer_lists.saved_list import SavedList, counted_on, first_edit, less_opted_out
from workbench.customer_lists.source_link import SourceLink
from workbench.customer_lists.sources import SourcePart, read_source
from workbench.customer_lists.terms import require_acknowledgement
from workbench.errors import DefinitionError
from workbench.folder_lock import locked
from workbench.progress import Progress, ignore_progress

MIN_SHARE_LEFT: Final = 0.5
"""A source that holds less of what it held is taken for a broken export."""

_INTERVAL: Final = re.compile(r"([1-9][0-9]{0,5})(m|h|d)")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync came to.

    Parameters
    ----------
    customer_list : CustomerList
        The list afterwards.
    change : SyncChange
        Distinct records that were added, removed and neither.
    is_changed : bool
        Whether anything is different from before, who opted out included.
    parts : tuple of SourcePart
        What was found in the source.
    """

    customer_list: CustomerList
    change: SyncChange
    is_changed: bool
    parts: tuple[SourcePart, ...]


def create_linked(
    folder: Path,
    name: str,
    link: SourceLink,
    *,
    are_terms_acknowledged: bool,
    list_id: str | None = None,
    clock: Clock = system_clock,
    on_progress: Progress = ignore_progress,
) -> SyncReport:
    """Save a new list that is linked to a source, with all that the source holds.

    Parameters
    ----------
    folder : Path
        Where to keep it; nothing may be there yet.
    name : str
        For people.
    link : SourceLink
        Where the records come from.
    are_terms_acknowledged : bool
        Whether somebody said that the platform's terms were read.
    list_id : str, optional
        Its id, digits; made of the time when absent.
    clock : callable
        Tells the time.
    on_progress : Progress
        Called while the source is read; raise ``CancelledError`` in it to stop, which leaves nothing behind.

    Raises
    ------
    DefinitionError, InputFileError, ListFileError
        As for `SavedList.create` and `read_source`.
    """
    require_acknowledgement(are_terms_acknowledged)
    with new_list_folder(folder) as unfinished:
        read = read_source(link, on_progress)
        now = clock()
        n_records = sum(part.checked.record_counts.valid for part in read.parts)
        customer_list = first_edit(name, link.list_type, list_id, now, n_records=n_records)
        records, change = ListRecords.empty().synced(link.list_type, read.digests, 1)
        fields = {
            "customer_list": customer_list,
            "link": link.model_copy(update={"last_sync_time": now}),
            "terms_acknowledged_time": now,
        }
        write_list_folder(unfinished, fields, less_opted_out(records, read.suppression))
    return SyncReport(customer_list, change, True, read.parts)


def sync(
    saved: SavedList,
    *,
    are_terms_acknowledged: bool,
    allow_shrink: bool = False,
    on_progress: Progress = ignore_progress,
) -> SyncReport:
    """Bring a list into step with its source.

    Parameters
    ----------
    saved : SavedList
        A list that is linked to a source.
    are_terms_acknowledged : bool
        Whether somebody said that the platform's terms were read.
    allow_shrink : bool
        Follow a source that has lost more than half of its records.
    on_progress : Progress
        Called while the source is read; raise ``CancelledError`` in it to stop, which leaves the list as it was.

    Returns
    -------
    SyncReport
        What changed.

    Raises
    ------
    DefinitionError
        If the list is not linked, the terms were not acknowledged, or the source has shrunk suspiciously.
    InputFileError, ListFileError
        If the source cannot be read or breaks a rule, the folder is damaged, or somebody else is editing the list.
    """
    require_acknowledgement(are_terms_acknowledged)
    with locked(saved.folder, "the list"):
        description, records = read_list_folder(saved.folder)
        link, before = description.link, description.customer_list
        if link is None:
            raise DefinitionError(
                f"expected a list that is linked to a source, but {saved.folder} is not; link it with "
                "'python -m workbench list link'"
            )
        read = read_source(link, on_progress)
        now = saved.clock()
        synced, change = records.synced(link.list_type, read.digests, before.num_batches + 1)
        if not allow_shrink:
            _refuse_shrinking(change, records.n_linked, saved.folder)
        synced = less_opted_out(synced, read.suppression)
        link = link.model_copy(update={"last_sync_time": now})
        is_changed = bool(change.n_added or change.n_removed or not synced.has_same_opted_out(records))
        after = _counted(before, change, now) if is_changed else before
        fields = {"customer_list": after, "link": link, "terms_acknowledged_time": now}
        if is_changed:
            write_list_folder(saved.folder, fields, synced)
        else:
            write_description(saved.folder, description.model_copy(update=fields))
    return SyncReport(after, change, is_changed, read.parts)


def is_due(saved: SavedList, interval: timedelta) -> bool:
    """Tell whether a list's last sync was at least so long ago, or never was."""
    link = saved.description.link
    return link is None or link.last_sync_time is None or saved.clock() - link.last_sync_time >= interval


def repeat(
    once: Callable[[], None],
    interval: timedelta,
    *,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> NoReturn:
    """Do something now and at every interval, until an exception ends it.

    Rounds keep to the times that the first one set. One that takes longer than the interval skips those it has missed,
    so that two never run at once and none is made up for.

    Parameters
    ----------
    once : callable
        What to do.
    interval : timedelta
        From the beginning of one round to the beginning of the next.
    clock : callable
        Returns seconds that never go back.
    wait : callable
        Waits for some seconds; an interrupt ends it.
    """
    begin = clock()
    n_rounds = 0
    while True:
        once()
        n_rounds = max(n_rounds + 1, -int(-(clock() - begin) // interval.total_seconds()))
        wait(max(0.0, begin + n_rounds * interval.total_seconds() - clock()))


def interval_of(text: str) -> timedelta:
    """Return a length of time that was written as ``30m``, ``6h`` or ``1d``.

    Raises
    ------
    DefinitionError
        If it is written otherwise.
    """
    written = _INTERVAL.fullmatch(text)
    if not written:
        raise DefinitionError("expected a length of time such as 30m, 6h or 1d, got something else")
    return timedelta(**{_UNITS[written[2]]: int(written[1])})


def _refuse_shrinking(change: SyncChange, n_before: int, folder: Path) -> None:
    n_now = change.n_added + change.n_unchanged
    if n_now < MIN_SHARE_LEFT * n_before:
        raise DefinitionError(
            f"expected at least half of the {n_before:,} records that the source of {folder} held at the last sync, "
            f"got {n_now:,}; see whether the export is whole, and allow the list to shrink if it is"
        )


def _counted(before: CustomerList, change: SyncChange, now: datetime) -> CustomerList:
    return counted_on(
        before,
        now,
        n_batches=bool(change.n_added) + bool(change.n_removed),
        num_uploaded_user_records=before.num_uploaded_user_records + change.n_added,
        num_removed_user_records=before.num_removed_user_records + change.n_removed,
    )
