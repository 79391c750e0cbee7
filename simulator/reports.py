"""Reports: a run's ledger as tables with the platform's column names.

Columns in capitals are the platform's own (``_1`` means paid, ``MICRO_DOLLAR`` means micro-units of whatever currency
the account uses). Columns in small letters are the workbench's: no platform report has them. An average over nothing,
such as the cost of a click when nobody clicked, is missing rather than 0. Reports are of the advertiser's own ad
groups; rivals' campaigns are in the ledger and in no report.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.config import HOURS_PER_DAY, AdGroup, RunConfig
from simulator.kernels.people import MAX_FREQUENCY
from simulator.kernels.tables import N_TALLY_COLUMNS, Column, Share
from simulator.money import IMPRESSIONS_PER_CPM, MICROS
from workbench.audiences import safe_share, safe_size

if TYPE_CHECKING:
    from simulator.run import RunResult

Columns = dict[str, NDArray[Any]]
"""A report's columns without its keys, by name."""


def report_by_ad_group(result: "RunResult") -> pd.DataFrame:
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
    config = result.config
    report = pd.concat([_keys(config), measures(_own(result).sum(axis=0), _worth(config))], axis="columns")
    return with_safe_reach(report, reach_by_ad_group(result))


def report_totals(result: "RunResult") -> pd.DataFrame:
    """Report a whole run in one row: the columns of `report_by_ad_group` without keys.

    Reach counts an account once, however many ad groups showed it an ad. ROAS is the worth of all conversions over all
    spend.
    """
    return with_safe_reach(pd.DataFrame(_total_columns(result)), [total_reach(result)])


def all_figures(result: "RunResult") -> Columns:
    """Return the numbers of `report_by_ad_group` and, last in each column, those of `report_totals`.

    Returns
    -------
    mapping of str to float64 array, shape (n_ad_groups + 1,)
        By column; NaN where a figure is missing or hidden.
    """
    by_ad_group, worth = _own(result).sum(axis=0), _worth(result.config)
    rows = np.concatenate([by_ad_group, by_ad_group.sum(axis=0, keepdims=True)])
    columns = _columns(rows, np.concatenate([worth, _worth_of_all(by_ad_group, worth)]))
    return _with_safe_people(columns, [*by_ad_group[:, Column.REACHED].tolist(), total_reach(result)])


def ad_group_figures(result: "RunResult") -> Columns:
    """Return the numbers of `report_by_ad_group`: by column, float64 arrays of shape (n_ad_groups,), NaN if missing."""
    columns = _columns(_own(result).sum(axis=0), _worth(result.config))
    return _with_safe_people(columns, reach_by_ad_group(result).tolist())


def day_figures(result: "RunResult") -> Columns:
    """Return spend and impressions of each day, over all ad groups: float64 arrays, shape (n_days,), by column."""
    by_day = _own(result).sum(axis=1).reshape(-1, HOURS_PER_DAY, N_TALLY_COLUMNS).sum(axis=1)
    spend = by_day[:, Column.MEDIA_MICROS] + by_day[:, Column.DATA_FEE_MICROS]
    return {"SPEND_IN_DOLLAR": spend / MICROS, "IMPRESSION_1": by_day[:, Column.IMPRESSIONS].astype(np.float64)}


def reach_by_ad_group(result: "RunResult") -> NDArray[np.int64]:
    """Count the accounts that each ad group showed an ad: int64 array, shape (n_ad_groups,). Exact, for computing."""
    reached: NDArray[np.int64] = _own(result)[:, :, Column.REACHED].sum(axis=0)
    return reached


def total_reach(result: "RunResult") -> int:
    """Count the accounts that any ad group showed an ad. Exact, for computing."""
    return int(result.people[-1].sum())


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
    safe = pd.Series(_safe_sizes(reach), index=report.index)
    return report.assign(TOTAL_IMPRESSION_USER=safe, TOTAL_IMPRESSION_FREQUENCY=report["IMPRESSION_1"] / safe)


