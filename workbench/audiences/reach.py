"""How many people a targeting could reach, before any bid or budget: as a range, in a word, and step by step."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from workbench.audiences.audience import Audience
from workbench.audiences.base import MIN_AUDIENCE_SIZE
from workbench.audiences.demographics import Demographics
from workbench.audiences.targeting import resolve_targeting
from workbench.audiences.targeting_spec import TargetingSpec
from workbench.identity import AccountSet
from workbench.universe import Universe

DAYS_PER_MONTH = 30
SIGNIFICANT_DIGITS = 2
NARROW_SHARE, BROAD_SHARE = 0.005, 0.25
_OF_PEOPLE = (("age_bucket",), ("minimum_age", "maximum_age"), ("gender",), ("apptype",))


class Breadth(StrEnum):
    """How wide a targeting is; the bounds are the workbench's, since the platform publishes none."""

    NOBODY = "NOBODY"
    """Fewer than an audience needs."""

    NARROW = "NARROW"
    """Less than half a per cent of the platform: delivery may be slow and dear."""

    BALANCED = "BALANCED"

    BROAD = "BROAD"
    """More than a quarter of the platform: many will not care."""


@dataclass(frozen=True, slots=True)
class ReachStep:
    """How many people are left after one more condition of a targeting.

    Parameters
    ----------
    field : str
        The field of `TargetingSpec` that asks for it; empty for everybody on the platform.
    n_left : int
        Accounts, exact; show them to people through `shown_size` only.
    """

    field: str
    n_left: int


@dataclass(frozen=True, slots=True)
class ReachEstimate:
    """What there is to say about whom a targeting could reach.

    Parameters
    ----------
    low, high : int
        See `potential_reach`.
    breadth : Breadth
        See `breadth`.
    steps : tuple of ReachStep
        Everybody, and who is left after each condition that is set.
    warnings : tuple of str
        Of `resolve_targeting`.
    """

    low: int
    high: int
    breadth: Breadth
    steps: tuple[ReachStep, ...]
    warnings: tuple[str, ...]


def estimate_reach(
    spec: TargetingSpec,
    audiences: Mapping[str, Audience],
    demographics: Demographics,
    *,
    opportunities_per_account_day: float = 1.0,
) -> ReachEstimate:
    """Say how many people a targeting could reach, and which condition takes how many away.

    Parameters
    ----------
    spec, audiences
        As for `resolve_targeting`.
    demographics : Demographics
        The attributes of the universe's accounts.
    opportunities_per_account_day : float
        As for `potential_reach`.

    Raises
    ------
    UnknownAudienceError, DefinitionError
        As `resolve_targeting`.
    """
    universe = demographics.universe
    resolved = resolve_targeting(spec, audiences, universe, demographics=demographics)
    activity = demographics.activity[resolved.members.mask()]
    n_expected = float(-np.expm1(-DAYS_PER_MONTH * opportunities_per_account_day * activity).sum())
    low, high = _round_outwards(n_expected, math.floor), _round_outwards(len(resolved.members), math.ceil)
    steps = _steps(spec, audiences, demographics)
    return ReachEstimate(low, high, breadth((low, high), universe), steps, resolved.warnings)


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
    estimate = estimate_reach(
        spec, audiences, Demographics(universe), opportunities_per_account_day=opportunities_per_account_day
    )
    return estimate.low, estimate.high


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


def _steps(spec: TargetingSpec, audiences: Mapping[str, Audience], demographics: Demographics) -> tuple[ReachStep, ...]:
    """Go through the conditions that are set, one after the other."""
    universe = demographics.universe
    left = AccountSet.full(universe.n_accounts)
    steps = [ReachStep("", len(left))]
    for fields in (("audience_include",), ("audience_exclude",), ("location", "geo"), *_OF_PEOPLE):
        asked = {field: getattr(spec, field) for field in fields if getattr(spec, field)}
        if not asked:
            continue
        only = TargetingSpec(**asked)
        if fields[0].startswith("audience"):
            usable = [audiences[one].usable_members for one in (*only.audience_include, *only.audience_exclude)]
            some = AccountSet.combined([each for each in usable if each is not None] or [left - left])
            left = left - some if only.audience_exclude else left & some
        else:
            left = left & demographics.members(only)
        steps.append(ReachStep(fields[0], len(left)))
    return tuple(steps)
