"""Making a universe out of a real engagement log.

Who engaged with which pin is real, and so are actions and times where the log has them. Everything else a platform
would know (who the people are, where they live, how to reach them, where they shop) is not in such a log and is
synthesised, led by the interests that the engagements show, so that the same analyses run on both kinds of universe.
The universe says in its provenance which is which. Users become account indices in random order; no user id is kept.
"""

import math
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import UniverseError
from workbench.progress import Progress, ignore_progress
from workbench.universe.catalogue import PinCatalogue, catalogue_tables
from workbench.universe.co_engagement import group_pins
from workbench.universe.engagements import PaidShare, engagement_columns
from workbench.universe.folder import named_folder
from workbench.universe.identifiers import IDENTITY_RNG_SEED
from workbench.universe.interests import INTEREST_SHARE, INTERESTS, Affinity
from workbench.universe.log_file import NO_TIME, EngagementLog, LogLayout, read_log
from workbench.universe.opening import Universe, open_universe
from workbench.universe.people import as_category, as_instants
from workbench.universe.randomness import BLOCK_SIZE, block_generator, draw_days_ago
from workbench.universe.sample import BYTES_PER_ACCOUNT
from workbench.universe.schema import ID_PATTERN
from workbench.universe.synthesis import DEFAULT_AS_OF, AccountBlock, tables_without_people, to_micros, write_block
from workbench.universe.writing import UniverseWriter, check_destination, check_disk_space, new_universe

_FIRST_MADE_UP_PIN: Final = 910_000_000_001
_BYTES_PER_ENGAGEMENT: Final = 16
_N_STEPS: Final = 100  # of the progress: half for reading and grouping, half for writing


