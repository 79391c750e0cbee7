"""Campaigns: ad groups that are launched, reviewed and, if it has a budget of its own, paid together."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from simulator.config.ad_group import MAX_BUDGET_MICROS, AdGroup, BudgetType, EntityStatus
from simulator.config.flight import MAX_HOURS_BEFORE_START
from workbench.validation import DigitId, Written

MAX_REVIEW_HOURS = 24
"""Review takes up to a day after the launch (help page)."""
MAX_REJECTIONS = 10


class ObjectiveType(StrEnum):
    """What a campaign is for; in this model a label that reports carry."""

    AWARENESS = "AWARENESS"
    CONSIDERATION = "CONSIDERATION"
    WEB_CONVERSION = "WEB_CONVERSION"
    CATALOG_SALES = "CATALOG_SALES"
    VIDEO_COMPLETION = "VIDEO_COMPLETION"


class Rejection(Written):
    """One time that review finds something wrong.

    Attributes
    ----------
    reason : str
        What the notification says is to be changed, one of the API's reasons such as TARGETING or LANDING_PAGE.
    resubmitted_after_hours : float or None
        When it is changed and submitted again, hours after the notification; None: never.
    """

    reason: str = Field(default="TARGETING", pattern=r"^[A-Z][A-Z_]*$", description="a reason such as TARGETING")
    resubmitted_after_hours: float | None = Field(default=4, ge=0, le=MAX_HOURS_BEFORE_START)


class Campaign(Written):
    """Ad groups that are launched and reviewed together.

    Attributes
    ----------
    status : EntityStatus
        Nothing of a campaign that is not ACTIVE is shown.
    budget_micros : int or None
        Budget that its ad groups share, micro-currency; theirs hold beside it. None: each has its own only.
    budget_type : BudgetType
        What period that budget is for.
    launched_hours_before_start : float
        Hours between the launch and the start of the flight. Review begins at the launch.
    review_hours : float or None
        How long review of its ads takes, up to 24 hours; None draws it for the campaign as a whole. Nothing is shown
        before approval.
    rejections : tuple of Rejection
        What review finds wrong with all its ads, time after time; each submission is reviewed as long as the first.
    """

    campaign_id: DigitId
    name: str = Field(min_length=1)
    objective_type: ObjectiveType = ObjectiveType.AWARENESS
    status: EntityStatus = EntityStatus.ACTIVE
    budget_micros: int | None = Field(default=None, gt=0, le=MAX_BUDGET_MICROS)
    budget_type: BudgetType = BudgetType.DAILY
    launched_hours_before_start: float = Field(default=24, ge=0, le=MAX_HOURS_BEFORE_START)
    review_hours: float | None = Field(default=None, ge=0, le=MAX_REVIEW_HOURS)
    rejections: tuple[Rejection, ...] = Field(default=(), max_length=MAX_REJECTIONS)
    ad_groups: tuple[AdGroup, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _somebody_pays(self) -> Self:
        for ad_group in self.ad_groups:
            if ad_group.budget_micros is None and self.budget_micros is None:
                raise ValueError(
                    f"ad group {ad_group.ad_group_id} needs a budget_micros, because campaign {self.campaign_id} has "
                    "none that its ad groups could share"
                )
        return self

    def highest_spend_micros(self, n_days: int) -> int:
        """Return the most that its budgets let it spend in a flight of so many days, micro-currency."""
        payers = [self] if self.budget_micros is not None else self.ad_groups
        return sum(
            (payer.budget_micros or 0) * (n_days if payer.budget_type is BudgetType.DAILY else 1) for payer in payers
        )
