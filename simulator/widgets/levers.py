"""Pulling a lever on a scenario, and saying in words which ones are pulled.

The form holds no state of its own: it reads the scenario through these functions and writes a new one.
"""

from simulator.ad_group_amounts import Bid, Budget, bid_of, budget_of
from simulator.config import AdGroup
from simulator.scenario import Lever, Scenario, describe_difference

THIRD_PARTY_PATH = "third_party_data.is_enabled"


def ad_group(scenario: Scenario, ad_group_id: str, *, is_base: bool = False) -> AdGroup:
    """Return an ad group as the scenario has it, or as its base has it."""
    config = scenario.base if is_base else scenario.config
    return next(group for group in config.ad_groups if group.ad_group_id == ad_group_id)


def bid(scenario: Scenario, ad_group_id: str, *, is_base: bool = False) -> Bid | None:
    """Return what an ad group bids, in the scenario or in its base; None where the platform chooses."""
    return bid_of(ad_group(scenario, ad_group_id, is_base=is_base))


def budget(scenario: Scenario, ad_group_id: str, *, is_base: bool = False) -> Budget:
    """Return the budget that an ad group spends from, in the scenario or in its base."""
    config = scenario.base if is_base else scenario.config
    return budget_of(config, ad_group(scenario, ad_group_id, is_base=is_base))


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
    """Return the scenario with these levers and no others."""
    return scenario.model_copy(update={"levers": levers})


def changes(scenario: Scenario) -> list[str]:
    """Return one phrase for each setting that differs from the base, see `describe_difference`."""
    return describe_difference(scenario.base, scenario)
