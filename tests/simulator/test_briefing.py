"""The tables and sentences that people read, as they read them."""

from dataclasses import replace

import pandas as pd
import pytest

from simulator.briefing import (
    AUCTION_TEXTS,
    DELIVERY_TEXTS,
    NUMBER_HEADINGS,
    Answer,
    answer_table,
    audience_table,
    campaign_table,
    event_table,
    in_words,
    list_table,
    overlap_table,
    usual_questions,
)
from simulator.kernels.tables import EVER, Column
from simulator.ledger import Ledger, LifeEvent
from simulator.money import MAX_BID_CPM_MICROS
from simulator.reports import report_by_ad_group, report_by_day
from simulator.run import RunResult
from simulator.scenario import Lever, Scenario
from simulator.what_if import METRICS, Comparison
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

COUNTS = {
    "record_counts": {"processed": 1_204, "valid": 1_200, "invalid": 4},
    "error_counts": [
        {"error_code": "MISSING_AT_SIGN", "message": "No @", "count": 3},
        {"error_code": "MALFORMED_EMAIL", "message": "Not an address", "count": 1},
    ],
    "n_distinct_valid_records": 1_000,
    "n_matched_records": 259,
}


def plain(text):
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ") if isinstance(text, str) else text


def read(table: pd.DataFrame) -> list[list[str]]:
    """Return a table as lines: headings, then rows."""
    return [list(table.columns), *table.map(plain).to_numpy().tolist()]


@pytest.fixture
def config():
    return run_config(
        ad_group("2001", name="Wide", targeting={"AUDIENCE_INCLUDE": ["1001"]}),
        ad_group("2002", name="Fee", targeting={"AUDIENCE_INCLUDE": ["1004"], "LOCATION": ["US"]}),
        audiences=[
            audience_spec("1001", "CUSTOMER_LIST"),
            audience_spec("1002", "CUSTOMER_LIST"),
            audience_spec("1004", "THIRD_PARTY"),
        ],
    )


@pytest.fixture
def world(config, small_universe):
    members = {"1001": set(range(259)), "1002": set(range(50)), "1004": set(range(100, 400))}
    return world_of(config, small_universe, members, {"1004": 1_250})


@pytest.fixture
def audiences(world):
    small = COUNTS | {"error_counts": [], "n_matched_records": 50}
    details = {"1001": COUNTS, "1002": small, "1004": world.audiences["1004"].details}
    return {an_id: replace(audience, details=details[an_id]) for an_id, audience in world.audiences.items()}


@pytest.fixture
def result(config, world) -> RunResult:
    eligibility = world.eligibility(config)
    ledger = Ledger.blank(config, eligibility.n_entries)
    asked, won = [Column.OPPORTUNITIES, Column.ENTERED], [Column.CENSUS_WON, Column.IMPRESSIONS]
    ledger.tallies[3, 0, [*asked, *won, Column.CLICKS]] = 2_000, 1_800, 900, 900, 4
    ledger.tallies[3, 0, [Column.MEDIA_MICROS, Column.REACHED]] = 2_700_000, 259
    ledger.tallies[30, 1, [*asked, *won]] = 40, 40, 10, 10
    ledger.tallies[30, 1, [Column.MEDIA_MICROS, Column.DATA_FEE_MICROS]] = 40_000, 6_000
    ledger.entry_counts[eligibility.entry_ad_groups() == 0] = EVER | 1
    ledger.life.append(LifeEvent(-30.5, "audience 1004", "INITIALIZING → READY"))
    ledger.life.append(LifeEvent(1.25, "campaign 5001", "PENDING → APPROVED"))
    return RunResult(config, ledger, eligibility, ())


def comparison(config, **changes: tuple[float, float]) -> Comparison:
    """Compare two made-up replications, each with the same difference: by metric, base and alternative."""
    figures = {metric.metric: (200.0, 200.0) for metric in METRICS} | changes
    rows = [
        {"replication": n, "scenario": scenario, "metric": metric, "value": values[which]}
        for n in range(2)
        for which, scenario in enumerate(("base", "alternative"))
        for metric, values in figures.items()
    ]
    scenario = Scenario(name="x", base=config)
    return Comparison(scenario, scenario, 2, pd.DataFrame(rows), pd.DataFrame(), pd.DataFrame(), ())


def test_lists_say_what_came_of_them_and_hide_the_rate_of_a_small_one(audiences):
    assert read(list_table(audiences)) == [
        ["Audience", "processed", "valid", "invalid", "invalid because", "match rate"],
        ["Audience 1001", "1,204", "1,200", "4", "MISSING_AT_SIGN (3), MALFORMED_EMAIL (1)", "25.0 %"],
        ["Audience 1002", "1,204", "1,200", "4", "–", "hidden"],
    ]