def report_by_day(result: "RunResult") -> pd.DataFrame:
    """Report a run, one row an ad group and day; ``DATE`` is the flight's calendar day.

    Conversions stand with the day of the click or impression that led to them, so that they can be divided by it;
    ``conversions_by_own_time`` has them on the day on which they happened.
    """
    return _by_period(result, HOURS_PER_DAY)


def report_by_hour(result: "RunResult") -> pd.DataFrame:
    """Report a run, one row an ad group and hour; ``DATE`` is the hour's beginning. See `report_by_day`."""
    return _by_period(result, 1)


def report_by_ad(result: "RunResult") -> pd.DataFrame:
    """Report a run, one row an ad: keys of its ad group, ``AD_ID``, ``AD_NAME`` and the columns of `share_measures`.

    An ad group without ads in the configuration stands for a single one, whose id and name are missing.
    """
    config = result.config
    named: list[tuple[int, str | None, str | None]] = []
    for number, ad_group in enumerate(config.ad_groups):
        ads = [(number, ad.ad_id, ad.name) for ad in ad_group.ads]
        named += ads or [(number, None, None)]
    numbers = [number for number, _, _ in named]
    keys = _keys(config).iloc[numbers].reset_index(drop=True)
    keys = keys.assign(
        AD_ID=pd.array([ad_id for _, ad_id, _ in named], dtype="str"),
        AD_NAME=pd.array([name for _, _, name in named], dtype="str"),
    )
    shares = share_measures(result.ledger.by_ad[: len(named)], _worth(config)[numbers])
    return pd.concat([keys, shares], axis="columns")


def report_by_audience(result: "RunResult") -> pd.DataFrame:
    """Report a run, one row an ad group and audience that it includes.

    Somebody who is in two included audiences when an ad is shown counts in both, with the impression, all that followed
    and its whole charge. Rows therefore add up to more than the ad group's total, and none of them says what would be
    lost without its audience; a what-if without it does.

    Parameters
    ----------
    result : RunResult
        The run.

    Returns
    -------
    DataFrame
        The keys of the ad group, ``audience_id``, ``audience_name`` and the columns of `share_measures`. No rows for an
        ad group that includes no audience.
    """
    config = result.config
    names = {spec.audience_id: spec.name for spec in config.audiences}
    pairs = [
        (number, audience_id)
        for number, ad_group in enumerate(config.ad_groups)
        for audience_id in ad_group.targeting.audience_include
    ]
    numbers = [number for number, _ in pairs]
    keys = _keys(config).iloc[numbers].reset_index(drop=True)
    keys = keys.assign(
        audience_id=[audience_id for _, audience_id in pairs],
        audience_name=[names[audience_id] for _, audience_id in pairs],
    )
    return pd.concat([keys, share_measures(result.ledger.by_audience, _worth(config)[numbers])], axis="columns")


def reach_by_day(result: "RunResult") -> pd.DataFrame:
    """Report how reach grows, one row an ad group and day.

    Parameters
    ----------
    result : RunResult
        The run.

    Returns
    -------
    DataFrame
        ``DATE``, keys, and ``reach_so_far``: distinct accounts with an impression from the start of the flight to the
        end of that day (Int64; as `workbench.audiences.disclosure` rounds sizes, missing under 100).
    """
    reached = _own(result)[:, :, Column.REACHED]
    by_day = reached.reshape(-1, HOURS_PER_DAY, reached.shape[1]).sum(axis=1).cumsum(axis=0)
    return _period_keys(result.config, HOURS_PER_DAY).assign(reach_so_far=_safe_sizes(by_day.ravel().tolist()))


