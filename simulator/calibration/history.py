"""What was changed during a campaign, and the stretches of days between changes.

A report says what came of a campaign and not what was set. The scenario says what was set when it began; a change says
from which day on which levers were pulled. Between two changes nothing was touched, so that days differ by chance, by
traffic and by the market alone. Bids that moved while the market did not are what identifies a market best.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from simulator.config import AdGroup, BudgetType, Campaign, Flight, RunConfig
from simulator.errors import ConfigError
from simulator.scenario import Lever, Scenario, read_json, with_levers_pulled
from workbench.validation import Written, complaint


class Change(Written):
    """Levers that were pulled during a campaign.

    Attributes
    ----------
    from_day : date
        First day on which they held all day long.
    levers : tuple of Lever
        What was set.
    """

    from_day: date
    levers: tuple[Lever, ...]


class Stretch(NamedTuple):
    """Days on which nothing was changed.

    Attributes
    ----------
    config : RunConfig
        What was set; its flight begins with the first day.
    first_day : date
        When it begins.
    n_days : int
        How long it lasts.
    """

    config: RunConfig
    first_day: date
    n_days: int


def load_changes(path: str | os.PathLike[str]) -> tuple[Change, ...]:
    """Read changes from a JSON file: a list of objects with ``from_day`` and ``levers``.

    Raises
    ------
    InputFileError
        If the file is missing or cannot be read.
    ConfigError
        If it is something else.
    """
    source = Path(path)
    try:
        return TypeAdapter(tuple[Change, ...]).validate_python(read_json(source))
    except ValidationError as refusal:
        raise ConfigError(f"{source.name}: {complaint(refusal)}") from None


def stretches_of(scenario: Scenario, changes: Sequence[Change], first_day: date, last_day: date) -> list[Stretch]:
    """Cut days into stretches, from one to another, both included.

    Raises
    ------
    LeverError, ConfigError
        If a change is none that the scenario can have.
    """
    in_order = sorted(changes, key=lambda change: change.from_day)
    begins = sorted({first_day, *(each.from_day for each in in_order if first_day < each.from_day <= last_day)})
    ends = [*begins[1:], date.fromordinal(last_day.toordinal() + 1)]
    stretches, base = [], scenario.config
    for begin, end in zip(begins, ends, strict=True):
        levers = [lever for change in in_order if change.from_day <= begin for lever in change.levers]
        config = with_levers_pulled(base, levers, f"scenario {scenario.name!r} on {begin}")
        n_days = (end - begin).days
        stretches.append(Stretch(beginning_on(config, begin, n_days), begin, n_days))
    return stretches


def beginning_on(config: RunConfig, day: date, n_days: int) -> RunConfig:
    """Return a configuration whose flight is of so many days from one day on."""
    flight = Flight(start=datetime.combine(day, time(), tzinfo=UTC), n_days=n_days)
    return config.model_copy(update={"flight": flight})


def has_lifetime_budgets(config: RunConfig) -> bool:
    """Tell whether any own budget is for the flight as a whole."""
    owners: list[Campaign | AdGroup] = [*config.campaigns, *config.ad_groups]
    return any(owner.budget_micros is not None and owner.budget_type is BudgetType.LIFETIME for owner in owners)


def with_remaining_budgets(config: RunConfig, spent_micros: Mapping[str, float]) -> RunConfig:
    """Take from budgets of the whole flight what was spent of them before.

    Parameters
    ----------
    config : RunConfig
        What is set.
    spent_micros : mapping of str to float
        By ad group id.
    """
    campaigns = []
    for campaign in config.campaigns:
        ad_groups = tuple(
            ad_group.model_copy(update=_remaining(ad_group, spent_micros.get(ad_group.ad_group_id, 0.0)))
            for ad_group in campaign.ad_groups
        )
        spent = sum(spent_micros.get(ad_group.ad_group_id, 0.0) for ad_group in campaign.ad_groups)
        campaigns.append(campaign.model_copy(update={"ad_groups": ad_groups, **_remaining(campaign, spent)}))
    return config.model_copy(update={"campaigns": tuple(campaigns)})


def _remaining(owner: Campaign | AdGroup, spent_micros: float) -> dict[str, int]:
    if owner.budget_micros is None or owner.budget_type is not BudgetType.LIFETIME:
        return {}
    return {"budget_micros": max(1, owner.budget_micros - round(spent_micros))}
