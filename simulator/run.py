"""One run: a configuration goes in, what happened comes out."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.auction_room import AuctionRoom
from simulator.config import HOURS_PER_DAY, RunConfig
from simulator.delivery import Delivery, Room
from simulator.eligibility import Eligibility
from simulator.errors import ConfigError
from simulator.fixed_point import highest_bid_micros
from simulator.kernels.people import MAX_FREQUENCY, count_people
from simulator.ledger import Ledger
from simulator.processes.lifecycle import daily_budgets, population, review, version_hours
from simulator.processes.market import market
from simulator.schedule import hours_to_run
from simulator.steering import Steering
from simulator.undeliverable import warnings_about_floors, warnings_about_schedules
from simulator.world import World
from workbench.progress import Progress, ignore_progress

MAX_OPPORTUNITIES_PER_DAY = 1 << 31
"""A tick numbers its opportunities with 32 bits; half of that for a day leaves room for any profile of the hours."""

MAX_BIDS_MICROS = 1 << 62
"""The most that the bids of a run may add up to: sums are int64, and more may come by than is expected."""


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
        Called once an ad group whose people are worked out, twice for each, and then once a tick; raise
        ``CancelledError`` in it to stop.

    Returns
    -------
    RunResult

    Raises
    ------
    ConfigError
        If the world was opened for another universe or other audiences, or there are more opportunities, or money in
        bids, than can be counted.
    DataFeeError, DefinitionError, UnknownAudienceError
        If a targeting is not one the platform offers.
    """
    require_fit(config, world)
    n_groups, counted_at = len(config.all_ad_groups), version_hours(config, world.versions)
    n_steps = 2 * n_groups + config.flight.n_hours

    def tell(n_before: int) -> Progress:
        return lambda n_done, _: on_progress(n_before + n_done, n_steps)

    eligibility = world.eligibility(config, tell(0))
    eligibility.offers(frozenset(version for version, hour in counted_at.items() if hour <= 0), tell(n_groups))
    ledger = Ledger.blank(config, eligibility.n_entries)
    table, landscape = world.traffic_classes(config).table, world.landscape(config)
    room = AuctionRoom(config, eligibility, table, landscape, ledger)
    warnings = simulate_in(room, ledger, config, world, tell(2 * n_groups))
    return RunResult(config, ledger, eligibility, warnings)


def simulate_in(room: Room, ledger: Ledger, config: RunConfig, world: World, on_progress: Progress) -> tuple[str, ...]:
    """Run one configuration with the auctions held somewhere.

    Parameters
    ----------
    room : Room
        Where.
    ledger : Ledger
        Blank, and the room's.
    config, world
        As for `simulate`, and checked by `require_fit`.
    on_progress : Progress
        Called once a tick.

    Returns
    -------
    tuple of str
        What a reader of a report should know, one sentence each.
    """
    may_run, in_flight = hours_to_run(config), world.flight_traffic(config)
    delivery = Delivery(config, Steering(config, in_flight.expected, may_run), room, ledger)
    env = simpy.Environment()
    _begin_lives(env, delivery, world)
    env.process(market(env, delivery, world.opportunities(config), in_flight.class_cuts, on_progress))
    env.run(until=config.flight.n_hours)
    delivery.finish()
    return (
        *room.warnings,
        *world.warnings(config),
        *warnings_about_schedules(config, in_flight.expected, may_run),
        *warnings_about_floors(config, room.fees_bp()),
    )


def _begin_lives(env: simpy.Environment, delivery: Delivery, world: World) -> None:
    """Start what happens to audiences, campaigns and budgets, in this order within an hour."""
    config = delivery.config
    counted_at = version_hours(config, world.versions)
    for spec in config.audiences:
        for number, version in enumerate(world.versions[spec.audience_id]):
            hour = counted_at[spec.audience_id, number]
            env.process(population(env, delivery, number, version.audience, hour))
    for campaign in config.all_campaigns:
        own_hours = dict.fromkeys(
            ad.review_hours if ad else None for ad_group in campaign.ad_groups for ad in ad_group.ads or (None,)
        )
        for hours in own_hours:
            env.process(review(env, delivery, campaign, hours))
    env.process(daily_budgets(env, delivery))


def require_fit(config: RunConfig, world: World) -> None:
    """Refuse a world that was opened for other people, and what cannot be counted."""
    if not world.fits(config):
        raise ConfigError(
            "expected a world opened for this universe and these audiences, got one of others; open one for this "
            "configuration with World.open"
        )
    _require_countable(config, world.flight_traffic(config).expected)


def _require_countable(config: RunConfig, hourly_opportunities: NDArray[np.float64]) -> None:
    """Refuse more traffic than opportunities can be numbered, and bids that may add up to more than int64 holds."""
    per_day = math.fsum(hourly_opportunities[:HOURS_PER_DAY])
    if per_day > MAX_OPPORTUNITIES_PER_DAY:
        raise ConfigError(
            f"expected at most {MAX_OPPORTUNITIES_PER_DAY:,} opportunities a day, got about {per_day:,.0f}; lower "
            "traffic.opportunities_per_account_day or traffic.country_weights"
        )
    n_slots = math.fsum(hourly_opportunities) * config.auction.n_slots
    for ad_group in config.all_ad_groups:
        highest = highest_bid_micros(ad_group, config.market)
        if highest * n_slots > MAX_BIDS_MICROS:
            raise ConfigError(
                f"ad group {ad_group.ad_group_id} may bid up to {highest:,} micro-currency for each of about "
                f"{n_slots:,.0f} slots, and bids are added up to {MAX_BIDS_MICROS:,} at most; lower its bid, its "
                "bid_multipliers or flight.n_days"
            )
