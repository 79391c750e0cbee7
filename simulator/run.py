"""One run: a configuration goes in, what happened comes out."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.auction_room import AuctionRoom
from simulator.config import RunConfig
from simulator.delivery import Delivery
from simulator.eligibility import Eligibility
from simulator.errors import ConfigError
from simulator.fixed_point import base_bid_micros, event_rate
from simulator.kernels.people import MAX_FREQUENCY, count_people
from simulator.kernels.tables import RATE_ONE
from simulator.ledger import Ledger
from simulator.money import POLICY_CODES, bid_per_impression_micros, effective_bid_micros
from simulator.processes.lifecycle import daily_budgets, population, population_hours, refresh_hours, review
from simulator.processes.market import market
from simulator.processes.traffic import draw_opportunities, traffic
from simulator.schedule import hours_to_run
from simulator.steering import Steering
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

    @cached_property
    def people(self) -> NDArray[np.int64]:
        """Accounts by how often they saw ads, as `simulator.kernels.people.count_people` counts; exact, for computing.

        int64 array, shape (n_ad_groups + 1, 11): one row an own ad group and one for all of them together.
        """
        people = np.zeros((len(self.config.ad_groups) + 1, MAX_FREQUENCY + 1), dtype=np.int64)
        offers = self.eligibility.some_offers()
        count_people(
            self.eligibility.first_entry,
            self.ledger.entry_counts,
            offers.entry_offer,
            offers.offer_ad_group,
            people,
        )
        return people


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
    classes, eligibility = world.traffic_classes(config), world.eligibility(config)
    may_run, in_flight = hours_to_run(config), world.flight_traffic(config)
    steering = Steering(config, in_flight.expected, may_run)
    ledger = Ledger.blank(config, eligibility.n_entries)
    room = AuctionRoom(config, eligibility, classes.table, world.landscape(config), ledger)
    delivery = Delivery(config, steering, may_run, room, ledger)
    env = simpy.Environment()
    arrivals = simpy.Store(env)
    _begin_lives(env, delivery, world)
    env.process(traffic(env, draw_opportunities(config.rng_seed, in_flight.expected), arrivals))
    env.process(market(delivery, in_flight.class_cuts, arrivals, on_progress))
    env.run(until=config.flight.n_hours)
    delivery.finish()
    warnings = (*delivery.warnings, *world.warnings(config), *_bids_below_floor(config, eligibility))
    return RunResult(config, delivery.ledger, eligibility, warnings)


def _begin_lives(env: simpy.Environment, delivery: Delivery, world: World) -> None:
    """Start what happens to audiences, campaigns and budgets, in this order within an hour."""
    config = delivery.config
    populated_at, refreshed_at = population_hours(config), refresh_hours(config)
    for spec in config.audiences:
        an_id, first_counted = spec.audience_id, populated_at[spec.audience_id]
        for number, version in enumerate(world.versions[an_id]):
            counted_at = first_counted
            if number and spec.refreshes:
                counted_at = refreshed_at[an_id, number - 1]
            elif version.from_hour is not None:
                counted_at = max(first_counted, version.from_hour)
            env.process(population(env, delivery, number, version.audience, counted_at))
    for campaign in config.all_campaigns:
        own_hours = dict.fromkeys(
            ad.review_hours if ad else None for ad_group in campaign.ad_groups for ad in ad_group.ads or (None,)
        )
        for hours in own_hours:
            env.process(review(env, delivery, campaign, hours))
    env.process(daily_budgets(env, delivery))


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
    floor_cpm = min([config.market.bid_floor_cpm_micros, *config.market.bid_floors_cpm_micros.values()])
    policy_code = POLICY_CODES[config.third_party_data.bid_reduction_policy]
    offers = eligibility.offers(frozenset((audience_id, 0) for audience_id in eligibility.audience_ids))
    warnings = []
    for number, ad_group in enumerate(config.ad_groups):
        bid, rate = base_bid_micros(ad_group, config.market), event_rate(ad_group)
        floor_micros = -(-bid_per_impression_micros(floor_cpm) * RATE_ONE // rate)
        fees_bp = offers.offer_fee_bp[offers.offer_ad_group == number]
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
