import pickle
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.calibration.campaign_report import campaign_report_of, read_campaign_report
from simulator.calibration.report_times import Granularity
from simulator.errors import CampaignDataError
from simulator.reports import report_by_ad, report_by_day, report_by_hour
from simulator.run import simulate
from tests.simulator.plain_universe import plain_universe
from tests.simulator.worlds import ad_group, run_config, world_of
from workbench.errors import WorkbenchError

HEADER = "DATE,AD_GROUP_ID,SPEND_IN_DOLLAR,IMPRESSION_1,CLICKTHROUGH_1,TOTAL_IMPRESSION_USER"
GOOD = "2026-11-02,2001,3.50,1000,4,800"


@pytest.fixture
def report_of(tmp_path):
    def read(*lines: str, encoding: str = "utf-8"):
        path = tmp_path / "report.csv"
        path.write_bytes("\n".join(lines).encode(encoding))
        return read_campaign_report(path)

    return read


@pytest.fixture
def refusal(report_of):
    def refuse(*lines: str) -> CampaignDataError:
        with pytest.raises(CampaignDataError) as refused:
            report_of(*lines)
        return refused.value

    return refuse


@pytest.fixture(scope="module")
def result():
    config = run_config(ad_group("2001", click_rate=0.05), ad_group("2002", bid_cpm_micros=3_000_000))
    return simulate(config, world_of(config, plain_universe(2_000), {}))


def test_a_report_of_days_is_read(report_of):
    report = report_of(HEADER, GOOD, "2026-11-03,2001,0.25,70,,")
    assert report.granularity is Granularity.DAY
    assert report.days == [date(2026, 11, 2), date(2026, 11, 3)]
    assert report.counts == ["impressions", "clicks", "reach"]
    assert report.rows["spend_micros"].tolist() == [3_500_000, 250_000]
    assert report.rows["clicks"].tolist() == [4, pd.NA]


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        ([HEADER, GOOD, "", ""], "utf-8"),
        ([HEADER, GOOD], "utf-8-sig"),
        ([HEADER.replace(",", "\t"), GOOD.replace(",", "\t")], "utf-16"),
        ([HEADER.replace(",", ";"), GOOD.replace(",", ";") + "\r"], "utf-8"),
        ([HEADER.lower(), '"2026-11-02", 2001 ,3.5e0,"1000",4,800'], "utf-8"),
    ],
)
def test_the_dialects_of_spreadsheets_say_the_same(report_of, lines, encoding):
    report = report_of(*lines, encoding=encoding)
    assert report.rows.iloc[0, 1:].tolist() == ["2001", 3_500_000, 1_000, 4, 800]


def test_hours_are_told_by_the_date_or_by_a_column(report_of):
    by_date = report_of("DATE,AD_GROUP_ID,SPEND_IN_DOLLAR,IMPRESSION_1", "2026-11-02T13:00:00+00:00,2001,1,10")
    with_column = report_of("DATE,HOUR,AD_GROUP_ID,SPEND_IN_DOLLAR,IMPRESSION_1", "2026-11-02,13,2001,1,10")
    assert by_date.granularity is with_column.granularity is Granularity.HOUR
    assert by_date.rows["time"][0] == with_column.rows["time"][0] == pd.Timestamp("2026-11-02 13:00")
    assert "23 hours of days" in by_date.notes[-1]


def test_missing_columns_are_all_named_with_what_was_meant(refusal):
    text = str(refusal("Date,AD_GROUP,IMPRESSIONS_1,SPEND", "2026-11-02,2001,5,1"))
    assert "AD_GROUP_ID (did you mean your column AD_GROUP? rename it)" in text
    assert "IMPRESSION_1 (did you mean your column IMPRESSIONS_1? rename it)" in text
    assert "SPEND_IN_MICRO_DOLLAR or SPEND_IN_DOLLAR" in text
    assert "DATE" not in text


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("2026-11-03,2001,-1,1000,4,800", "SPEND_IN_DOLLAR is negative, -1"),
        ("2026-11-03,2001,,1000,4,800", "SPEND_IN_DOLLAR is empty"),
        ("2026-11-03,2001,1,1000,1001,800", "1,001 clicks on 1,000 impressions"),
        ("2026-11-03,2001,1,1000,4,1001", "more people reached than the 1,000 impressions"),
        ("2026-11-03,2001,1.5,0,0,0", "spend of 1.50 without impressions"),
        ("2026-11-03,2001,1,10.5,4,8", "IMPRESSION_1: expected a whole number, got 10.5"),
        ("2026-11-03,2001,1,1e300,4,8", "more than any campaign has"),
        ("2026-11-03,2001,1,ten,4,8", "expected a number, got a text of the shape aaa"),
        ("2026-02-30,2001,1,1000,4,8", "expected a date such as 2026-11-02, got 2026-02-30"),
        ("11/03/2026,2001,1,1000,4,8", "expected a date such as 2026-11-02, got 11/03/2026"),
        ("2026-11-03T10:30:00,2001,1,1000,4,8", "expected a whole hour"),
        ("2026-11-03,20x1,1,1000,4,8", "AD_GROUP_ID: expected an id"),
        ("2026-11-03,2001,1,1000,4", "expected 6 cells"),
        ("2026-11-02,2001,1,1000,4,8", "2026-11-02 a second time, first on line 2"),
        ("2026-11-03T00:00:00+01:00,2001,1,1000,4,8", "expected one offset all through"),
    ],
)
def test_an_impossible_row_is_refused_with_its_line(refusal, line, fault):
    error = refusal(HEADER, GOOD, "", line)
    assert fault in str(error)
    assert [problem.line_number for problem in error.problems] == [4] * len(error.problems)


