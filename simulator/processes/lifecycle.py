"""The lives of audiences, campaigns and budgets."""

from collections.abc import Generator

import simpy

from simulator.config import HOURS_PER_DAY, MAX_REVIEW_HOURS, Campaign, RunConfig
from simulator.delivery import Delivery
from simulator.kernels.draws import Stream, scalar_uniform
from workbench.audiences import Audience, population_delay_hours, sources_first

Process = Generator[simpy.Event, None, None]


def population_hours(config: RunConfig) -> dict[str, float]:
    """Return when each audience is counted, by id: hours from the start of the flight, negative before it."""
    audiences = {audience.audience_id: audience for audience in config.audiences}
    hours: dict[str, float] = {}
    for audience_id in sources_first(audiences):
        audience = audiences[audience_id]
        created = -audience.created_hours_before_start
        last_source = max((hours[source_id] for source_id in audience.definition.source_audience_ids), default=created)
        chance = scalar_uniform(config.rng_seed, Stream.POPULATION, int(audience_id))
        delay = population_delay_hours(audience.audience_type, chance, source_delay_hours=last_source - created)
        hours[audience_id] = max(created + delay, last_source)
    return hours


def population(env: simpy.Environment, delivery: Delivery, audience: Audience, populated_at: float) -> Process:
    """Turn INITIALIZING into READY or TOO_SMALL in the hour in which the platform has counted."""
    if populated_at > env.now:
        yield env.timeout(populated_at - env.now)
    audience_id = audience.spec.audience_id
    delivery.add_populated(audience_id)
    delivery.note(populated_at, f"audience {audience_id}", f"INITIALIZING → {audience.status.value}")


def review(env: simpy.Environment, delivery: Delivery, campaign: Campaign) -> Process:
    """Turn PENDING into APPROVED within a day of the launch; nothing is shown before."""
    hours = campaign.review_hours
    if hours is None:
        chance = scalar_uniform(delivery.config.rng_seed, Stream.REVIEW, int(campaign.campaign_id))
        hours = MAX_REVIEW_HOURS * (1 - chance)
    approved_at = hours - campaign.launched_hours_before_start
    if approved_at > env.now:
        yield env.timeout(approved_at - env.now)
    delivery.approve(campaign)
    delivery.note(approved_at, f"campaign {campaign.campaign_id}", "PENDING → APPROVED")


def daily_budgets(env: simpy.Environment, delivery: Delivery) -> Process:
    """Begin every day with whole budgets."""
    while True:
        delivery.begin_day()
        yield env.timeout(HOURS_PER_DAY)
