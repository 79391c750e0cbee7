"""When and where people come: the profile of the day and the weights of countries, from impressions.

Impressions follow traffic as long as nothing but traffic differs between hours and countries. Days whose budget ran out
early are left out, because their evening is missing; so are ad groups that bid at some hours only. Rivals that bid
otherwise in one hour or country are taken for traffic where the scenario has no landscape that says so.

Weekdays have no place in a scenario: how much they differ counts as a difference of days, like weather.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.calibration.campaign_report import CampaignReport
from simulator.calibration.competition_fit import drawn_days
from simulator.calibration.estimate import N_DRAWS, Estimate, FittedSetting, interval
from simulator.calibration.observed_days import ObservedStretch
from simulator.calibration.report_times import Granularity
from simulator.config import HOURS_PER_DAY, RunConfig
from simulator.config import PacingDeliveryType as Pacing
from simulator.scenario import Unit
from simulator.world import World

PROFILE: Final = "traffic.hourly_profile"
COUNTRY_WEIGHTS: Final = "traffic.country_weights"
MIN_DAYS: Final = 3
MIN_IMPRESSIONS: Final = 500
"""Impressions of a country, or on the average hour's day, that make a share worth having."""

MAX_WEIGHT: Final = 1_000.0
_ROUNDED: Final = 6


def fit_hourly_profile(
    report: CampaignReport, observed: Sequence[ObservedStretch], config: RunConfig, rng: np.random.Generator
) -> FittedSetting | None:
    """Fit which share of a day's traffic comes in which hour.

    Parameters
    ----------
    report : CampaignReport
        Of ad groups of the configuration.
    observed : sequence of ObservedStretch
        Its days, with those whose budget was spent.
    config : RunConfig
        What is fitted.
    rng : Generator
        Draws days again.

    Returns
    -------
    FittedSetting or None
        None where the report has no hours, too few whole days, or the scenario has profiles by country, which a report
        does not tell apart.
    """
    if report.granularity is not Granularity.HOUR or config.traffic.hourly_profiles:
        return None
    by_hour = _whole_days(report, observed)
    total = by_hour.sum()
    if len(by_hour) < MIN_DAYS or total < MIN_IMPRESSIONS:
        return None
    drawn = by_hour[drawn_days(len(by_hour), rng)].sum(axis=1)
    shares = by_hour.sum(axis=0) / total
    draws = drawn / drawn.sum(axis=1, keepdims=True)
    busiest = int(shares.argmax())
    low, high = interval(draws[:, busiest])
    estimate = Estimate(
        path=PROFILE,
        label=f"share of the busiest hour, {busiest} o’clock",
        unit=Unit.SHARE,
        before=config.traffic.share_of_day(busiest),
        value=float(shares[busiest]),
        low=low,
        high=high,
        is_identified=True,
        why=f"{total:,.0f} impressions on {len(by_hour)} whole days",
    )
    return FittedSetting(PROFILE, _as_profile(shares), tuple(map(_as_profile, draws)), (estimate,))


def fit_country_weights(
    report: CampaignReport, config: RunConfig, world: World, rng: np.random.Generator
) -> list[FittedSetting]:
    """Fit how active accounts of each country are against the others that the campaign may reach.

    Parameters
    ----------
    report : CampaignReport
        By country, of ad groups of the configuration.
    config : RunConfig
        What is fitted.
    world : World
        Opened for it: says who may be reached where.
    rng : Generator
        Draws days again.

    Returns
    -------
    list of FittedSetting
        One a country with enough impressions; none where the report does not tell countries apart.
    """
    if not report.has_countries:
        return []
    names = world.countries.names
    rows = report.rows[report.rows["country"].isin(names)]
    by_day = rows.pivot_table(index=rows["time"].dt.floor("D"), columns="country", values="impressions", aggfunc="sum")
    counts = by_day.fillna(0).reindex(columns=list(names), fill_value=0).to_numpy(dtype=np.float64)
    activity = _reachable_activity(config, world, report.ad_group_ids)
    is_told = (counts.sum(axis=0) >= MIN_IMPRESSIONS) & (activity > 0)
    if is_told.sum() < 2 or len(counts) < MIN_DAYS:
        return []
    drawn = counts[drawn_days(len(counts), rng)].sum(axis=1)
    weights, draws = (_weights(each, activity, is_told) for each in (counts.sum(axis=0), drawn))
    return [
        _country_setting(names[place], float(weights[place]), draws[:, place], config, counts[:, place])
        for place in np.flatnonzero(is_told).tolist()
    ]


def _whole_days(report: CampaignReport, observed: Sequence[ObservedStretch]) -> NDArray[np.float64]:
    """Return impressions by hour of the days that no budget cut short: shape (n_days, 24)."""
    rows = report.rows.assign(day=report.rows["time"].dt.floor("D"), hour=report.rows["time"].dt.hour)
    square = rows.pivot_table(index=["day", "ad_group_id"], columns="hour", values="impressions", aggfunc="sum")
    square = square.reindex(columns=range(HOURS_PER_DAY)).fillna(0)
    chosen = []
    for each in observed:
        for place, ad_group in enumerate(each.stretch.config.ad_groups):
            if ad_group.active_hours is not None:
                continue
            stops = ad_group.pacing_delivery_type in (Pacing.ACCELERATED, Pacing.NONE)
            days = pd.date_range(each.stretch.first_day, periods=each.stretch.n_days, freq="D")
            is_usable = ~(each.is_bound[:, place] & stops)
            chosen += [(day, ad_group.ad_group_id) for day in days[is_usable]]
    of_days = square[square.index.isin(chosen)].groupby("day").sum()
    by_hour: NDArray[np.float64] = of_days.to_numpy(dtype=np.float64)
    return by_hour


def _as_profile(shares: NDArray[np.float64]) -> list[float]:
    return [round(float(share), _ROUNDED) for share in shares]


def _reachable_activity(config: RunConfig, world: World, ad_group_ids: Sequence[str]) -> NDArray[np.float64]:
    """Return the activity of everybody whom the ad groups may reach, by country: shape (n_countries,)."""
    eligibility = world.eligibility(config)
    numbers = [n for n, ad_group in enumerate(config.ad_groups) if ad_group.ad_group_id in ad_group_ids]
    accounts = eligibility.entry_accounts()[np.isin(eligibility.entry_ad_groups(), numbers)]
    countries = world.countries
    return np.bincount(
        countries.of_account[accounts], weights=world.activity[accounts], minlength=len(countries.names)
    ).astype(np.float64)


def _weights(
    counts: NDArray[np.float64], activity: NDArray[np.float64], is_told: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Divide impressions by activity, so that the told countries together have the weight that their activity has."""
    per_activity = np.divide(counts, activity, out=np.ones_like(counts), where=is_told)
    together = counts[..., is_told].sum(axis=-1, keepdims=True) / activity[is_told].sum()
    weights: NDArray[np.float64] = np.clip(per_activity / together, 0, MAX_WEIGHT)
    return weights


def _country_setting(
    country: str, weight: float, draws: NDArray[np.float64], config: RunConfig, counts: NDArray[np.float64]
) -> FittedSetting:
    low, high = interval(draws)
    estimate = Estimate(
        path=f"{COUNTRY_WEIGHTS}.{country}",
        label=f"activity of accounts in {country} against all",
        unit=Unit.FACTOR,
        before=config.traffic.country_weights.get(country, 1.0),
        value=weight,
        low=low,
        high=high,
        is_identified=True,
        why=f"{counts.sum():,.0f} impressions on {len(counts)} days",
    )
    return FittedSetting.of_number(estimate, draws[:N_DRAWS])
