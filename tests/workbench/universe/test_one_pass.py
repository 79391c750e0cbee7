"""Many conditions in one pass find the accounts that each finds alone."""

import pytest

from workbench.errors import CancelledError, UniverseError
from workbench.universe.one_pass import accounts_where_each

CONDITIONS = [
    ("event = ?", ["checkout"]),
    ("event = ? AND value_micros > ?", ["checkout", 50_000_000]),
    ("url LIKE ?", ["%garden%"]),
    ("currency IS NULL AND event IN (SELECT unnest(?::VARCHAR[]))", [["addtocart", "search"]]),
    ("false", []),
    ("NULL", []),
]


def test_each_condition_finds_who_it_finds_alone(sample_universe):
    seen = []
    found = accounts_where_each(sample_universe, "tag_events", CONDITIONS, on_progress=lambda *n: seen.append(n))
    for members, (sql, values) in zip(found, CONDITIONS, strict=True):
        alone = sample_universe.query(
            f"SELECT DISTINCT account FROM tag_events WHERE account IS NOT NULL AND {sql}",  # noqa: S608 - ours
            values,
        )
        assert set(members) == set(alone["account"])
    assert [len(members) > 0 for members in found] == [True, True, True, True, False, False]
    assert seen


def test_no_conditions_are_no_answers(sample_universe):
    assert accounts_where_each(sample_universe, "tag_events", []) == []


def test_a_pass_can_be_stopped(sample_universe):
    def stop(_n_done, _n_total):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        accounts_where_each(sample_universe, "tag_events", CONDITIONS, on_progress=stop)


def test_a_condition_that_makes_no_sense_is_refused(sample_universe):
    with pytest.raises(UniverseError, match="expected SQL over the tables"):
        accounts_where_each(sample_universe, "tag_events", [("evnt = 1", [])])
