"""What people are told about a scenario: tables and sentences, ready to be read.

The terminal's demo and the HTML report say the same things, so both take them from here. Numbers are texts by now:
sizes as `workbench.audiences.disclosure` lets them be shown, money and shares with their units.
"""

import math
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from simulator.ad_group_amounts import Bid, bid_of, budget_of
from simulator.charts.figures import shown_figure, shown_margin
from simulator.config import MAX_BUDGET_MICROS, AdGroup, BudgetType, RunConfig
from simulator.money import MICROS
from simulator.reports import life_table
from simulator.run import RunResult
from simulator.scenario import Lever, Scenario
from simulator.what_if import Comparison
from simulator.what_if.stopping import Ending
from workbench.audiences import (
    Audience,
    AudienceStatus,
    AudienceType,
    overlap_matrix,
    safe_share,
    safe_size,
    shown_overlap,
    shown_size,
    tell_apart,
)
from workbench.charts.numbers import shown_percent
from workbench.data_fee import BASIS_POINTS

BID_RAISE = 1.3
"""The second question of every briefing: what a bid 30 % higher would do, or a budget where the platform bids."""

STATUS_MARKS = {
    AudienceStatus.READY: "● READY",
    AudienceStatus.TOO_SMALL: "▲ TOO_SMALL",
    AudienceStatus.INITIALIZING: "○ INITIALIZING",
}
"""Statuses with a mark of their own shape, because colour alone does not reach everybody."""

Row = Mapping[Hashable, Any]
ReportText = tuple[str, Callable[[Row], str]]

REPORT_TEXTS: dict[str, ReportText] = {
    "DATE": ("DATE", lambda row: f"{row['DATE']:%Y-%m-%d %H:%M}"),
    "AD_GROUP_NAME": ("AD_GROUP_NAME", lambda row: str(row["AD_GROUP_NAME"])),
    "AD_NAME": ("AD_NAME", lambda row: "–" if pd.isna(row["AD_NAME"]) else str(row["AD_NAME"])),
    "audience_name": ("audience_name", lambda row: str(row["audience_name"])),
    "SPEND_IN_DOLLAR": ("SPEND_IN_DOLLAR", lambda row: shown_figure(row["SPEND_IN_DOLLAR"], "dollars")),
    "IMPRESSION_1": ("IMPRESSION_1", lambda row: shown_figure(row["IMPRESSION_1"], "count")),
    "TOTAL_IMPRESSION_USER": (
        "TOTAL_IMPRESSION_USER",
        lambda row: shown_figure(row["TOTAL_IMPRESSION_USER"], "people"),
    ),
    "CLICKTHROUGH_1": ("CLICKTHROUGH_1", lambda row: shown_figure(row["CLICKTHROUGH_1"], "count")),
    "ECPM_IN_DOLLAR": ("ECPM_IN_MICRO_DOLLAR", lambda row: _shown_micros(row["ECPM_IN_MICRO_DOLLAR"])),
    "win_rate": ("win_rate", lambda row: shown_figure(row["win_rate"], "share")),
    "data_fees": ("data_spend_micros", lambda row: _shown_micros(row["data_spend_micros"])),
    "of_these_redundant": (
        "redundant_data_spend_micros",
        lambda row: _shown_micros(row["redundant_data_spend_micros"]),
    ),
}
"""A report on the terminal: heading → the report's column and how its number is written."""

_AD_GROUP: dict[str, ReportText] = {"Ad group": REPORT_TEXTS["AD_GROUP_NAME"]}

DELIVERY_TEXTS = _AD_GROUP | {
    "Spend": REPORT_TEXTS["SPEND_IN_DOLLAR"],
    "Impressions": REPORT_TEXTS["IMPRESSION_1"],
    "Reach": REPORT_TEXTS["TOTAL_IMPRESSION_USER"],
    "Frequency": ("TOTAL_IMPRESSION_FREQUENCY", lambda row: _shown_frequency(row["TOTAL_IMPRESSION_FREQUENCY"])),
    "Clicks": REPORT_TEXTS["CLICKTHROUGH_1"],
    "Click rate": ("CTR", lambda row: shown_figure(row["CTR"], "share")),
    "eCPM": REPORT_TEXTS["ECPM_IN_DOLLAR"],
    "Cost per click": ("ECPC_IN_MICRO_DOLLAR", lambda row: _shown_micros(row["ECPC_IN_MICRO_DOLLAR"])),
}
"""What was delivered, for people who do not know the platform's columns."""

