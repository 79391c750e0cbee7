"""Ad groups: one bid for one targeting, how it is spent, and how people respond to its ads."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from simulator.config.flight import HOURS_PER_DAY, MAX_HOURS_BEFORE_START
from simulator.money import MAX_ACTION_BID_MICROS, MAX_BID_CPM_MICROS
from workbench.audiences import TargetingSpec
from workbench.validation import DigitId, Written

MAX_BUDGET_MICROS = 10**15
MAX_FREQUENCY = 100
MIN_BID_MULTIPLIER, MAX_BID_MULTIPLIER = 0.1, 10
MIN_LIFT, MAX_LIFT = 0.01, 10
MAX_WINDOW_DAYS = 60
FREQUENCY_WINDOW_DAYS = 30

Rate = Annotated[float, Field(ge=0, le=1)]


class BudgetType(StrEnum):
    """What period a budget is for."""

    DAILY = "DAILY"
    LIFETIME = "LIFETIME"


class PacingDeliveryType(StrEnum):
    """How a budget is spread over its period."""

    STANDARD = "STANDARD"
    """Follow the expected traffic by taking part in a share of the auctions, drawn at random; an automatic bid follows
    it by scaling the bid."""

    ACCELERATED = "ACCELERATED"
    """Spend as early as can be: bid in full, an automatic bid at its ceiling, until the budget is spent."""

    NONE = "none"
    """No steering: bid in full, an automatic bid at the market's median, until the budget is spent."""

    BID_MULTIPLIER = "bid_multiplier"
    """Follow the expected traffic by scaling the bid with a PID controller."""

    ADAPTIVE = "adaptive"
    """Scale the bid by 1/(1 + μ) and let μ learn from every opportunity (Balseiro and Gur, 2019)."""

    MYSTIQUE = "mystique"
    """Follow a planned course of spending by a pacing signal that heeds both distance and direction."""


class BidStrategyType(StrEnum):
    """Who chooses the bid."""

    MAX_BID = "MAX_BID"
    """The analyst, as the most to be paid."""

    AUTOMATIC_BID = "AUTOMATIC_BID"
    """The platform, so that the budget brings as much as it can."""


class BillableEvent(StrEnum):
    """What is paid for."""

    IMPRESSION = "IMPRESSION"
    CLICKTHROUGH = "CLICKTHROUGH"
    VIDEO_V_50_MRC = "VIDEO_V_50_MRC"
    """A video view: half of the picture in sight for two seconds."""


class OptimizationGoal(StrEnum):
    """What the ad group is after; goals other than impressions make it bid more for people likelier to act."""

    IMPRESSION = "IMPRESSION"
    CLICKTHROUGH = "CLICKTHROUGH"
    VIDEO_VIEW = "VIDEO_VIEW"
    CONVERSION = "CONVERSION"