def test_everything_wrong_is_kept_and_the_first_is_told(refusal):
    error = refusal(HEADER, *(f"2026-11-{day:02},2001,-1,1000,4,800" for day in range(1, 29)))
    assert error.n_problems == len(error.problems) == 28
    assert str(error).count("line ") == 5
    assert str(error).endswith("and 23 more to correct")
    assert pickle.loads(pickle.dumps(error)).problems == error.problems  # noqa: S301 - our own bytes


def test_currencies_and_time_zones_must_not_mix(refusal, report_of):
    header = "DATE,AD_GROUP_ID,SPEND_IN_DOLLAR,IMPRESSION_1,CURRENCY,TIME_ZONE"
    rows = ["2026-11-02,2001,1,10,EUR,Europe/Amsterdam", "2026-11-03,2001,1,10,EUR,Europe/Amsterdam"]
    report = report_of(header, *rows)
    assert (report.currency, report.time_zone) == ("EUR", "Europe/Amsterdam")
    assert "clock of Europe/Amsterdam" in report.notes[-1]
    assert "one currency all through, EUR as in the first row, got USD" in str(
        refusal(header, rows[0], rows[1].replace("EUR", "USD"))
    )
    assert "one time zone all through" in str(refusal(header, rows[0], rows[1].replace("Amsterdam", "London")))


def test_gaps_are_told_and_not_taken_for_nothing(report_of):
    report = report_of(HEADER, GOOD, "2026-11-05,2001,1,1000,4,8", "2026-11-03,2002,1,1000,4,8")
    notes = " ".join(report.notes)
    assert "Ad group 2001 has no rows on 2 of 4 days (2026-11-03, 2026-11-04)" in notes
    assert "Ad group 2002 has no rows on 3 of 4 days" in notes
    assert len(report.by_day()) == 3


def test_a_column_that_looks_misspelled_is_told(report_of):
    report = report_of(HEADER.replace("CLICKTHROUGH_1", "CLICKTHROUGHS_1"), GOOD)
    assert "Column CLICKTHROUGHS_1 is not looked at; if it means CLICKTHROUGH_1, rename it." in report.notes


def test_days_by_another_clock_are_not_taken_for_hours(refusal):
    text = str(refusal(HEADER, "2026-11-02T05:00:00Z,2001,1,1000,4,8", "2026-11-03T05:00:00Z,2001,1,1000,4,8"))
    assert "days that begin at midnight" in text


@pytest.mark.parametrize("content", ["", "\n\n", HEADER, "\ufeff"])
def test_an_empty_file_is_refused(refusal, content):
    assert "expected" in str(refusal(content))


def test_rows_by_ad_and_country_are_added_up(report_of):
    ads = report_of(HEADER + ",AD_ID", GOOD + ",1", GOOD + ",2")
    assert ads.rows["impressions"].tolist() == [2_000]
    assert "reach" not in ads.rows
    countries = report_of(HEADER + ",TARGETING_TYPE,TARGETING_VALUE", GOOD + ",COUNTRY,US", GOOD + ",COUNTRY,GB")
    assert countries.rows["country"].tolist() == ["GB", "US"]
    assert countries.by_day()["clicks"].tolist() == [8]


def test_an_hour_may_have_a_click_of_the_hour_before(report_of, refusal):
    hours = ["2026-11-02T10:00:00,2001,1,10,0,9", "2026-11-02T11:00:00,2001,0,1,2,1"]
    assert report_of(HEADER, *hours).by_day()["clicks"].tolist() == [2]
    assert "12 clicks on 11 impressions on that day" in str(
        refusal(HEADER, hours[0], hours[1].replace(",2,1", ",12,1"))
    )


@pytest.mark.parametrize("reporter", [report_by_day, report_by_hour])
def test_our_own_reports_come_back_the_same(result, tmp_path, reporter):
    frame = reporter(result)
    path = tmp_path / "own.csv"
    frame.to_csv(path, index=False)
    for report in (read_campaign_report(path), campaign_report_of(frame)):
        rows = report.rows
        assert rows["spend_micros"].tolist() == frame["SPEND_IN_MICRO_DOLLAR"].tolist()
        assert rows["impressions"].tolist() == frame["IMPRESSION_1"].tolist()
        assert rows["conversions"].tolist() == frame["TOTAL_CONVERSIONS"].tolist()
        assert (rows["time"] == pd.to_datetime(frame["DATE"]).dt.tz_localize(None)).all()


def test_a_report_without_dates_is_refused(result):
    with pytest.raises(CampaignDataError, match="DATE; export the report at the level of ad groups, by day or hour"):
        campaign_report_of(report_by_ad(result))


@given(st.binary(max_size=300), st.booleans())
def test_arbitrary_bytes_are_read_or_refused(tmp_path_factory, content, has_header):
    path = tmp_path_factory.mktemp("bytes") / "report.csv"
    path.write_bytes(HEADER.encode() + b"\n" + content if has_header else content)
    try:
        rows = read_campaign_report(path).rows
    except WorkbenchError:
        return
    assert (rows["spend_micros"] >= 0).all()


CELLS = st.sampled_from(["2026-11-02", "2026-11-03T10:00", "2001", "", "-1", "1.5", "1000", "x", '"', "NaN", "inf"])


@given(st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=6))
def test_arbitrary_cells_are_read_or_refused_with_their_lines(rows):
    frame = pd.DataFrame(rows, columns=HEADER.split(","))
    try:
        report = campaign_report_of(frame)
    except CampaignDataError as refused:
        lines = {problem.line_number for problem in refused.problems}
    else:
        lines = set()
        assert np.isfinite(report.rows["spend_micros"]).all()
    assert lines <= set(range(2, len(rows) + 2))
