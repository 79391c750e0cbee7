"""Standard pacing: steer a budget along the traffic by scaling the bid.

Every tick the ad group asks what it *should* spend in the coming tick (what is left of the budget, spread over the
traffic that is left) and what it *would* spend if it went on as in the last tick. The bid is scaled by the square root
of the two, because spend answers to the bid more than proportionally: a higher bid wins more often and pays more each
time. A step is at most a quarter up or a fifth down.

Whole numbers of any size only, so the same hour of the same run gives the same bid on every machine.
"""

from math import isqrt

FULL_MULTIPLIER_BP = 10_000
"""The bid as the analyst set it, in basis points."""

MIN_MULTIPLIER_BP = 500
"""Pacing never goes below 5 % of the bid: from there it finds back within a day, from 0 it never would."""

MAX_STEP_BP = 12_500
MIN_STEP_BP = 8_000

TRAFFIC_SHARE_SCALE = 1_000_000
"""Shares of a period's traffic are given in millionths."""


def paced_multiplier_bp(
    multiplier_bp: int, last_spend_micros: int, last_share_ppm: int, remaining_micros: int, remaining_share_ppm: int
) -> int:
    """Compute the multiplier for the coming tick.

    Parameters
    ----------
    multiplier_bp : int
        The multiplier of the last tick, basis points.
    last_spend_micros : int
        Spend of the last tick, micro-currency.
    last_share_ppm : int
        Share of the period's expected traffic that the last tick had, millionths.
    remaining_micros : int
        What is left of the period's budget, micro-currency.
    remaining_share_ppm : int
        Share of the period's expected traffic that is still to come, millionths.

    Returns
    -------
    int
        Basis points, `MIN_MULTIPLIER_BP` to `FULL_MULTIPLIER_BP`. Unchanged after a tick without traffic.
    """
    if last_share_ppm == 0 or remaining_share_ppm == 0:
        return multiplier_bp
    planned = remaining_micros * last_share_ppm
    expected = last_spend_micros * remaining_share_ppm
    step_bp = MAX_STEP_BP
    if expected > 0:
        step_bp = min(MAX_STEP_BP, max(MIN_STEP_BP, isqrt(planned * FULL_MULTIPLIER_BP**2 // expected)))
    return min(FULL_MULTIPLIER_BP, max(MIN_MULTIPLIER_BP, multiplier_bp * step_bp // FULL_MULTIPLIER_BP))
