"""What a run is made of: one frozen value, JSON in and out.

A run is a function of its configuration, so everything that can change a result stands here, with its unit in its name
and its legal range in its field. Amounts are micro-currency, bids are for 1,000 impressions (CPM) as analysts state
them, times are hours. Names and enums are those of the platform's public API where it has them.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from simulator.errors import ConfigError
from simulator.money import MAX_BID_CPM_MICROS, MICROS, BidReductionPolicy
from workbench.audiences import AudienceSpec, CustomerListDefinition, TargetingSpec
from workbench.errors import DefinitionError, UnknownAudienceError
from workbench.validation import DigitId, Written, complaint

HOURS_PER_DAY = 24
FIRST_YEAR, LAST_YEAR = 1990, 2100
MAX_REVIEW_HOURS = 24
"""Review takes up to a day after the launch (help page)."""
MAX_REJECTIONS = 10
MAX_HOURS_BEFORE_START = 10 * 366 * HOURS_PER_DAY
"""Ten years: what happened longer ago makes no difference to a flight."""

# fmt: off
EVENING_PROFILE = (
    1.4, 0.9, 0.6, 0.5, 0.5, 0.7, 1.4, 2.4, 3.3, 3.9, 4.3, 4.7,
    5.0, 5.0, 4.9, 5.0, 5.3, 5.8, 6.6, 7.6, 8.6, 8.8, 7.2, 4.6,
)
# fmt: on
"""Relative traffic by hour of the day (UTC), midnight first: an illustrative evening-heavy day, not measured data."""


class BudgetType(StrEnum):
    """What period a budget is for."""

    DAILY = "DAILY"
    LIFETIME = "LIFETIME"


class PacingDeliveryType(StrEnum):
    """How a budget is spread over its period."""

    STANDARD = "STANDARD"
    """Follow the expected traffic by scaling the bid."""

    ACCELERATED = "ACCELERATED"
    """Bid in full until the budget is spent."""


class ObjectiveType(StrEnum):
    """What a campaign is for; in this model a label that reports carry."""

    AWARENESS = "AWARENESS"
    CONSIDERATION = "CONSIDERATION"
    WEB_CONVERSION = "WEB_CONVERSION"
    CATALOG_SALES = "CATALOG_SALES"
    VIDEO_COMPLETION = "VIDEO_COMPLETION"


class Flight(Written):
    """The days that are simulated.

    Attributes
    ----------
    start : datetime
        Midnight UTC that the first day begins with; a time without a zone is read as UTC.
    n_days : int
        1 to 366.
    """

    start: datetime = datetime(2026, 11, 2, tzinfo=UTC)
    n_days: int = Field(default=7, ge=1, le=366)

    @model_validator(mode="after")
    def _starts_at_midnight(self) -> Self:
        start = self.start if self.start.tzinfo else self.start.replace(tzinfo=UTC)
        if start.utcoffset():
            raise ValueError("a flight is in UTC, as its hours and reports are; give its start with Z")
        if start.hour or start.minute or start.second or start.microsecond:
            raise ValueError("a flight starts at midnight, because budgets are for whole days")
        if not FIRST_YEAR <= start.year <= LAST_YEAR:
            raise ValueError(f"a flight starts in the years {FIRST_YEAR} to {LAST_YEAR}")
        object.__setattr__(self, "start", start)
        return self

    @property
    def n_hours(self) -> int:
        """Length of the flight in hours."""
        return self.n_days * HOURS_PER_DAY

    def time_at(self, hour: float) -> datetime:
        """Return the calendar time of a simulated hour."""
        return self.start + timedelta(hours=hour)


class Traffic(Written):
    """How often people give an opportunity to show an ad.

    Attributes
    ----------
    opportunities_per_account_day : float
        Ad slots an average account sees a day; activity makes some accounts see many more.
    hourly_profile : tuple of 24 floats
        Relative traffic by hour of the day, midnight first; only the proportions matter.
    """

    opportunities_per_account_day: float = Field(default=2.0, gt=0, le=1_000)
    hourly_profile: tuple[Annotated[float, Field(ge=0, le=1_000_000)], ...] = Field(
        default=EVENING_PROFILE, min_length=HOURS_PER_DAY, max_length=HOURS_PER_DAY
    )

    @model_validator(mode="after")
    def _has_traffic(self) -> Self:
        if sum(self.hourly_profile) <= 0:
            raise ValueError("an hourly profile needs traffic in at least one hour")
        return self

    def share_of_day(self, hour_of_day: int) -> float:
        """Return the share of a day's traffic that falls into one hour."""
        return self.hourly_profile[hour_of_day] / sum(self.hourly_profile)


