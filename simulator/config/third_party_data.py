"""Whether third-party segments are used, and what they cost."""

from enum import StrEnum

from simulator.money import BidReductionPolicy
from workbench.validation import Written


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
