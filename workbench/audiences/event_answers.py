"""Who has a qualifying event: asked of an index of events where one was built and the question fits it, else in SQL.

The answers are the same. The index is for screens that wait for them: it reads little more than the events that count.
"""

from collections.abc import Callable, Sequence

import numpy as np

from workbench.audiences.condition import Sql
from workbench.audiences.qualifying_events import QualifyingEvents
from workbench.events import EventIndex, EventQuestion, LastEvents
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe
from workbench.universe.one_pass import accounts_where_each

_HUNDREDTHS = 100


def accounts_with(events: QualifyingEvents, universe: Universe) -> AccountSet:
    """Return who has a qualifying event.

    Raises
    ------
    UniverseError
        If the universe lacks the table, or an index of it is damaged or out of date.
    """
    [members] = accounts_with_each([events], universe)
    return members


def accounts_with_each(
    asked: Sequence[QualifyingEvents],
    universe: Universe,
    *,
    scheduler_address: str | None = None,
    on_progress: Progress = ignore_progress,
) -> list[AccountSet]:
    """Find out for many audiences who has a qualifying event, in one pass over each index and table.

    Parameters
    ----------
    asked : sequence of QualifyingEvents
        Any number.
    universe : Universe
        Whose events.
    scheduler_address : str, optional
        A Dask scheduler, such as ``tcp://192.168.0.5:8786``, whose workers go through the indexes. What only SQL can
        ask is asked here.
    on_progress : Progress
        Called now and then with hundredths of the passes; raise ``CancelledError`` in it to stop.

    Returns
    -------
    list of AccountSet
        For each what `accounts_with` returns.

    Raises
    ------
    UniverseError
        As `accounts_with`.
    ClusterError
        If the scheduler cannot be reached, has no workers, or loses one.
    """
    answers = [AccountSet.empty(universe.n_accounts) for _ in asked]
    passes = [*_passes_over_indexes(asked, universe, scheduler_address), *_passes_over_tables(asked, universe)]
    for n_passed, (numbers, answer) in enumerate(passes):

        def tell(n_done: int, n_total: int, n_passed: int = n_passed) -> None:
            done = n_done * _HUNDREDTHS // n_total if n_total else _HUNDREDTHS
            on_progress(n_passed * _HUNDREDTHS + done, len(passes) * _HUNDREDTHS)

        for number, members in zip(numbers, answer(tell), strict=True):
            answers[number] |= members
        tell(1, 1)  # a query tells now and then, and not at its end
    return answers


def last_times(events: QualifyingEvents, universe: Universe) -> LastEvents:
    """Return when each account last had a qualifying event; those without one are left out.

    Raises
    ------
    UniverseError
        As `accounts_with`.
    """
    if _is_indexed(events, universe):
        found = [_index(universe, name).last_event_times(question) for name, question in events.questions]
        return _latest(found)
    condition, values = _bounded(events)
    answer = universe.query(
        f"SELECT account, max(event_time) AS last FROM {events.table} WHERE {condition}"  # noqa: S608
        " GROUP BY account ORDER BY account",
        values,
    )
    times = answer["last"].dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return LastEvents(answer["account"].to_numpy(dtype=np.int64), times)


_Pass = tuple[list[int], Callable[[Progress], list[AccountSet]]]
"""The numbers of the questions that one pass answers, and what answers them."""


def _passes_over_indexes(
    asked: Sequence[QualifyingEvents], universe: Universe, scheduler_address: str | None
) -> list[_Pass]:
    by_index: dict[str, list[tuple[int, EventQuestion]]] = {}
    for number, events in enumerate(asked):
        if _is_indexed(events, universe):
            for name, question in events.questions:
                by_index.setdefault(name, []).append((number, question))

    def answering(name: str) -> Callable[[Progress], list[AccountSet]]:
        questions = [question for _, question in by_index[name]]
        return lambda on_progress: _answers(_index(universe, name), questions, scheduler_address, on_progress)

    return [([number for number, _ in numbered], answering(name)) for name, numbered in by_index.items()]


def _answers(
    index: EventIndex, questions: list[EventQuestion], scheduler_address: str | None, on_progress: Progress
) -> list[AccountSet]:
    if scheduler_address is None:
        from workbench.events.populating import answer_all

        return answer_all(index, questions, on_progress=on_progress)
    from workbench.events.distributed_answers import answer_all_on_cluster  # imported late: it brings Dask

    return answer_all_on_cluster(index, questions, scheduler_address, on_progress=on_progress)


def _passes_over_tables(asked: Sequence[QualifyingEvents], universe: Universe) -> list[_Pass]:
    by_table: dict[str, list[int]] = {}
    for number, events in enumerate(asked):
        if not _is_indexed(events, universe):
            by_table.setdefault(events.table, []).append(number)

    def answering(table: str) -> Callable[[Progress], list[AccountSet]]:
        conditions = [_bounded(asked[number]) for number in by_table[table]]
        return lambda on_progress: accounts_where_each(universe, table, conditions, on_progress=on_progress)

    return [(numbers, answering(table)) for table, numbers in by_table.items()]


def _is_indexed(events: QualifyingEvents, universe: Universe) -> bool:
    names = [name for name, _ in events.questions]
    return bool(names) and all(universe.event_index(name) is not None for name in names)


def _index(universe: Universe, name: str) -> EventIndex:
    index = universe.event_index(name)
    assert index is not None  # noqa: S101 - asked of built indexes only
    return index


def _latest(found: Sequence[LastEvents]) -> LastEvents:
    """Return the latest time of each account over several answers."""
    accounts = np.concatenate([each.accounts for each in found])
    times = np.concatenate([each.times for each in found])
    order = np.lexsort((times, accounts))
    accounts, times = accounts[order], times[order]
    is_last = np.diff(accounts, append=-1) != 0
    return LastEvents(accounts[is_last], times[is_last])


def _bounded(events: QualifyingEvents) -> Sql:
    """Return the whole condition: who was recognised, did something that qualifies, within the window."""
    condition, values = events.where
    bounded = f"account IS NOT NULL AND event_time BETWEEN ? AND ? AND {condition}"
    return bounded, (events.window.since, events.window.until, *values)
