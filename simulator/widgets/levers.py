"""Pulling a lever on a scenario, and saying in words which ones are pulled.

The form holds no state of its own: it reads the scenario through these functions and writes a new one.
"""

from simulator.config import AdGroup
from simulator.money import MICROS
from simulator.scenario import Lever, Scenario
from workbench.charts import shown_dollars

THIRD_PARTY_PATH = "third_party_data.is_enabled"


def bid_path(ad_group_id: str) -> str:
    """Return the path of an ad group's bid."""
    return f"ad_groups.{ad_group_id}.bid_cpm_micros"


def budget_path(ad_group_id: str) -> str:
    """Return the path of an ad group's budget."""
    return f"ad_groups.{ad_group_id}.budget_micros"


def ad_group(scenario: Scenario, ad_group_id: str, *, is_base: bool = False) -> AdGroup:
    """Return an ad group as the scenario has it, or as its base has it."""
    config = scenario.base if is_base else scenario.config
    return next(group for group in config.ad_groups if group.ad_group_id == ad_group_id)


def pulled(scenario: Scenario, path: str, value: bool | int, unpulled: bool | int) -> Scenario:
    """Return the scenario with one lever set.

    Parameters
    ----------
    scenario : Scenario
        Any scenario.
    path : str
        The lever's path; one that is already pulled is replaced.
    value : bool or int
        What it is set to.
    unpulled : bool or int
        What the base has there: setting that again takes the lever away, unless another lever covers the same setting.

    Returns
    -------
    Scenario
        The same object if nothing changes.
    """
    others = tuple(lever for lever in scenario.levers if lever.path != path)
    is_covered = any("*" in lever.path and lever.path.split(".")[-1] == path.split(".")[-1] for lever in others)
    levers = others if value == unpulled and not is_covered else (*others, Lever(path=path, value=value))
    return scenario if levers == scenario.levers else with_only(scenario, *levers)


def with_only(scenario: Scenario, *levers: Lever) -> Scenario:
    """Return the scenario with these levers and no others; built anew, because a copy would keep the old ``config``."""
    return Scenario(name=scenario.name, base=scenario.base, levers=levers)


def changes(scenario: Scenario) -> list[str]:
    """Return one sentence for each setting that differs from the base, in the order of the ad groups."""
    sentences = []
    for before, after in zip(scenario.base.ad_groups, scenario.config.ad_groups, strict=True):
        if before.bid_cpm_micros != after.bid_cpm_micros:
            sentences.append(f"{before.name}: bid {_step(before.bid_cpm_micros, after.bid_cpm_micros)} CPM")
        if before.budget_micros != after.budget_micros:
            period = before.budget_type.value.lower()
            sentences.append(f"{before.name}: {period} budget {_step(before.budget_micros, after.budget_micros)}")
    if scenario.base.third_party_data.is_enabled != scenario.config.third_party_data.is_enabled:
        sentences.append(f"Third-party data {'on' if scenario.config.third_party_data.is_enabled else 'off'}")
    return sentences


def _step(before_micros: int, after_micros: int) -> str:
    return f"{shown_dollars(before_micros / MICROS)} → {shown_dollars(after_micros / MICROS)}"
