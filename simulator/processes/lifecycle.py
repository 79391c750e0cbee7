"""The lives of audiences, campaigns and budgets."""

from collections.abc import Generator

import simpy

from simulator.config import HOURS_PER_DAY, MAX_REVIEW_HOURS, Campaign, SimulatedAudience
from simulator.delivery import Delivery
from simulator.kernels.draws import Stream, scalar_uniform
from workbench.audiences import Audience, population_delay_hours

Process = Generator[simpy.Event, None, None]


def population(env: simpy.Environment, delivery: Delivery, spec: SimulatedAudience, audience: Audience) -> Process:
    """Turn INITIALIZING into READY or TOO_SMALL after the delay the platform states for the audience's type."""
    chance = scalar_uniform(delivery.config.rng_seed, Stream.POPULATION, int(spec.audience_id))
    delay = population_delay_hours(spec.definition.type, chance)
    populated_at = delay - spec.created_hours_before_start
    if populated_at > env.now:
        yield env.timeout(populated_at - env.now)
    delivery.add_populated(spec.audience_id)
    delivery.note(populated_at, f"audience {spec.audience_id}", f"INITIALIZING → {audience.status.value}")


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
