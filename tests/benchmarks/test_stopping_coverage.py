"""How often 95 % intervals contain the truth where comparisons stop as soon as these are narrow.

The truth of a made-up difference is known; some are skewed, as costs per conversion are.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from simulator.what_if.paired import mean_interval
from simulator.what_if.stopping import Precision, StopRule

N_COMPARISONS = 1_000
MOST_PAIRS = 1_500


class Differences(NamedTuple):
    """A distribution of differences, its mean and its standard deviation, and the least share that was measured."""

    draw: Callable[[np.random.Generator, tuple[int, int]], np.ndarray]
    mean: float
    deviation: float
    least_coverage: float


DIFFERENCES = {
    "normal": Differences(lambda rng, shape: rng.standard_normal(shape), 0, 1, 0.93),
    "counts": Differences(lambda rng, shape: rng.poisson(0.3, shape) - rng.poisson(0.2, shape), 0.1, 0.5**0.5, 0.92),
    "gamma, skewness 1": Differences(lambda rng, shape: rng.gamma(4, 1, shape), 4, 2, 0.925),
    "exponential, skewness 2": Differences(lambda rng, shape: rng.exponential(1, shape), 1, 1, 0.92),
    "log-normal, skewness 6": Differences(
        lambda rng, shape: rng.lognormal(0, 1, shape), np.exp(0.5), ((np.e - 1) * np.e) ** 0.5, 0.89
    ),
}


@pytest.mark.benchmark
@pytest.mark.parametrize("name", list(DIFFERENCES))
def test_intervals_of_comparisons_that_stop_by_themselves_contain_the_truth(name, capsys):
    differences = DIFFERENCES[name]
    lines = [f"  {'wanted so narrow that it takes about':<40}{'pairs':>8}{'contained':>11}"]
    rng = np.random.default_rng(6)
    values = differences.draw(rng, (N_COMPARISONS, MOST_PAIRS)).astype(np.float64)
    for n_wanted in (20, 40, 100, 300):
        wanted = Precision(half_width=1.96 * differences.deviation / n_wanted**0.5, is_relative=False)
        looks = StopRule(precisions=(wanted,), max_replications=MOST_PAIRS).looks
        n_pairs, n_contained = 0, 0
        for one in values:
            n = next((n for n in looks if wanted.is_met(np.zeros(n), one[:n])), looks[-1])
            low, high = mean_interval(one[:n])
            n_pairs += n
            n_contained += low <= differences.mean <= high
        lines.append(f"  {n_wanted:<40}{n_pairs / N_COMPARISONS:>8.0f}{n_contained / N_COMPARISONS:>11.1%}")
        assert n_contained / N_COMPARISONS >= differences.least_coverage
    with capsys.disabled():
        print("\n" + "\n".join([f"Differences: {name}", *lines]))  # noqa: T201
