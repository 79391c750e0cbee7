"""Calibration: a scenario made to do what a campaign did, and how sure one may be of each of its settings.

Four fits follow one another, each from what the data say most directly: when and where people come (hours, countries);
what rivals bid, from a bid log if there is one; how much traffic there is and, without a log, what rivals bid, by
simulation; how people respond. Their draws are put side by side, so that one draw is one possible world, and every
what-if can be asked in all of them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.calibration.bid_log import BidLog
from simulator.calibration.campaign_report import CampaignReport
from simulator.calibration.competition_fit import CompetitionFit, fit_competition
from simulator.calibration.estimate import N_DRAWS, Estimate, FittedSetting
from simulator.calibration.history import Change, beginning_on, stretches_of
from simulator.calibration.landscape_fit import LandscapeFit, fit_landscapes
from simulator.calibration.market_model import LANDSCAPES, KnownMarket, LognormalMarket, MarketModel, ScaledLandscapes
from simulator.calibration.observed_days import last_day_of, observe
from simulator.calibration.response_fit import fit_responses
from simulator.calibration.simulated_moments import N_RUNS, without_budgets
from simulator.calibration.traffic_fit import fit_country_weights, fit_hourly_profile
from simulator.config import AdGroup, BidStrategyType, EntityStatus, RunConfig
from simulator.errors import CampaignDataError
from simulator.kernels.draws import replication_seed
from simulator.money import IMPRESSIONS_PER_CPM, MICROS
from simulator.reports import ad_group_figures
from simulator.run import simulate
from simulator.scenario import Lever, Scenario
from simulator.what_if import ParameterDraws
from simulator.world import World
from workbench.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart

MIN_DAYS: Final = 5
"""Fewer days say little about how days differ."""

FLOOR: Final = "market.bid_floor_cpm_micros"
_SHOWN_IDS: Final = 3


@dataclass(frozen=True, eq=False)
class Calibration:
    """A fitted scenario and what it rests on.

    Attributes
    ----------
    scenario : Scenario
        The scenario with its fitted settings as levers.
    settings : tuple of FittedSetting
        What was fitted, with draws.
    report : CampaignReport
        What it was fitted to, of the scenario's ad groups.
    changes : tuple of Change
        What was changed during the campaign.
    competition : CompetitionFit
        Traffic and competition, with the days behind them.
    landscapes : LandscapeFit or None
        The market of the bid log, if there was one.
    warnings : tuple of str
        What the data do not say, and what a reader should know, one sentence each.
    """

    scenario: Scenario
    settings: tuple[FittedSetting, ...]
    report: CampaignReport
    changes: tuple[Change, ...]
    competition: CompetitionFit
    landscapes: LandscapeFit | None
    warnings: tuple[str, ...]

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """Every number that was estimated."""
        return tuple(estimate for setting in self.settings for estimate in setting.estimates)

    @property
    def draws(self) -> ParameterDraws:
        """Possible worlds, `N_DRAWS` of them, for every what-if."""
        return ParameterDraws(
            draws=tuple(
                tuple(Lever(path=setting.path, value=setting.draws[number]) for setting in self.settings)
                for number in range(N_DRAWS)
            )
        )

    @property
    def table(self) -> pd.DataFrame:
        """The estimates, one row each.

        With ``path``, ``label``, ``unit``, ``before``, ``estimate``, ``low`` and ``high`` (95 % interval),
        ``is_identified`` and ``why``.
        """
        return pd.DataFrame(
            [
                {
                    "path": each.path,
                    "label": each.label,
                    "unit": each.unit.value,
                    "before": each.before,
                    "estimate": each.value,
                    "low": each.low,
                    "high": each.high,
                    "is_identified": each.is_identified,
                    "why": each.why,
                }
                for each in self.estimates
            ],
            columns=["path", "label", "unit", "before", "estimate", "low", "high", "is_identified", "why"],
        )

    @property
    def fitted_against_reported(self) -> pd.DataFrame:
        """What was met: one row a stretch of days, ad group and metric (``impressions`` a day or ``ecpm``, dollars).

        With ``from_day``, ``n_days``, ``reported``, ``fitted`` and ``is_bound``, whether the budget was spent, so that
        the fitted number, which knows no budget, may be higher.
        """
        fit, rows = self.competition, []
        for row, log_simulated in zip(fit.rows, fit.simulated, strict=True):
            stretch = fit.observed[row.stretch].stretch
            scale = IMPRESSIONS_PER_CPM / MICROS if row.is_price else 1.0
            rows.append(
                {
                    "from_day": stretch.first_day,
                    "n_days": stretch.n_days,
                    "ad_group_id": stretch.config.ad_groups[row.ad_group].ad_group_id,
                    "metric": "ecpm" if row.is_price else "impressions",
                    "reported": scale * math.exp(row.log_value),
                    "fitted": scale * math.exp(float(log_simulated)),
                    "is_bound": row.is_bound,
                }
            )
        columns = ["from_day", "n_days", "ad_group_id", "metric", "reported", "fitted", "is_bound"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def chart(self) -> "AnyChart":
        """How near the fitted scenario comes to what was reported."""
        from simulator.charts.fitted_reported import fitted_reported

        return fitted_reported(self.fitted_against_reported)

    @property
    def market_chart(self) -> "AnyChart":
        """The market price of the bid log, with lost bids as censored; a sentence where there was no log."""
        from simulator.charts.market_survival import market_survival

        parts = (pd.DataFrame(), pd.DataFrame()) if self.landscapes is None else self.landscapes.survival()
        return market_survival(*parts)

    @property
    def sentence(self) -> str:
        """The outcome in one sentence."""
        n_days, unknown = len(self.report.days), [each for each in self.estimates if not each.is_identified]
        rests = f"{self.scenario.name}: {len(self.estimates)} numbers fitted to {n_days} days of {self.report.source}"
        if not unknown:
            return f"{rests}, all of them decided by the data."
        names = ", ".join(each.label for each in unknown[:_SHOWN_IDS])
        return f"{rests}; the data do not decide {len(unknown)} of them: {names}{', …' * (len(unknown) > _SHOWN_IDS)}."


def calibrate(
    scenario: Scenario,
    report: CampaignReport,
    world: World,
    *,
    bid_log: BidLog | None = None,
    changes: Sequence[Change] = (),
    on_progress: Progress = ignore_progress,
) -> Calibration:
    """Fit a scenario to what a campaign did.

    Parameters
    ----------
    scenario : Scenario
        What was planned and set when the campaign began; its own values are where the fit starts, and what it keeps
        where the data say nothing.
    report : CampaignReport
        What happened.
    world : World
        Opened for the scenario.
    bid_log : BidLog, optional
        Auctions of the same market, read for the scenario's auction format.
    changes : sequence of Change
        What was changed during the campaign.
    on_progress : Progress
        Called once a round of simulations; raise ``CancelledError`` in it to stop.

    Returns
    -------
    Calibration
        The same for the same arguments, to the last bit.

    Raises
    ------
    CampaignDataError
        If the report is about none of the scenario's ad groups, or says of no impressions.
    ConfigError, LeverError
        If a change is none that the scenario can have, or the bid log does not fit its auctions.
    """
    rng = np.random.default_rng(scenario.config.rng_seed)
    own, notes = _of_scenario(report, scenario.config)
    stretches = stretches_of(scenario, changes, own.days[0], own.days[-1])
    shapes = fit_country_weights(own, scenario.config, world, rng)
    profile = fit_hourly_profile(own, observe(own, stretches), scenario.config, rng)
    shapes += [profile] if profile is not None else []
    landscapes = None if bid_log is None else fit_landscapes(bid_log, scenario.config, rng)
    shapes += [] if landscapes is None else _market_settings(landscapes, scenario.config)
    shaped = _with_settings(scenario, shapes)
    observed = observe(own, stretches_of(shaped, changes, own.days[0], own.days[-1]))
    model = _model(shaped.config, landscapes)
    shifts = None if landscapes is None else _shifts(landscapes, shaped.config)
    competition = fit_competition(observed, world, model, rng, shifts, on_progress)
    fitted = _with_settings(shaped, competition.settings)
    factors = _mean_factors(beginning_on(fitted.config, own.days[0], observed[0].stretch.n_days), world)
    responses = fit_responses(own, fitted.config, factors, rng)
    settings = (*shapes, *competition.settings, *responses)
    result = Calibration(
        scenario=_with_settings(scenario, settings).model_copy(update={"name": f"{scenario.name}, fitted"}),
        settings=settings,
        report=own,
        changes=tuple(changes),
        competition=competition,
        landscapes=landscapes,
        warnings=(),
    )
    thin = tuple(_what_is_thin(result))
    return replace(result, warnings=(*notes, *own.notes, *(landscapes.notes if landscapes else ()), *thin))


def _of_scenario(report: CampaignReport, config: RunConfig) -> tuple[CampaignReport, list[str]]:
    """Return what a report says of a configuration's ad groups, and which it does not share with it."""
    known = [ad_group.ad_group_id for ad_group in config.ad_groups]
    own = report.of_ad_groups(known)
    if own.rows.empty or not own.rows["impressions"].sum():
        raise CampaignDataError(
            f"{report.source}: expected impressions of the scenario's ad groups ({_some(known)}), got rows of "
            f"{_some(report.ad_group_ids)}; give the scenario the ids that the report has"
        )
    strangers, silent = sorted(set(report.ad_group_ids) - set(known)), sorted(set(known) - set(own.ad_group_ids))
    notes = []
    if strangers:
        notes.append(f"Ad groups of the report that the scenario does not have are left out: {_some(strangers)}.")
    if silent:
        notes.append(f"Ad groups of the scenario that the report does not have keep their rates: {_some(silent)}.")
    return own, notes


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SHOWN_IDS]) + (", …" if len(ids) > _SHOWN_IDS else "")


