"""A market of many ad groups, so that many budgets run dry in one tick."""

import numpy as np

from simulator.config import RunConfig
from simulator.world import World
from tests.simulator.plain_universe import plain_universe
from tests.simulator.worlds import ad_group, audience_spec, run_config
from workbench.identity import AccountSet

N_AUDIENCES = 40
BID_CPM_MICROS = 6_000_000


def market(
    n_accounts: int,
    n_ad_groups: int,
    *,
    budget_micros: int,
    pacing: str = "STANDARD",
    n_days: int = 2,
    opportunities_per_account_day: float = 2.0,
) -> tuple[RunConfig, World]:
    """Make a run in which every ad group wants one of forty audiences, which overlap and have 2 to 10 % of all."""
    rng = np.random.default_rng(1)
    ids = [str(1_001 + number) for number in range(N_AUDIENCES)]
    bids = np.exp(rng.normal(0, 0.5, n_ad_groups)) * BID_CPM_MICROS
    groups = [
        ad_group(
            str(100_001 + number),
            bid_cpm_micros=int(bid),
            budget_micros=budget_micros,
            pacing_delivery_type=pacing,
            targeting={"AUDIENCE_INCLUDE": [ids[number % N_AUDIENCES]]},
        )
        for number, bid in enumerate(bids)
    ]
    config = run_config(
        *groups,
        audiences=[audience_spec(an_id, "VISITOR") for an_id in ids],
        flight={"n_days": n_days},
        traffic={"opportunities_per_account_day": opportunities_per_account_day},
        census_every=10,
    )
    universe = plain_universe(n_accounts, activity=rng.gamma(0.7, 1, n_accounts).astype(np.float32))
    shares = rng.uniform(0.02, 0.1, N_AUDIENCES)
    members = {
        an_id: AccountSet.from_mask(rng.random(n_accounts) < share) for an_id, share in zip(ids, shares, strict=True)
    }
    return config, World.of_members(config, universe, members)
