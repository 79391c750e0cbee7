"""Fees for people who are reached anyway: counted as such, and avoidable by rule."""

import pytest

from simulator.kernels.tables import Column
from simulator.run import RunResult, simulate
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

FIRST_PARTY, SEGMENT = set(range(200)), set(range(100, 400))


@pytest.fixture(scope="module")
def run(small_universe):
    def run_by(fee_rule: str, include: tuple[str, ...] = ("1001", "1004"), first_party: set[int] = FIRST_PARTY):
        config = run_config(
            ad_group("2001", targeting={"AUDIENCE_INCLUDE": include, "LOCATION": ["US"]}),
            audiences=[audience_spec("1001", "VISITOR"), audience_spec("1004", "THIRD_PARTY")],
            third_party_data={"fee_rule": fee_rule},
            traffic={"opportunities_per_account_day": 5},
        )
        members = {"1001": first_party, "1004": SEGMENT}
        return simulate(config, world_of(config, small_universe, members, {"1004": 1_000}))

    return run_by


def total(result: RunResult, column: Column) -> int:
    return int(result.ledger.column(column).sum())


def test_a_fee_for_somebody_who_is_reached_anyway_is_counted_as_redundant(run):
    always = run("always")
    assert 0 < total(always, Column.REDUNDANT_FEE_MICROS) < total(always, Column.DATA_FEE_MICROS)


def test_without_a_first_party_include_no_fee_is_redundant(run):
    assert total(run("always", include=("1004",)), Column.REDUNDANT_FEE_MICROS) == 0


def test_a_first_party_audience_that_cannot_be_used_reaches_nobody_and_makes_no_fee_redundant(run):
    always = run("always", first_party=set(range(99)))
    assert total(always, Column.REDUNDANT_FEE_MICROS) == 0
    assert total(always, Column.DATA_FEE_MICROS) > 0


def test_only_when_needed_pays_no_redundant_fee_and_still_reaches_the_people(run):
    always, needed = run("always"), run("only_when_needed")
    assert total(needed, Column.REDUNDANT_FEE_MICROS) == 0
    assert 0 < total(needed, Column.DATA_FEE_MICROS) < total(always, Column.DATA_FEE_MICROS)
    assert total(needed, Column.OPPORTUNITIES) == total(always, Column.OPPORTUNITIES)
    # Without a fee to make room for the bid is not lowered, so it wins more often.
    assert total(needed, Column.IMPRESSIONS) > total(always, Column.IMPRESSIONS)
