"""What a run leaves behind, as dictionaries without their zeros."""

from dataclasses import dataclass, field


def add(counts, key, amount):
    if amount:
        counts[key] = counts.get(key, 0) + amount


@dataclass
class Record:
    """What happened.

    counts : by (tick, ad group, column of the tally); pace : (multiplier, participation) in basis points by (tick, ad
    group), where it bid; conversions : by (tick, ad group); counters : (impressions in the window, whether ever any) by
    (account, ad group); by_ad : by (ad group, number of the ad, column); by_audience : by (ad group, audience, column);
    self_competition : by (payer, raiser); n_opportunities : by tick.
    """

    counts: dict = field(default_factory=dict)
    pace: dict = field(default_factory=dict)
    conversions: dict = field(default_factory=dict)
    counters: dict = field(default_factory=dict)
    by_ad: dict = field(default_factory=dict)
    by_audience: dict = field(default_factory=dict)
    self_competition: dict = field(default_factory=dict)
    n_opportunities: list = field(default_factory=list)


AD_COLUMNS = (
    "IMPRESSIONS",
    "VIEWS",
    "CLICKS",
    "CLICK_CONVERSIONS",
    "VIEW_CONVERSIONS",
    "MEDIA_MICROS",
    "DATA_FEE_MICROS",
)
AUDIENCE_COLUMNS = (
    "IMPRESSIONS",
    "VIEWS",
    "CLICKS",
    "CLICK_CONVERSIONS",
    "VIEW_CONVERSIONS",
    "MEDIA_MICROS",
    "DATA_FEE_MICROS",
    "REDUNDANT_FEE_MICROS",
)
