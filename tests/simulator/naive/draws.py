"""Random draws: every one is a function of the run's seed, of what it is for and of which opportunity it is for."""

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
LANE = 0xD1342543DE82EF95

STREAMS = {
    "traffic": 1,
    "account": 2,
    "rival_bid": 3,
    "click": 4,
    "review": 5,
    "population": 6,
    "candidate": 8,
    "response": 9,
    "in_view": 10,
    "ad": 11,
    "lift": 12,
    "refresh": 13,
    "country": 14,
}


def mix(value):
    value &= MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def key(rng_seed, stream):
    return mix(mix(rng_seed) + STREAMS[stream] * GOLDEN)


def draw(a_key, counter):
    return mix(a_key + counter * GOLDEN)


def lane_draw(a_key, counter, lane):
    return mix(draw(a_key, counter) + (lane + 1) * LANE)


def uniform(rng_seed, stream, counter):
    return (draw(key(rng_seed, stream), counter) >> 11) / 2**53
