"""The levers that people pull, each with its name, its unit and how it is written.

Any setting of a configuration can be a lever; these are the ones that questions are usually about. Screens and the
command line list them, and changes are told in their words.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from simulator.config import RunConfig
from simulator.errors import LeverError
from simulator.scenario.settings import EVERY, Setting, id_of, settings_named


class Unit(StrEnum):
    """What a setting's value is, and so how it is written for people."""

    DOLLARS_CPM = "dollars CPM"
    """Micro-currency for 1,000 impressions."""

    DOLLARS = "dollars"
    """Micro-currency."""

    SHARE = "share"
    FACTOR = "factor"
    COUNT = "count"
    DAYS = "days"
    HOURS = "hours"
    SWITCH = "on or off"
    AUDIENCES = "audiences"
    LIST = "list"
    WORD = "word"


class LeverKind(NamedTuple):
    """One kind of lever.

    Attributes
    ----------
    topic : str
        What a question about it is about.
    path : str
        Its path with ``*`` in the place of every id.
    label : str
        What people call it, as in the middle of a sentence.
    unit : Unit
        What its value is.
    example : str
        A value, as it is written behind ``PATH=``.
    """

    topic: str
    path: str
    label: str
    unit: Unit
    example: str


LEVER_KINDS = (
    LeverKind("bid", "ad_groups.*.bid_cpm_micros", "bid", Unit.DOLLARS_CPM, "6000000"),
    LeverKind("bid", "ad_groups.*.bid_micros", "bid", Unit.DOLLARS, "500000"),
    LeverKind("bid", "ad_groups.*.bid_multipliers.*", "bid multiplier", Unit.FACTOR, "1.5"),
    LeverKind("bid", "ad_groups.*.bid_strategy_type", "bid strategy", Unit.WORD, "AUTOMATIC_BID"),
    LeverKind("budget", "ad_groups.*.budget_micros", "budget", Unit.DOLLARS, "20000000"),
    LeverKind("budget", "ad_groups.*.budget_type", "budget", Unit.WORD, "LIFETIME"),
    LeverKind("budget", "campaigns.*.budget_micros", "budget", Unit.DOLLARS, "100000000"),
    LeverKind("budget", "campaigns.*.budget_type", "budget", Unit.WORD, "LIFETIME"),
    LeverKind("fee policy", "third_party_data.bid_reduction_policy", "bid reduction", Unit.WORD, "flat"),
    LeverKind("fee policy", "third_party_data.fee_rule", "data fee due", Unit.WORD, "only_when_needed"),
    LeverKind("segment", "third_party_data.is_enabled", "third-party data", Unit.SWITCH, "false"),
    LeverKind("segment", "audiences.*.definition.segment_id", "segment", Unit.WORD, '"110000000002"'),
    LeverKind("audience", "ad_groups.*.targeting.audience_include", "includes", Unit.AUDIENCES, '["1001"]'),
    LeverKind("audience", "ad_groups.*.targeting.location", "locations", Unit.LIST, '["GB"]'),
    LeverKind("audience", "audiences.*.definition.retention_days", "retention", Unit.DAYS, "30"),
    LeverKind("audience", "audiences.*.definition.percentage", "percentage", Unit.COUNT, "5"),
    LeverKind("exclusion", "ad_groups.*.targeting.audience_exclude", "excludes", Unit.AUDIENCES, '["1001"]'),
    LeverKind("pacing", "ad_groups.*.pacing_delivery_type", "pacing", Unit.WORD, "ACCELERATED"),
    LeverKind("cap", "ad_groups.*.frequency_cap.max_impressions", "frequency cap", Unit.COUNT, "3"),
    LeverKind("cap", "ad_groups.*.frequency_cap.window_days", "frequency cap's window", Unit.DAYS, "7"),
    LeverKind("cap", "ad_groups.*.frequency_goal.frequency", "frequency goal", Unit.COUNT, "2"),
    LeverKind("cap", "ad_groups.*.frequency_goal.timerange", "frequency goal's window", Unit.WORD, "THIRTY_DAY"),
    LeverKind("schedule", "ad_groups.*.active_hours", "active hours", Unit.LIST, "[18, 19, 20, 21]"),
    LeverKind("schedule", "ad_groups.*.start_time", "start", Unit.WORD, '"2026-11-03T00:00:00Z"'),
    LeverKind("schedule", "ad_groups.*.end_time", "end", Unit.WORD, '"2026-11-03T00:00:00Z"'),
    LeverKind("schedule", "ad_groups.*.status", "status", Unit.WORD, "PAUSED"),
    LeverKind("competition", "self_competition", "self-competition", Unit.WORD, "best_only"),
    LeverKind("competition", "market.n_rival_bids", "rivals", Unit.COUNT, "3"),
    LeverKind("competition", "market.rival_bid_cpm_micros", "rivals' median bid", Unit.DOLLARS_CPM, "5000000"),
    LeverKind("competition", "market.rival_bid_sigma", "rivals' spread", Unit.FACTOR, "0.8"),
    LeverKind("competition", "market.bid_floor_cpm_micros", "floor", Unit.DOLLARS_CPM, "3000000"),
    LeverKind("competition", "rival_campaigns.*.status", "status", Unit.WORD, "PAUSED"),
    LeverKind("competition", "auction.format", "auction format", Unit.WORD, "first_price"),
    LeverKind("response", "ad_groups.*.click_rate", "click rate", Unit.SHARE, "0.006"),
    LeverKind("response", "ad_groups.*.conversion_rate", "conversion rate", Unit.SHARE, "0.05"),
    LeverKind("traffic", "traffic.opportunities_per_account_day", "opportunities a day", Unit.COUNT, "3.5"),
)


def levers_of(config: RunConfig) -> Iterator[tuple[LeverKind, Setting]]:
    """Yield every lever of a known kind that a configuration has, with what is set there now.

    Parameters
    ----------
    config : RunConfig
        Whose levers.

    Yields
    ------
    tuple of LeverKind and Setting
        In the order of the kinds; one setting for each ad group, campaign or audience that has it.
    """
    settings = config.model_dump(mode="json")
    ids = {
        "ad_groups": [ad_group.ad_group_id for ad_group in config.ad_groups],
        "bid_multipliers": [spec.audience_id for spec in config.audiences],
        **{
            name: [id_of(member) or "" for member in settings[name]]
            for name in settings
            if _has_members(settings[name])
        },
    }
    for kind in LEVER_KINDS:
        for path in _paths(kind.path.split("."), ids):
            try:
                (setting,) = settings_named(config, path)
            except LeverError:
                continue  # such as the segment of an audience that is made from visitors
            is_bid = kind.label == "bid"
            if not (is_bid and setting.value is None):  # who bids for impressions has no bid for clicks
                yield kind, setting


def _has_members(value: object) -> bool:
    return isinstance(value, list) and bool(value) and id_of(value[0]) is not None


def _paths(parts: list[str], ids: dict[str, list[str]]) -> list[str]:
    """Put every id in the place of each star."""
    ways: list[list[str]] = [[]]
    for part in parts:
        if part == EVERY:
            ways = [[*way, an_id] for way in ways for an_id in ids.get(way[-1], [])]
        else:
            ways = [[*way, part] for way in ways]
    return [".".join(way) for way in ways]
