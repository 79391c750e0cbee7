"""The amounts of an ad group that people move: its bid, if it has one, and the budget that it spends from.

An ad group bids for 1,000 impressions, for a click or a view, or leaves the bid to the platform; its budget is its own
or that of its campaign. Screens and questions ask here which of these it is, and by which path a lever finds it.
"""

from typing import NamedTuple

from simulator.config import AdGroup, BillableEvent, BudgetType, RunConfig
from simulator.money import MAX_ACTION_BID_MICROS, MAX_BID_CPM_MICROS

UNITS = {
    BillableEvent.IMPRESSION: "CPM",
    BillableEvent.CLICKTHROUGH: "a click",
    BillableEvent.VIDEO_V_50_MRC: "a view",
}
"""What a bid is for, as it is written behind the amount."""


class Bid(NamedTuple):
    """What an analyst bids.

    Attributes
    ----------
    path : str
        Of the lever that changes it.
    micros : int
        The bid, micro-currency.
    highest_micros : int
        The highest that is legal, micro-currency.
    per : str
        What it is for: ``CPM``, ``a click`` or ``a view``.
    """

    path: str
    micros: int
    highest_micros: int
    per: str


class Budget(NamedTuple):
    """What an ad group spends from.

    Attributes
    ----------
    path : str
        Of the lever that changes it.
    micros : int
        The budget, micro-currency.
    budget_type : BudgetType
        What period it is for.
    campaign_name : str or None
        Whose it is where the ad group has none of its own.
    """

    path: str
    micros: int
    budget_type: BudgetType
    campaign_name: str | None


def bid_of(ad_group: AdGroup) -> Bid | None:
    """Return what an ad group bids; None where the platform chooses."""
    per = UNITS[ad_group.billable_event]
    if ad_group.bid_cpm_micros is not None:
        path = f"ad_groups.{ad_group.ad_group_id}.bid_cpm_micros"
        return Bid(path, ad_group.bid_cpm_micros, MAX_BID_CPM_MICROS, per)
    if ad_group.bid_micros is not None:
        return Bid(f"ad_groups.{ad_group.ad_group_id}.bid_micros", ad_group.bid_micros, MAX_ACTION_BID_MICROS, per)
    return None


def budget_of(config: RunConfig, ad_group: AdGroup) -> Budget:
    """Return the budget that one of a configuration's own ad groups spends from: its own, else its campaign's."""
    if ad_group.budget_micros is not None:
        path = f"ad_groups.{ad_group.ad_group_id}.budget_micros"
        return Budget(path, ad_group.budget_micros, ad_group.budget_type, None)
    campaign = next(campaign for campaign in config.campaigns if ad_group in campaign.ad_groups)
    if campaign.budget_micros is None:
        raise ValueError(f"expected ad group {ad_group.ad_group_id} to have a budget or share one, got neither")
    path = f"campaigns.{campaign.campaign_id}.budget_micros"
    return Budget(path, campaign.budget_micros, campaign.budget_type, campaign.name)
