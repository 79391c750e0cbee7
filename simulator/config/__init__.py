"""What a run is made of: one frozen value, JSON in and out.

A run is a function of its configuration, so everything that can change a result stands here, with its unit in its name
and its legal range in its field. Amounts are micro-currency, bids are for 1,000 impressions (CPM) as analysts state
them or for one action, times are hours. Names and enums are those of the platform's public API where it has them;
values in small letters are the workbench's own.
"""

from simulator.config.ad_group import (
    MAX_BUDGET_MICROS,
    Ad,
    AdGroup,
    BidStrategyType,
    BillableEvent,
    BudgetType,
    EntityStatus,
    FrequencyCap,
    FrequencyGoal,
    FrequencyTimeRange,
    Lift,
    OptimizationGoal,
    PacingDeliveryType,
)
from simulator.config.auction import MAX_SLOTS, AuctionFormat, AuctionRules
from simulator.config.campaign import MAX_REVIEW_HOURS, Campaign, ObjectiveType, Rejection
from simulator.config.flight import HOURS_PER_DAY, Flight
from simulator.config.market import MAX_QUANTILES, MAX_RIVAL_BIDS, Landscape, Market
from simulator.config.run_config import (
    RunConfig,
    SelfCompetition,
    absolute_path,
    parse_config,
    refusing_as_config_error,
    with_paths,
)
from simulator.config.simulated_audience import ListRefresh, Membership, SimulatedAudience
from simulator.config.third_party_data import DataFeeRule, ThirdPartyData
from simulator.config.traffic import Traffic

__all__ = [
    "HOURS_PER_DAY",
    "MAX_BUDGET_MICROS",
    "MAX_QUANTILES",
    "MAX_REVIEW_HOURS",
    "MAX_RIVAL_BIDS",
    "MAX_SLOTS",
    "Ad",
    "AdGroup",
    "AuctionFormat",
    "AuctionRules",
    "BidStrategyType",
    "BillableEvent",
    "BudgetType",
    "Campaign",
    "DataFeeRule",
    "EntityStatus",
    "Flight",
    "FrequencyCap",
    "FrequencyGoal",
    "FrequencyTimeRange",
    "Landscape",
    "Lift",
    "ListRefresh",
    "Market",
    "Membership",
    "ObjectiveType",
    "OptimizationGoal",
    "PacingDeliveryType",
    "Rejection",
    "RunConfig",
    "SelfCompetition",
    "SimulatedAudience",
    "ThirdPartyData",
    "Traffic",
    "absolute_path",
    "parse_config",
    "refusing_as_config_error",
    "with_paths",
]
