"""One and the same configuration gives the same figures for as long as the model has the same version."""

import hashlib

import numpy as np

from simulator.kernels.tables import Column
from simulator.model_version import MODEL_VERSION
from simulator.run import simulate
from tests.simulator.plain_universe import plain_universe
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

TALLIES = {
    1: "7bb9a445aac4c17720968fec4479552ba0d5175dbfbec4435e9983740795d07a",
    2: "731391c690732292429ebe1cb2c9b0558f123df85819751a407a730d3a2aadd1",
    3: "731391c690732292429ebe1cb2c9b0558f123df85819751a407a730d3a2aadd1",
}
"""SHA-256 of the tallies of `everything_at_once`, by the version of the model.

It has no audience that is made from others; those follow their sources from version 3 on.
"""


def everything_at_once():
    universe = plain_universe(
        900,
        country=np.array(["US", "GB", "NL"])[np.arange(900) % 3],
        activity=np.linspace(0.2, 3, 900, dtype=np.float32),
    )
    config = run_config(
        ad_group(
            "2001",
            budget_micros=400_000,
            targeting={"AUDIENCE_INCLUDE": ["1001", "1004"], "LOCATION": ["US"]},
            click_rate=0.1,
        ),
        ad_group("2002", pacing_delivery_type="adaptive", budget_micros=300_000, frequency_cap={"max_impressions": 2}),
        ad_group("2003", pacing_delivery_type="mystique", budget_micros=200_000, bid_multipliers={"1001": 1.5}),
        ad_group("2004", pacing_delivery_type="bid_multiplier", conversion_rate=0.3, click_rate=0.2),
        ad_group("2005", billable_event="CLICKTHROUGH", bid_micros=90_000, bid_cpm_micros=None, click_rate=0.05),
        audiences=[audience_spec("1001", "VISITOR"), audience_spec("1004", "THIRD_PARTY")],
        rival_campaigns=[{"campaign_id": "9", "name": "Rival", "ad_groups": [ad_group("9001", budget_micros=10**6)]}],
        auction={"format": "gsp", "position_effects": [1, 0.6], "action_rate_sigma": 0.3},
        market={"n_rival_bids": 2},
        traffic={"opportunities_per_account_day": 3},
    )
    members = {"1001": set(range(300)), "1004": set(range(200, 700))}
    return config, world_of(config, universe, members, {"1004": 1_000})


def test_a_run_gives_what_this_version_of_the_model_gives():
    config, world = everything_at_once()
    ledger = simulate(config, world).ledger
    assert ledger.tallies[:, :, Column.CLICK_CONVERSIONS].any()
    found = hashlib.sha256(ledger.tallies.tobytes()).hexdigest()
    assert found == TALLIES[MODEL_VERSION], (
        "a run gives others than this version of the model gave; if that is meant, raise MODEL_VERSION and add "
        f"its digest here: {found}"
    )
