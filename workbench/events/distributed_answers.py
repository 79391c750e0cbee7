"""Questions answered on a cluster: the same answers, with the events shared out by account.

An index that was built in shards has all events of an account in one of them, so a worker that has a shard knows all
of its accounts, whether they did a thing once or five times, and nothing has to be exchanged between workers. Each
reads the runs of its shards only, answers every question in one pass, and returns sets of accounts; their union is the
answer.

Accounts are personal data, too: what `workbench.cluster` says about whom to trust holds here. Scheduler and workers
need this package in the same version, and the workers the folder of the index under the same path.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from workbench.cluster import Task, connected, run_on_workers, worker_threads
from workbench.events.index import EventIndex
from workbench.events.populating import answer_all
from workbench.events.question import EventQuestion
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress

_ADVICE: Final = "ask without"


def answer_all_on_cluster(
    index: EventIndex,
    questions: Sequence[EventQuestion],
    scheduler_address: str,
    *,
    on_progress: Progress = ignore_progress,
) -> list[AccountSet]:
    """Answer many questions on the workers of a Dask scheduler, a shard of the index at a time.

    Parameters
    ----------
    index : EventIndex
        Opened from a folder that every worker can read under the same path, and built in several shards.
    questions : sequence of EventQuestion
        Any number.
    scheduler_address : str
        Such as ``tcp://192.168.0.5:8786``.
    on_progress : Progress
        Called with the shards that are done and all shards, and now and then in between; raise ``CancelledError`` in it
        to stop, which also stops the workers.

    Returns
    -------
    list of AccountSet
        What `answer_all` would answer.

    Raises
    ------
    UniverseError
        If the index is damaged, or a worker finds another one.
    ClusterError
        If the scheduler cannot be reached, has no workers, or loses one.
    """
    opened = str(index.path), index.description.sha256, tuple(questions)
    answers = [AccountSet.empty(index.n_accounts)] * len(questions)
    with connected(scheduler_address, _ADVICE) as client:
        workers = worker_threads(client)
        # The same shard always goes to the same worker, which has it in memory by then.
        tasks = [Task(workers[shard % len(workers)], shard) for shard in range(index.description.n_shards)]
        for found in run_on_workers(client, _answer_of_shard, tasks, opened, _ADVICE, on_progress):
            answers = [answer | members for answer, members in zip(answers, found, strict=True)]
    return answers


def _answer_of_shard(shard: int, path: str, sha256: str, questions: tuple[EventQuestion, ...]) -> list[AccountSet]:
    """Return the answers as far as a shard has them; runs on a worker."""
    return answer_all(EventIndex.open_same(Path(path), sha256).of_shard(shard), questions)