def test_without_lists_there_is_no_table_of_them(audiences):
    assert list_table({"1004": audiences["1004"]}).empty


def test_audiences_show_sizes_as_they_may_be_shown(audiences):
    assert read(audience_table(audiences)) == [
        ["Id", "Audience", "Type", "Size", "Status", "Data fee"],
        ["1001", "Audience 1001", "CUSTOMER_LIST", "250", "● READY", "–"],
        ["1002", "Audience 1002", "CUSTOMER_LIST", "< 100", "▲ TOO_SMALL", "–"],
        ["1004", "Audience 1004", "THIRD_PARTY", "300", "● READY", "12.5 %"],
    ]


def test_overlap_is_a_square_that_reads_by_row(audiences):
    assert read(overlap_table(audiences)) == [
        ["of … also in →", "Audience 1001", "Audience 1002", "Audience 1004"],
        ["Audience 1001", "100 %", "hidden", "60 %"],
        ["Audience 1002", "hidden", "hidden", "hidden"],
        ["Audience 1004", "50 %", "hidden", "100 %"],
    ]


def test_audiences_of_one_name_are_told_apart(audiences):
    same = {
        an_id: replace(audience, spec=audience.spec.model_copy(update={"name": "Same"}))
        for an_id, audience in audiences.items()
    }
    headings, *rows = read(overlap_table(same))
    assert headings[1:] == [row[0] for row in rows] == ["Same (1001)", "Same (1002)", "Same (1004)"]
    assert list_table(same)["Audience"].tolist() == ["Same (1001)", "Same (1002)"]


def test_the_campaign_by_ad_group(result):
    headings = ["AD_GROUP_NAME", "SPEND_IN_DOLLAR", "IMPRESSION_1", "TOTAL_IMPRESSION_USER", "CLICKTHROUGH_1"]
    assert read(campaign_table(report_by_ad_group(result))) == [
        [*headings, "ECPM_IN_DOLLAR", "win_rate", "data_fees", "of_these_redundant"],
        ["Wide", "$2.70", "900", "250", "4", "$3.00", "50.0 %", "$0.00", "$0.00"],
        ["Fee", "$0.05", "10", "< 100", "0", "$4.60", "25.0 %", "$0.01", "$0.00"],
    ]


def test_the_campaign_in_words(result):
    report = report_by_ad_group(result)
    assert read(campaign_table(report, DELIVERY_TEXTS)) == [
        ["Ad group", "Spend", "Impressions", "Reach", "Frequency", "Clicks", "Click rate", "eCPM", "Cost per click"],
        ["Wide", "$2.70", "900", "250", "3.6", "4", "0.4 %", "$3.00", "$0.68"],
        ["Fee", "$0.05", "10", "< 100", "–", "0", "0.0 %", "$4.60", "–"],
    ]
    auctions = campaign_table(report, AUCTION_TEXTS).set_index("Ad group")
    assert auctions.loc["Fee", ["Media", "Data fees", "… for people reached anyway"]].tolist() == [
        "$0.04",
        "$0.01",
        "$0.00",
    ]
    assert auctions["Win rate"].map(plain).tolist() == ["50.0 %", "25.0 %"]


def test_the_campaign_by_day(result):
    days = campaign_table(report_by_day(result))[["DATE", "AD_GROUP_NAME", "IMPRESSION_1", "ECPM_IN_DOLLAR"]]
    assert read(days)[1:] == [
        ["2026-11-02 00:00", "Wide", "900", "$3.00"],
        ["2026-11-02 00:00", "Fee", "0", "–"],
        ["2026-11-03 00:00", "Wide", "0", "–"],
        ["2026-11-03 00:00", "Fee", "10", "$4.60"],
    ]


def test_what_happened_when(result):
    assert read(event_table(result)) == [
        ["When (UTC)", "What", "Change"],
        ["2026-10-31 17:30", "Audience 1004, Audience 1004", "INITIALIZING → READY"],
        ["2026-11-02 01:15", "Campaign 5001, Campaign", "PENDING → APPROVED"],
    ]


