"""A scenario is a base configuration plus levers: what is, and what if.

Applying levers builds a new configuration and checks it as a whole, so a lever can never produce one that could not
have been written by hand. A scenario is one value that can be printed, saved and run again to the same last bit: it
holds the seed, and the version of the model that it was made with.
"""

import os
import re
from collections.abc import Callable
from datetime import datetime
from typing import Self, TypeVar

from pydantic import Field, model_validator

from simulator.config import RunConfig, with_paths
from simulator.errors import ConfigError
from simulator.model_version import MODEL_VERSION
from simulator.scenario.lever import Lever, with_levers_pulled
from workbench.audiences import LIST_FILE_FIELDS
from workbench.validation import Written

PATH_FIELDS = ("universe", *LIST_FILE_FIELDS)
"""Settings that are paths; in a file they are relative to it."""


class PastVersion(Written):
    """A scenario as it was before somebody saved another version of it.

    Attributes
    ----------
    version : int
        Its number, from 1.
    replaced_at : datetime
        When the next version took its place.
    changes : tuple of str
        What that one changed, in words.
    name, description, base, levers, model_version
        As of the scenario then.
    """

    version: int = Field(ge=1)
    replaced_at: datetime
    changes: tuple[str, ...]
    name: str = Field(min_length=1)
    description: str = ""
    base: RunConfig
    levers: tuple[Lever, ...] = ()
    model_version: int = Field(default=MODEL_VERSION, ge=1)


class Scenario(Written):
    """A named base configuration and the levers that are pulled on it.

    Attributes
    ----------
    name : str
        What people call it.
    description : str
        What it is for.
    version : int
        How often it has been saved with changes, from 1.
    model_version : int
        Version of the model that it was made with, see `note`.
    base : RunConfig
        The configuration the levers start from.
    levers : tuple of Lever
        Applied in order.
    history : tuple of PastVersion
        What it was before, the first version first.
    """

    name: str = Field(min_length=1)
    description: str = ""
    version: int = Field(default=1, ge=1)
    model_version: int = Field(default=MODEL_VERSION, ge=1)
    base: RunConfig
    levers: tuple[Lever, ...] = ()
    history: tuple[PastVersion, ...] = ()

    @model_validator(mode="after")
    def _counts_its_versions(self) -> Self:
        numbers = [past.version for past in self.history]
        if numbers != sorted(set(numbers)) or any(number >= self.version for number in numbers):
            raise ValueError(f"history holds the versions before {self.version}, the first one first; correct it")
        return self

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
        return with_levers_pulled(self.base, self.levers, f"scenario {self.name!r}")

    @property
    def note(self) -> str | None:
        """What a reader should know where the model is not the one that the scenario was made with; else None."""
        if self.model_version == MODEL_VERSION:
            return None
        which = "an earlier" if self.model_version < MODEL_VERSION else "a later"
        return (
            f"Scenario {self.name!r} was made with {which} version of the model ({self.model_version}, this is "
            f"{MODEL_VERSION}), so its figures are not those of then."
        )

    def on_universe(self, path: str | os.PathLike[str]) -> "Scenario":
        """Return the scenario on another universe, everything else as it is."""
        return self.model_copy(update={"base": self.base.model_copy(update={"universe": os.fspath(path)})})

    def with_paths(self, change: Callable[[str], str]) -> "Scenario":
        """Return the scenario with other paths of its universe and lists, now and before, each made from the old."""
        history = tuple(_with_paths(past, change) for past in self.history)
        return _with_paths(self, change).model_copy(update={"history": history})

    def without_folders(self) -> "Scenario":
        """Return the scenario with names of files and without their folders, which are nobody else's business."""
        return self.with_paths(_file_name)

    def with_levers(self, name: str, *levers: Lever) -> "Scenario":
        """Return a new scenario on the same base with more levers pulled."""
        return Scenario(name=name, base=self.base, levers=(*self.levers, *levers), model_version=self.model_version)

    def at_version(self, version: int) -> "Scenario":
        """Return the scenario as it was, with the history that it had.

        Raises
        ------
        ConfigError
            If there has been no such version.
        """
        if version == self.version:
            return self
        past = next((past for past in self.history if past.version == version), None)
        if past is None:
            known = ", ".join(map(str, [*(past.version for past in self.history), self.version]))
            raise ConfigError(f"expected a version of scenario {self.name!r} ({known}), got {version}")
        return Scenario(
            history=tuple(each for each in self.history if each.version < version),
            **{name: getattr(past, name) for name in PastVersion.model_fields if name in Scenario.model_fields},
        )


S = TypeVar("S", Scenario, PastVersion)


def _with_paths(scenario: S, change: Callable[[str], str]) -> S:
    """Change every path in a scenario: those of its base, and those that its levers set."""
    levers = tuple(_with_path(lever, change) for lever in scenario.levers)
    return scenario.model_copy(update={"base": with_paths(scenario.base, change), "levers": levers})


def _with_path(lever: Lever, change: Callable[[str], str]) -> Lever:
    """Change the path that a lever sets, if it sets one."""
    if isinstance(lever.value, str) and lever.path.split(".")[-1].lower() in PATH_FIELDS:
        return Lever(path=lever.path, value=change(lever.value))
    return lever


def _file_name(path: str) -> str:
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]
