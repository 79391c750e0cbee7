"""One run: a configuration goes in, what happened comes out."""

from dataclasses import dataclass

import simpy

from simulator.config import RunConfig
from simulator.delivery import Delivery
from simulator.eligibility import Eligibility
from simulator.errors import ConfigError
from simulator.ledger import Ledger
from simulator.money import POLICY_CODES, bid_per_impression_micros, effective_bid_micros
from simulator.processes.lifecycle import daily_budgets, population, population_hours, review
from simulator.processes.market import market
from simulator.processes.pacer import pacer
from simulator.processes.traffic import traffic
from simulator.world import World
from workbench.progress import Progress, ignore_progress

MAX_OPPORTUNITIES_PER_DAY = 1 << 31
"""A tick numbers its opportunities with 32 bits; half of that for a day leaves room for any profile of the hours."""


@dataclass(frozen=True, eq=False)
class RunResult:
    """What a run did.

    Attributes
    ----------
    config : RunConfig
        What was run.
    ledger : Ledger
        What happened.
    eligibility : Eligibility
        Accounts and ad groups behind the ledger's entries.
    warnings : tuple of str
        What a reader of a report should know, one sentence each.
    """

    config: RunConfig
    ledger: Ledger
    eligibility: Eligibility
    warnings: tuple[str, ...]


def simulate(config: RunConfig, world: World, on_progress: Progress = ignore_progress) -> RunResult:
    """Run one configuration from the start of its flight to the end.

    Parameters
    ----------
    config : RunConfig
        What to run. Two runs of one configuration agree to the last bit.
    world : World
        Opened for this configuration or one with the same universe and audiences.
    on_progress : Progress
        Called once a tick; raise ``CancelledError`` in it to stop.

    Returns
    -------
    RunResult

    Raises
    ------
    ConfigError
        If the world was opened for another universe or other audiences, or the traffic is absurd.
    DataFeeError, DefinitionError, UnknownAudienceError
        If a targeting is not one the platform offers.
    """
    _require_fit(config, world)
    eligibility = world.eligibility(config)
    delivery = Delivery(config, eligibility, world.traffic)
    env = simpy.Environment()
    arrivals = simpy.Store(env)
    populated_at = population_hours(config)
    for spec in config.audiences:
        env.process(population(env, delivery, world.audiences[spec.audience_id], populated_at[spec.audience_id]))
    for campaign in config.campaigns:
        env.process(review(env, delivery, campaign))
    env.process(daily_budgets(env, delivery))
    env.process(pacer(env, delivery))
    env.process(traffic(env, config, world.universe.n_accounts, arrivals))
    env.process(market(delivery, arrivals, on_progress))
    env.run(until=config.flight.n_hours)
    delivery.ledger.life.sort(key=lambda event: event.hour)
    warnings = (*delivery.warnings, *_bids_below_floor(config, eligibility))
    return RunResult(config, delivery.ledger, eligibility, warnings)


def _require_fit(config: RunConfig, world: World) -> None:
    """Refuse a world that was opened for other people, and more traffic than opportunities can be numbered."""
    if not world.fits(config):
        raise ConfigError(
            "expected a world opened for this universe and these audiences, got one of others; open one for this "
            "configuration with World.open"
        )
    n_opportunities = world.universe.n_accounts * config.traffic.opportunities_per_account_day
    if n_opportunities > MAX_OPPORTUNITIES_PER_DAY:
        raise ConfigError(
            f"expected at most {MAX_OPPORTUNITIES_PER_DAY:,} opportunities a day, got about {n_opportunities:,.0f} "
            f"for {world.universe.n_accounts:,} accounts; lower traffic.opportunities_per_account_day"
        )


def _bids_below_floor(config: RunConfig, eligibility: Eligibility) -> list[str]:
    """Warn about bids that the market never accepts, as they are or once they are lowered for a data fee."""
    floor_micros = bid_per_impression_micros(config.market.bid_floor_cpm_micros)
    policy_code = POLICY_CODES[config.third_party_data.bid_reduction_policy]
    warnings = []
    for number, ad_group in enumerate(config.ad_groups):
        bid = bid_per_impression_micros(ad_group.bid_cpm_micros)
        fees_bp = eligibility.offer_fee_bp[eligibility.offer_ad_group == number]
        too_dear = [fee for fee in fees_bp if effective_bid_micros(bid, int(fee), policy_code) < floor_micros]
        if bid < floor_micros:
            warnings.append(
                f"Ad group {ad_group.ad_group_id} bids below the market's floor and cannot deliver; raise its bid."
            )
        elif too_dear:
            warnings.append(
                f"Ad group {ad_group.ad_group_id}: lowered for a data fee of {min(too_dear) / 100:.1f} % its bid is "
                "below the market's floor, so people reached through that segment see nothing; raise its bid."
            )
    return warnings
