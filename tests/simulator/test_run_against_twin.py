"""The compiled run and its naive twin agree on every number, whatever the configuration."""

from math import fsum

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.config import Membership, RunConfig
from simulator.kernels.sampling import build_traffic_table
from simulator.kernels.tables import Column
from simulator.run import RunResult, simulate
from simulator.traffic_classes import draw_opportunities, expected_opportunities
from simulator.world import World
from tests.simulator.naive.members import members_over_time
from tests.simulator.naive.record import AD_COLUMNS, AUDIENCE_COLUMNS, Record
from tests.simulator.naive.traffic import country_classes, expected_share
from tests.simulator.naive.twin import Twin
from tests.simulator.random_configs import AUDIENCES, FEES_BP, configs
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

Members = dict[str, set[int]]
Changes = dict[str, list[tuple[float, set[int]]]]


def random_members(rng_seed: int, n_accounts: int) -> Members:
    """Give each audience a random part of the accounts; the first is now and then too small to be used."""
    rng = np.random.default_rng(rng_seed)
    sizes = dict.fromkeys(AUDIENCES, n_accounts // 3) | {"1001": int(rng.integers(90, 200))}
    return {an_id: set(rng.choice(n_accounts, size, replace=False).tolist()) for an_id, size in sizes.items()}


def random_changes(config: RunConfig, members: Members, rng_seed: int, n_accounts: int) -> Changes:
    """Upload each refreshed list with other people, and let some members leave an expiring audience each day."""
    rng = np.random.default_rng(rng_seed)
    later = {}
    for audience in config.audiences:
        an_id, left = audience.audience_id, sorted(members[audience.audience_id])
        if audience.refreshes:
            others = [set(rng.choice(n_accounts, 150, replace=False).tolist()) for _ in audience.refreshes]
            hours = [refresh.uploaded_at_hour for refresh in audience.refreshes]
            later[an_id] = list(zip(hours, others, strict=True))
        elif audience.membership is Membership.EXPIRING:
            later[an_id] = []
            for day in range(1, config.flight.n_days):
                left = left[int(rng.integers(1, 90)) :]
                later[an_id].append((24.0 * day, set(left)))
    return later


def twin_of(config: RunConfig, world: World, members: Members, changes: Changes | None = None) -> Twin:
    people = world.universe.accounts(columns=["country", "age_bucket", "gender", "device", "activity"])
    activity = people["activity"].to_numpy()
    attributes = people.drop(columns="activity").astype(str).to_dict("records")
    people = [person | {"activity": one} for person, one in zip(attributes, activity.tolist(), strict=True)]

    def table_of(accounts):
        table = build_traffic_table(activity[accounts], np.zeros(len(accounts), dtype=np.uint16), 1)
        columns = [divmod(int(column), 2**32) for column in table.columns]
        return [threshold for threshold, _ in columns], [accounts[alias] for _, alias in columns]

    return Twin(
        config,
        members_over_time(config, members, changes),
        FEES_BP,
        people,
        country_classes(config.traffic, people, table_of),
        *traffic_of(config, world),
    )


def traffic_of(config: RunConfig, world: World) -> tuple[list[float], list[int]]:
    """Return how many opportunities each tick is expected to bring, and brings."""
    classes, ticks = world.traffic_classes(config), range(config.flight.n_hours)
    expected = [fsum(expected_opportunities(config, classes, tick)) for tick in ticks]
    return expected, draw_opportunities(config.rng_seed, np.array(expected))


def as_record(result: RunResult, twin: Record) -> Record:
    """Turn a run's arrays into the twin's dictionaries, zeros left out; paces of the ticks that were bid in."""
    ledger = result.ledger
    counts = {
        (tick, number, Column(column).name): count for (tick, number, column), count in nonzero(ledger.tallies).items()
    }
    pace = {where: (int(ledger.pace_bp[where]), int(ledger.participation_bp[where])) for where in twin.pace}
    return Record(
        counts=counts,
        pace=pace,
        conversions=nonzero(ledger.conversions),
        counters=counters_of(result),
        by_ad=by_ad_of(result),
        by_audience=by_audience_of(result),
        self_competition={
            (int(payer), int(raiser)): int(micros)
            for payer, raiser, micros in zip(*ledger.self_competition, strict=True)
        },
        n_opportunities=ledger.n_opportunities.tolist(),
    )


def differences(run: Record, twin: Record) -> dict[str, object]:
    """Return, for each part of the record that differs, the first few places with what the run and the twin have."""
    found: dict[str, object] = {}
    for part, of_twin in vars(twin).items():
        of_run = getattr(run, part)
        if isinstance(of_twin, dict) and of_run != of_twin:
            places = sorted(
                where for where in of_run.keys() | of_twin.keys() if of_run.get(where) != of_twin.get(where)
            )
            found[part] = [(where, of_run.get(where), of_twin.get(where)) for where in places[:5]]
        elif of_run != of_twin:
            found[part] = (of_run, of_twin)
    return found


def nonzero(array) -> dict[tuple[int, ...], int]:
    return {tuple(map(int, where)): int(array[where]) for where in zip(*np.nonzero(array), strict=True)}


def counters_of(result: RunResult) -> dict[tuple[int, int], tuple[int, bool]]:
    counts = result.ledger.entry_counts
    accounts, ad_groups = result.eligibility.entry_accounts(), result.eligibility.entry_ad_groups()
    return {
        (int(accounts[entry]), int(ad_groups[entry])): (int(counts[entry]) & 127, bool(counts[entry] & 128))
        for entry in np.flatnonzero(counts)
    }


def by_ad_of(result: RunResult) -> dict[tuple[int, int, str], int]:
    rows = [
        (number, ad)
        for number, ad_group in enumerate(result.config.all_ad_groups)
        for ad in range(max(1, len(ad_group.ads)))
    ]
    return {
        (*rows[row], AD_COLUMNS[column]): count
        for (row, column), count in nonzero(result.ledger.by_ad[:, : len(AD_COLUMNS)]).items()
    }


def by_audience_of(result: RunResult) -> dict[tuple[int, str, str], int]:
    rows = [
        (number, audience_id)
        for number, ad_group in enumerate(result.config.ad_groups)
        for audience_id in ad_group.targeting.audience_include
    ]
    return {
        (*rows[row], AUDIENCE_COLUMNS[column]): count
        for (row, column), count in nonzero(result.ledger.by_audience).items()
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=configs(), members_rng_seed=st.integers(0, 2**32))
def test_a_run_and_its_twin_agree_bit_for_bit(small_universe, config, members_rng_seed):
    members = random_members(members_rng_seed, small_universe.n_accounts)
    changes = random_changes(config, members, members_rng_seed, small_universe.n_accounts)
    world = world_of(config, small_universe, members, FEES_BP, changes)
    expected = twin_of(config, world, members, changes).run()
    assert differences(as_record(simulate(config, world), expected), expected) == {}


def largest_amounts() -> RunConfig:
    """Configure the largest bids, multipliers, fees, floors, budgets, rates and lifts that there may be, or nearly."""

    def extreme(number: int, **settings) -> dict:
        audience_id = str(1001 + number)
        spec = {
            "targeting": {"AUDIENCE_INCLUDE": [audience_id], "LOCATION": ["US"]},
            "bid_multipliers": {audience_id: 10},
            "lifts": {audience_id: {"mean": 10, "standard_deviation": 10}},
            "ads": [{"ad_id": str(3001 + number), "name": "Ad", "response_factor": 10}],
            "budget_micros": 10**15,
            "bid_cpm_micros": None,
        }
        return ad_group(str(2001 + number), **(spec | settings))

    by_click = {"billable_event": "CLICKTHROUGH", "click_rate": 1e-9}
    by_view = {"billable_event": "VIDEO_V_50_MRC", "view_rate": 1.0, "bid_micros": 10**9}
    automatic = {"bid_strategy_type": "AUTOMATIC_BID", "pacing_delivery_type": "adaptive"}
    return run_config(
        extreme(0, **automatic, **by_click),
        extreme(1, **automatic, budget_type="LIFETIME"),
        extreme(2, **by_view, pacing_delivery_type="none"),
        extreme(3, **by_view, pacing_delivery_type="adaptive"),
        extreme(4, bid_cpm_micros=10**11, optimization_goal="CLICKTHROUGH", pacing_delivery_type="mystique"),
        audiences=[audience_spec(an_id, kind) for an_id, kind in AUDIENCES.items()],
        auction={"format": "vcg", "position_effects": [1, 1, 0.5, 2**-16], "action_rate_sigma": 1},
        market={"rival_bid_cpm_micros": 10**12, "rival_bid_sigma": 3, "bid_floors_cpm_micros": {"GB": 10**12}},
    )


def test_a_run_and_its_twin_agree_on_the_largest_amounts_there_may_be(small_universe):
    config = largest_amounts()
    members = random_members(3, small_universe.n_accounts)
    world = world_of(config, small_universe, members, FEES_BP)
    expected = twin_of(config, world, members).run()
    assert differences(as_record(simulate(config, world), expected), expected) == {}
    assert sum(count for (_, _, column), count in expected.counts.items() if column == "MEDIA_MICROS") > 10**11


@pytest.mark.parametrize("rng_seed", [1, 2])
def test_an_audience_made_from_others_changes_once_all_that_it_is_made_of_is_counted(small_universe, rng_seed):
    config = run_config(
        ad_group(targeting={"AUDIENCE_INCLUDE": ["1006"]}),
        audiences=[
            audience_spec("1001", "CUSTOMER_LIST") | {"refreshes": [{"uploaded_at_hour": 0, "list_file": "new.csv"}]},
            audience_spec("1002", "VISITOR") | {"membership": "expiring"},
            audience_spec("1006", "COMBINATION"),
        ],
        flight={"n_days": 4},
        rng_seed=rng_seed,
    )
    members = {"1001": set(range(150)), "1002": set(range(100, 300))}
    uploaded, left = set(range(400, 520)), [set(range(100 + 30 * day, 300)) for day in range(1, 4)]
    changes = {
        "1001": [(0.0, uploaded)],
        "1002": [(24.0 * day, stayed) for day, stayed in enumerate(left, start=1)],
        "1006": [(0.0, uploaded | members["1002"], (("1001", 1), ("1002", 0)))]
        + [(24.0 * day, uploaded | left[day - 1], (("1001", 1), ("1002", day))) for day in range(1, 4)],
    }
    members["1006"] = members["1001"] | members["1002"]
    world = world_of(config, small_universe, members, changes=changes)
    result = simulate(config, world)
    expected = twin_of(config, world, members, changes).run()
    assert differences(as_record(result, expected), expected) == {}
    counted = {event.hour for event in result.ledger.life if event.subject == "audience 1001"}
    followed = [event.hour for event in result.ledger.life if event.subject == "audience 1006"]
    assert max(counted) in followed
    assert followed[-1] == 72


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=configs())
def test_both_expect_the_same_traffic(small_universe, config):
    members = random_members(1, small_universe.n_accounts)
    twin = twin_of(config, world_of(config, small_universe, members, FEES_BP), members)
    per_day = small_universe.n_accounts * config.traffic.opportunities_per_account_day
    by_hand = [per_day * expected_share(twin.classes, tick) for tick in range(config.flight.n_hours)]
    assert twin.expected == pytest.approx(by_hand, rel=1e-12)
