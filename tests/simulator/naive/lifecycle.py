"""What may be shown when: audiences that are counted, ads that are reviewed, entities that are switched on."""

from tests.simulator.naive.draws import uniform


def population_hour(rng_seed, audience, source_hours=()):
    """Return when an audience is counted, hours of the flight; source_hours : when those are that it is made from."""
    if audience.definition.type == "COMBINATION":
        return max(-audience.created_hours_before_start, *source_hours)
    chance = uniform(rng_seed, "population", int(audience.audience_id))
    delay = {"CUSTOMER_LIST": 24 + 24 * (1 - chance), "VISITOR": 24 * (1 - chance), "THIRD_PARTY": 0}
    return delay[audience.definition.type] - audience.created_hours_before_start


def refresh_hour(rng_seed, audience, number, uploaded_at_hour):
    """Return when the platform has counted a customer list that was uploaded anew."""
    chance = uniform(rng_seed, "refresh", int(audience.audience_id) + number * 2**60)
    return uploaded_at_hour + 24 + 24 * (1 - chance)


def approval_hour(rng_seed, campaign, ad):
    """Return when an ad is approved, None: never; hours of the flight."""
    at = -campaign.launched_hours_before_start
    for attempt in range(len(campaign.rejections) + 1):
        hours = [hours for hours in (ad and ad.review_hours, campaign.review_hours) if hours is not None]
        chance = uniform(rng_seed, "review", int(campaign.campaign_id) + attempt * 2**60)
        at += hours[0] if hours else 24 * (1 - chance)
        if attempt < len(campaign.rejections):
            if campaign.rejections[attempt].resubmitted_after_hours is None:
                return None
            at += campaign.rejections[attempt].resubmitted_after_hours
    return at


def live_ads(rng_seed, campaign, ad_group, tick):
    """Return the numbers of an ad group's ads that may be shown in a tick; without ads it has one, number 0."""
    if campaign.status != "ACTIVE" or ad_group.status != "ACTIVE":
        return []
    live = []
    for number, ad in enumerate(ad_group.ads or (None,)):
        approved = approval_hour(rng_seed, campaign, ad)
        if approved is not None and approved <= tick and (ad is None or ad.status == "ACTIVE"):
            live.append(number)
    return live


def is_scheduled(flight, ad_group, tick):
    """Tell whether an ad group's own times let it run in a tick."""
    if ad_group.start_time is not None and tick < flight.hour_of(ad_group.start_time):
        return False
    if ad_group.end_time is not None and tick >= flight.hour_of(ad_group.end_time):
        return False
    return ad_group.active_hours is None or tick % 24 in ad_group.active_hours
