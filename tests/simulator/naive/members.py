"""Who is in an audience from which hour on, before anything else that may change it."""

from tests.simulator.naive.lifecycle import population_hour


def counted_members(config, accounts):
    """Return every audience's members from the hour on in which it was counted, as `Offers` takes them."""
    return {
        audience.audience_id: [(population_hour(config.rng_seed, audience), accounts[audience.audience_id])]
        for audience in config.audiences
    }
