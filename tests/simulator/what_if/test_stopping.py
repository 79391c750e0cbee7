"""When a comparison ends by itself, and that as many pairs give the same again."""

import math

import numpy as np
import pandas as pd
import pytest

from simulator.errors import ConfigError
from simulator.scenario import Lever
from simulator.what_if import (
    Comparison,
    Ending,
    KeptRuns,
    ParameterDraws,
    Precision,
    StopRule,
    compare,
    threads,
)
from simulator.what_if.stopping import FIRST_LOOK, seconds_from_text
from workbench.errors import CancelledError, DefinitionError

BID = "ad_groups.*.bid_cpm_micros"


@pytest.fixture
def scenario(scenario):
    """Return the scenario for a single day, since there are hundreds of runs here."""
    flight = scenario.base.flight.model_copy(update={"n_days": 1})
    return scenario.model_copy(update={"base": scenario.base.model_copy(update={"flight": flight})})


@pytest.fixture
def dearer(scenario):
    return scenario.with_levers("Dearer", Lever(path=BID, value=7_000_000))


@pytest.fixture
def hours_pass(monkeypatch):
    """Have an hour pass between any two looks at the clock."""
    now = iter(range(0, 10**9, 3_600))
    monkeypatch.setattr("simulator.what_if.paired_runs.time.monotonic", lambda: next(now))


def rule(*precisions, **settings) -> StopRule:
    return StopRule(precisions=tuple(map(Precision.from_text, precisions)), **settings)


def assert_same(one: Comparison, other: Comparison):
    assert one.n_replications == other.n_replications
    pd.testing.assert_frame_equal(one.replications, other.replications, check_exact=True)
    pd.testing.assert_frame_equal(one.by_day, other.by_day, check_exact=True)
    pd.testing.assert_frame_equal(one.by_ad_group, other.by_ad_group, check_exact=True)


def half_width(comparison, metric):
    found = comparison.table.set_index("metric").loc[metric]
    return (found["high"] - found["low"]) / 2 / abs(found["base"])


def test_it_stops_when_the_interval_is_narrow_enough(scenario, dearer, world):
    keep = KeptRuns()
    wide = compare(scenario, dearer, world, n_replications=rule("20%"), keep=keep)
    assert (wide.n_replications, wide.ending) == (FIRST_LOOK, Ending.PRECISE)
    narrow = compare(scenario, dearer, world, n_replications=rule("0.75%", "clicks=5%"), keep=keep)
    assert narrow.ending is Ending.PRECISE
    assert narrow.n_replications > FIRST_LOOK
    assert half_width(narrow, "spend") <= 0.0075
    assert half_width(narrow, "clicks") <= 0.05
    before = narrow.rule.looks[narrow.rule.looks.index(narrow.n_replications) - 1]
    earlier = compare(scenario, dearer, world, n_replications=before, keep=keep)
    assert half_width(earlier, "spend") > 0.0075 or half_width(earlier, "clicks") > 0.05


def test_where_it_stops_does_not_depend_on_the_threads_and_is_the_same_asked_for_outright(scenario, dearer, world):
    stopped = [compare(scenario, dearer, world, n_replications=rule("0.75%"), where=threads(n)) for n in (1, 3)]
    assert_same(*stopped)
    assert_same(stopped[0], compare(scenario, dearer, world, n_replications=stopped[0].n_replications))


def test_it_stops_at_the_limit_and_says_so(scenario, dearer, world):
    stopped = compare(scenario, dearer, world, n_replications=rule("0.001%", max_replications=40))
    assert (stopped.n_replications, stopped.ending) == (40, Ending.AT_LIMIT)


def test_it_stops_when_the_time_is_spent_and_can_be_had_again(scenario, dearer, world, hours_pass):
    del hours_pass
    stopped = compare(scenario, dearer, world, n_replications=StopRule(seconds=20_000))
    assert stopped.ending is Ending.OUT_OF_TIME
    assert 2 <= stopped.n_replications < 10
    assert_same(stopped, compare(scenario, dearer, world, n_replications=stopped.n_replications))


