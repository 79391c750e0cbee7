"""A scenario is a base configuration plus levers: what is, and what if.

A lever names one setting by a path and gives it another value: ``ad_groups.2001.bid_cpm_micros``,
``ad_groups.*.budget_micros``, ``third_party_data.is_enabled``, ``market.bid_floor_cpm_micros``. Ad groups, campaigns
and audiences are named by their ids, ``*`` means all of them. Applying levers builds a new configuration and checks it
as a whole, so a lever can never produce one that could not have been written by hand.
"""

import difflib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from simulator.config import RunConfig, parse_config, refusing_as_config_error, resolve_paths
from simulator.errors import ConfigError, LeverError
from workbench.errors import InputFileError
from workbench.validation import Written

EVERY = "*"


class Lever(Written):
    """One setting and the value it is given.

    Attributes
    ----------
    path : str
        Where the setting is, parts joined by dots.
    value : bool, int, float, str, list or None
        Its value in the scenario.
    """

    path: str = Field(min_length=1)
    value: bool | int | float | str | list[str] | None


class Scenario(Written):
    """A named base configuration and the levers that are pulled on it.

    Attributes
    ----------
    name : str
        What people call it.
    base : RunConfig
        The configuration the levers start from.
    levers : tuple of Lever
        Applied in order.
    """

    name: str = Field(min_length=1)
    base: RunConfig
    levers: tuple[Lever, ...] = ()

    @property
    def config(self) -> RunConfig:
        """The base with every lever applied, made anew at every reading; keep it where it is read often.

        Raises
        ------
        LeverError
            If a path names no setting.
        ConfigError
            If a value is not legal there.
        """
        if not self.levers:
            return self.base
        settings = self.base.model_dump(mode="json")
        for lever in self.levers:
            _apply(settings, lever)
        return parse_config(settings, f"scenario {self.name!r}")

    def with_levers(self, name: str, *levers: Lever) -> "Scenario":
        """Return a scenario on the same base with more levers pulled."""
        return Scenario(name=name, base=self.base, levers=(*self.levers, *levers))


def load_scenario(path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario from a JSON file.

    Parameters
    ----------
    path : path-like
        File with an object of ``name``, ``base`` and optionally ``levers``; paths in it are relative to the file.

    Returns
    -------
    Scenario
        With absolute paths.

    Raises
    ------
    InputFileError
        If the file is missing or cannot be read.
    ConfigError
        If it is not JSON or not a scenario; the first wrong field is named.
    """
    source = Path(path)
    try:
        payload = json.loads(source.read_text(encoding="utf-8"))
    except OSError as failure:
        reason = failure.strerror or "it cannot be read"
        raise InputFileError(f"expected a scenario file at {source}, but: {reason.lower()}; check the path") from None
    except ValueError:
        raise ConfigError(
            f"{source.name}: expected a scenario as UTF-8 JSON, got something else; check the file"
        ) from None
    with refusing_as_config_error(source.name):
        scenario = Scenario.model_validate(payload)
    return scenario.model_copy(update={"base": resolve_paths(scenario.base, source.parent)})


def _apply(settings: dict[str, Any], lever: Lever) -> None:
    *parents, field = lever.path.split(".")
    targets: list[Any] = [settings]
    for part in parents:
        targets = [child for target in targets for child in _children(target, part, lever)]
    for target in targets:
        if not isinstance(target, dict) or field not in target:
            raise _unknown(field, target, lever)
        target[field] = lever.value


def _children(target: Any, part: str, lever: Lever) -> list[Any]:
    """Step one part down: into an object's field, or to the members of a list by id; ad groups are found anywhere."""
    if isinstance(target, dict):
        if part == "ad_groups" and "campaigns" in target:
            return [[ad_group for campaign in target["campaigns"] for ad_group in campaign["ad_groups"]]]
        if part in target:
            return [target[part]]
    elif isinstance(target, list):
        members = [member for member in target if part == EVERY or part in _ids(member)]
        if members:
            return members
    raise _unknown(part, target, lever)


def _ids(member: Any) -> list[str]:
    """Return the ids that name a member of a list: the value of its own ``…_id`` field."""
    if not isinstance(member, Mapping):
        return []
    return [value for key, value in member.items() if key in ("ad_group_id", "campaign_id", "audience_id")]


def _unknown(part: str, target: Any, lever: Lever) -> LeverError:
    known = list(target) if isinstance(target, dict) else []
    if isinstance(target, list):
        known = [an_id for member in target for an_id in _ids(member)]
    close = difflib.get_close_matches(part, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known there: {', '.join(map(str, known)) or 'nothing'}"
    return LeverError(f"lever {lever.path!r}: {part!r} names no setting; {hint}")