def test_an_answer_has_a_row_a_metric(config):
    table = answer_table(comparison(config, spend=(10.0, 12.5), reach=(float("nan"), 200.0), win_rate=(0.5, 0.4)))
    assert read(table) == [
        ["Metric", "Base", "Scenario", "Difference", "95 % interval", "Chance"],
        ["Spend", "$10.00", "$12.50", "+$2.50", "+$2.50 to +$2.50", "100.0 % higher"],
        ["Data fees", "$200.00", "$200.00", "$0.00", "$0.00 to $0.00", "50.0 % better"],
        ["Impressions", "200", "200", "0", "0 to 0", "50.0 % better"],
        ["Reach", "< 100", "200", "hidden", "hidden to hidden", "–"],
        ["Frequency", "200", "200", "0", "0 to 0", "50.0 % higher"],
        ["Clicks", "200", "200", "0", "0 to 0", "50.0 % better"],
        ["eCPM", "$200.00", "$200.00", "$0.00", "$0.00 to $0.00", "50.0 % better"],
        ["Cost per click", "$200.00", "$200.00", "$0.00", "$0.00 to $0.00", "50.0 % better"],
        ["Win rate", "50.0 %", "40.0 %", "−10.0 pt", "−10.0 pt to −10.0 pt", "0.0 % better"],
    ]


def test_an_answer_in_one_sentence(config):
    question = usual_questions(Scenario(name="x", base=config))[0]
    found = comparison(config, spend=(10.0, 12.5), reach=(float("nan"), 200.0))
    assert plain(in_words(Answer(question, found))) == (
        "Without third-party data, spend rises by $2.50 (25.0 %), reach cannot be compared and cost per click "
        "stays the same within chance."
    )
    found = comparison(config, spend=(0.0, 2.0), reach=(400.0, 300.0))
    assert plain(in_words(Answer(question, found))) == (
        "Without third-party data, spend rises by $2.00 (from nothing), reach falls by 100 (25.0 %) and cost per click "
        "stays the same within chance."
    )


def test_the_first_questions_are_about_fees_and_the_largest_budget(config):
    fees, bid = usual_questions(Scenario(name="x", base=config))
    assert fees.alternative.levers == (Lever(path="third_party_data.is_enabled", value=False),)
    assert bid.text == "What would a bid of $7.80 buy?"
    assert bid.condition == "With a bid of $7.80 CPM for “Wide”"
    assert bid.alternative.levers == (Lever(path="ad_groups.2001.bid_cpm_micros", value=7_800_000),)
    off = Scenario(name="x", base=config).with_levers("Off", *fees.alternative.levers)
    assert [question.text for question in usual_questions(off)] == [bid.text]


def test_a_daily_budget_counts_once_a_day():
    lifetime = ad_group("2001", budget_micros=15_000_000, budget_type="LIFETIME")
    config = run_config(lifetime, ad_group("2002", budget_micros=10_000_000))
    (bid,) = usual_questions(Scenario(name="x", base=config))
    assert bid.alternative.levers[0].path == "ad_groups.2002.bid_cpm_micros"


def test_where_the_platform_bids_the_question_is_about_the_budget():
    automatic = ad_group("2001", bid_strategy_type="AUTOMATIC_BID", bid_cpm_micros=None, budget_micros=None)
    config = run_config(automatic, campaign={"name": "Spring", "budget_micros": 10_000_000})
    (question,) = usual_questions(Scenario(name="x", base=config))
    assert question.text == "What would a budget of $13.00 buy?"
    assert question.condition == "With a daily budget of $13.00 for “Spring”"
    assert question.alternative.config.campaigns[0].budget_micros == 13_000_000


def test_a_bid_for_a_click_is_raised_as_such():
    by_click = ad_group("2001", billable_event="CLICKTHROUGH", bid_cpm_micros=None, bid_micros=500_000)
    (question,) = usual_questions(Scenario(name="x", base=run_config(by_click)))
    assert question.condition == "With a bid of $0.65 a click for “Ad group 2001”"


def test_the_raised_bid_is_one_that_is_accepted():
    config = run_config(ad_group("2001", bid_cpm_micros=MAX_BID_CPM_MICROS - 1))
    (bid,) = usual_questions(Scenario(name="x", base=config))
    assert bid.alternative.config.ad_groups[0].bid_cpm_micros == MAX_BID_CPM_MICROS


def test_the_columns_of_numbers_are_known_and_exist(audiences, result, config):
    reports = (report_by_ad_group(result), report_by_day(result))
    tables = [list_table(audiences), audience_table(audiences), *map(campaign_table, reports), event_table(result)]
    tables += [campaign_table(reports[0], texts) for texts in (DELIVERY_TEXTS, AUCTION_TEXTS)]
    headings = {heading for table in [*tables, answer_table(comparison(config))] for heading in table}
    assert headings >= NUMBER_HEADINGS
    words = {"Audience", "Ad group", "invalid because", "Id", "Type", "Status", "DATE", "AD_GROUP_NAME", "Metric"}
    assert headings - NUMBER_HEADINGS == words | {"When (UTC)", "What", "Change"}
