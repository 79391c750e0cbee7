"""Reports: a run's ledger as tables with the platform's column names.

Columns in capitals are the platform's own (``_1`` means paid, ``MICRO_DOLLAR`` means micro-units of whatever currency
the account uses). Columns in small letters are the workbench's: no platform report has them. An average over nothing,
such as the cost of a click when nobody clicked, is missing rather than 0.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.config import HOURS_PER_DAY, RunConfig
from simulator.kernels.auction import Column
from simulator.money import IMPRESSIONS_PER_CPM, MICROS
from simulator.run import RunResult
from workbench.audiences import safe_size


def report_by_ad_group(result: RunResult) -> pd.DataFrame:
    """Report a run, one row an ad group.

    Parameters
    ----------
    result : RunResult
        The run.

    Returns
    -------
    DataFrame
        Keys, then the columns of `measures`, then reach (distinct accounts with an impression) and frequency as
        `with_safe_reach` lets them be shown.
    """
    report = pd.concat([_keys(result.config), measures(result.ledger.tallies.sum(axis=0))], axis="columns")
    return with_safe_reach(report, reach_by_ad_group(result))


def report_totals(result: RunResult) -> pd.DataFrame:
    """Report a whole run in one row: the columns of `report_by_ad_group` without keys.

    Reach counts an account once, however many ad groups showed it an ad.
    """
    report = measures(result.ledger.tallies.sum(axis=(0, 1))[np.newaxis])
    return with_safe_reach(report, [total_reach(result)])


def reach_by_ad_group(result: RunResult) -> NDArray[np.int64]:
    """Count the accounts that each ad group showed an ad: int64 array, shape (n_ad_groups,). Exact, for computing."""
    shown_to = result.eligibility.entry_ad_group[result.ledger.entry_impressions > 0]
    return np.bincount(shown_to, minlength=len(result.config.ad_groups)).astype(np.int64)


def total_reach(result: RunResult) -> int:
    """Count the accounts that any ad group showed an ad. Exact, for computing."""
    return int(np.unique(result.eligibility.entry_account[result.ledger.entry_impressions > 0]).size)


def with_safe_reach(report: pd.DataFrame, reach: Iterable[float]) -> pd.DataFrame:
    """Add reach and frequency to a report so that it may be seen.

    Parameters
    ----------
    report : DataFrame
        With ``IMPRESSION_1``.
    reach : iterable of numbers
        People reached, exactly, one number a row.

    Returns
    -------
    DataFrame
        With ``TOTAL_IMPRESSION_USER`` (Int64; as `workbench.audiences.disclosure` rounds sizes, missing under 100)
        and ``TOTAL_IMPRESSION_FREQUENCY`` (Float64), computed from it so that it gives nothing more away.
    """
    safe = pd.Series([safe_size(round(people)) for people in reach], dtype="Int64", index=report.index)
    return report.assign(TOTAL_IMPRESSION_USER=safe, TOTAL_IMPRESSION_FREQUENCY=report["IMPRESSION_1"] / safe)


def report_by_day(result: RunResult) -> pd.DataFrame:
    """Report a run, one row an ad group and day; ``DATE`` is the flight's calendar day."""
    return _by_period(result, HOURS_PER_DAY)


def report_by_hour(result: RunResult) -> pd.DataFrame:
    """Report a run, one row an ad group and hour; ``DATE`` is the hour's beginning."""
    return _by_period(result, 1)


