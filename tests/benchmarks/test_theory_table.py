"""The table of theory: what auctions must bring by theorem, and what the kernel's auctions brought.

Nothing here is about time. It stands beside the benchmarks because it is read and not only passed, and because it takes
more draws than a test may.
"""

from collections.abc import Iterator

import pytest

from simulator.kernels.tables import Format
from tests.simulator.theory import (
    Row,
    against_a_uniform_rival,
    beside_clicks,
    fisher_market,
    myerson,
    order_statistics,
    pacing_alone,
    pacing_in_equilibrium,
    price_variance,
    revenue,
)

DRAWS = {"n_auctions": 1_000_000, "rng_seed": 11}
PACED = {"n_auctions": 4_000_000, "rng_seed": 11}
HIGHEST_Z = 4.5
"""About fifty independent numbers of which none may be further off by chance: once in three thousand runs."""


@pytest.mark.benchmark
def test_table_of_theory(capsys):
    rows = list(_rows())
    with capsys.disabled():
        title = f"{'':<64}{'exact':>10}{'simulated':>11} ± {'error':<7}{'z':>7}"
        print("\n" + "\n".join([title, *map(str, rows)]))  # noqa: T201 - a table is made to be read
    assert all(abs(row.z) <= HIGHEST_Z for row in rows if row.error > 0)


def _rows() -> Iterator[Row]:
    for a_format in (Format.GSP, Format.FIRST_PRICE):
        for n in (2, 3, 5, 10):
            yield from revenue(a_format, n, **DRAWS)
    yield from price_variance(Format.GSP, 1 / 18, **DRAWS)
    yield from price_variance(Format.FIRST_PRICE, 1 / 72, **DRAWS)
    for n, reserve in ((1, 0.5), (2, 0.5), (3, 0.5), (5, 0.5), (2, 0.75), (2, 0.25)):
        yield from myerson(n, reserve, **DRAWS)
    yield from order_statistics(6, 3, **DRAWS)
    for reserve in (0.0, 0.25, 0.5, 0.75):
        yield from against_a_uniform_rival(reserve, **PACED)
    for n in (2, 3, 5):
        yield from beside_clicks(n, **PACED)
    yield from pacing_alone(**PACED)
    for n, rate in ((2, 1 / 12), (3, 1 / 12), (5, 1 / 15), (10, 9 / 220)):
        yield from pacing_in_equilibrium(n, rate, **PACED)
    yield from fisher_market(n_auctions=1_000_000)
