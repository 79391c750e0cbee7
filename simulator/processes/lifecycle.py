"""The lives of audiences, campaigns and budgets."""

from collections.abc import Generator, Iterable, Mapping, Sequence

import simpy

from simulator.audience_versions import AudienceVersion
from simulator.config import HOURS_PER_DAY, MAX_REVIEW_HOURS, Campaign, RunConfig, SimulatedAudience
from simulator.delivery import Delivery
from simulator.kernels.draws import Stream, scalar_uniform
from workbench.audiences import Audience, population_delay_hours, sources_first

Process = Generator[simpy.Event, None, None]


def version_hours(config: RunConfig, versions: Mapping[str, Sequence[AudienceVersion]]) -> dict[tuple[str, int], float]:
    """Return when each version of each audience is counted, by id and number of the version; the first is 0.

    A list that is uploaded anew takes as long as any. An audience that is made from others has to wait until all that
    its version is made of is counted; an actalike then takes as long as it took at first.

    Parameters
    ----------
    config : RunConfig
        With these audiences.
    versions : mapping of str to sequence of AudienceVersion
        By id.

    Returns
    -------
    dict of (str, int) to float
        Hours from the start of the flight, negative before it.
    """
    audiences = {audience.audience_id: audience for audience in config.audiences}
    in_order = [audiences[audience_id] for audience_id in sources_first(audiences)]
    first_counted = _population_hours(config.rng_seed, in_order)
    hours: dict[tuple[str, int], float] = {}
    for audience in in_order:
        audience_id, first = audience.audience_id, first_counted[audience.audience_id]
        for number, version in enumerate(versions[audience_id]):
            hours[audience_id, number] = first
            if number and audience.refreshes:
                chance = scalar_uniform(config.rng_seed, Stream.REFRESH, int(audience_id) + ((number - 1) << 60))
                delay = population_delay_hours(audience.audience_type, chance)
                hours[audience_id, number] = audience.refreshes[number - 1].uploaded_at_hour + delay
            elif version.made_of:
                chance = scalar_uniform(config.rng_seed, Stream.POPULATION, int(audience_id))
                delay = population_delay_hours(audience.audience_type, chance)
                hours[audience_id, number] = max(first, max(hours[source] for source in version.made_of) + delay)
            elif version.from_hour is not None:
                hours[audience_id, number] = max(first, version.from_hour)
    return hours


def _population_hours(rng_seed: int, audiences: Iterable[SimulatedAudience]) -> dict[str, float]:
    """Return when audiences, sources first, are counted: by id, hours from the start of the flight."""
    hours: dict[str, float] = {}
    for audience in audiences:
        created = -audience.created_hours_before_start
        last_source = max((hours[source_id] for source_id in audience.definition.source_audience_ids), default=created)
        chance = scalar_uniform(rng_seed, Stream.POPULATION, int(audience.audience_id))
        delay = population_delay_hours(audience.audience_type, chance, source_delay_hours=last_source - created)
        hours[audience.audience_id] = max(created + delay, last_source)
    return hours


def population(
    env: simpy.Environment, delivery: Delivery, version: int, audience: Audience, counted_at: float
) -> Process:
    """Turn INITIALIZING into READY or TOO_SMALL in the hour in which the platform has counted.

    A later version takes the place of the one before it.
    """
    yield from _until(env, counted_at)
    audience_id = audience.spec.audience_id
    delivery.add_populated(audience_id, version)
    before = "INITIALIZING" if version == 0 else "refreshed"
    delivery.note(counted_at, f"audience {audience_id}", f"{before} → {audience.status.value}")


def review(env: simpy.Environment, delivery: Delivery, campaign: Campaign, own_hours: float | None) -> Process:
    """Turn PENDING into APPROVED within a day of the launch; nothing is shown before.

    What is rejected is changed and submitted again, and waits for another review. Ads with a time of review of their
    own are told apart from the campaign's others.
    """
    subject, at = f"campaign {campaign.campaign_id}", -campaign.launched_hours_before_start
    if own_hours is not None:
        subject = f"ads of campaign {campaign.campaign_id} reviewed in {own_hours:g} h"
    for attempt, rejection in enumerate((*campaign.rejections, None)):
        at += review_hours(delivery.config.rng_seed, campaign, attempt) if own_hours is None else own_hours
        yield from _until(env, at)
        if rejection is None:
            delivery.approve(campaign, _reviewed_together(campaign, own_hours))
            delivery.note(at, subject, "PENDING → APPROVED")
            return
        delivery.note(at, subject, f"PENDING → REJECTED ({rejection.reason})")
        if rejection.resubmitted_after_hours is None:
            return
        at += rejection.resubmitted_after_hours
        yield from _until(env, at)
        delivery.note(at, subject, "REJECTED → PENDING")


def _reviewed_together(campaign: Campaign, own_hours: float | None) -> list[tuple[str, int]]:
    """Return the ads whose reviews take this long, by ad group and number; an ad group without ads has one."""
    return [
        (ad_group.ad_group_id, number)
        for ad_group in campaign.ad_groups
        for number, ad in enumerate(ad_group.ads or (None,))
        if (ad.review_hours if ad else None) == own_hours
    ]


def review_hours(rng_seed: int, campaign: Campaign, attempt: int) -> float:
    """Return how long the review of one submission takes, hours; the first is attempt 0."""
    if campaign.review_hours is not None:
        return campaign.review_hours
    # Ids have at most 18 digits, so a submission's number stands above them.
    chance = scalar_uniform(rng_seed, Stream.REVIEW, int(campaign.campaign_id) + (attempt << 60))
    return MAX_REVIEW_HOURS * (1 - chance)


def _until(env: simpy.Environment, hour: float) -> Process:
    """Wait for an hour of the flight, unless it is past."""
    if hour > env.now:
        yield env.timeout(hour - env.now)


def daily_budgets(env: simpy.Environment, delivery: Delivery) -> Process:
    """Begin every day with whole budgets."""
    while True:
        delivery.begin_day()
        yield env.timeout(HOURS_PER_DAY)