def test_a_time_that_is_over_at_once_still_gives_an_interval(scenario, dearer, world, hours_pass):
    del hours_pass
    stopped = compare(scenario, dearer, world, n_replications=StopRule(seconds=1e-9), where=threads(1))
    assert (stopped.n_replications, stopped.ending) == (2, Ending.OUT_OF_TIME)
    assert np.isfinite(half_width(stopped, "spend"))


def test_a_gap_in_the_pairs_is_left_out(scenario, dearer, world, hours_pass):
    """Whoever finishes first shall not decide what is counted: long runs may be those with much to tell."""
    del hours_pass
    keep = KeptRuns()
    compare(scenario, dearer, world, n_replications=12, keep=keep, where=threads(1))
    forgotten = list(keep._runs)[10]  # a run of replication 5, so that later ones are found before it is done
    del keep._runs[forgotten]
    stopped = compare(
        scenario, dearer, world, n_replications=StopRule(seconds=22 * 3_600, max_replications=12), keep=keep
    )
    assert stopped.n_replications == 5
    assert stopped.n_reused == 10


def test_a_figure_that_no_run_has_is_never_precise(scenario, world):
    silent = scenario.with_levers("Silent", Lever(path=BID, value=1_000))
    stopped = compare(scenario, silent, world, n_replications=rule("ecpm=50%", max_replications=31))
    assert stopped.ending is Ending.AT_LIMIT


def test_nothing_that_differs_is_precise_at_the_first_look(scenario, world):
    stopped = compare(scenario, scenario, world, n_replications=rule("0.0001%"))
    assert (stopped.n_replications, stopped.ending, stopped.n_reused) == (FIRST_LOOK, Ending.PRECISE, FIRST_LOOK)


def test_progress_never_goes_back_and_can_cancel(scenario, dearer, world):
    seen = []
    compare(
        scenario,
        dearer,
        world,
        n_replications=rule("0.75%"),
        on_progress=lambda done, total: seen.append((done, total)),
    )
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert all(done <= total for done, total in seen)

    def stop(n_done, _n_total):
        if n_done >= FIRST_LOOK + 1:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        compare(scenario, dearer, world, n_replications=rule("0.1%"), on_progress=stop)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2%", Precision(half_width=0.02)),
        (" 0.5 % ", Precision(half_width=0.005)),
        ("cpa=5%", Precision(metric="cpa", half_width=0.05)),
        ("reach=500", Precision(metric="reach", half_width=500, is_relative=False)),
        ("1e3", Precision(half_width=1_000, is_relative=False)),
    ],
)
def test_a_precision_is_read_from_text(text, expected):
    assert Precision.from_text(text) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected a half width"),
        ("two", "expected a half width"),
        ("-2%", "expected a half width"),
        ("0%", "more than 0"),
        ("1.2.3%", "could not convert"),
        ("spent=2%", "did you mean spend"),
        ("xyzzy=2%", "known are: spend"),
    ],
)
def test_a_precision_that_is_none_is_refused(text, complaint):
    with pytest.raises(ConfigError, match=complaint):
        Precision.from_text(text)


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("5m", 300), ("5 min", 300), ("1.5h", 5_400), ("90", 90)])
def test_a_time_is_read_from_text(text, seconds):
    assert seconds_from_text(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0s", "-3s", "1.2.3", "3 days"])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="such as 30s"):
        seconds_from_text(text)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({}, "got neither"),
        ({"seconds": 0}, "more than 0"),
        ({"seconds": math.inf}, "finite"),
        ({"seconds": 1, "max_replications": 1}, "at least 2"),
        ({"seconds": 1, "max_replications": 10_001}, "at most 10000"),
        ({"precisions": (Precision(half_width=1),), "max_replications": 20}, "at least 30"),
    ],
)
def test_a_rule_that_cannot_stop_is_refused(settings, complaint):
    with pytest.raises(DefinitionError, match=complaint):
        StopRule(**settings)


