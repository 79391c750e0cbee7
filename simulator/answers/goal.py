"""What an answer counts as a result: clicks, conversions, views, impressions, or what conversions are worth."""

from collections.abc import Sequence
from enum import StrEnum

from simulator.config import AdGroup, BillableEvent, OptimizationGoal
from simulator.errors import ConfigError


class Goal(StrEnum):
    """What is counted as a result; the values are names of metrics."""

    IMPRESSIONS = "impressions"
    CLICKS = "clicks"
    VIEWS = "views"
    CONVERSIONS = "conversions"
    WORTH = "worth"

    @property
    def words(self) -> str:
        """Results, as in "brings more clicks"."""
        return {"views": "video views", "worth": "worth of conversions"}.get(self.value, self.value)

    @property
    def one(self) -> str:
        """One result, as in "the cost of one more click"; of impressions a thousand are one, of worth a dollar."""
        return {
            "impressions": "thousand impressions",
            "views": "video view",
            "worth": "dollar of worth",
        }.get(self.value, self.value.removesuffix("s"))

    @property
    def per(self) -> int:
        """How many results a cost is told for."""
        return 1_000 if self is Goal.IMPRESSIONS else 1

    @property
    def unit(self) -> str:
        """Unit of results, as `simulator.charts.shown_figure` takes it."""
        return "dollars" if self is Goal.WORTH else "count"


def goal_of(ad_groups: Sequence[AdGroup], goal: Goal | str | None = None) -> Goal:
    """Return what counts as a result: what was asked for, or what some ad groups are after.

    Parameters
    ----------
    ad_groups : sequence of AdGroup
        Conversions with a worth count before those without, then video views where an ad group is after them or pays
        for them, then clicks, and impressions where nobody clicks.
    goal : Goal, str or None
        What was asked for.

    Raises
    ------
    ConfigError
        If that is no goal, or nobody can have such a result.
    """
    possible = [one for one in Goal if any(_can_reach(one, ad_group) for ad_group in ad_groups)]
    if goal is None:
        wanted = [Goal.VIEWS] if any(map(_wants_views, ad_groups)) else []
        order = (Goal.WORTH, Goal.CONVERSIONS, *wanted, Goal.CLICKS, Goal.IMPRESSIONS)
        return next(one for one in order if one in possible)
    known = ", ".join(one.value for one in possible)
    if goal not in set(Goal):
        raise ConfigError(f"expected one of {known} as the goal, got {str(goal)[:40]!r}")
    if Goal(goal) not in possible:
        raise ConfigError(
            f"expected a goal that somebody can meet, got {Goal(goal).value}: every ad group's rate for it, or its "
            f"worth, is 0; choose one of {known} or correct the rates"
        )
    return Goal(goal)


def _can_reach(goal: Goal, ad_group: AdGroup) -> bool:
    converts = bool((ad_group.click_rate and ad_group.conversion_rate) or ad_group.view_conversion_rate)
    return {
        Goal.IMPRESSIONS: True,
        Goal.CLICKS: ad_group.click_rate > 0,
        Goal.VIEWS: ad_group.view_rate > 0,
        Goal.CONVERSIONS: converts,
        Goal.WORTH: converts and ad_group.conversion_value_micros > 0,
    }[goal]


def _wants_views(ad_group: AdGroup) -> bool:
    return (
        ad_group.billable_event is BillableEvent.VIDEO_V_50_MRC
        or ad_group.optimization_goal is OptimizationGoal.VIDEO_VIEW
    )