def frequency_table(result: "RunResult") -> pd.DataFrame:
    """Report how many people saw an ad how often, one row an ad group and number of impressions.

    A run counts an account's impressions within the window of the ad group's cap or goal, and over the whole flight
    where it has none. Only ad groups whose window holds the whole flight are in the table: of the others the last
    window alone is known, which is not how often people saw the ad.

    Parameters
    ----------
    result : RunResult
        The run.

    Returns
    -------
    DataFrame
        Keys; ``impressions`` (int; the last row, 10, is of everybody with 10 or more); ``accounts`` (Int64) and
        ``share_of_reach`` (Float64), as `workbench.audiences.disclosure` lets sizes and shares be shown: rounded down
        to tens, and missing where they are of fewer than 100 people.
    """
    config = result.config
    whole = [n for n, ad_group in enumerate(config.ad_groups) if _counts_whole_flight(ad_group, config.flight.n_days)]
    keys = _keys(config).iloc[np.repeat(np.array(whole, dtype=np.intp), MAX_FREQUENCY)].reset_index(drop=True)
    accounts = result.people[whole, 1:]
    reach = np.repeat(accounts.sum(axis=1), MAX_FREQUENCY).tolist()
    shares = [safe_share(part, of_all) for part, of_all in zip(accounts.ravel().tolist(), reach, strict=True)]
    return keys.assign(
        impressions=np.tile(np.arange(1, MAX_FREQUENCY + 1), len(whole)),
        accounts=_safe_sizes(accounts.ravel().tolist()),
        share_of_reach=pd.array(shares, dtype="Float64"),
    )


def reach_by_frequency(result: "RunResult") -> NDArray[np.float64]:
    """Report how many people saw ads at least so often.

    Parameters
    ----------
    result : RunResult
        The run.

    Returns
    -------
    float64 array, shape (n_ad_groups + 1, 10)
        Accounts with at least 1, 2, … 10 impressions of an ad group, and in the last row of all ad groups together;
        each as `workbench.audiences.disclosure` lets sizes be shown. NaN where that hides it, and all along where a
        counter does not go back to the beginning of the flight, see `frequency_table`.
    """
    config = result.config
    at_least = np.cumsum(result.people[:, :0:-1], axis=1)[:, ::-1]
    safe = _safe_floats(at_least.ravel().tolist()).reshape(at_least.shape)
    whole = [_counts_whole_flight(ad_group, config.flight.n_days) for ad_group in config.ad_groups]
    safe[~np.array([*whole, all(whole)])] = np.nan
    return safe


def measures(tally: NDArray[np.int64], worth_micros: NDArray[np.float64] | None = None) -> pd.DataFrame:
    """Turn tallies into the columns of a report.

    Opportunities, what became of them (``auctions_won``, ``lost_to_…``) and the rates made of them are counted in the
    run's census, a sample where ``census_every`` is above 1; everything else is exact. Whoever won is either shown or,
    in a worse slot of a page, not seen: so impressions may be fewer than auctions won.

    Parameters
    ----------
    tally : int64 array, shape (n_rows, N_TALLY_COLUMNS)
        Sums over whatever a row stands for.
    worth_micros : float64 array, shape (n_rows,), optional
        Worth of a conversion in each row, micro-currency; 0 or without it: unknown, so that there is no ROAS.

    Returns
    -------
    DataFrame
        Spend is charges: media plus data fees. Of the latter, ``redundant_data_spend_micros`` was paid for people whom
        an included first-party audience reaches as well. ``participation_rate`` is auctions entered over opportunities
        that the ad group wanted, ``win_rate`` auctions won over auctions entered. ``billed_events`` are impressions,
        clicks or views, whichever is paid for. ``average_bid_micros`` is the bid for one of them, over those that were
        billed; ``average_bid_cpm_micros`` is the same money over impressions: what 1,000 impressions would have cost
        had every billed event been charged its bid. Where impressions are billed the two differ by 1,000 only.
    """
    return pd.DataFrame(_columns(tally, worth_micros))


def share_measures(shares: NDArray[np.int64], worth_micros: NDArray[np.float64] | None = None) -> pd.DataFrame:
    """Turn what became of parts of a delivery into the columns of a report: those that are about impressions.

    Parameters
    ----------
    shares : int64 array, shape (n_rows, len(Share))
        Sums over whatever a row stands for.
    worth_micros : float64 array, shape (n_rows,), optional
        As for `measures`.

    Returns
    -------
    DataFrame
        Spend, impressions, clicks, views and conversions, with what is made of them. ``conversion_value_micros`` is
        the worth of all conversions and ``roas`` that over spend; both are missing where a conversion has no worth.
    """
    return pd.DataFrame(_share_columns(shares, worth_micros))