def test_a_metric_that_neither_scenario_has_is_refused(scenario, world):
    with pytest.raises(ConfigError, match="got cpa, which neither has"):
        compare(scenario, scenario, world, n_replications=rule("cpa=5%"))


def test_looks_come_at_growing_distances_up_to_the_limit():
    looks = rule("2%", max_replications=100).looks
    assert looks == [30, 38, 48, 60, 75, 94, 100]
    assert StopRule(seconds=3, max_replications=7).looks == [7]


class TestDraws:
    """What is not known about the market."""

    @pytest.fixture
    def draws(self):
        rng = np.random.default_rng(3)
        return ParameterDraws.of(*({"market.rival_bid_cpm_micros": int(bid)} for bid in rng.normal(4e6, 6e5, 44)))

    def test_replication_i_uses_draw_i_in_both_scenarios(self, scenario, dearer, world, draws):
        compared = compare(scenario, dearer, world, n_replications=3, draws=draws)
        bid = draws.draws[2][0]
        alone = compare(scenario.with_levers("a", bid), dearer.with_levers("b", bid), world, n_replications=3)
        third = [each.replications.query("replication == 2")["value"].to_numpy() for each in (compared, alone)]
        np.testing.assert_array_equal(*third)

    def test_intervals_carry_what_is_not_known_and_do_not_shrink(self, scenario, dearer, world, draws):
        known = compare(scenario, dearer, world, n_replications=20)
        keep = KeptRuns()
        few, many = (compare(scenario, dearer, world, n_replications=n, draws=draws, keep=keep) for n in (40, 44))
        assert half_width(few, "spend") > 5 * half_width(known, "spend")
        assert half_width(many, "spend") > 0.8 * half_width(few, "spend")
        assert many.has_draws
        assert not many.warnings

    def test_too_few_draws_say_what_their_range_holds(self, scenario, dearer, world, draws):
        compared = compare(scenario, dearer, world, n_replications=9, draws=draws)
        assert "hold another one with 80 %; 39 draws or more" in compared.warnings[0]

    def test_draws_are_part_of_what_tells_runs_apart(self, scenario, world, draws):
        keep = KeptRuns()
        compare(scenario, scenario, world, n_replications=3, keep=keep)
        compare(scenario, scenario, world, n_replications=3, keep=keep, draws=draws)
        assert len(keep) == 6

    def test_a_time_stops_before_the_draws_are_used_up(self, scenario, dearer, world, draws):
        compared = compare(scenario, dearer, world, n_replications=StopRule(seconds=3_600), draws=draws)
        assert (compared.n_replications, compared.ending) == (44, Ending.AS_ASKED)

    def test_draws_come_back_from_json(self, draws):
        assert ParameterDraws.model_validate_json(draws.model_dump_json()) == draws

    @pytest.mark.parametrize("n_replications", [45, 1_000])
    def test_more_replications_than_draws_are_refused(self, scenario, dearer, world, draws, n_replications):
        with pytest.raises(ConfigError, match=r"as there are draws \(44\)"):
            compare(scenario, dearer, world, n_replications=n_replications, draws=draws)

    def test_a_precision_of_what_stays_unknown_is_refused(self, scenario, dearer, world, draws):
        with pytest.raises(ConfigError, match="stays unknown"):
            compare(scenario, dearer, world, n_replications=rule("2%"), draws=draws)

    def test_draws_that_would_hide_the_difference_are_refused(self, scenario, world, draws):
        harder = scenario.with_levers("x", Lever(path="market.rival_bid_cpm_micros", value=5_000_000))
        with pytest.raises(ConfigError, match="in which they differ"):
            compare(scenario, harder, world, n_replications=3, draws=draws)

    @pytest.mark.parametrize("path", ["universe", "rng_seed", "flight.n_days", "audiences.1001.name"])
    def test_draws_leave_the_people_alone(self, path):
        with pytest.raises(DefinitionError, match=f"draw 1 sets {path}"):
            ParameterDraws.of({path: "x"})
