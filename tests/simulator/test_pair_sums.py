from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernels.pair_sums import QUEUE, add_later, add_waiting, new_pair_sums, with_room
from workbench.jit import borrowing_kernel

AMOUNTS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10**12)), max_size=4 * QUEUE)


@borrowing_kernel
def _add_all(sums, pairs, micros):
    for number in range(pairs.size):
        add_later(sums, pairs[number], micros[number])
    add_waiting(sums)


def add_all(sums, amounts):
    columns = np.array(amounts, dtype=np.int64).reshape(-1, 2).T
    _add_all(sums, columns[0].copy(), columns[1].copy())


def as_dictionary(sums):
    assert not sums.n_waiting[0]
    taken = sums.places[sums.places[:, 0] > 0].tolist()
    assert len(taken) == sums.n_used[0]
    return {place - 1: micros for place, micros in taken}


def added_up(amounts):
    total = Counter()
    for pair, micros in amounts:
        total[pair] += micros
    return total


@given(amounts=AMOUNTS, more=AMOUNTS)
def test_sums_are_those_of_a_dictionary_also_after_the_table_has_grown(amounts, more):
    sums = new_pair_sums(41)
    add_all(sums, amounts)
    assert as_dictionary(sums) == added_up(amounts)
    larger = with_room(sums, 1_000)
    add_all(larger, more)
    assert as_dictionary(larger) == added_up([*amounts, *more])


def test_a_table_with_room_stays_as_it_is():
    sums = new_pair_sums(100)
    assert with_room(sums, 100) is sums
    assert with_room(sums, 10_000) is not sums