def _columns(tally: NDArray[np.int64], worth_micros: NDArray[np.float64] | None) -> Columns:
    column = {name: tally[:, name] for name in Column}
    impressions, billed = column[Column.IMPRESSIONS], column[Column.BILLED]
    bids, effective_bids = column[Column.BID_MICROS], column[Column.EFFECTIVE_BID_MICROS]
    by_share = np.stack([column[Column[share.name]] for share in Share], axis=1)
    return {
        **_share_columns(by_share, worth_micros),
        "opportunities": column[Column.OPPORTUNITIES],
        "auctions_entered": column[Column.ENTERED],
        "auctions_won": column[Column.CENSUS_WON],
        "lost_to_cap": column[Column.LOST_TO_CAP],
        "lost_to_floor": column[Column.LOST_TO_FLOOR],
        "lost_to_budget": column[Column.LOST_TO_BUDGET],
        "lost_to_pacing": column[Column.LOST_TO_PACING],
        "lost_to_own_ad_group": column[Column.HELD_BACK],
        "lost_to_rank": column[Column.ENTERED] - column[Column.CENSUS_WON],
        "participation_rate": _ratio(column[Column.ENTERED], column[Column.OPPORTUNITIES]),
        "win_rate": _ratio(column[Column.CENSUS_WON], column[Column.ENTERED]),
        "billed_events": billed,
        "average_bid_micros": _ratio(bids, billed),
        "average_effective_bid_micros": _ratio(effective_bids, billed),
        "average_bid_cpm_micros": _cpm(bids, impressions),
        "average_effective_bid_cpm_micros": _cpm(effective_bids, impressions),
    }


def _share_columns(shares: NDArray[np.int64], worth_micros: NDArray[np.float64] | None) -> Columns:
    column = {name: shares[:, name] for name in Share}
    spend = column[Share.MEDIA_MICROS] + column[Share.DATA_FEE_MICROS]
    impressions, clicks = column[Share.IMPRESSIONS], column[Share.CLICKS]
    conversions = column[Share.CLICK_CONVERSIONS] + column[Share.VIEW_CONVERSIONS]
    worth = np.zeros(len(shares)) if worth_micros is None else worth_micros
    # In floats: the largest legal worth times a few thousand conversions leaves int64.
    value = np.where(worth > 0, conversions * worth, np.nan)
    return {
        "SPEND_IN_MICRO_DOLLAR": spend,
        "SPEND_IN_DOLLAR": spend / MICROS,
        "IMPRESSION_1": impressions,
        "CLICKTHROUGH_1": clicks,
        "CTR": _ratio(clicks, impressions),
        "ECPM_IN_MICRO_DOLLAR": _cpm(spend, impressions),
        "ECPC_IN_MICRO_DOLLAR": _ratio(spend, clicks),
        "VIDEO_MRC_VIEWS_1": column[Share.VIEWS],
        "TOTAL_CONVERSIONS": conversions,
        "click_conversions": column[Share.CLICK_CONVERSIONS],
        "view_conversions": column[Share.VIEW_CONVERSIONS],
        "cost_per_conversion_micros": _ratio(spend, conversions),
        "conversion_value_micros": value,
        "roas": _ratio(value, spend),
        "media_spend_micros": column[Share.MEDIA_MICROS],
        "data_spend_micros": column[Share.DATA_FEE_MICROS],
        "redundant_data_spend_micros": column[Share.REDUNDANT_FEE_MICROS],
    }


def self_competition_table(result: "RunResult") -> pd.DataFrame:
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
    cost = result.ledger.self_competition
    by_cost = np.argsort(-cost.micros, kind="stable")
    by_cost = by_cost[cost.micros[by_cost] > 0]
    paid, raised = cost.payer[by_cost], cost.raiser[by_cost]
    keys = _keys(result.config)[["AD_GROUP_ID", "AD_GROUP_NAME"]]
    other = keys.rename(columns=lambda name: f"raised_by_{name.lower()}")
    table = pd.concat(
        [keys.iloc[paid].reset_index(drop=True), other.iloc[raised].reset_index(drop=True)], axis="columns"
    )
    return table.assign(self_competition_micros=cost.micros[by_cost])


