r"""How people respond, from counts: clicks and views of an impression, conversions of a click or an impression.

The chance :math:`p` of an event in :math:`n` trials with :math:`x` events has the posterior
:math:`Beta(x + 1/2, n - x + 1/2)` under Jeffreys' prior, whose intervals cover as often as they say even for rare
events (Brown, Cai and DasGupta, 2001). That holds if days differ by chance alone. They seldom do: the ad is shown
beside other things, and other people come. So the days' counts are compared with what chance would do,

.. math:: \varphi = \frac{1}{D - 1} \sum_d \frac{(x_d - n_d \hat p)^2}{n_d \hat p (1 - \hat p)},

and where they differ more, :math:`n` and :math:`x` are divided by :math:`\varphi`, so that the posterior is as wide as
the days make it, widened once more by the ratio of Student's quantile to the normal one for the few days that
:math:`\varphi` was seen on.

A rate of a scenario is that of the average person and ad. Where an ad group has ads of different response, or lifts
for audiences, what was reported is divided by their mean factor.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

from simulator.calibration.campaign_report import CampaignReport
from simulator.calibration.estimate import CONFIDENCE, N_DRAWS, Estimate, FittedSetting
from simulator.config import HOURS_PER_DAY, AdGroup, RunConfig
from simulator.scenario import Unit

MIN_EVENTS: Final = 5
"""Fewer events say little more than an upper bound."""

_JEFFREYS: Final = 0.5


class _Counts(NamedTuple):
    """Events and trials day by day; float64 arrays, shape (n_days,)."""

    events: NDArray[np.float64]
    trials: NDArray[np.float64]


class _Rate(NamedTuple):
    """A rate that is to be fitted.

    Attributes
    ----------
    field : str
        The setting of an ad group.
    label, event, trial : str
        What people call the rate, one event and one trial.
    counts : _Counts or None
        None: the report has no such column.
    caveat : str
        What is wrong with it; empty: nothing.
    """

    field: str
    label: str
    event: str
    trial: str
    counts: _Counts | None
    caveat: str = ""


def fit_responses(
    report: CampaignReport, config: RunConfig, mean_factors: Mapping[tuple[str, str], float], rng: np.random.Generator
) -> list[FittedSetting]:
    """Fit the response rates of every ad group that the report has impressions of.

    Parameters
    ----------
    report : CampaignReport
        Of ad groups of the configuration.
    config : RunConfig
        What is fitted.
    mean_factors : mapping of (str, str) to float
        By ad group id and rate: mean factor of its ads and lifts on that rate; 1 where it is not there.
    rng : Generator
        Draws from posteriors.

    Returns
    -------
    list of FittedSetting
        Rates that the report says nothing of are left out.
    """
    by_day = report.by_day()
    last_day = by_day["day"].max() + pd.Timedelta(days=1)
    fitted: list[FittedSetting] = []
    for ad_group in config.ad_groups:
        own = by_day[by_day["ad_group_id"] == ad_group.ad_group_id]
        if own["impressions"].sum() == 0:
            continue
        hours_left = ((last_day - own["day"]) / pd.Timedelta(hours=1)).to_numpy(dtype=np.float64)
        fitted += [
            _fit(ad_group, rate, rate.counts, mean_factors.get((ad_group.ad_group_id, rate.field), 1.0), rng)
            for rate in _rates(ad_group, own, hours_left)
            if rate.counts is not None and _says_something(ad_group, rate.field, rate.counts)
        ]
    return fitted


def overdispersion(events: NDArray[np.float64], trials: NDArray[np.float64]) -> float:
    """Compare how much days differ with what chance would do.

    Parameters
    ----------
    events, trials : float64 array, shape (n_days,)
        Counts of each day.

    Returns
    -------
    float
        1 if by chance alone; NaN with fewer than two days that have trials, or without events.
    """
    has_trials = trials > 0
    n_days = int(has_trials.sum())
    if n_days < 2 or not 0 < events.sum() < trials.sum():
        return float("nan")
    rate = events.sum() / trials.sum()
    expected = trials[has_trials] * rate
    return float(np.sum((events[has_trials] - expected) ** 2 / (expected * (1 - rate))) / (n_days - 1))


def _rates(ad_group: AdGroup, own: pd.DataFrame, hours_left: NDArray[np.float64]) -> Iterator[_Rate]:
    impressions = own["impressions"].to_numpy(dtype=np.float64)
    clicks, views = _column(own, "clicks"), _column(own, "views")
    yield _Rate("click_rate", "click rate", "click", "impression", _counts(clicks, impressions))
    yield _Rate("view_rate", "view rate", "view", "impression", _counts(views, impressions))
    after_click, after_view, caveat = _conversions(ad_group, own)
    if after_click is None or clicks is None:
        return
    seen_clicks = clicks * _seen_share(ad_group, hours_left, ad_group.click_window_days)
    yield _Rate("conversion_rate", "conversion rate", "conversion", "click", _counts(after_click, seen_clicks), caveat)
    if ad_group.view_conversion_rate or np.nansum(after_view):
        unclicked = (impressions - np.nan_to_num(clicks)) * _seen_share(ad_group, hours_left, ad_group.view_window_days)
        yield _Rate(
            "view_conversion_rate",
            "conversion rate without a click",
            "conversion",
            "impression without a click",
            _counts(after_view, unclicked),
            caveat,
        )


def _conversions(ad_group: AdGroup, own: pd.DataFrame) -> tuple[NDArray[np.float64] | None, NDArray[np.float64], str]:
    """Return conversions after a click and without one; a report that has only their sum has them shared out."""
    after_click, after_view = _column(own, "click_conversions"), _column(own, "view_conversions")
    nothing = np.zeros(len(own))
    if after_click is not None and after_view is not None:
        return after_click, after_view, ""
    both, clicks = _column(own, "conversions"), _column(own, "clicks")
    if both is None or clicks is None:
        return None, nothing, ""
    if not ad_group.view_conversion_rate:
        return both, nothing, ""
    by_click = float(np.nansum(clicks)) * ad_group.conversion_rate
    by_view = (float(own["impressions"].sum()) - float(np.nansum(clicks))) * ad_group.view_conversion_rate
    share = by_click / (by_click + by_view)
    caveat = "the report does not tell conversions after a click from others; they are shared out as in the scenario"
    return both * share, both * (1 - share), caveat


def _column(own: pd.DataFrame, name: str) -> NDArray[np.float64] | None:
    return own[name].to_numpy(dtype=np.float64, na_value=np.nan) if name in own else None


def _counts(events: NDArray[np.float64] | None, trials: NDArray[np.float64]) -> _Counts | None:
    """Keep the days on which both are known; a share of a conversion window cannot be less than what it brought."""
    if events is None:
        return None
    is_known = ~np.isnan(events) & ~np.isnan(trials)
    return _Counts(events[is_known], np.maximum(trials[is_known], events[is_known]))


def _seen_share(ad_group: AdGroup, hours_left: NDArray[np.float64], window_days: int) -> NDArray[np.float64]:
    """Return the share of each day's conversions that is counted: in their window, and before the report ended.

    They come with an exponential delay. Clicks are taken to be spread evenly over their day.
    """
    mean = ad_group.conversion_delay_hours
    if mean == 0:
        return np.ones_like(hours_left)
    hours = hours_left[:, np.newaxis] - (np.arange(HOURS_PER_DAY) + 0.5)
    in_time = np.minimum(hours, window_days * HOURS_PER_DAY)
    shares: NDArray[np.float64] = (1 - np.exp(-in_time / mean)).mean(axis=1)
    return shares


def _says_something(ad_group: AdGroup, field: str, counts: _Counts) -> bool:
    """Tell whether there is a rate to fit: what nobody expected and what never came, such as conversions, stays 0."""
    return bool(counts.trials.sum() > 0 and (counts.events.sum() > 0 or getattr(ad_group, field) > 0))


def _fit(
    ad_group: AdGroup, rate: _Rate, counts: _Counts, mean_factor: float, rng: np.random.Generator
) -> FittedSetting:
    events, trials = float(counts.events.sum()), float(counts.trials.sum())
    dispersion = overdispersion(*counts)
    n_days = int((counts.trials > 0).sum())
    widened = _widened(dispersion, n_days)
    alpha, beta = _JEFFREYS + events / widened, _JEFFREYS + (trials - events) / widened
    tail = (1 - CONFIDENCE) / 2
    low, high = (min(1.0, float(betaincinv(alpha, beta, share)) / mean_factor) for share in (tail, 1 - tail))
    draws = np.minimum(1.0, rng.beta(alpha, beta, size=N_DRAWS) / mean_factor)
    estimate = Estimate(
        path=f"ad_groups.{ad_group.ad_group_id}.{rate.field}",
        label=f"{rate.label} of “{ad_group.name}”",
        unit=Unit.SHARE,
        before=float(getattr(ad_group, rate.field)),
        value=min(1.0, alpha / (alpha + beta) / mean_factor),
        low=low,
        high=high,
        is_identified=events >= MIN_EVENTS and not rate.caveat,
        why=_why(rate, events, trials, n_days, dispersion),
    )
    return FittedSetting.of_number(estimate, draws)


def _widened(dispersion: float, n_days: int) -> float:
    """Return what counts are divided by: 1 if days differ by chance alone or there is only one."""
    if np.isnan(dispersion):
        return 1.0
    few_days = float(stdtrit(n_days - 1, 0.5 + CONFIDENCE / 2)) / float(stdtrit(np.inf, 0.5 + CONFIDENCE / 2))
    return max(1.0, dispersion * few_days**2)


def _why(rate: _Rate, events: float, trials: float, n_days: int, dispersion: float) -> str:
    days = "day" if n_days == 1 else "days"
    basis = f"{_several(events, rate.event)} of {_several(trials, rate.trial)} on {n_days} {days}"
    if rate.caveat:
        return f"{basis}; {rate.caveat}"
    if events < MIN_EVENTS:
        return f"only {basis}"
    if dispersion > 2:
        return f"{basis}; days differ {dispersion:.1f} times as much as by chance"
    return basis


def _several(count: float, noun: str) -> str:
    first, *rest = noun.split(" ", 1)
    plural = first if round(count) == 1 else f"{first}s"
    return " ".join([f"{count:,.0f}", plural, *rest])