def _with_settings(scenario: Scenario, settings: Sequence[FittedSetting]) -> Scenario:
    levers = [Lever(path=setting.path, value=setting.value) for setting in settings]
    return scenario.with_levers(scenario.name, *levers) if levers else scenario


def _market_settings(landscapes: LandscapeFit, config: RunConfig) -> list[FittedSetting]:
    """Return the landscapes of a bid log, and the floor where it shows."""

    def as_json(landscapes: Sequence[Any]) -> list[Any]:
        return [each.model_dump(mode="json") for each in landscapes]

    draws = tuple(as_json(draw) for draw in landscapes.draws)
    settings = [FittedSetting(LANDSCAPES, as_json(landscapes.landscapes), draws, landscapes.estimates(config))]
    if landscapes.floor_cpm_micros is not None:
        floor = landscapes.floor_cpm_micros
        settings.append(FittedSetting(FLOOR, floor, (floor,) * N_DRAWS, ()))
    return settings


def _model(config: RunConfig, landscapes: LandscapeFit | None) -> MarketModel:
    if landscapes is not None or not config.market.n_rival_bids:
        return KnownMarket()
    return ScaledLandscapes(config) if config.market.landscapes else LognormalMarket(config)


def _shifts(landscapes: LandscapeFit, config: RunConfig) -> NDArray[np.float64]:
    """Return by how much each draw of the log's market moves the share that each ad group wins, in logarithms."""
    price = landscapes.parts[-1].price
    bids = np.array([float(ad_group.bid_cpm_micros or price.points[-1]) for ad_group in config.ad_groups])
    here = np.interp(bids, price.points, price.share_below)
    draws = np.stack([np.interp(bids, price.points, draw) for draw in price.draws])
    shifts: NDArray[np.float64] = np.log(np.maximum(draws, 1e-6)) - np.log(np.maximum(here, 1e-6))
    return shifts


