"""How many people a targeting could reach, before any bid or budget, as a range and in a word."""

import math
from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np

from workbench.audiences.audience import Audience
from workbench.audiences.base import MIN_AUDIENCE_SIZE
from workbench.audiences.targeting import resolve_targeting
from workbench.audiences.targeting_spec import TargetingSpec
from workbench.universe import Universe

DAYS_PER_MONTH = 30
SIGNIFICANT_DIGITS = 2
NARROW_SHARE, BROAD_SHARE = 0.005, 0.25


class Breadth(StrEnum):
    """How wide a targeting is; the bounds are the workbench's, since the platform publishes none."""

    NOBODY = "NOBODY"
    """Fewer than an audience needs."""

    NARROW = "NARROW"
    """Less than half a per cent of the platform: delivery may be slow and dear."""

    BALANCED = "BALANCED"

    BROAD = "BROAD"
    """More than a quarter of the platform: many will not care."""


def potential_reach(
    spec: TargetingSpec,
    audiences: Mapping[str, Audience],
    universe: Universe,
    *,
    opportunities_per_account_day: float = 1.0,
) -> tuple[int, int]:
    """Estimate how many people a targeting could reach in a month, whatever the bid and budget.

    The upper bound is everybody who may be shown the ad. The lower bound is how many of them are expected to be around:
    with opportunities arriving at random at a person's own rate, someone of relative activity x has at least one in 30
    days with probability 1 - exp(-30 · x · rate). Both are then rounded outwards to two significant digits, and to 0
    and 100 below 100, so that a range never singles anybody out.

    Parameters
    ----------
    spec, audiences, universe
        As for `resolve_targeting`.
    opportunities_per_account_day : float
        Ad opportunities a day of an account of activity 1. An assumption: the platform publishes none.

    Returns
    -------
    (low, high) : tuple of int
        Accounts.

    Raises
    ------
    UnknownAudienceError, DefinitionError
        As `resolve_targeting`.
    """
    members = resolve_targeting(spec, audiences, universe).members
    activity = universe.accounts(columns=["activity"])["activity"].to_numpy(dtype=np.float64)[members.mask()]
    n_expected = float(-np.expm1(-DAYS_PER_MONTH * opportunities_per_account_day * activity).sum())
    return _round_outwards(n_expected, math.floor), _round_outwards(len(members), math.ceil)


def breadth(reach: tuple[int, int], universe: Universe) -> Breadth:
    """Say in a word how wide a targeting is.

    Parameters
    ----------
    reach : tuple of int
        What `potential_reach` returned.
    universe : Universe
        Whose accounts there are.
    """
    share = reach[1] / max(1, universe.n_accounts)
    if reach[1] <= MIN_AUDIENCE_SIZE:
        return Breadth.NOBODY
    if share < NARROW_SHARE:
        return Breadth.NARROW
    return Breadth.BROAD if share > BROAD_SHARE else Breadth.BALANCED


def _round_outwards(n: float, to_whole: Callable[[float], int]) -> int:
    """Round down or up to two significant digits, and to 0 or 100 below 100."""
    step = 10 ** max(2, len(str(int(n))) - SIGNIFICANT_DIGITS) if n >= MIN_AUDIENCE_SIZE else MIN_AUDIENCE_SIZE
    return to_whole(n / step) * step