class Market(Written):
    """Everybody else who bids.

    Attributes
    ----------
    bid_floor_cpm_micros : int
        Least price the market accepts, micro-currency per 1,000 impressions.
    rival_bid_cpm_micros : int
        Median of the highest rival bid, micro-currency per 1,000 impressions.
    rival_bid_sigma : float
        Spread of that bid: standard deviation of its logarithm (the bid is log-normal); 0 makes every rival equal.
    """

    bid_floor_cpm_micros: int = Field(default=2 * MICROS, ge=0, le=MAX_BID_CPM_MICROS)
    rival_bid_cpm_micros: int = Field(default=4 * MICROS, ge=1_000, le=MAX_BID_CPM_MICROS)
    rival_bid_sigma: float = Field(default=0.6, ge=0, le=3)


class SelfCompetition(StrEnum):
    """What happens where several ad groups of the one advertiser want the same person; the help page does not say."""

    COMPETE = "compete"
    """All of them bid, so one may raise the price that another pays."""

    BEST_ONLY = "best_only"
    """The one with the highest effective bid enters alone."""


class DataFeeRule(StrEnum):
    """Whether a data fee falls due for somebody whom an included first-party audience reaches as well."""

    ALWAYS = "always"
    """Whenever an included segment qualifies the person: the careful reading, as the help page names no exception."""

    ONLY_WHEN_NEEDED = "only_when_needed"
    """Only where no included first-party audience qualifies the person too."""


class ThirdPartyData(Written):
    """Whether third-party segments are used, when their fee falls due and how the bid makes room for it.

    Attributes
    ----------
    is_enabled : bool
        False takes every third-party segment out of every targeting: nobody is reached through one, no fee falls due.
    bid_reduction_policy : BidReductionPolicy
        How far the bid is lowered.
    fee_rule : DataFeeRule
        Whether the fee is also due for people who are reached anyway.
    """

    is_enabled: bool = True
    bid_reduction_policy: BidReductionPolicy = BidReductionPolicy.EXACT
    fee_rule: DataFeeRule = DataFeeRule.ALWAYS


class SimulatedAudience(AudienceSpec):
    """An audience and when it was made.

    Attributes
    ----------
    created_hours_before_start : float
        Hours between its creation and the start of the flight; its members count only once the platform's population
        delay has passed. The default leaves time for every type.
    """

    created_hours_before_start: float = Field(default=72, ge=0, le=MAX_HOURS_BEFORE_START)


