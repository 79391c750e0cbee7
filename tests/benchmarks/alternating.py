"""How speeds are compared here: contenders take turns in one process on one thread, and ratios of CPU times count.

A machine that is busy with something else slows whoever runs at that moment; taking turns spreads that over all, and
the ratio is taken within each round, so that what remains is the difference between the contenders. Each turn is a run
that does not count and then one that does: memory that the system took away while the others ran is back by then. CPU
time is counted over all threads, so a contender that quietly uses two gains nothing by it.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

Work = Callable[[], object]


class Timing(NamedTuple):
    """Median CPU time of one contender, seconds, and how many times as long as ours it took, round by round."""

    seconds: float
    ratio: float


def cpu_seconds(work: Work) -> float:
    """Return the CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def alternate(contenders: Mapping[str, Work], *, n_rounds: int) -> dict[str, Timing]:
    """Let contenders take turns; the first one is ours, and ratios are against it."""
    rounds = []
    for _ in range(n_rounds):
        times = {}
        for name, work in contenders.items():
            work()
            times[name] = cpu_seconds(work)
        rounds.append(times)
    ours = next(iter(contenders))
    return {
        name: Timing(
            statistics.median(times[name] for times in rounds),
            statistics.median(times[name] / times[ours] for times in rounds),
        )
        for name in contenders
    }


def report(title: str, timings: Mapping[str, Timing], *, n_units: int, unit: str) -> str:
    """Return a table: seconds, nanoseconds per unit of work, and the ratio to ours."""
    lines = [f"{title}", f"  {'':<52}{'CPU s':>9}{'ns/' + unit:>13}{'x ours':>9}"]
    lines += [
        f"  {name:<52}{timing.seconds:>9.3f}{timing.seconds / n_units * 1e9:>13.1f}{timing.ratio:>9.2f}"
        for name, timing in timings.items()
    ]
    return "\n".join(lines)
