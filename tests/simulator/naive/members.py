"""Who is in an audience from which hour on."""

from tests.simulator.naive.lifecycle import population_hour, refresh_hour


def members_over_time(config, first, later=None):
    """Return every audience's members with the hour from which they count, the newest last, as `Offers` takes them.

    first : dict of audience id → accounts before the flight; later : dict of audience id → list of (hour, accounts), in
    order, for audiences whose list is uploaded anew then or whose members have left by then.
    """
    timelines = {}
    for audience in config.audiences:
        audience_id = audience.audience_id
        counted = population_hour(config.rng_seed, audience)
        timelines[audience_id] = [(counted, first[audience_id])]
        for number, (hour, accounts) in enumerate((later or {}).get(audience_id, ())):
            is_upload = audience.definition.type == "CUSTOMER_LIST"
            from_hour = refresh_hour(config.rng_seed, audience, number, hour) if is_upload else max(counted, hour)
            timelines[audience_id].append((from_hour, accounts))
    return timelines