AUCTION_TEXTS = _AD_GROUP | {
    "Opportunities": ("opportunities", lambda row: shown_figure(row["opportunities"], "count")),
    "Took part": ("participation_rate", lambda row: shown_figure(row["participation_rate"], "share")),
    "Win rate": REPORT_TEXTS["win_rate"],
    "Held back by pacing": ("lost_to_pacing", lambda row: _shown_part(row, "lost_to_pacing")),
    "Budget spent": ("lost_to_budget", lambda row: _shown_part(row, "lost_to_budget")),
    "Media": ("media_spend_micros", lambda row: _shown_micros(row["media_spend_micros"])),
    "Data fees": REPORT_TEXTS["data_fees"],
    "… for people reached anyway": REPORT_TEXTS["of_these_redundant"],
}
"""What became of the opportunities, and what the money went to."""

NUMBER_HEADINGS = frozenset(
    {
        *("processed", "valid", "invalid", "match rate"),  # list_table
        *("Size", "Data fee"),  # audience_table
        *(set(REPORT_TEXTS) - {"DATE", "AD_GROUP_NAME", "AD_NAME", "audience_name"}),  # campaign_table
        *((set(DELIVERY_TEXTS) | set(AUCTION_TEXTS)) - set(_AD_GROUP)),
        *("Base", "Scenario", "Difference", "95 % interval", "Chance"),  # answer_table
    }
)
"""Headings of the columns that hold numbers; all others hold words."""


class Question(NamedTuple):
    """A what-if that is worth asking of a scenario.

    Attributes
    ----------
    text : str
        The question, ending in a question mark.
    condition : str
        The same as the beginning of an answer.
    alternative : Scenario
        The scenario with the levers pulled.
    """

    text: str
    condition: str
    alternative: Scenario


class Answer(NamedTuple):
    """A question and the comparison that answers it."""

    question: Question
    comparison: Comparison


def usual_questions(scenario: Scenario) -> list[Question]:
    """Ask what an analyst would ask first: without third-party data, and with a higher bid where most money goes.

    Where the platform chooses that bid, the question is about a larger budget.

    Parameters
    ----------
    scenario : Scenario
        The one to ask about, its levers pulled.

    Returns
    -------
    list of Question
        The first only where third-party data is used.
    """
    config, questions = scenario.config, []
    has_segments = any(spec.audience_type is AudienceType.THIRD_PARTY for spec in config.audiences)
    if has_segments and config.third_party_data.is_enabled:
        condition = "Without third-party data"
        without = scenario.with_levers(condition, Lever(path="third_party_data.is_enabled", value=False))
        questions.append(Question("What does the third-party data bring, and cost?", condition, without))
    largest = max(config.ad_groups, key=lambda ad_group: _budget_of_flight(ad_group, config))
    bid = bid_of(largest)
    return [*questions, _more_budget(scenario, config, largest) if bid is None else _more_bid(scenario, largest, bid)]


def list_table(audiences: Mapping[str, Audience]) -> pd.DataFrame:
    """Tell how the customer lists fared.

    Parameters
    ----------
    audiences : mapping of str to Audience
        Populated audiences by id, of any type.

    Returns
    -------
    DataFrame
        One row a customer list, all texts: its name, records processed, valid and invalid, why, and the match rate,
        which is hidden with fewer than 100 matched accounts.
    """
    names = _names(audiences)
    return pd.DataFrame(
        [
            {
                "Audience": names[audience_id],
                **{name: f"{count:,}" for name, count in audience.details["record_counts"].items()},
                "invalid because": ", ".join(
                    f"{error['error_code']} ({error['count']:,})" for error in audience.details["error_counts"]
                )
                or "–",
                "match rate": "hidden" if (rate := safe_match_rate(audience)) is None else shown_percent(rate),
            }
            for audience_id, audience in audiences.items()
            if audience.spec.audience_type is AudienceType.CUSTOMER_LIST
        ]
    )


def safe_match_rate(audience: Audience) -> float | None:
    """Return which share of a customer list's records matched, as it may be shown.

    Parameters
    ----------
    audience : Audience
        Populated from a customer list.

    Returns
    -------
    float or None
        0 to 1; None when the audience's size is hidden, because the rate would tell it.
    """
    if safe_size(audience.audience_size) is None:
        return None
    return safe_share(audience.details["n_matched_records"], audience.details["n_distinct_valid_records"])


def audience_table(audiences: Mapping[str, Audience]) -> pd.DataFrame:
    """Tell which audiences there are.

    Parameters
    ----------
    audiences : mapping of str to Audience
        Populated audiences by id.

    Returns
    -------
    DataFrame
        One row an audience, all texts: id, name, type, size as it may be shown, status and data fee.
    """
    return pd.DataFrame(
        [
            {
                "Id": audience_id,
                "Audience": audience.spec.name,
                "Type": audience.spec.audience_type.value,
                "Size": shown_size(audience.audience_size),
                "Status": STATUS_MARKS[audience.status],
                "Data fee": _shown_fee(audience),
            }
            for audience_id, audience in audiences.items()
        ]
    )


