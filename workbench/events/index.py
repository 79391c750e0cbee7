"""Events on disk that answer who did what, with what, within which days, in milliseconds.

An index is a folder of sorted runs (`workbench.events.run`): one when it was built, and one more for each addition
until they are merged. Opening it maps the files, which takes milliseconds at any size. What is open stays as it was
then, whatever is added or merged meanwhile; open it again to see more.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.array_file import require_bytes, require_sizes
from workbench.errors import InputFileError, UniverseError
from workbench.events.index_description import ADVICE, MAX_ACTIONS, Description, damaged, read_description
from workbench.events.question import EPOCH, EventQuestion
from workbench.events.run import Run, encoded, open_run
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress

_N_ATTEMPTS: Final = 5
_EVENTS_PER_SLICE: Final = 1 << 20
_MAX_SLICES: Final = 64


class LastEvents(NamedTuple):
    """When the members of an audience last did what keeps them in it.

    Parameters
    ----------
    accounts : int64 array, shape (n,)
        The members, ascending.
    times : datetime64[us] array, shape (n,)
        The last qualifying event of each, UTC; where k events are needed, the k-th last: when it leaves the window, the
        member does.
    """

    accounts: NDArray[np.int64]
    times: NDArray[np.datetime64]


class Fired(NamedTuple):
    """What is known of one source and action.

    Parameters
    ----------
    source, action : str
        Which.
    n_events : int
        How many events there are.
    first_time, last_time : datetime
        The first and the last of them, UTC.
    """

    source: str
    action: str
    n_events: int
    first_time: datetime
    last_time: datetime


@dataclass(frozen=True, eq=False, repr=False)
class EventIndex:
    """An opened index; make one with `EventIndex.open`.

    Parameters
    ----------
    path : Path
        Its folder.
    description : Description
        What the folder says of itself.
    runs : tuple of Run
        The mapped runs, the oldest first.
    """

    path: Path
    description: Description
    runs: tuple[Run, ...]

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "EventIndex":
        """Open the folder of an index, after a look at its description and the sizes of its files.

        Parameters
        ----------
        path : path-like
            What `write_event_index` made.

        Raises
        ------
        InputFileError
            If there is no such folder.
        UniverseError
            If it is damaged, unfinished or of another version.
        """
        folder = Path(path).absolute()
        if not folder.is_dir():
            raise InputFileError(f"expected an index of events at {folder}, found none; {ADVICE}")
        description = read_description(folder)
        for _ in range(_N_ATTEMPTS):
            try:
                require_sizes(folder, description.files(), damaged)
                return cls(folder, description, tuple(open_run(folder, run) for run in description.runs))
            except (InputFileError, UniverseError):
                latest = read_description(folder)  # runs that were merged meanwhile are gone
                if latest == description:
                    raise
                description = latest
        raise InputFileError(f"expected to open {folder} between two additions, but they never end; try again later")

    @classmethod
    def open_same(cls, path: str | os.PathLike[str], sha256: str) -> "EventIndex":
        """Open an index in another process or on another machine.

        Parameters
        ----------
        path : path-like
            The folder.
        sha256 : str
            `Description.sha256` of the one that it must be.

        Raises
        ------
        UniverseError
            If it is another one by now, or for the same reasons as `open`.
        """
        index = cls.open(path)
        if index.description.sha256 != sha256:
            raise UniverseError(
                f"expected the index of events {path} to be as it was opened before, found another; "
                "open it again, and see that all machines have the same"
            )
        return index

    def of_shard(self, shard: int) -> "EventIndex":
        """Return the same index with the events of one shard of the accounts only.

        Parameters
        ----------
        shard : int
            From 0 to one less than the number of shards it was built in.
        """
        runs = [run for run, said in zip(self.runs, self.description.runs, strict=True) if said.shard == shard]
        described = tuple(said for said in self.description.runs if said.shard == shard)
        return EventIndex(self.path, self.description._replace(runs=described), tuple(runs))

    def __reduce__(self) -> tuple[Any, ...]:
        return EventIndex.open_same, (self.path, self.description.sha256)

    def __repr__(self) -> str:
        return f"EventIndex(n_accounts={self.n_accounts}, n_events={self.n_events}, n_runs={len(self.runs)})"

    @property
    def n_accounts(self) -> int:
        """Number of accounts in the universe."""
        return self.description.n_accounts

    @property
    def n_events(self) -> int:
        """Number of events in all runs."""
        return sum(run.n_events for run in self.description.runs)

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of the actions that there are events of, in no order."""
        return self.description.actions

    def sources(self) -> list[str]:
        """Return the sources that there are events of, in the order of their letters."""
        texts = {text for run in self.runs for text in run.sources.tolist()}
        return [text.decode() for text in sorted(texts)]

    def accounts(self, question: EventQuestion) -> AccountSet:
        """Return who has at least ``question.min_count`` qualifying events.

        Parameters
        ----------
        question : EventQuestion
            What qualifies.

        Raises
        ------
        UniverseError
            If the index is damaged.
        """
        from workbench.events.kernels.tallies import new_planes, tally  # imported late: opening needs no compiler

        planes = new_planes(question.min_count, -(-self.n_accounts // 64))
        for run, spans in self.spans(question):
            self.require_all_well(tally(run.accounts, spans, self.n_accounts, planes))
        return AccountSet(planes[0], self.n_accounts)

    def n_events_each(self, question: EventQuestion) -> NDArray[np.int64]:
        """Return how many qualifying events each account has, whatever the question's ``min_count``.

        Parameters
        ----------
        question : EventQuestion
            What qualifies.

        Returns
        -------
        int64 array, shape (n_accounts,)
            The counts.

        Raises
        ------
        UniverseError
            If the index is damaged.
        """
        from workbench.events.kernels.tallies import count_each

        counts = np.zeros(self.n_accounts, dtype=np.int64)
        for run, spans in self.spans(question):
            self.require_all_well(count_each(run.accounts, spans, self.n_accounts, counts))
        return counts

    def last_event_times(self, question: EventQuestion) -> LastEvents:
        """Return the members that `accounts` finds, each with the event that decides when it leaves.

        Where ``min_count`` is k, a member stays while its k-th last qualifying event is in the window.

        Parameters
        ----------
        question : EventQuestion
            What qualifies.

        Raises
        ------
        UniverseError
            If the index is damaged.
        """
        from workbench.events.kernels.latest_times import NEVER, keep_latest, stop_waiting

        found = self.accounts(question)
        members, waiting = found.indices(), found.words.copy()
        slots_of = np.empty(self.n_accounts, dtype=np.int32)
        slots_of[members] = np.arange(members.size, dtype=np.int32)
        latest = np.full((members.size, question.min_count), NEVER, dtype=np.int64)
        for window_micros in self._slices(question):
            for run, spans in self._spans(question, window_micros):
                keep_latest(run.accounts, run.times, spans, run.clock, waiting, slots_of, latest)
            if not stop_waiting(members, latest, waiting):
                break
        return LastEvents(members, latest[:, 0].astype("datetime64[us]"))

    def _slices(self, question: EventQuestion) -> Iterator[tuple[int, int]]:
        """Yield the window of a question in slices, the latest first: as many as the events are worth."""
        ends = [(run, spans[:, :2]) for run, spans in self.spans(question) if spans.size]
        if not ends:
            return
        first = min(int(run.micros(run.times[spans[:, 0]]).min()) for run, spans in ends)
        last = max(int(run.micros(run.times[spans[:, 1] - 1]).max()) for run, spans in ends)
        n_events = sum(int((spans[:, 1] - spans[:, 0]).sum()) for _, spans in ends)
        n_slices = 1 + min(n_events // _EVENTS_PER_SLICE, _MAX_SLICES - 1)
        bounds = [first + (last + 1 - first) * number // n_slices for number in range(n_slices + 1)]
        for begin, end in reversed(list(pairwise(bounds))):
            yield begin, end - 1

    def fired(self, question: EventQuestion) -> list[Fired]:
        """Return when each source and action was first and last seen among the events that qualify.

        No event is looked at: the first and the last of a kind are where it begins and ends.

        Parameters
        ----------
        question : EventQuestion
            What qualifies; its ``min_count`` does not matter.

        Returns
        -------
        list of Fired
            Sorted by source and action; those without events are absent.
        """
        found: dict[tuple[bytes, str], tuple[int, int, int]] = {}
        for run, spans in self.spans(question):
            rows = run.sources_of_keys()[spans[:, 2]]
            firsts, lasts = run.micros(run.times[spans[:, 0]]), run.micros(run.times[spans[:, 1] - 1])
            codes = run.key_actions[spans[:, 2]]
            for source, code, first, last, n in zip(
                run.sources[rows].tolist(),
                codes.tolist(),
                firsts.tolist(),
                lasts.tolist(),
                (spans[:, 1] - spans[:, 0]).tolist(),
                strict=True,
            ):
                key = source, self.actions[code]
                n_before, first_before, last_before = found.get(key, (0, first, last))
                found[key] = n_before + n, min(first, first_before), max(last, last_before)
        return [
            Fired(source.decode(), action, n, _instant(first), _instant(last))
            for (source, action), (n, first, last) in sorted(found.items())
        ]

    def spans(self, question: EventQuestion) -> Iterator[tuple[Run, NDArray[np.int64]]]:
        """Yield each run with the stretches of its events that qualify; see `Run.spans`.

        Parameters
        ----------
        question : EventQuestion
            What qualifies.

        Raises
        ------
        UniverseError
            If the index is damaged.
        """
        yield from self._spans(question, question.window_micros)

    def _spans(
        self, question: EventQuestion, window_micros: tuple[int, int]
    ) -> Iterator[tuple[Run, NDArray[np.int64]]]:
        sources = None if question.sources is None else encoded(question.sources)
        is_wanted = np.zeros(MAX_ACTIONS, dtype=np.bool_)
        for code, action in enumerate(self.actions):
            is_wanted[code] = question.actions is None or action in question.actions
        for run in self.runs:
            try:
                spans = run.spans(sources, is_wanted, window_micros)
            except ValueError:
                raise damaged(self.path, "arrays that belong together, found others") from None
            yield run, spans

    def require_all_well(self, fault: int) -> None:
        """Refuse the index if a kernel met an account that does not exist.

        Parameters
        ----------
        fault : int
            What the kernel returned.
        """
        from workbench.events.kernels.tallies import ALL_WELL

        if fault != ALL_WELL:
            raise damaged(
                self.path, f"accounts from 0 to {self.n_accounts - 1}, found another in event {fault} of a run"
            )

    def verify(self, on_progress: Progress = ignore_progress) -> None:
        """Read every byte and compare it with what was written.

        Parameters
        ----------
        on_progress : Progress
            Called with the bytes read and all bytes.

        Raises
        ------
        UniverseError
            If a file is not as it was written; the message names it.
        """
        require_bytes(self.path, self.description.files(), damaged, on_progress)


def _instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
