"""Distributions as tables: 1,024 cells of equal probability, from knot to knot.

Draws of money and of quality lie on the straight line between two knots; a delay is that of the cell's lower knot.
"""

import math
from statistics import NormalDist

N_CELLS = 1024
ONE = 2**20
MAX_FACTOR = 2**24
MAX_RIVAL_BID = 10**9

PROBABILITIES = [0.5 / N_CELLS, *(cell / N_CELLS for cell in range(1, N_CELLS)), 1 - 0.5 / N_CELLS]
NORMAL_SCORES = [NormalDist().inv_cdf(probability) for probability in PROBABILITIES]


def value_at(knots, bits):
    """Return the value that 64 random bits stand for: 10 bits for the cell, 20 for the place in it."""
    cell, fraction = bits >> 54, (bits >> 34) % ONE
    return knots[cell] + ((knots[cell + 1] - knots[cell]) * fraction >> 20)


def person_factor_knots(sigma):
    """Return a log-normal factor with mean 1, in 2^-20."""
    if sigma == 0:
        return [ONE] * (N_CELLS + 1)
    values = [math.exp(sigma * score) for score in NORMAL_SCORES]
    low, high = 0.0, 2.0
    while low < (scale := (low + high) / 2) < high:
        capped = [min(MAX_FACTOR / ONE, value * scale) for value in values]
        is_too_much = math.fsum([capped[0] / 2, *capped[1:-1], capped[-1] / 2]) > N_CELLS
        low, high = (low, scale) if is_too_much else (scale, high)
    return [min(MAX_FACTOR, max(1, round(value * scale * ONE))) for value in values]


def lognormal_bid_knots(median_cpm_micros, sigma):
    """Return a rival's bid, micro-currency per impression."""
    median = median_cpm_micros / 1000
    return [min(MAX_RIVAL_BID, int(median * math.exp(sigma * score))) for score in NORMAL_SCORES]


def quantile_bid_knots(bids_cpm_micros):
    """Return the same for bids that are given by equally spaced quantiles."""
    knots = []
    for cell in range(N_CELLS + 1):
        lower, rest = divmod(cell * (len(bids_cpm_micros) - 1), N_CELLS)
        bid = bids_cpm_micros[lower]
        if rest:
            bid += (bids_cpm_micros[lower + 1] - bid) * rest // N_CELLS
        knots.append(bid // 1000)
    return knots


def delay_hours(mean_hours, bits):
    """Return an exponential delay in whole hours."""
    return math.floor(-mean_hours * math.log1p(-PROBABILITIES[bits >> 54]))
