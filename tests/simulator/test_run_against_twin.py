"""The compiled run and its naive twin agree on every number, whatever the configuration."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.config import RunConfig
from simulator.kernels.auction import Column
from simulator.processes.traffic import n_opportunities_in_tick
from simulator.run import RunResult, simulate
from simulator.world import World
from tests.simulator.naive import Record, Twin
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

AUDIENCES = {
    "1001": "CUSTOMER_LIST",
    "1002": "VISITOR",
    "1003": "VISITOR",
    "1004": "THIRD_PARTY",
    "1005": "THIRD_PARTY",
}
FEES_BP = {"1004": 1_000, "1005": 1_764}

cpm_micros = st.integers(1_000, 12_000_000)


@st.composite
def targetings(draw):
    ids = draw(st.permutations(list(AUDIENCES)))
    n_include = draw(st.integers(0, 3))
    n_exclude = draw(st.integers(0, 2))
    targeting = {"AUDIENCE_INCLUDE": ids[:n_include], "AUDIENCE_EXCLUDE": ids[n_include : n_include + n_exclude]}
    if any(AUDIENCES[an_id] == "THIRD_PARTY" for an_id in ids[: n_include + n_exclude]) or draw(st.booleans()):
        targeting["LOCATION"] = ["US"]
    if draw(st.booleans()):
        targeting["GENDER"] = draw(st.lists(st.sampled_from(["female", "male", "unknown"]), min_size=1, unique=True))
    return targeting


@st.composite
def ad_groups(draw, number):
    return ad_group(
        str(2001 + number),
        bid_cpm_micros=draw(cpm_micros),
        budget_micros=draw(st.sampled_from([10_000, 200_000, 2_000_000, 10**9])),
        budget_type=draw(st.sampled_from(["DAILY", "LIFETIME"])),
        pacing_delivery_type=draw(st.sampled_from(["STANDARD", "ACCELERATED"])),
        targeting=draw(targetings()),
        click_rate=draw(st.sampled_from([0.0, 0.1, 1.0])),
    )


@st.composite
def configs(draw):
    hours = st.sampled_from([0, 10.5, 24, 72])
    return run_config(
        *[draw(ad_groups(number)) for number in range(draw(st.integers(1, 4)))],
        audiences=[audience_spec(an_id, kind, draw(hours)) for an_id, kind in AUDIENCES.items()],
        campaign={
            "launched_hours_before_start": draw(st.sampled_from([0, 24])),
            "review_hours": draw(st.sampled_from([None, 0, 5, 7.25])),
            "rejections": [
                {"resubmitted_after_hours": hours}
                for hours in draw(st.lists(st.sampled_from([0, 3.5, None]), max_size=2))
            ],
        },
        rng_seed=draw(st.integers(0, 2**63 - 1)),
        traffic={"opportunities_per_account_day": 0.4},
        market={
            "bid_floor_cpm_micros": draw(st.sampled_from([0, 2_000_000, 5_000_000])),
            "rival_bid_cpm_micros": draw(cpm_micros),
            "rival_bid_sigma": draw(st.sampled_from([0, 0.6, 3])),
        },
        self_competition=draw(st.sampled_from(["compete", "best_only"])),
        third_party_data={
            "is_enabled": draw(st.booleans()),
            "bid_reduction_policy": draw(st.sampled_from(["exact", "as_fee", "flat"])),
            "fee_rule": draw(st.sampled_from(["always", "only_when_needed"])),
        },
    )


def random_members(rng_seed: int, n_accounts: int) -> dict[str, set[int]]:
    """Give each audience a random part of the accounts; the first is now and then too small to be used."""
    rng = np.random.default_rng(rng_seed)
    sizes = dict.fromkeys(AUDIENCES, n_accounts // 3) | {"1001": int(rng.integers(90, 130))}
    return {an_id: set(rng.choice(n_accounts, size, replace=False).tolist()) for an_id, size in sizes.items()}


def twin_of(config: RunConfig, world: World, members: dict[str, set[int]]) -> Record:
    universe = world.universe
    people = universe.accounts(columns=["country", "age_bucket", "gender", "device"]).astype(str).to_dict("records")
    columns = (world.traffic.threshold.tolist(), world.traffic.alias.tolist())
    ticks = range(config.flight.n_hours)
    arrivals = [n_opportunities_in_tick(config, universe.n_accounts, tick) for tick in ticks]
    return Twin(config, members, FEES_BP, people, columns, arrivals).run()


def as_record(result: RunResult) -> Record:
    """Turn a run's arrays into the twin's dictionaries, zeros left out."""
    tallies = result.ledger.tallies
    counts = {
        (int(tick), int(number), Column(int(column)).name): int(tallies[tick, number, column])
        for tick, number, column in zip(*np.nonzero(tallies), strict=True)
    }
    multipliers = {
        (tick, number): int(value)
        for tick, row in enumerate(result.ledger.multiplier_bp)
        for number, value in enumerate(row)
    }
    entries = np.flatnonzero(result.ledger.entry_impressions)
    shown = {
        (int(result.eligibility.entry_account[entry]), int(result.eligibility.entry_ad_group[entry])): int(
            result.ledger.entry_impressions[entry]
        )
        for entry in entries
    }
    costs = result.ledger.self_competition_micros
    raised = {(int(one), int(other)): int(costs[one, other]) for one, other in zip(*np.nonzero(costs), strict=True)}
    return Record(counts, multipliers, shown, raised)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(config=configs(), members_rng_seed=st.integers(0, 2**32))
def test_a_run_and_its_twin_agree_bit_for_bit(small_universe, config, members_rng_seed):
    members = random_members(members_rng_seed, small_universe.n_accounts)
    world = world_of(config, small_universe, members, FEES_BP)
    assert as_record(simulate(config, world)) == twin_of(config, world, members)
