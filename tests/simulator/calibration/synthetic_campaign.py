"""Campaigns whose truth is known: made day by day, each with a traffic, a market and an answer of its own.

Days differ by more than the model's own chance, which knows no good and bad days: what is fitted is not quite what made
the data, as it never is.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from simulator.calibration.campaign_report import CampaignReport, campaign_report_of
from simulator.calibration.history import Change, stretches_of
from simulator.config import RunConfig
from simulator.reports import report_by_day
from simulator.run import simulate
from simulator.scenario import Lever, Scenario, with_levers_pulled
from simulator.world import World
from tests.simulator.plain_universe import plain_universe
from tests.simulator.worlds import ad_group, run_config, world_of

FIRST_DAY = date(2026, 11, 2)
TRAFFIC, MEDIAN, SIGMA = (
    "traffic.opportunities_per_account_day",
    "market.rival_bid_cpm_micros",
    "market.rival_bid_sigma",
)
BID = "ad_groups.2001.bid_cpm_micros"
BUDGET = "ad_groups.2001.budget_micros"


def scenario(**settings) -> Scenario:
    """Return what an analyst would write down before the campaign: one ad group, guesses about the market."""
    # Without pacing: a campaign that is made day by day would begin every day as if it were its first.
    group = ad_group(bid_cpm_micros=4_000_000, budget_micros=10**9, click_rate=0.01, pacing_delivery_type="none")
    config = run_config(group, flight={"n_days": 14}, **{"traffic": {"opportunities_per_account_day": 0.5}, **settings})
    return Scenario(name="As planned", base=config)


def change(day: int, **levers) -> Change:
    """Return levers of the one ad group that are pulled from so many days after the first on."""
    pulled = tuple(Lever(path=f"ad_groups.2001.{name}", value=value) for name, value in levers.items())
    return Change(from_day=FIRST_DAY + timedelta(days=day), levers=pulled)


def world_for(scenario: Scenario, n_accounts: int = 1_500) -> World:
    return world_of(scenario.config, plain_universe(n_accounts), {})


def synthetic_report(
    truth: RunConfig,
    changes: Sequence[Change],
    world: World,
    rng: np.random.Generator,
    *,
    n_days: int = 14,
    spreads: tuple[float, float, float] = (0.12, 0.05, 0.15),
) -> CampaignReport:
    """Run a campaign day by day.

    truth : what the market really is; spreads : how much days differ, in logarithms, in traffic, prices and clicks.
    """
    last_day = FIRST_DAY + timedelta(days=n_days - 1)
    parts = []
    for stretch in stretches_of(Scenario(name="Truth", base=truth), changes, FIRST_DAY, last_day):
        for number in range(stretch.n_days):
            traffic, price, click = np.exp(np.array(spreads) * rng.standard_normal(3) - np.square(spreads) / 2)
            config = with_levers_pulled(
                stretch.config,
                [
                    Lever(path=TRAFFIC, value=truth.traffic.opportunities_per_account_day * traffic),
                    Lever(path=MEDIAN, value=round(truth.market.rival_bid_cpm_micros * price)),
                    Lever(path="ad_groups.2001.click_rate", value=truth.ad_groups[0].click_rate * click),
                    Lever(path="flight.start", value=f"{stretch.first_day + timedelta(days=number)}T00:00:00Z"),
                    Lever(path="flight.n_days", value=1),
                    Lever(path="rng_seed", value=int(rng.integers(2**62))),
                ],
                "a day",
            )
            parts.append(report_by_day(simulate(config, world)))
    return campaign_report_of(pd.concat(parts, ignore_index=True), "campaign.csv")


def with_truth(config: RunConfig, **truth: float) -> RunConfig:
    """Return the configuration with traffic, median and sigma as they really are."""
    names = {"traffic": TRAFFIC, "median": MEDIAN, "sigma": SIGMA, "click_rate": "ad_groups.2001.click_rate"}
    return with_levers_pulled(config, [Lever(path=names[name], value=value) for name, value in truth.items()], "truth")
