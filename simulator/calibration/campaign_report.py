"""A campaign report: what the platform says a campaign did, day by day or hour by hour.

It is a CSV file with the platform's column names, one row an ad group and day or hour; rows by ad or by country are
added up where that loses nothing. Everything that can be wrong with such a file is looked for, told with its line, and
refuses it as a whole: an interval that was made from half a report would be a false one.
"""

import os
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import pandas as pd

from simulator.calibration import report_columns as names
from simulator.calibration.csv_table import CsvTable, parse_csv_table, read_csv_table
from simulator.calibration.impossible_rows import check_once, check_possible
from simulator.calibration.report_cells import countries, counts, ids, one_currency, spend_micros, tells_countries
from simulator.calibration.report_columns import COUNTS, IMPRESSIONS
from simulator.calibration.report_notes import notes_on_columns, notes_on_times
from simulator.calibration.report_times import Granularity, read_times
from simulator.errors import CampaignDataError

_ADVICE: Final = "export the report at the level of ad groups, by day or hour, as CSV"
_KEYS: Final = ["time", "ad_group_id"]


@dataclass(frozen=True, eq=False)
class CampaignReport:
    """A campaign as it went.

    Attributes
    ----------
    source : str
        Name of the file.
    granularity : Granularity
        What period a row is for.
    rows : DataFrame
        One row an ad group and period (and country, where the report tells countries apart), in order of time:
        ``time`` (datetime, beginning of the period by the account's clock), ``ad_group_id``, ``country`` (None where
        it is not told), ``spend_micros`` and ``impressions`` (int), and of ``clicks``, ``views``, ``conversions``,
        ``click_conversions``, ``view_conversions`` and ``reach`` (Int64; missing where the cell was empty) those that
        the report has. Reach is exact where the platform's was and not to be shown without
        `workbench.audiences.safe_size`.
    currency, time_zone : str or None
        Where the report names them; no time zone: UTC.
    notes : tuple of str
        What a reader should know, one sentence each.
    """

    source: str
    granularity: Granularity
    rows: pd.DataFrame
    currency: str | None
    time_zone: str | None
    notes: tuple[str, ...]

    @property
    def days(self) -> list[date]:
        """The days that the report has rows of, in order."""
        return sorted(self.rows["time"].dt.date.unique())

    @property
    def ad_group_ids(self) -> list[str]:
        """The ad groups that it has rows of, in order of their ids."""
        return sorted(self.rows["ad_group_id"].unique())

    @property
    def counts(self) -> list[str]:
        """Which counts it has, impressions first."""
        return [column.field for column in COUNTS if column.field in self.rows]

    def by_day(self) -> pd.DataFrame:
        """Add up hours and countries: one row a day and ad group.

        Returns
        -------
        DataFrame
            ``day`` (datetime at midnight), ``ad_group_id``, ``spend_micros`` and counts. Reach is there only if rows
            are days already, because people of several hours are not added up. A count that is missing in any part is
            missing.
        """
        keeps_reach = self.granularity is Granularity.DAY and not self.has_countries
        counts = [name for name in self.counts if name != "reach" or keeps_reach]
        rows = self.rows.assign(day=self.rows["time"].dt.floor("D"))
        return _summed(rows, ["day", "ad_group_id"], ["spend_micros", *counts])

    @property
    def has_countries(self) -> bool:
        """Whether rows are told apart by country."""
        return "country" in self.rows

    def between(self, first: date, last: date) -> "CampaignReport":
        """Return the part of the report from one day to another, both included."""
        days = self.rows["time"].dt.date
        rows = self.rows[(days >= first) & (days <= last)].reset_index(drop=True)
        return replace(self, rows=rows)

    def of_ad_groups(self, ad_group_ids: list[str]) -> "CampaignReport":
        """Return the part of the report that is about some ad groups."""
        return replace(self, rows=self.rows[self.rows["ad_group_id"].isin(ad_group_ids)].reset_index(drop=True))