def overlap_table(audiences: Mapping[str, Audience]) -> pd.DataFrame:
    """Tell how audiences overlap.

    Parameters
    ----------
    audiences : mapping of str to Audience
        Populated audiences of one universe, by id.

    Returns
    -------
    DataFrame
        A square of texts with the names in its first column: each cell the share of the row's audience that is also
        in the column's.
    """
    pairs = shown_overlap(overlap_matrix(list(audiences.values())))
    square = pairs.pivot_table(
        index="shown_name_a", columns="shown_name_b", values="shown_overlap_share", aggfunc="first", sort=False
    )
    square.index.name = square.columns.name = None
    return square.reset_index(names="of … also in →")


def campaign_table(report: pd.DataFrame, texts: Mapping[str, ReportText] = REPORT_TEXTS) -> pd.DataFrame:
    """Tell what ad groups delivered.

    Parameters
    ----------
    report : DataFrame
        From `simulator.reports`: in the whole or by period.
    texts : mapping of str to (column, function)
        What to tell: the platform's columns, `DELIVERY_TEXTS` or `AUCTION_TEXTS`.

    Returns
    -------
    DataFrame
        One row a row of the report, all texts: those that the report has the column of.
    """
    rows = report.to_dict("records")
    shown = {heading: text for heading, (column, text) in texts.items() if column in report}
    return pd.DataFrame([{heading: text(row) for heading, text in shown.items()} for row in rows])


def event_table(result: RunResult) -> pd.DataFrame:
    """Tell what happened when: audiences populated, campaigns and ads approved.

    Parameters
    ----------
    result : RunResult
        A run.

    Returns
    -------
    DataFrame
        One row an event in order of time, all texts: when, to what, and its states before and after.
    """
    config = result.config
    names = {f"audience {spec.audience_id}": spec.name for spec in config.audiences}
    names |= {f"campaign {campaign.campaign_id}": campaign.name for campaign in config.all_campaigns}
    names |= {f"ad {ad.ad_id}": ad.name for ad_group in config.all_ad_groups for ad in ad_group.ads}
    return pd.DataFrame(
        [
            {
                "When (UTC)": f"{event['time']:%Y-%m-%d %H:%M}",
                "What": ", ".join(filter(None, (event["subject"].capitalize(), names.get(event["subject"])))),
                "Change": event["change"],
            }
            for event in life_table(result).to_dict("records")
        ]
    )


def answer_table(comparison: Comparison) -> pd.DataFrame:
    """Tell what a comparison found.

    Parameters
    ----------
    comparison : Comparison
        Base and scenario over paired runs.

    Returns
    -------
    DataFrame
        One row a metric, all texts: base, scenario, difference, its 95 % interval, and in how many of the pairs the
        scenario was better, or higher where neither way is better.
    """
    return pd.DataFrame(
        [
            {
                "Metric": row["label"],
                "Base": shown_figure(row["base"], row["unit"]),
                "Scenario": shown_figure(row["alternative"], row["unit"]),
                "Difference": shown_figure(row["difference"], row["unit"], is_signed=True),
                "95 % interval": f"{shown_figure(row['low'], row['unit'], is_signed=True)} to "
                f"{shown_figure(row['high'], row['unit'], is_signed=True)}",
                "Chance": _chance(row),
            }
            for row in comparison.table.to_dict("records")
        ]
    )


def how_it_ended(comparison: Comparison) -> list[str]:
    """Tell how much a comparison rests on: why it ended, what its pairs are worth, and what was used again.

    Parameters
    ----------
    comparison : Comparison
        Base and scenario over paired runs.

    Returns
    -------
    list of str
        One sentence each, at most three.
    """
    n, rows = comparison.n_replications, {row["metric"]: row for row in comparison.table.to_dict("records")}
    sentences = []
    if comparison.ending is not Ending.AS_ASKED:
        sentences.append(f"Stopped after {n} pairs: {_reason_in_words(comparison, rows)}.")
    worth = rows["spend"]
    if 1 < worth["n_unpaired"] < math.inf:
        sentences.append(
            f"For spend, {worth['n_pairs']:.0f} pairs instead of {worth['n_unpaired']:,.0f} separate runs of each: the "
            f"variance is {worth['variance_reduction']:,.1f} times smaller."
        )
    if comparison.n_reused:
        share = shown_percent(comparison.n_reused / (2 * n))
        sentences.append(f"{comparison.n_reused:,} of {2 * n:,} runs ({share}) were there already and not done again.")
    return sentences