def life_table(result: "RunResult") -> pd.DataFrame:
    """Return what happened to audiences, campaigns and ads: ``time``, ``subject``, ``change``, in order of time."""
    return pd.DataFrame(
        [
            {"time": result.config.flight.time_at(event.hour), "subject": event.subject, "change": event.change}
            for event in result.ledger.life
        ],
        columns=["time", "subject", "change"],
    )


def _total_columns(result: "RunResult") -> Columns:
    by_ad_group = _own(result).sum(axis=0)
    return _columns(by_ad_group.sum(axis=0, keepdims=True), _worth_of_all(by_ad_group, _worth(result.config)))


def _with_safe_people(columns: Columns, reach: Iterable[float]) -> Columns:
    """Do what `with_safe_reach` does, to arrays: all of them float64 then."""
    safe = _safe_floats(reach)
    floats = {name: values.astype(np.float64) for name, values in columns.items()}
    frequency = np.full(len(safe), np.nan)
    np.divide(floats["IMPRESSION_1"], safe, out=frequency, where=safe > 0)
    return {**floats, "TOTAL_IMPRESSION_USER": safe, "TOTAL_IMPRESSION_FREQUENCY": frequency}


def _own(result: "RunResult") -> NDArray[np.int64]:
    """Return the tallies of own ad groups: int64 array, shape (n_ticks, n_ad_groups, N_TALLY_COLUMNS)."""
    return result.ledger.tallies[:, : len(result.config.ad_groups)]


def _worth(config: RunConfig) -> NDArray[np.float64]:
    """Return what a conversion of each own ad group is worth: float64 array, shape (n_ad_groups,), micro-currency."""
    return np.array([ad_group.conversion_value_micros for ad_group in config.ad_groups], dtype=np.float64)


def _worth_of_all(by_ad_group: NDArray[np.int64], worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average the worth of a conversion over ad groups, by their conversions: float64 array, shape (1,)."""
    conversions = by_ad_group[:, [Column.CLICK_CONVERSIONS, Column.VIEW_CONVERSIONS]].sum(axis=1)
    if not conversions.any():
        return np.array([worth.max()])
    return np.array([(conversions * worth).sum() / conversions.sum()])


def _counts_whole_flight(ad_group: AdGroup, n_days: int) -> bool:
    cap = ad_group.max_frequency
    return cap is None or n_days <= cap.window_days


def _safe_sizes(counts: Iterable[float]) -> "pd.api.extensions.ExtensionArray":
    return pd.array([safe_size(round(people)) for people in counts], dtype="Int64")


def _safe_floats(counts: Iterable[float]) -> NDArray[np.float64]:
    sizes = (safe_size(round(people)) for people in counts)
    return np.array([np.nan if size is None else size for size in sizes], dtype=np.float64)


def _ratio(numerator: NDArray[np.number], denominator: NDArray[np.int64]) -> NDArray[np.float64]:
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


def _period_keys(config: RunConfig, hours: int) -> pd.DataFrame:
    """Name the ad groups of each period: one row a period and ad group, the periods in order of time."""
    n_periods, ad_groups = config.flight.n_hours // hours, _keys(config)
    keys = pd.concat([ad_groups] * n_periods, ignore_index=True)
    begins = [config.flight.time_at(period * hours) for period in range(n_periods) for _ in range(len(ad_groups))]
    keys.insert(0, "DATE", begins)
    return keys


def _by_period(result: "RunResult", hours: int) -> pd.DataFrame:
    config, tallies = result.config, _own(result)
    n_periods, n_own = len(tallies) // hours, tallies.shape[1]
    by_period = tallies.reshape(n_periods, hours, *tallies.shape[1:]).sum(axis=1)
    happened = result.ledger.conversions[:, :n_own].reshape(n_periods, hours, n_own).sum(axis=1)
    report = measures(by_period.reshape(-1, N_TALLY_COLUMNS), np.tile(_worth(config), n_periods))
    keys = _period_keys(config, hours)
    return pd.concat([keys, report], axis="columns").assign(conversions_by_own_time=happened.ravel())
