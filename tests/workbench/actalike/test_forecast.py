"""The forecast against counting by hand, and its interval against published numbers."""

import numpy as np
import pytest

from workbench.actalike.forecast import PERCENTAGES, _wilson, forecast_quality


@pytest.mark.parametrize(
    ("n_caught", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons_as_newcombe_1998_table_1_method_3(n_caught, n, low, high):
    found = _wilson(np.array([n_caught / n]), n)
    assert [float(end[0]) for end in found] == pytest.approx([low, high], abs=5e-5)


def test_recall_is_counted_hand_by_hand():
    others = np.arange(100.0)
    members = np.array([100.0, 95.0, 50.0])
    scores = np.concatenate([members, others, members - 1000, others - 1000])  # the second hand has another scale
    is_member = np.tile(np.arange(103) < 3, 2)
    forecast = forecast_quality(scores, is_member, np.repeat([0, 1], 103))
    assert forecast.n_held_out == 6
    assert forecast.of(1)[0] == pytest.approx(1 / 3)
    assert forecast.of(5)[0] == pytest.approx(2 / 3)
    assert all(low <= recall <= high for recall, low, high in map(forecast.of, PERCENTAGES))
    assert list(forecast.recall) == sorted(forecast.recall)


def test_of_those_who_are_level_chance_takes_its_share():
    scores = np.concatenate([np.zeros(40), np.zeros(200)])
    forecast = forecast_quality(scores, np.arange(240) < 40, np.zeros(240, dtype=np.int64))
    assert forecast.recall == pytest.approx([percentage / 100 for percentage in PERCENTAGES])


def test_without_others_there_is_no_forecast():
    assert forecast_quality(np.ones(3), np.ones(3, dtype=bool), np.zeros(3, dtype=np.int64)) is None
