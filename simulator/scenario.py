"""A scenario is a base configuration plus levers: what is, and what if.

A lever names one setting by a path and gives it another value: ``ad_groups.2001.bid_cpm_micros``,
``ad_groups.*.budget_micros``, ``third_party_data.is_enabled``, ``market.bid_floor_cpm_micros``. Ad groups, campaigns
and audiences are named by their ids, ``*`` means all of them. Applying levers builds a new configuration and checks it
as a whole, so a lever can never produce one that could not have been written by hand.
"""

import difflib
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from simulator.config import RunConfig, absolute_path, parse_config, refusing_as_config_error, with_paths
from simulator.errors import ConfigError, LeverError
from workbench.errors import DefinitionError
from workbench.regular_file import opened_regular_file
from workbench.validation import Written

EVERY = "*"
PATH_FIELDS = ("universe", "list_file")
"""Settings that are paths; in a file they are relative to it."""

MAX_FILE_BYTES = 16 * 2**20
"""No scenario written by people comes near it; a file that does is something else."""


class Lever(Written):
    """One setting and the value it is given.

    Attributes
    ----------
    path : str
        Where the setting is, parts joined by dots.
    value : bool, int, float, str, list of str or float, or None
        Its value in the scenario.
    """

    path: str = Field(min_length=1)
    value: bool | int | float | str | list[str] | list[float] | None

    @classmethod
    def from_text(cls, text: str) -> "Lever":
        """Read a lever as it is written on a command line: ``path=value``, the value as JSON or as a bare word.

        Raises
        ------
        LeverError
            If the text has no path or no value, or the value is none that a setting can have.
        """
        path, separator, value = text.partition("=")
        if not (path and separator and value):
            raise LeverError(f"expected a lever as PATH=VALUE, got {text[:80]!r}")
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            parsed = value  # a word such as EXACT needs no quotation marks
        try:
            return cls(path=path, value=parsed)
        except DefinitionError as refusal:
            raise LeverError(f"lever {path!r}: {refusal}") from None


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

    def on_universe(self, path: str | os.PathLike[str]) -> "Scenario":
        """Return the scenario on another universe, everything else as it is."""
        base = self.base.model_copy(update={"universe": os.fspath(path)})
        return Scenario(name=self.name, base=base, levers=self.levers)

    def with_paths(self, change: Callable[[str], str]) -> "Scenario":
        """Return the scenario with other paths of its universe and lists, each made from the old one."""
        levers = tuple(_with_path(lever, change) for lever in self.levers)
        return Scenario(name=self.name, base=with_paths(self.base, change), levers=levers)

    def without_folders(self) -> "Scenario":
        """Return the scenario with names of files and without their folders, which are nobody else's business."""
        return self.with_paths(_file_name)

    def with_levers(self, name: str, *levers: Lever) -> "Scenario":
        """Return a scenario on the same base with more levers pulled."""
        return Scenario(name=name, base=self.base, levers=(*self.levers, *levers))


class Setting(NamedTuple):
    """One setting of a configuration.

    Attributes
    ----------
    path : str
        Names it and nothing else.
    value : object
        What it is, as JSON has it.
    is_whole : bool
        Whether it is a whole number, such as an amount in micro-currency.
    """

    path: str
    value: Any
    is_whole: bool


