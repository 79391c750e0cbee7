"""Variants of a configuration that answers compare: other settings of some ad groups, other budgets."""

from collections.abc import Collection, Mapping
from typing import Any

from simulator.config import MAX_BUDGET_MICROS, AdGroup, BudgetType, Campaign, RunConfig, parse_config
from simulator.errors import ConfigError
from simulator.money import MICROS
from simulator.scenario import Lever, Scenario, settings_named
from workbench.audiences import AudienceType

BUDGETS = ("ad_groups.*.budget_micros", "campaigns.*.budget_micros")


def with_ad_groups(config: RunConfig, changes: Mapping[str, Mapping[str, Any]]) -> RunConfig:
    """Return a configuration with other settings of some ad groups, checked as a whole.

    Parameters
    ----------
    config : RunConfig
        Any.
    changes : mapping of str to mapping
        By ad group id: settings and their new values as JSON has them.

    Raises
    ------
    ConfigError
        If the outcome is not legal.
    """
    settings = config.model_dump(mode="json")
    for campaign in settings["campaigns"]:
        for ad_group in campaign["ad_groups"]:
            ad_group.update(changes.get(ad_group["ad_group_id"], {}))
    return parse_config(settings, "a variant of the scenario")


def not_including(ad_group: AdGroup, audience_ids: Collection[str]) -> dict[str, Any]:
    """Return what changes in an ad group that no longer includes some audiences: its targeting and its lifts."""
    targeting = ad_group.targeting.model_dump(mode="json")
    kept = [an_id for an_id in ad_group.targeting.audience_include if an_id not in audience_ids]
    lifts = {an_id: lift.model_dump(mode="json") for an_id, lift in ad_group.lifts.items() if an_id in kept}
    return {"targeting": {**targeting, "audience_include": kept}, "lifts": lifts}


def excluding(ad_group: AdGroup, audience_ids: Collection[str]) -> dict[str, Any]:
    """Return what changes in an ad group that excludes some audiences, and includes them no longer if it did."""
    changed = not_including(ad_group, audience_ids)
    excluded = dict.fromkeys((*ad_group.targeting.audience_exclude, *audience_ids))
    return {**changed, "targeting": {**changed["targeting"], "audience_exclude": list(excluded)}}


def ad_group_of(config: RunConfig, ad_group_id: str) -> AdGroup:
    """Return an own ad group by its id.

    Raises
    ------
    ConfigError
        If there is none.
    """
    for ad_group in config.ad_groups:
        if ad_group.ad_group_id == ad_group_id:
            return ad_group
    known = ", ".join(ad_group.ad_group_id for ad_group in config.ad_groups)
    raise ConfigError(f"expected the id of one of the scenario's ad groups ({known}), got {ad_group_id[:20]!r}")


def segment_ids(config: RunConfig) -> frozenset[str]:
    """Return the audiences that are third-party segments."""
    return frozenset(spec.audience_id for spec in config.audiences if spec.audience_type is AudienceType.THIRD_PARTY)


def flight_budget_dollars(config: RunConfig) -> float:
    """Return what all own campaigns together may spend in the flight."""
    total = 0
    for campaign in config.campaigns:
        of_ad_groups = [_of_flight(config, each) for each in campaign.ad_groups if each.budget_micros is not None]
        limits = [sum(of_ad_groups)] if len(of_ad_groups) == len(campaign.ad_groups) else []
        limits += [] if campaign.budget_micros is None else [_of_flight(config, campaign)]
        total += min(limits)
    return total / MICROS


def with_budgets(scenario: Scenario, factor: float) -> Scenario:
    """Return a scenario in which every own budget is multiplied by a factor, as far as is legal."""
    config = scenario.config
    levers = [
        Lever(path=setting.path, value=min(MAX_BUDGET_MICROS, max(1, round(setting.value * factor))))
        for path in BUDGETS
        for setting in settings_named(config, path)
        if setting.value is not None
    ]
    return scenario.with_levers(f"budgets ×{factor:g}", *levers)


def _of_flight(config: RunConfig, owner: AdGroup | Campaign) -> int:
    return (owner.budget_micros or 0) * (config.flight.n_days if owner.budget_type is BudgetType.DAILY else 1)