class EntityStatus(StrEnum):
    """Whether somebody switched it on; what is not ACTIVE is not shown."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ARCHIVED = "ARCHIVED"


class FrequencyTimeRange(StrEnum):
    """The period a frequency goal is for."""

    DAY = "DAY"
    SEVEN_DAY = "SEVEN_DAY"
    THIRTY_DAY = "THIRTY_DAY"

    @property
    def n_days(self) -> int:
        """Its length in days."""
        return {"DAY": 1, "SEVEN_DAY": 7, "THIRTY_DAY": 30}[self.value]


class FrequencyCap(Written):
    """The most impressions that one account may see.

    Attributes
    ----------
    max_impressions : int
        1 to 100.
    window_days : int
        Within how many days, the present one included; the window moves on at midnight.
    """

    max_impressions: int = Field(ge=1, le=MAX_FREQUENCY)
    window_days: int = Field(default=FREQUENCY_WINDOW_DAYS, ge=1, le=FREQUENCY_WINDOW_DAYS)


class FrequencyGoal(Written):
    """How often those who are reached are to be reached.

    Attributes
    ----------
    frequency : int
        Impressions for each account that is reached. Nobody is shown more; who has seen some but not all is bid for in
        full, and newcomers the less the further the average is from the goal.
    timerange : FrequencyTimeRange
        Within which period.
    """

    frequency: int = Field(ge=1, le=MAX_FREQUENCY)
    timerange: FrequencyTimeRange = FrequencyTimeRange.SEVEN_DAY


class Lift(Written):
    """How much likelier members of an audience are to act than others; a belief, so with its uncertainty.

    Attributes
    ----------
    mean : float
        Factor on the chance of a click, a view and a conversion without a click.
    standard_deviation : float
        Of that factor. Each run draws one value from the log-normal distribution with this mean and deviation.
    """

    mean: float = Field(ge=MIN_LIFT, le=MAX_LIFT)
    standard_deviation: float = Field(default=0, ge=0, le=MAX_LIFT)


class Ad(Written):
    """One ad of an ad group; the ads that may be shown take turns at random.

    Attributes
    ----------
    response_factor : float
        Factor on the ad group's chances of a click and a view. The auction does not know it.
    review_hours : float or None
        How long its review takes; None: as long as that of its campaign.
    """

    ad_id: DigitId
    name: str = Field(min_length=1)
    status: EntityStatus = EntityStatus.ACTIVE
    response_factor: float = Field(default=1, ge=0, le=MAX_LIFT)
    review_hours: float | None = Field(default=None, ge=0, le=HOURS_PER_DAY)


class AdGroup(Written):
    """One bid for one targeting.

    Attributes
    ----------
    bid_strategy_type : BidStrategyType
        Whether the bid is the analyst's or the platform's.
    bid_cpm_micros : int or None
        Most to be paid, micro-currency per 1,000 impressions; where impressions are billed.
    bid_micros : int or None
        Most to be paid, micro-currency for one click or view; where those are billed.
    billable_event : BillableEvent
        What is paid for.
    optimization_goal : OptimizationGoal
        What it is after.
    budget_micros : int or None
        Budget of the period, micro-currency; None: that of the campaign.
    pacing_delivery_type : PacingDeliveryType
        How the budget is spread.
    bid_multipliers : dict of audience id to float
        Factors on the bid for the members of audiences, 0 or 0.1 to 10. A 0 means no bid for them whatever else they
        are in; otherwise the highest factor counts. An automatic bid ends at the largest bid for one click or view.
    frequency_cap, frequency_goal : FrequencyCap, FrequencyGoal or None
        How often one account may, or should, see its ads; one of the two.
    click_rate, view_rate : float
        Chance that an impression is clicked; that it becomes a video view.
    conversion_rate : float
        Chance that a click leads to a conversion.
    view_conversion_rate : float
        Chance that an impression without a click does.
    conversion_delay_hours : float
        Mean time from the click or impression to its conversion (exponential).
    click_window_days, view_window_days : int
        Conversions that come later are not counted.
    conversion_value_micros : int
        What a conversion is worth, micro-currency.
    lifts : dict of audience id to Lift
        How much likelier members of included audiences are to act; of several the highest counts.
    status : EntityStatus
        Nothing is shown unless ACTIVE.
    start_time, end_time : datetime or None
        When it may run; None: from the beginning, to the end. A time without a zone is read as UTC.
    active_hours : tuple of int or None
        Hours of the day (UTC) at which it bids; None: all.
    ads : tuple of Ad
        Its ads; empty stands for a single one.
    """

    ad_group_id: DigitId
    name: str = Field(min_length=1)
    status: EntityStatus = EntityStatus.ACTIVE
    bid_strategy_type: BidStrategyType = BidStrategyType.MAX_BID
    bid_cpm_micros: int | None = Field(default=None, ge=1_000, le=MAX_BID_CPM_MICROS)
    bid_micros: int | None = Field(default=None, ge=1, le=MAX_ACTION_BID_MICROS)
    billable_event: BillableEvent = BillableEvent.IMPRESSION
    optimization_goal: OptimizationGoal = OptimizationGoal.IMPRESSION
    budget_micros: int | None = Field(default=None, gt=0, le=MAX_BUDGET_MICROS)
    budget_type: BudgetType = BudgetType.DAILY
    pacing_delivery_type: PacingDeliveryType = PacingDeliveryType.STANDARD
    targeting: TargetingSpec = TargetingSpec()
    bid_multipliers: dict[DigitId, Annotated[float, Field(ge=0, le=MAX_BID_MULTIPLIER)]] = Field(default_factory=dict)
    frequency_cap: FrequencyCap | None = None
    frequency_goal: FrequencyGoal | None = None
    click_rate: Rate = 0.004
    view_rate: Rate = 0.2
    conversion_rate: Rate = 0.0
    view_conversion_rate: Rate = 0.0
    conversion_delay_hours: float = Field(default=24, ge=0, le=MAX_HOURS_BEFORE_START)
    click_window_days: int = Field(default=30, ge=1, le=MAX_WINDOW_DAYS)
    view_window_days: int = Field(default=1, ge=1, le=MAX_WINDOW_DAYS)
    conversion_value_micros: int = Field(default=0, ge=0, le=MAX_BUDGET_MICROS)
    lifts: dict[DigitId, Lift] = Field(default_factory=dict)
    start_time: datetime | None = None
    end_time: datetime | None = None
    active_hours: tuple[Annotated[int, Field(ge=0, lt=HOURS_PER_DAY)], ...] | None = Field(default=None, min_length=1)
    ads: tuple[Ad, ...] = ()

    @field_validator("start_time", "end_time")
    @classmethod
    def _has_a_zone(cls, time: datetime | None) -> datetime | None:
        return time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time

    @field_validator("bid_multipliers")
    @classmethod
    def _multiplies_or_mutes(cls, multipliers: dict[str, float]) -> dict[str, float]:
        for audience_id, multiplier in multipliers.items():
            if 0 < multiplier < MIN_BID_MULTIPLIER:
                raise ValueError(
                    f"expected 0 or {MIN_BID_MULTIPLIER} to {MAX_BID_MULTIPLIER} for audience {audience_id}, got "
                    f"{multiplier}"
                )
        return multipliers

    @model_validator(mode="after")
    def _bids_in_one_way(self) -> Self:
        is_by_impression = self.billable_event is BillableEvent.IMPRESSION
        wanted, unwanted = ("bid_cpm_micros", "bid_micros") if is_by_impression else ("bid_micros", "bid_cpm_micros")
        what = "1,000 impressions" if is_by_impression else "one click or view"
        if getattr(self, unwanted) is not None:
            raise ValueError(
                f"billable_event {self.billable_event} is bid for by {wanted}, for {what}; drop {unwanted}"
            )
        is_automatic = self.bid_strategy_type is BidStrategyType.AUTOMATIC_BID
        if is_automatic and getattr(self, wanted) is not None:
            raise ValueError(f"bid_strategy_type AUTOMATIC_BID leaves the bid to the platform; drop {wanted}")
        if not is_automatic and getattr(self, wanted) is None:
            raise ValueError(f"{wanted} is missing: the most to be paid for {what}, micro-currency")
        return self

    @model_validator(mode="after")
    def _bids_within_reach(self) -> Self:
        highest = max(self.bid_multipliers.values(), default=1)
        for name, limit in (("bid_cpm_micros", MAX_BID_CPM_MICROS), ("bid_micros", MAX_ACTION_BID_MICROS)):
            bid = getattr(self, name)
            if bid is not None and bid * highest > limit:
                raise ValueError(
                    f"{name} times the highest of bid_multipliers ({highest}) is {bid * highest:,.0f}, above the "
                    f"largest bid of {limit:,}; lower one of the two"
                )
        if self.billable_event is BillableEvent.CLICKTHROUGH and self.click_rate == 0:
            raise ValueError("clicks are billed and click_rate is 0, so nothing would ever be paid; raise it")
        if self.billable_event is BillableEvent.VIDEO_V_50_MRC and self.view_rate == 0:
            raise ValueError("views are billed and view_rate is 0, so nothing would ever be paid; raise it")
        return self

    @model_validator(mode="after")
    def _contradicts_nothing(self) -> Self:
        if self.start_time and self.end_time and self.end_time <= self.start_time:
            raise ValueError("end_time is not after start_time, so it would never run; correct one of the two")
        if self.frequency_cap and self.frequency_goal:
            raise ValueError("frequency_cap and frequency_goal exclude each other: a goal is never passed either")
        unknown = sorted(set(self.lifts) - set(self.targeting.audience_include))
        if unknown:
            raise ValueError(f"lifts name audience {unknown[0]}, which the ad group does not include")
        return self

    @property
    def max_frequency(self) -> FrequencyCap | None:
        """The cap, or the one that a frequency goal implies."""
        if self.frequency_goal is None:
            return self.frequency_cap
        goal = self.frequency_goal
        return FrequencyCap(max_impressions=goal.frequency, window_days=goal.timerange.n_days)