def settings_named(config: RunConfig, path: str) -> tuple[Setting, ...]:
    """Return every setting that a lever's path names.

    Parameters
    ----------
    config : RunConfig
        Whose settings.
    path : str
        As of a lever; with ``*`` it may name several.

    Raises
    ------
    LeverError
        If it names none.
    """
    return tuple(
        Setting(alone, owner[name], _is_whole(name, owner[name]))
        for alone, owner, name in _places(config.model_dump(mode="json"), path)
    )


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
    UnknownAudienceError
        If a targeting names an audience that is not defined.
    """
    source = Path(path)
    payload = read_json(source)
    with refusing_as_config_error(source.name):
        scenario = Scenario.model_validate(payload)
    return scenario.with_paths(lambda name: absolute_path(name, source.parent))


def read_json(source: Path) -> object:
    """Read a file of JSON that somebody else named: bounded, and never a pipe.

    Raises
    ------
    InputFileError
        If the file is missing or cannot be read.
    ConfigError
        If it is too large or no JSON.
    """
    with opened_regular_file(source) as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ConfigError(
            f"{source.name}: expected a scenario of at most {MAX_FILE_BYTES // 2**20} MiB, got a larger file"
        )
    try:
        return json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise ConfigError(f"{source.name}: expected a scenario as JSON, got something else at {where}") from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{source.name}: expected a scenario as JSON in UTF-8, got something else") from None


def _file_name(path: str) -> str:
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]


def _with_path(lever: Lever, change: Callable[[str], str]) -> Lever:
    """Change the path that a lever sets, if it sets one."""
    if isinstance(lever.value, str) and lever.path.split(".")[-1].lower() in PATH_FIELDS:
        return Lever(path=lever.path, value=change(lever.value))
    return lever


def _apply(settings: dict[str, Any], lever: Lever) -> None:
    for _, target, name in _places(settings, lever.path):
        target[name] = lever.value


def _places(settings: dict[str, Any], path: str) -> list[tuple[str, dict[str, Any], str]]:
    """Find every place that a path names: the path to it alone, the object that holds it, and its name there."""
    *parents, field = path.split(".")
    targets: list[tuple[str, Any]] = [("", settings)]
    for part in parents:
        targets = [(f"{way}{name}.", child) for way, target in targets for name, child in _children(target, part, path)]
    found = []
    for way, target in targets:
        name = _field_name(target, field)
        if name is None or isinstance(target[name], dict):
            raise _unknown(field, target, path)
        found.append((way + name, target, name))
    return found


def _children(target: Any, part: str, path: str) -> list[tuple[str, Any]]:
    """Step one part down: into an object's field, or to the members of a list by id; ad groups are found anywhere."""
    if isinstance(target, list):
        members = [member for member in target if part == EVERY or part in _ids(member)]
        if members:
            return [(next(iter(_ids(member)), part), member) for member in members]
    elif part == "ad_groups" and isinstance(target, dict) and "campaigns" in target:
        return [(part, [ad_group for campaign in target["campaigns"] for ad_group in campaign["ad_groups"]])]
    else:
        name = _field_name(target, part)
        if name is not None:
            return [(name, target[name])]
    raise _unknown(part, target, path)


def _is_whole(name: str, value: object) -> bool:
    # A setting without a value does not show its type, but money is whole by its name.
    return name.endswith("_micros") if value is None else isinstance(value, int) and not isinstance(value, bool)


def _field_name(target: Any, part: str) -> str | None:
    """Return the field that a part names: as it is, or in the capitals of the platform's targeting keys."""
    if not isinstance(target, dict):
        return None
    return next((name for name in (part, part.lower()) if name in target), None)


def _ids(member: Any) -> list[str]:
    """Return the ids that name a member of a list: the value of its own ``…_id`` field."""
    if not isinstance(member, Mapping):
        return []
    return [value for key, value in member.items() if key in ("ad_group_id", "campaign_id", "audience_id")]


def _unknown(part: str, target: Any, path: str) -> LeverError:
    known = list(target) if isinstance(target, dict) else []
    if isinstance(target, list):
        known = [an_id for member in target for an_id in _ids(member)]
    if part in known or part == EVERY:
        return LeverError(f"lever {path!r}: {part!r} is more than one setting; name one inside it")
    names = list(map(str, known))
    # A part of a name, such as "bid", is no close match of any and yet meant.
    close = difflib.get_close_matches(part, names, n=1) or [name for name in names if len(part) > 2 and part in name]
    quoted = " or ".join(map(repr, close))
    hint = f"did you mean {quoted}?" if close else f"known there: {', '.join(names) or 'nothing'}"
    return LeverError(f"lever {path!r}: {part!r} names no setting; {hint}")