def measures(tally: NDArray[np.int64]) -> pd.DataFrame:
    """Turn tallies into the columns of a report.

    Parameters
    ----------
    tally : int64 array, shape (n_rows, len(Column))
        Sums over whatever a row stands for.

    Returns
    -------
    DataFrame
        Spend is charges: media plus data fees. Of the latter, ``redundant_data_spend_micros`` was paid for people whom
        an included first-party audience reaches as well. ``win_rate`` is impressions over auctions entered, and
        ``participation_rate`` is auctions entered over opportunities that the ad group wanted.
    """
    column: Mapping[Column, NDArray[np.int64]] = {name: tally[:, name] for name in Column}
    spend = column[Column.MEDIA_MICROS] + column[Column.DATA_FEE_MICROS]
    impressions, clicks = column[Column.IMPRESSIONS], column[Column.CLICKS]
    return pd.DataFrame(
        {
            "SPEND_IN_MICRO_DOLLAR": spend,
            "SPEND_IN_DOLLAR": spend / MICROS,
            "IMPRESSION_1": impressions,
            "CLICKTHROUGH_1": clicks,
            "CTR": _ratio(clicks, impressions),
            "ECPM_IN_MICRO_DOLLAR": _cpm(spend, impressions),
            "ECPC_IN_MICRO_DOLLAR": _ratio(spend, clicks),
            "media_spend_micros": column[Column.MEDIA_MICROS],
            "data_spend_micros": column[Column.DATA_FEE_MICROS],
            "redundant_data_spend_micros": column[Column.REDUNDANT_FEE_MICROS],
            "opportunities": column[Column.ELIGIBLE],
            "auctions_entered": column[Column.ENTERED],
            "lost_to_budget": column[Column.OUT_OF_BUDGET],
            "lost_to_floor": column[Column.BELOW_FLOOR],
            "lost_to_own_ad_group": column[Column.HELD_BACK],
            "lost_to_rank": column[Column.ENTERED] - impressions,
            "participation_rate": _ratio(column[Column.ENTERED], column[Column.ELIGIBLE]),
            "win_rate": _ratio(impressions, column[Column.ENTERED]),
            "average_bid_cpm_micros": _cpm(column[Column.BID_MICROS], impressions),
            "average_effective_bid_cpm_micros": _cpm(column[Column.EFFECTIVE_BID_MICROS], impressions),
        }
    )


def self_competition_table(result: RunResult) -> pd.DataFrame:
    """Report what the advertiser's ad groups cost each other, one row a pair in which one raised the other's price.

    Parameters
    ----------
    result : RunResult
        The run.

    Returns
    -------
    DataFrame
        ``AD_GROUP_ID`` and ``AD_GROUP_NAME`` of the one that paid, ``raised_by_ad_group_id`` and
        ``raised_by_ad_group_name`` of the one whose bid it had to beat, ``self_competition_micros``: how much less it
        would have paid against the market alone. The dearest pair first. It is what left the budgets, not what would be
        saved: money that is not spent on one auction may be spent on another; a what-if with ``best_only`` tells.
    """
    cost = result.ledger.self_competition_micros
    paid, raised = np.nonzero(cost)
    by_cost = np.argsort(-cost[paid, raised], kind="stable")
    paid, raised = paid[by_cost], raised[by_cost]
    keys = _keys(result.config)[["AD_GROUP_ID", "AD_GROUP_NAME"]]
    other = keys.rename(columns=lambda name: f"raised_by_{name.lower()}")
    table = pd.concat(
        [keys.iloc[paid].reset_index(drop=True), other.iloc[raised].reset_index(drop=True)], axis="columns"
    )
    return table.assign(self_competition_micros=cost[paid, raised])


def life_table(result: RunResult) -> pd.DataFrame:
    """Return what happened to audiences and campaigns: ``time``, ``subject``, ``change``, in order of time."""
    return pd.DataFrame(
        [
            {"time": result.config.flight.time_at(event.hour), "subject": event.subject, "change": event.change}
            for event in result.ledger.life
        ],
        columns=["time", "subject", "change"],
    )


def _ratio(numerator: NDArray[np.int64], denominator: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide, giving NaN where there is nothing to divide by."""
    out = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out


def _cpm(micros: NDArray[np.int64], impressions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Average a sum over impressions, for a thousand of them; a thousand times the sum itself may leave int64."""
    return IMPRESSIONS_PER_CPM * _ratio(micros, impressions)


def _keys(config: RunConfig) -> pd.DataFrame:
    """Name the ad groups: one row each."""
    return pd.DataFrame(
        [
            {
                "CAMPAIGN_ID": campaign.campaign_id,
                "CAMPAIGN_NAME": campaign.name,
                "AD_GROUP_ID": ad_group.ad_group_id,
                "AD_GROUP_NAME": ad_group.name,
            }
            for campaign in config.campaigns
            for ad_group in campaign.ad_groups
        ]
    )


def _by_period(result: RunResult, hours: int) -> pd.DataFrame:
    tallies = result.ledger.tallies
    n_periods = len(tallies) // hours
    by_period = tallies.reshape(n_periods, hours, *tallies.shape[1:]).sum(axis=1)
    start, ad_groups = result.config.flight.start, _keys(result.config)
    keys = pd.concat([ad_groups] * n_periods, ignore_index=True)
    begins = [start + timedelta(hours=period * hours) for period in range(n_periods) for _ in range(len(ad_groups))]
    keys.insert(0, "DATE", begins)
    return pd.concat([keys, measures(by_period.reshape(-1, len(Column)))], axis="columns")
