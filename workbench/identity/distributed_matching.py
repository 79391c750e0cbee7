"""Matching on a cluster: the same match, with the search shared out among the workers of a Dask scheduler.

Think of the directory as an encyclopaedia in volumes, by the leading bits of the digest. The list is read here, because
the rules of a file are about all of it, in order. It is sorted here into volumes, and each worker gets the digests of
some, and maps no other partitions than theirs. What comes back is account numbers; the union of all is the match.

For one list on one machine that gains nothing, since searching takes less time than telling a worker to. It is for a
directory that one machine's memory does not hold.

What leaves this process
------------------------
Never a plain identifier: those do not outlive the reading of the file. Of each distinct digest its first 16 bytes go
out, which is what an index compares, and account numbers come back. Both are personal data (see `hashing`) and pass
through the scheduler. They are not in the names of tasks, and a worker that logs a failed task logs no digest. Where
machines talk over a network that others share, give the scheduler a ``tls://`` address and Dask its certificates
(``distributed.comm.tls`` in Dask's configuration). A scheduler runs whatever code anybody sends it who can reach it:
name only one that you trust.

Scheduler and workers need this package in the same version, and the workers the directory's folder under the same path.
What they find there is compared with what is here.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.cluster import Task, connected, run_on_workers, worker_threads
from workbench.errors import DefinitionError, UniverseError
from workbench.identity.account_set import AccountSet
from workbench.identity.checked_list import CheckedList
from workbench.identity.digests import DigestKind, Digests, ListType
from workbench.identity.directory import NO_ACCOUNT, AccountDirectory
from workbench.identity.directory_folder import DirectoryFolder
from workbench.identity.matching import MatchResult
from workbench.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from workbench.identity.digest_index import DistinctKeys

_ADVICE: Final = "match without"
_MAX_VOLUME_BITS: Final = 8  # more volumes than that would be smaller than what it costs to send one


class _Volume(NamedTuple):
    """Distinct digests that share leading bits, for one worker to search; see `kernels.radix_index.Keys`.

    Parameters
    ----------
    list_type, digest_kind
        Which index to search.
    place : float
        Where among all digests these begin, 0 to 1.
    high, low : uint64 array, shape (n,)
        Bytes 0 to 7 and 8 to 15, sorted into parts by leading bits.
    n_each : int64 array, shape (n_parts,)
        Digests in each part.
    """

    list_type: ListType
    digest_kind: DigestKind
    place: float
    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    n_each: NDArray[np.int64]

    def __repr__(self) -> str:
        return f"_Volume({self.list_type}, {self.digest_kind}, place={self.place}, n={self.high.size})"


def match_on_cluster(
    checked: CheckedList,
    directory: AccountDirectory,
    scheduler_address: str,
    *,
    on_progress: Progress = ignore_progress,
) -> MatchResult:
    """Match a list against the accounts of a universe, on the workers of a Dask scheduler.

    Parameters
    ----------
    checked : CheckedList
        What `read_list` returned.
    directory : AccountDirectory
        Opened from a folder that every worker can read under the same path.
    scheduler_address : str
        Such as ``tcp://192.168.0.5:8786``.
    on_progress : Progress
        Called with the volumes searched and all volumes, and now and then in between; raise ``CancelledError`` in it
        to stop, which also stops the workers.

    Returns
    -------
    MatchResult
        The same as that of `match`.

    Raises
    ------
    DefinitionError
        If the directory is not one on disk.
    UniverseError
        If the directory is damaged, or a worker finds another one.
    ClusterError
        If the scheduler cannot be reached, has no workers, or loses one.
    """
    folder = directory.folder
    if folder is None:
        raise DefinitionError(
            "expected a directory of accounts in a folder, which workers can open, got one in memory; "
            "build it with 'python -m workbench universe index FOLDER'"
        )
    with connected(scheduler_address, _ADVICE) as client:
        workers = worker_threads(client)
        volumes, n_distinct = _volumes(checked.list_type, checked.digests, folder, len(workers))
        found = _search_on_workers(client, workers, volumes, folder, on_progress)
    accounts = np.concatenate([np.empty(0, dtype=np.uint32), *found])
    if accounts.size and int(accounts.max()) >= directory.n_accounts:
        raise UniverseError(
            f"expected accounts from 0 to {directory.n_accounts - 1} in the directory, got a higher one: it is "
            "damaged; build it again"
        )
    return MatchResult(AccountSet.from_indices(accounts, directory.n_accounts), n_distinct, accounts.size)


def _volumes(
    list_type: ListType, digests: Digests, folder: DirectoryFolder, n_threads: int
) -> tuple[list[_Volume], int]:
    """Return the distinct digests in volumes, at least one for each thread and partition, and how many there are."""
    from workbench.identity.digest_index import DistinctKeys  # imported late: it needs the compiler

    volumes: list[_Volume] = []
    n_distinct = 0
    for kind, rows in digests.rows_by_kind():
        n_partition_bits = folder.n_partition_bits(list_type, kind)
        n_bits = max(n_partition_bits, min((n_threads - 1).bit_length(), _MAX_VOLUME_BITS))
        distinct = DistinctKeys(digests.values, rows, n_partition_bits=n_bits)
        n_distinct += distinct.n_distinct
        if (list_type, kind) in folder.description.indexes:
            volumes += _volumes_of_kind(list_type, kind, distinct, 1 << n_bits)
    return volumes, n_distinct


def _volumes_of_kind(
    list_type: ListType, digest_kind: DigestKind, distinct: "DistinctKeys", n_volumes: int
) -> Iterator[_Volume]:
    keys, n_each = distinct.keys, distinct.kept.reshape(n_volumes, -1)
    begins = keys.ends[:-1].reshape(n_volumes, -1)
    for number in np.flatnonzero(n_each.any(axis=1)).tolist():
        slices = [slice(a, a + n) for a, n in zip(begins[number].tolist(), n_each[number].tolist(), strict=True)]
        high, low = (np.concatenate([array[each] for each in slices]) for array in (keys.high, keys.low))
        yield _Volume(list_type, digest_kind, number / n_volumes, high, low, n_each[number].copy())


def _search_on_workers(
    client: Any, workers: Sequence[str], volumes: Sequence[_Volume], folder: DirectoryFolder, on_progress: Progress
) -> list[NDArray[np.uint32]]:
    """Return the accounts that each volume's digests belong to."""
    opened = str(folder.path), folder.description.sha256  # not the folder: the scheduler, too, would open it
    # The same stretch of the index always goes to the same worker, which has it in memory by then.
    tasks = [Task(workers[int(volume.place * len(workers))], volume) for volume in volumes]
    return list(run_on_workers(client, _search_volume, tasks, opened, _ADVICE, on_progress))


def _search_volume(volume: _Volume, path: str, sha256: str) -> NDArray[np.uint32]:
    """Return the account of each digest that has one; runs on a worker."""
    from workbench.identity.digest_index import search_partition

    folder = DirectoryFolder.open_same(Path(path), sha256)
    n_bits = folder.n_partition_bits(volume.list_type, volume.digest_kind)
    partitions = folder.description.indexes[volume.list_type, volume.digest_kind]
    index = folder.map_partition(partitions[int(volume.place * len(partitions))])
    found = search_partition(index, n_bits, volume.high, volume.low, volume.n_each)
    return np.asarray(found[found != NO_ACCOUNT], dtype=np.uint32)
