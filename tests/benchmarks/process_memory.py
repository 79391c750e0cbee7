"""What the processes of a server hold, as Linux counts it: memory that several share is shared out among them (PSS)."""

from pathlib import Path
from typing import NamedTuple

PROCESSES = Path("/proc")
MEGABYTE = 1_000  # of the kilobytes in which Linux counts


class Process(NamedTuple):
    """One process: its id, and its share of memory in megabytes."""

    id: int
    megabytes: float


def processes_below(parent: int) -> list[Process]:
    """Return all processes that a process started, and those that they started."""
    children: dict[int, list[int]] = {}
    for folder in PROCESSES.glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, to_visit = [], [parent]
    while to_visit:
        of_one = children.get(to_visit.pop(), [])
        found += of_one
        to_visit += of_one
    return [Process(each, _megabytes(each)) for each in found]


def _megabytes(process: int) -> float:
    try:
        lines = (PROCESSES / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / MEGABYTE for line in lines if line.startswith("Pss:")), 0.0)