def _reason_in_words(comparison: Comparison, rows: Mapping[str, Row]) -> str:
    rule = comparison.rule
    wanted = "; ".join(
        f"{_lowered(str(rows[each.metric]['label']))} is known within {_half_width(rows[each.metric])}"
        for each in (rule.precisions if rule else ())
    )
    match comparison.ending:
        case Ending.OUT_OF_TIME:
            seconds = rule.seconds if rule else None
            return f"the time of {seconds:g} s was spent" + (f"; {wanted}" if wanted else "")
        case Ending.AT_LIMIT:
            return f"there may be no more; {wanted}"
    return wanted


def _half_width(row: Row) -> str:
    half_width = (row["high"] - row["low"]) / 2
    margin = shown_margin(half_width, row["unit"]) or "no bounds"
    return f"{margin} ({shown_percent(half_width / abs(row['base']))} of the base)" if row["base"] else margin


def _chance(row: Row) -> str:
    if pd.isna(row["probability_of_better"]):
        return "–"
    word = "higher" if row["better"] == "neither" else "better"
    return f"{shown_percent(row['probability_of_better'])} {word}"


def in_words(answer: Answer) -> str:
    """Give an answer in one sentence: spend, reach and the cost of a click, with what is only chance said to be.

    Parameters
    ----------
    answer : Answer
        Question and comparison.

    Returns
    -------
    str
        Beginning with the question's condition.
    """
    figures = {row["metric"]: row for row in answer.comparison.table.to_dict("records")}
    parts = [_change_in_words(figures[metric]) for metric in ("spend", "reach", "ecpc")]
    return f"{answer.question.condition}, {parts[0]}, {parts[1]} and {parts[2]}."


def _more_bid(scenario: Scenario, ad_group: AdGroup, bid: Bid) -> Question:
    # The highest multiplier of an audience counts against the highest legal bid, too.
    highest_micros = int(bid.highest_micros / max([1.0, *ad_group.bid_multipliers.values()]))
    micros = min(round(bid.micros * BID_RAISE), highest_micros)
    amount = shown_figure(micros / MICROS, "dollars")
    condition = f"With a bid of {amount} {bid.per} for “{ad_group.name}”"
    alternative = scenario.with_levers(condition, Lever(path=bid.path, value=micros))
    return Question(f"What would a bid of {amount} buy?", condition, alternative)


def _more_budget(scenario: Scenario, config: RunConfig, ad_group: AdGroup) -> Question:
    budget = budget_of(config, ad_group)
    micros = min(round(budget.micros * BID_RAISE), MAX_BUDGET_MICROS)
    amount = shown_figure(micros / MICROS, "dollars")
    name = budget.campaign_name or ad_group.name
    condition = f"With a {budget.budget_type.value.lower()} budget of {amount} for “{name}”"
    alternative = scenario.with_levers(condition, Lever(path=budget.path, value=micros))
    return Question(f"What would a budget of {amount} buy?", condition, alternative)


def _budget_of_flight(ad_group: AdGroup, config: RunConfig) -> int:
    budget = budget_of(config, ad_group)
    return budget.micros * (config.flight.n_days if budget.budget_type is BudgetType.DAILY else 1)


def _names(audiences: Mapping[str, Audience]) -> dict[str, str]:
    return tell_apart({audience_id: audience.spec.name for audience_id, audience in audiences.items()})


def _lowered(label: str) -> str:
    return label if label.isupper() or label[0].islower() else label[0].lower() + label[1:]


def _change_in_words(figure: Row) -> str:
    label = str(figure["label"])
    name = _lowered(label)
    if not figure["low"] <= figure["high"]:
        return f"{name} cannot be compared"
    if figure["low"] <= 0 <= figure["high"]:
        return f"{name} stays the same within chance"
    verb = "rises" if figure["difference"] > 0 else "falls"
    amount = shown_figure(abs(figure["difference"]), figure["unit"], is_signed=True).lstrip("+")
    relative = shown_percent(abs(figure["difference"] / figure["base"])) if figure["base"] else "from nothing"
    return f"{name} {verb} by {amount} ({relative})"


def _shown_frequency(frequency: Any) -> str:
    return shown_figure(math.nan if pd.isna(frequency) else frequency, "count")  # missing where reach is hidden


def _shown_part(row: Row, column: str) -> str:
    n = row["opportunities"]
    return shown_figure(row[column] / n if n else math.nan, "share")


def _shown_micros(micros: float) -> str:
    return shown_figure(micros / MICROS, "dollars")


def _shown_fee(audience: Audience) -> str:
    fee_bp = audience.details.get("data_fee_rate_bp")
    return "–" if fee_bp is None else shown_percent(fee_bp / BASIS_POINTS)