def _mean_factors(config: RunConfig, world: World) -> Mapping[tuple[str, str], float]:
    """Return by how much ads and lifts raise the rates of each ad group: from its ads, or by simulation."""
    factors: dict[tuple[str, str], float] = {}
    for ad_group in config.ad_groups:
        live = [ad.response_factor for ad in ad_group.ads if ad.status is EntityStatus.ACTIVE]
        mean = float(np.mean(live)) if live else 1.0
        if mean > 0:
            factors |= dict.fromkeys([(ad_group.ad_group_id, "click_rate"), (ad_group.ad_group_id, "view_rate")], mean)
    if config.auction.action_rate_sigma == 0 and not any(ad_group.lifts for ad_group in config.ad_groups):
        return factors
    runs = [
        ad_group_figures(
            simulate(
                without_budgets(config).model_copy(update={"rng_seed": replication_seed(config.rng_seed, number)}),
                world,
            )
        )
        for number in range(N_RUNS)
    ]
    sums = {
        name: np.sum([run[name] for run in runs], axis=0)
        for name in ("IMPRESSION_1", "CLICKTHROUGH_1", "VIDEO_MRC_VIEWS_1")
    }
    for place, ad_group in enumerate(config.ad_groups):
        for field, name in (("click_rate", "CLICKTHROUGH_1"), ("view_rate", "VIDEO_MRC_VIEWS_1")):
            expected = float(sums["IMPRESSION_1"][place]) * getattr(ad_group, field)
            if sums[name][place] and expected:
                factors[ad_group.ad_group_id, field] = float(sums[name][place]) / expected
    return factors


def _what_is_thin(result: Calibration) -> Iterator[str]:
    """Say what the data are too few or too much alike for."""
    fit, n_days = result.competition, len(result.report.days)
    if n_days < MIN_DAYS:
        yield f"{n_days} days say little about how days differ: take the intervals for too narrow."
    observed = fit.observed
    config = observed[0].stretch.config
    is_known = np.concatenate([~np.isnan(each.impressions) for each in observed])
    is_bound = np.concatenate([each.is_bound for each in observed])
    for place, ad_group in enumerate(config.ad_groups):
        yield from _what_is_thin_of(ad_group, is_known[:, place], is_bound[:, place])
    if not fit.rows:
        yield "Traffic and competition keep the scenario's values: no ad group has bids that tell about them."
    for estimate in result.estimates:
        if not estimate.is_identified:
            yield f"Not identified: {estimate.label}: {estimate.why}."
    last = last_day_of(observed[-1].stretch)
    for each in result.changes:
        if not observed[0].stretch.first_day <= each.from_day <= last:
            yield f"The change of {each.from_day} is outside of the report's days."


def _what_is_thin_of(ad_group: AdGroup, is_known: NDArray[np.bool_], is_bound: NDArray[np.bool_]) -> Iterator[str]:
    n_known = int(is_known.sum())
    if n_known and (is_bound & is_known).sum() == n_known:
        yield (
            f"The budget of “{ad_group.name}” was spent on every day: how much more there was to be bought, and the "
            "market above its bid, is not seen."
        )
    if ad_group.bid_strategy_type is BidStrategyType.AUTOMATIC_BID:
        yield f"“{ad_group.name}” leaves its bid to the platform, so it says nothing about what others bid."