def read_campaign_report(path: str | os.PathLike[str]) -> CampaignReport:
    """Read a campaign report.

    Parameters
    ----------
    path : path-like
        A CSV file with the columns DATE (a day; or an hour, or with a column HOUR), AD_GROUP_ID, IMPRESSION_1,
        SPEND_IN_MICRO_DOLLAR or SPEND_IN_DOLLAR, and any of CLICKTHROUGH_1, VIDEO_MRC_VIEWS_1, TOTAL_CONVERSIONS,
        TOTAL_IMPRESSION_USER, AD_ID, COUNTRY (or TARGETING_TYPE and TARGETING_VALUE), CURRENCY and TIME_ZONE.
        Other columns are not looked at.

    Returns
    -------
    CampaignReport

    Raises
    ------
    InputFileError
        If the file is missing or cannot be read.
    CampaignDataError
        If columns are missing, or rows cannot be: no date, something else than a number, negative or impossible
        amounts, one period twice, several currencies or time zones. It has every such row with its line.
    """
    return _report_of(read_csv_table(path))


def campaign_report_of(frame: pd.DataFrame, source: str = "report") -> CampaignReport:
    """Take a table for a campaign report, such as one of `simulator.reports` or of a notebook.

    Parameters
    ----------
    frame : DataFrame
        With the columns of `read_campaign_report`; its rows count as lines from 2 on.
    source : str
        What to call it in a refusal.

    Returns
    -------
    CampaignReport

    Raises
    ------
    CampaignDataError
        As for `read_campaign_report`.
    """
    return parse_campaign_report(frame.to_csv(index=False).encode(), source)


def parse_campaign_report(content: bytes, source: str) -> CampaignReport:
    """Read a campaign report that is in memory, such as an uploaded one; see `read_campaign_report`."""
    return _report_of(parse_csv_table(content, source))


def _report_of(table: CsvTable) -> CampaignReport:
    spends = (names.SPEND_MICROS, names.SPEND)
    table.require_columns([(names.DATE,), (names.AD_GROUP_ID,), spends, (IMPRESSIONS.name,)], _ADVICE)
    problems = table.problems()
    if not table.n_rows:
        problems.refuse_if_any()
        raise CampaignDataError(f"{table.source}: expected rows, got a header alone; {_ADVICE}")
    times, currency = read_times(table, problems), one_currency(table, problems)
    rows = pd.DataFrame({"time": times.time, "ad_group_id": ids(table, names.AD_GROUP_ID, problems)})
    keys = list(_KEYS)
    if tells_countries(table):
        rows["country"] = countries(table, problems)
        keys.append("country")
    has_ads = names.AD_ID in table.columns
    if has_ads:
        rows["ad_id"] = ids(table, names.AD_ID, problems)
    rows["spend_micros"] = spend_micros(table, problems)
    for column in COUNTS:
        if column.name in table.columns:
            rows[column.field] = counts(table, column, problems)
    check_possible(rows, times.granularity, problems)
    check_once(rows, [*keys, "ad_id"] if has_ads else keys, table, problems)
    problems.refuse_if_any()
    tidy = _tidy(rows, keys, has_ads)
    notes = (*notes_on_columns(table, has_ads), *notes_on_times(tidy, times))
    return CampaignReport(table.source, times.granularity, tidy, currency, times.time_zone, notes)


def _tidy(rows: pd.DataFrame, keys: list[str], has_ads: bool) -> pd.DataFrame:
    """Put rows in order; those of several ads are added up, without reach, because one person may see several."""
    if has_ads:
        sums = [str(name) for name in rows if name not in (*keys, "ad_id", "reach")]
        rows = _summed(rows, keys, sums)
    return rows.sort_values(keys, kind="stable").reset_index(drop=True)


def _summed(rows: pd.DataFrame, keys: list[str], sums: list[str]) -> pd.DataFrame:
    """Add up what rows of the same keys have; a missing part makes the sum missing."""
    groups = rows.groupby(keys, as_index=False)
    total = groups[sums].sum()
    is_whole = groups[sums].count()[sums].eq(groups.size()["size"], axis="index")
    return total.assign(**{name: total[name].where(is_whole[name]) for name in sums})