class AdGroup(Written):
    """One bid for one targeting.

    Attributes
    ----------
    bid_cpm_micros : int
        Maximum bid, micro-currency per 1,000 impressions.
    budget_micros : int
        Budget of the period, micro-currency.
    click_rate : float
        Chance that an impression is clicked.
    """

    ad_group_id: DigitId
    name: str = Field(min_length=1)
    bid_cpm_micros: int = Field(ge=1_000, le=MAX_BID_CPM_MICROS)
    budget_micros: int = Field(gt=0, le=10**15)
    budget_type: BudgetType = BudgetType.DAILY
    pacing_delivery_type: PacingDeliveryType = PacingDeliveryType.STANDARD
    targeting: TargetingSpec = TargetingSpec()
    click_rate: float = Field(default=0.004, ge=0, le=1)


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
    launched_hours_before_start : float
        Hours between the launch and the start of the flight. Review begins at the launch.
    review_hours : float or None
        How long review takes, up to 24 hours; None draws it. Nothing is shown before approval.
    rejections : tuple of Rejection
        What review finds wrong, time after time; each submission is reviewed as long as the first. Empty: nothing.
    """

    campaign_id: DigitId
    name: str = Field(min_length=1)
    objective_type: ObjectiveType = ObjectiveType.AWARENESS
    launched_hours_before_start: float = Field(default=24, ge=0, le=MAX_HOURS_BEFORE_START)
    review_hours: float | None = Field(default=None, ge=0, le=MAX_REVIEW_HOURS)
    rejections: tuple[Rejection, ...] = Field(default=(), max_length=MAX_REJECTIONS)
    ad_groups: tuple[AdGroup, ...] = Field(min_length=1)


class RunConfig(Written):
    """Everything a run depends on.

    Attributes
    ----------
    universe : str
        Folder of the universe; in a scenario file relative to that file.
    rng_seed : int
        Start of every random stream; the same seed gives the same run to the last bit.
    """

    universe: str = Field(min_length=1)
    rng_seed: int = Field(default=1, ge=0, lt=2**63)
    flight: Flight = Flight()
    traffic: Traffic = Traffic()
    market: Market = Market()
    third_party_data: ThirdPartyData = ThirdPartyData()
    self_competition: SelfCompetition = SelfCompetition.COMPETE
    audiences: tuple[SimulatedAudience, ...] = ()
    campaigns: tuple[Campaign, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique_and_known(self) -> Self:
        audience_ids = [audience.audience_id for audience in self.audiences]
        ad_groups = self.ad_groups
        for what, ids in (
            ("audience", audience_ids),
            ("campaign", [campaign.campaign_id for campaign in self.campaigns]),
            ("ad group", [ad_group.ad_group_id for ad_group in ad_groups]),
        ):
            repeated = [an_id for an_id, count in Counter(ids).items() if count > 1]
            if repeated:
                raise ValueError(f"expected every {what} id once, got {repeated[0]!r} more than once")
        for audience in self.audiences:
            for source_id in audience.definition.source_audience_ids:
                if source_id not in audience_ids:
                    raise UnknownAudienceError(
                        f"audience {audience.audience_id} is made from audience {source_id}, which the scenario does "
                        "not define; add it to audiences or correct the id"
                    )
        for ad_group in ad_groups:
            for audience_id in (*ad_group.targeting.audience_include, *ad_group.targeting.audience_exclude):
                if audience_id not in audience_ids:
                    known = ", ".join(audience_ids) or "none"
                    raise UnknownAudienceError(
                        f"ad group {ad_group.ad_group_id} targets audience {audience_id}, which the scenario does not "
                        f"define (it defines: {known}); add it to audiences or correct the id"
                    )
        return self

    @property
    def ad_groups(self) -> tuple[AdGroup, ...]:
        """All ad groups in the order of their campaigns; kernels number them by this order."""
        return tuple(ad_group for campaign in self.campaigns for ad_group in campaign.ad_groups)


def parse_config(payload: object, source: str) -> RunConfig:
    """Check a configuration that came from outside.

    Parameters
    ----------
    payload : object
        What JSON held.
    source : str
        What to call it in a refusal.

    Returns
    -------
    RunConfig

    Raises
    ------
    ConfigError
        With the first field that is wrong, what was expected there, and how many more are.
    UnknownAudienceError
        If a targeting names an audience that is not defined.
    """
    with refusing_as_config_error(source):
        return RunConfig.model_validate(payload)


@contextmanager
def refusing_as_config_error(source: str) -> Iterator[None]:
    """Turn a refusal of a model into a `ConfigError` that names where the value came from."""
    try:
        yield
    except ValidationError as refusal:
        raise ConfigError(f"{source}: {complaint(refusal)}") from None
    except DefinitionError as refusal:
        raise ConfigError(f"{source}: {refusal}") from None


def resolve_paths(config: RunConfig, folder: Path) -> RunConfig:
    """Make the universe's and the customer lists' paths absolute, reading relative ones from ``folder``."""
    return config.model_copy(
        update={
            "universe": absolute_path(config.universe, folder),
            "audiences": tuple(_with_absolute_list(audience, folder) for audience in config.audiences),
        }
    )


def _with_absolute_list(audience: SimulatedAudience, folder: Path) -> SimulatedAudience:
    definition = audience.definition
    if not isinstance(definition, CustomerListDefinition):
        return audience
    list_file = absolute_path(definition.list_file, folder)
    return audience.model_copy(update={"definition": definition.model_copy(update={"list_file": list_file})})


def absolute_path(path: str, folder: Path) -> str:
    """Return a path as an absolute one, reading a relative one from ``folder``.

    Raises
    ------
    ConfigError
        If it cannot be the path of anything: it holds a NUL byte, or leads round in a circle.
    """
    try:
        return str((folder / path).resolve())
    except (OSError, RuntimeError, ValueError):
        raise ConfigError("expected a path that can lead to a file, got one that cannot; correct it") from None
