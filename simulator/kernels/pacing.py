"""Standard pacing: steer a budget along the day's traffic by scaling the bid.

A proportional rule in whole basis points. An ad group that has spent more than its share of the traffic so far lowers
its bid by a tenth, one that has spent less raises it by a tenth, never above the bid itself. Whole numbers only, so the
same hour of the same run gives the same bid on every machine.
"""

from workbench.jit import kernel

FULL_MULTIPLIER_BP = 10_000
"""The bid as the analyst set it."""

MIN_MULTIPLIER_BP = 500
"""Pacing never goes below 5 % of the bid: from there it recovers in about thirty ticks, from 0 it never would."""

TRAFFIC_SHARE_SCALE = 1_000_000
"""Shares of a period's traffic are given in millionths."""


@kernel
def paced_multiplier_bp(multiplier_bp: int, spent_micros: int, budget_micros: int, traffic_share_ppm: int) -> int:
    """Compute the next pacing multiplier of one ad group.

    Parameters
    ----------
    multiplier_bp : int64
        The multiplier so far, basis points.
    spent_micros, budget_micros : int64
        Spend so far and budget of the period, micro-currency.
    traffic_share_ppm : int64
        Share of the period's expected traffic that has passed, millionths.

    Returns
    -------
    int64
        The multiplier for the coming tick, basis points, `MIN_MULTIPLIER_BP` to `FULL_MULTIPLIER_BP`.
    """
    target_micros = budget_micros // TRAFFIC_SHARE_SCALE * traffic_share_ppm
    target_micros += budget_micros % TRAFFIC_SHARE_SCALE * traffic_share_ppm // TRAFFIC_SHARE_SCALE
    if spent_micros > target_micros:
        return max(MIN_MULTIPLIER_BP, multiplier_bp * 9 // 10)
    return min(FULL_MULTIPLIER_BP, multiplier_bp * 11 // 10 + 1)
