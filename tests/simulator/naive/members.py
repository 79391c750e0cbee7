"""Who is in an audience from which hour on."""

from tests.simulator.naive.lifecycle import population_hour, refresh_hour


def members_over_time(config, first, later=None):
    """Return every audience's members with the hour from which they count, the newest last, as `Offers` takes them.

    first : dict of audience id → accounts before the flight; later : dict of audience id → list of (hour, accounts), in
    order, for audiences whose list is uploaded anew then or whose members have left by then; for those made from
    others, which come behind them in the configuration, list of (hour, accounts, pairs of id and number of a version).
    """
    timelines = {}
    for audience in config.audiences:
        audience_id = audience.audience_id
        sources = [timelines[source_id][0][0] for source_id in audience.definition.source_audience_ids]
        counted = population_hour(config.rng_seed, audience, sources)
        timelines[audience_id] = [(counted, first[audience_id])]
        for number, (hour, accounts, *made_of) in enumerate((later or {}).get(audience_id, ())):
            if audience.definition.type == "CUSTOMER_LIST":
                from_hour = refresh_hour(config.rng_seed, audience, number, hour)
            elif made_of:
                from_hour = max(counted, *(timelines[source_id][version][0] for source_id, version in made_of[0]))
            else:
                from_hour = max(counted, hour)
            timelines[audience_id].append((from_hour, accounts))
    return timelines
