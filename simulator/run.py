"""One run: a configuration goes in, what happened comes out."""

from dataclasses import dataclass

import simpy

from simulator.config import RunConfig
from simulator.delivery import Delivery
from simulator.eligibility import Eligibility
from simulator.ledger import Ledger
from simulator.money import bid_per_impression_micros
from simulator.processes.lifecycle import daily_budgets, population, review
from simulator.processes.market import market
from simulator.processes.pacer import pacer
from simulator.processes.traffic import traffic
from simulator.world import World
from workbench.progress import Progress, ignore_progress


@dataclass(frozen=True)
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
    DataFeeError, DefinitionError, UnknownAudienceError
        If a targeting is not one the platform offers.
    """
    eligibility = world.eligibility(config)
    delivery = Delivery(config, eligibility, world.traffic)
    env = simpy.Environment()
    arrivals = simpy.Store(env)
    for spec in config.audiences:
        env.process(population(env, delivery, spec, world.audiences[spec.audience_id]))
    for campaign in config.campaigns:
        env.process(review(env, delivery, campaign))
    env.process(daily_budgets(env, delivery))
    env.process(pacer(env, delivery))
    env.process(traffic(env, config, world.universe.n_accounts, arrivals))
    env.run(until=env.process(market(delivery, arrivals, on_progress)))
    delivery.ledger.life.sort(key=lambda event: event.hour)
    return RunResult(config, delivery.ledger, eligibility, (*delivery.warnings, *_bids_below_floor(config)))


def _bids_below_floor(config: RunConfig) -> list[str]:
    """Warn about bids that can never win, because the market accepts nothing that low."""
    floor_micros = bid_per_impression_micros(config.market.bid_floor_cpm_micros)
    return [
        f"Ad group {ad_group.ad_group_id} bids below the market's floor and cannot deliver; raise its bid"
        for ad_group in config.ad_groups
        if bid_per_impression_micros(ad_group.bid_cpm_micros) < floor_micros
    ]