def import_engagement_log(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    destination: str | os.PathLike[str],
    *,
    layout: LogLayout | str,
    rng_seed: int = 1,
    overwrite: bool = False,
    on_progress: Progress = ignore_progress,
) -> Universe:
    """Make a universe out of real engagements.

    Parameters
    ----------
    paths : path-like or sequence of path-like
        Log files, UTF-8 text; several are united, and exact duplicates dropped.
    destination : path-like
        Folder of the universe to be.
    layout : LogLayout or str
        ``"pairs"``: a line is user, item[, action, time], separated by commas, tabs or blanks; a header is optional.
        ``"item_lists"``: a line is a user and then its items.
    rng_seed : int
        Seed of what is synthesised, and of the order of the accounts.
    overwrite : bool
        Replace a universe that is there already.
    on_progress : Progress
        Called after every file and block.

    Returns
    -------
    Universe
        The new universe, opened.

    Raises
    ------
    InputFileError
        If a file is missing or unreadable, or no folder can have the name of the destination.
    UniverseError
        If a file is no such log (with the line number), or the destination taken.
    """
    if layout not in set(LogLayout):
        raise UniverseError(f"expected a layout, one of {', '.join(LogLayout)}, got {layout!r:.40}; choose one")
    folder = named_folder(destination)
    check_destination(folder, overwrite=overwrite)
    paths = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    log = read_log(paths, LogLayout(layout), lambda done, total: on_progress(done * 40 // total, _N_STEPS))
    check_disk_space(folder, log.n_users * BYTES_PER_ACCOUNT + len(log.user) * _BYTES_PER_ENGAGEMENT)
    pins = _describe_pins(log)
    on_progress(_N_STEPS // 2, _N_STEPS)
    as_of = _choose_as_of(log)
    with new_universe(folder, overwrite=overwrite) as writer:
        unknown_sites = pa.nulls(len(log.items), pa.string())
        tables = catalogue_tables(pins, unknown_sites) | tables_without_people()
        for name, table in tables.items():
            writer.append(name, table)
        people = _AccountOrder(log, rng_seed)
        _write_accounts(writer, people, pins, PaidShare(tables["ads"]), rng_seed, as_of, on_progress)
        writer.describe(as_of, _provenance(log, paths, layout, rng_seed))
    return open_universe(folder)


def _describe_pins(log: EngagementLog) -> PinCatalogue:
    """Give every item a pin id and an interest: the group of pins it is engaged with together.

    The largest group stands in for the most popular invented interest, and so on, where demographics, visits and
    segments are synthesised; its name stays a number, for nobody knows what its pins show.
    """
    group = group_pins(log.user, log.item, log.n_users, len(log.items), len(INTERESTS))
    interest_of_group = np.argsort(-INTEREST_SHARE, kind="stable")
    names = [""] * len(INTERESTS)
    for rank, interest in enumerate(interest_of_group):
        names[interest] = f"co_engagement_{rank + 1:02d}"
    pin_ids = log.items
    if not pc.all(pc.match_substring_regex(pin_ids, f"^{ID_PATTERN}$")).as_py():
        pin_ids = pa.array(np.arange(len(pin_ids)) + _FIRST_MADE_UP_PIN).cast(pa.string())
    popularity = np.bincount(log.item, minlength=len(pin_ids)).astype(np.float64)
    return PinCatalogue(pin_ids, tuple(names), interest_of_group[group], popularity)


def _choose_as_of(log: EngagementLog) -> datetime:
    """Return the first midnight (UTC) after the last event, or the usual "now" when no event has a time."""
    latest = int(log.event_time.max())
    if latest == NO_TIME:
        return DEFAULT_AS_OF
    n_days = math.ceil((latest + 1) / 86_400_000_000)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=n_days)


class _AccountOrder:
    """The engagements by account: users take their place among the accounts in random order."""

    def __init__(self, log: EngagementLog, rng_seed: int) -> None:
        account_of_user = block_generator(rng_seed, "account order").permutation(log.n_users)
        account = account_of_user[log.user]
        order = np.argsort(account, kind="stable")
        self.n_accounts = log.n_users
        self.account, self.item = account[order], log.item[order]
        self.action, self.event_time = log.action[order], log.event_time[order]
        n_engagements = np.bincount(account, minlength=log.n_users)
        # Who saves much sees much, but not in proportion; half an engagement so that nobody is never there.
        presence = (n_engagements + 0.5) ** 0.8
        self.activity = (presence / presence.mean()).astype(np.float32)

    def rows_of(self, first: int, end: int) -> slice:
        """Return where the engagements of the accounts from ``first`` to before ``end`` are."""
        start, stop = np.searchsorted(self.account, [first, end])
        return slice(int(start), int(stop))


def _write_accounts(
    writer: UniverseWriter,
    people: _AccountOrder,
    pins: PinCatalogue,
    paid_share: PaidShare,
    rng_seed: int,
    as_of: datetime,
    on_progress: Progress,
) -> None:
    volume = np.bincount(pins.interest, weights=pins.popularity, minlength=len(INTERESTS)).astype(np.float64)
    interest_share = volume / volume.sum()
    for number, first in enumerate(range(0, people.n_accounts, BLOCK_SIZE)):
        end = min(first + BLOCK_SIZE, people.n_accounts)
        rows = people.rows_of(first, end)
        row = people.account[rows] - first
        affinity = _read_affinity(row, pins.interest[people.item[rows]], end - first, interest_share)
        block = AccountBlock(number, first, end - first, affinity, people.activity[first:end])
        write_block(writer, block, rng_seed, as_of)
        event_time = people.event_time[rows].copy()
        drawn = as_instants(
            to_micros(as_of), draw_days_ago(block_generator(rng_seed, "pin_engagements", number), len(row))
        )
        event_time[event_time == NO_TIME] = drawn[event_time == NO_TIME]
        order = np.lexsort((event_time, row))
        pin_id = as_category(people.item[rows][order], pins.pin_ids)
        ad_id = paid_share.draw(pin_id, block_generator(rng_seed, "paid engagements", number))
        columns = engagement_columns(pin_id, people.action[rows][order], event_time[order], ad_id)
        writer.append("pin_engagements", block.rows_with_account("pin_engagements", row, columns))
        on_progress(_N_STEPS // 2 + _N_STEPS // 2 * end // people.n_accounts, _N_STEPS)


def _read_affinity(
    row: npt.NDArray[np.int64], interest: npt.NDArray[np.int64], n: int, interest_share: npt.NDArray[np.float64]
) -> Affinity:
    """Return each account's shares of the interests, as if everybody had one average engagement more."""
    n_interests = len(interest_share)
    counts = np.bincount(row * n_interests + interest, minlength=n * n_interests).reshape(n, n_interests)
    weights = counts + interest_share
    affinity: Affinity = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return affinity


def _provenance(
    log: EngagementLog, paths: Sequence[str | os.PathLike[str]], layout: LogLayout | str, rng_seed: int
) -> dict[str, Any]:
    has_times = log.event_time != NO_TIME
    is_id = pc.all(pc.match_substring_regex(log.items, f"^{ID_PATTERN}$")).as_py()
    real = ["which account engaged with which pin"]
    synthesized = [
        "countries, regions, ages, genders, devices, e-mail addresses and advertising ids",
        "site visits, segments and who is in them, ads, campaigns and which pins an advertiser owns",
        "which engagements with a promoted pin happened through its ad",
        "activity, derived from the number of engagements",
        "interests of pins, inferred from who engages with which of them together",
    ]
    (real if log.has_actions else synthesized).append("actions" if log.has_actions else "actions: all taken as saves")
    (real if has_times.all() else synthesized).append("event times" if has_times.all() else _times_in_words(has_times))
    (real if is_id else synthesized).append("pin ids" if is_id else "pin ids: the log's own are no digit strings")
    return {
        "kind": "imported engagement log",
        "real": real,
        "synthesized": synthesized,
        # A name need not be text; the description is.
        "source_files": [Path(path).name.encode(errors="replace").decode() for path in paths],
        "layout": str(layout),
        "delimiters": list(log.delimiters),
        "n_engagements_read": log.n_rows_read,
        "n_duplicates_dropped": log.n_rows_read - len(log.user),
        "rng_seed": rng_seed,
        "identity_rng_seed": IDENTITY_RNG_SEED,
    }


def _times_in_words(has_times: npt.NDArray[np.bool_]) -> str:
    return f"event times of {int((~has_times).sum()):,} of {len(has_times):,} engagements"
