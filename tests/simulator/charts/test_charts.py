from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from simulator.charts import (
    delivery_by_hour,
    delivery_timeline,
    difference_forest,
    frequency_bars,
    lost_opportunities,
    price_stages,
    price_waterfall,
    reach_so_far,
    shown_figure,
    shown_interval,
    shown_margin,
    spend_by_day,
)

METRICS = pd.DataFrame(
    {
        "metric": ["spend", "reach", "win_rate", "data_spend"],
        "label": ["Spend", "Reach", "Win rate", "Data fees"],
        "unit": ["dollars", "count", "share", "dollars"],
        "base": [200.0, 10_000.0, 0.4, 0.0],
        "difference": [-50.0, 20.0, 0.1, 0.0],
        "low": [-60.0, -30.0, 0.09, 0.0],
        "high": [-40.0, 70.0, 0.11, 0.0],
    }
)
BY_DAY = pd.DataFrame(
    [
        {"scenario": scenario, "day": datetime(2026, 11, 2 + n, tzinfo=UTC), "mean": 20.0, "low": 19.0, "high": 21.0}
        for scenario in ("base", "alternative")
        for n in range(14)
    ]
)
REPORT = pd.DataFrame(
    {
        "IMPRESSION_1": [1_000, 3_000],
        "average_bid_cpm_micros": [4_000_000.0, 5_000_000.0],
        "average_effective_bid_cpm_micros": [4_000_000.0, 4_500_000.0],
        "media_spend_micros": [3_000_000, 9_000_000],
        "data_spend_micros": [0, 1_000_000],
    }
)
FATES = pd.DataFrame(
    {
        "AD_GROUP_ID": ["2001", "2002", "2003"],
        "AD_GROUP_NAME": ["Same", "Same", "Silent"],
        "opportunities": [1_000, 200, 0],
        "auctions_won": [400, 50, 0],
        "lost_to_rank": [300, 150, 0],
        "lost_to_pacing": [100, 0, 0],
        "lost_to_budget": [80, 0, 0],
        "lost_to_cap": [60, 0, 0],
        "lost_to_floor": [40, 0, 0],
        "lost_to_own_ad_group": [20, 0, 0],
    }
)


def rows(chart) -> list[dict]:
    return max(chart.to_dict()["datasets"].values(), key=len)


@pytest.mark.parametrize(
    "chart",
    [
        spend_by_day(pd.DataFrame()),
        difference_forest(METRICS.head(0)),
        delivery_by_hour(pd.DataFrame()),
        price_waterfall(price_stages(REPORT.assign(IMPRESSION_1=0))),
        lost_opportunities(pd.DataFrame()),
        lost_opportunities(FATES.assign(opportunities=0)),
        difference_forest(METRICS.assign(difference=0.0, low=0.0, high=0.0)),
    ],
)
def test_without_data_a_chart_is_a_sentence(chart):
    assert "empty" in chart.to_dict()["usermeta"]


def test_forest_compares_shares_of_the_base_and_doubts_what_may_be_chance():
    drawn = {row["label"]: row for row in rows(difference_forest(METRICS))}
    assert drawn["Spend"]["share"] == -0.25
    assert drawn["Spend"]["verdict"] == "clear difference"
    assert drawn["Reach"]["verdict"] == "could be chance"
    assert "Data fees" not in drawn  # nothing to be a share of


def test_days_do_not_depend_on_the_time_zone_of_the_browser():
    spec = spend_by_day(BY_DAY).to_dict()
    assert rows(spend_by_day(BY_DAY))[0]["day"] == "2026-11-02T00:00:00Z"
    axis = spec["layer"][0]["encoding"]["x"]["axis"]
    assert len(axis["values"]) <= 8
    assert axis["values"][0] == datetime(2026, 11, 2, tzinfo=UTC).timestamp() * 1000


def test_delivery_is_a_mean_day():
    hours = [datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=n) for n in range(48)]
    report = pd.DataFrame({"DATE": hours, "IMPRESSION_1": [10 if hour.hour == 20 else 2 for hour in hours]})
    drawn = {row["hour_of_day"]: row["impressions"] for row in rows(delivery_by_hour(report))}
    assert drawn[20] == 10
    assert drawn[3] == 2
    assert "20 o’clock" in delivery_by_hour(report).to_dict()["description"]


def test_price_stages_add_up_from_bid_to_charge():
    stages = price_stages(REPORT).set_index("stage")
    assert stages.loc["Bid", "to_dollars"] == pytest.approx(4.75)
    assert stages.loc["Room for the data fee", "to_dollars"] == pytest.approx(4.375)
    assert stages.loc["Clearing price", "to_dollars"] == pytest.approx(3.0)
    assert stages.loc["Charge", "to_dollars"] == pytest.approx(3.25)
    assert len(rows(price_waterfall(price_stages(REPORT)))) == 6


def test_prices_of_the_largest_legal_spend_do_not_overflow():
    largest = REPORT.assign(media_spend_micros=[366 * 10**15, 0], IMPRESSION_1=[366 * 10**6, 0])
    assert price_stages(largest).set_index("stage").loc["Clearing price", "to_dollars"] == pytest.approx(1_000_000)


def test_the_band_says_how_many_runs_it_holds():
    spec = spend_by_day(BY_DAY).to_dict()
    assert spec["title"]["subtitle"].endswith("band: at least 95 % of the runs")


def test_every_opportunity_of_an_ad_group_has_its_place_in_the_bar():
    drawn = pd.DataFrame(rows(lost_opportunities(FATES)))
    shares = drawn.groupby("ad_group")["share"].sum()
    assert shares.to_dict() == pytest.approx({"Same (2001)": 1.0, "Same (2002)": 1.0})
    won, outbid, *_ = drawn[drawn["ad_group"] == "Same (2001)"].to_dict("records")
    assert (won["outcome"], won["share"], outbid["outcome"]) == ("won", 0.4, "outbid")
    assert set(drawn[drawn["ad_group"] == "Same (2002)"]["outcome"]) == {"won", "outbid"}


def test_figures_are_written_by_unit():
    texts = [shown_figure(3.4, "dollars"), shown_figure(0.1, "share", is_signed=True), shown_margin(-0.5, "dollars")]
    assert [text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in texts] == ["$3.40", "+10.0 pt", "± $0.50"]
    assert [shown_figure(2.04, "ratio"), shown_figure(-0.2, "ratio", is_signed=True)] == ["2.04", "−0.20"]
    assert shown_figure(float("nan"), "ratio") == "–"
    assert shown_margin(0.001, "dollars") == "within $0.01"
    assert shown_margin(0.0, "dollars").endswith("$0.00")
    assert shown_interval(3.0, 2.5, 3.5, "dollars") == shown_margin(0.5, "dollars")
    assert shown_interval(3.0, -1.0, 3.5, "dollars") == "−$1.00 to +$3.50"
    assert shown_interval(3.0, float("nan"), float("nan"), "dollars") == ""


@pytest.mark.parametrize(
    ("value", "is_signed", "shown"),
    [(2466.4, False, "2,460"), (256.0, True, "+260"), (-8_733.0, True, "−8,730"), (float("nan"), False, "< 100")],
)
def test_people_are_shown_in_tens(value, is_signed, shown):
    assert shown_figure(value, "people", is_signed=is_signed) == shown


def test_a_timeline_shows_one_metric_of_a_forecast():
    days = BY_DAY[BY_DAY["scenario"] == "base"].drop(columns="scenario")
    both = pd.concat([days.assign(metric="spend"), days.assign(metric="impressions", mean=1_000.0)])
    assert {row["mean"] for row in rows(delivery_timeline(both, "impressions"))} == {1_000.0}
    assert len(rows(delivery_timeline(both, "spend"))) == 14
    empty = delivery_timeline(both.iloc[:0], "spend").to_dict()
    assert empty["usermeta"]["empty"] == "No days yet – the campaign has not been simulated."


def reach(*ad_group_ids: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "DATE": datetime(2026, 11, 2 + day, tzinfo=UTC),
                "AD_GROUP_ID": an_id,
                "AD_GROUP_NAME": "Same",
                "reach_so_far": pd.NA if day == 0 else 100 * day + 10 * int(an_id),
            }
            for day in range(3)
            for an_id in ad_group_ids
        ]
    )


def test_reach_leaves_out_days_that_may_not_be_shown_and_the_smallest_of_many_ad_groups():
    chart = reach_so_far(reach("1", "2"))
    assert [(row["ad_group"], row["reach"]) for row in rows(chart)] == [
        ("Same (1)", 110),
        ("Same (2)", 120),
        ("Same (1)", 210),
        ("Same (2)", 220),
    ]
    many = reach_so_far(reach(*map(str, range(1, 9))))
    assert {row["ad_group"] for row in rows(many)} == {f"Same ({n})" for n in range(4, 9)}
    assert "3 smaller ones are not drawn" in many.to_dict()["title"]["subtitle"]
    hidden = reach_so_far(reach("1").assign(reach_so_far=pd.NA))
    assert "fewer than 100 people" in hidden.to_dict()["usermeta"]["empty"]


def test_frequencies_are_added_up_over_ad_groups_and_the_last_says_or_more():
    table = pd.DataFrame({"impressions": [1, 2, 10, 1, 2, 10], "accounts": [500, 200, 100, 300, pd.NA, pd.NA]})
    shown = frequency_bars(table)
    assert [(row["impressions"], row["people"]) for row in rows(shown)] == [("1", 800), ("2", 200), ("10+", 100)]
    hidden = frequency_bars(table.assign(accounts=pd.NA))
    assert "too few to be shown" in hidden.to_dict()["usermeta"]["empty"]
