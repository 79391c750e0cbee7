"""Scenarios as JSON files: read whatever somebody wrote, write so that nothing is lost.

A file holds all that a run depends on, with every default written out, so that a later program with other defaults
runs the same. Paths in it are relative to the file: a project's folder can be moved and mailed. Saving over an earlier
version keeps that in the history; saving over what somebody else has saved meanwhile is refused.
"""

import json
import os
from pathlib import Path

from simulator.config import absolute_path, refusing_as_config_error
from simulator.errors import ConfigError
from simulator.model_version import MODEL_VERSION
from simulator.scenario.difference_in_words import describe_difference
from simulator.scenario.scenario import PastVersion, Scenario
from workbench.clock import Clock, system_clock
from workbench.errors import ConflictError
from workbench.regular_file import opened_regular_file
from workbench.whole_file import write_whole_file

MAX_FILE_BYTES = 16 * 2**20
"""No scenario written by people comes near it; a file that does is something else."""


def load_scenario(path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario from a JSON file.

    Parameters
    ----------
    path : path-like
        File with an object of ``name``, ``base`` and optionally more; paths in it are relative to the file.

    Returns
    -------
    Scenario
        With absolute paths. Its ``note`` says so if it was made with another version of the model.

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


def save_scenario(scenario: Scenario, path: str | os.PathLike[str], clock: Clock = system_clock) -> Scenario:
    """Write a scenario to a JSON file: a new one, or the next version of the one that is there.

    Parameters
    ----------
    scenario : Scenario
        What to save; if the file is there already, this was read from it, or is what the last save returned.
    path : path-like
        Where.
    clock : Clock
        Says when an earlier version was replaced.

    Returns
    -------
    Scenario
        As it was saved: with the next version number and the earlier version in its history. If nothing differs from
        what is there, that, and the file stays as it is.

    Raises
    ------
    InputFileError
        If the file cannot be read or written.
    ConfigError
        If something else is there, or the history has grown too long.
    ConflictError
        If the file holds another version than this one was made from; it stays as it is.
    """
    target = Path(path)
    scenario = saved = scenario.with_paths(os.path.realpath)
    if os.path.lexists(target):
        stored = load_scenario(target)
        if _content(stored) == _content(scenario.model_copy(update={"model_version": MODEL_VERSION})):
            return stored
        if stored.version != scenario.version or stored.history != scenario.history:
            raise ConflictError(
                f"expected version {scenario.version} of {scenario.name!r} in {target.name}, found version "
                f"{stored.version} of {stored.name!r}, which somebody saved meanwhile; load it and make the change "
                "there, or save under another name"
            )
        saved = _next_version(stored, scenario, clock)
    text = _text(saved, target)
    write_whole_file(target, text, "the scenario")
    return saved


def _next_version(stored: Scenario, scenario: Scenario, clock: Clock) -> Scenario:
    fields = {name: getattr(stored, name) for name in PastVersion.model_fields if name in Scenario.model_fields}
    past = PastVersion(replaced_at=clock(), changes=tuple(_changes(stored, scenario)), **fields)
    update = {
        "version": stored.version + 1,
        "model_version": MODEL_VERSION,
        "history": (*stored.history, past),
    }
    return scenario.model_copy(update=update)


def _changes(stored: Scenario, scenario: Scenario) -> list[str]:
    """Tell what a new version changes: the scenario's own words, and what it comes to."""
    texts = [
        f"{what} {before!r} → {after!r}"
        for what, before, after in (
            ("Name", stored.name, scenario.name),
            ("Description", stored.description, scenario.description),
            ("Model version", stored.model_version, MODEL_VERSION),
        )
        if before != after
    ]
    texts += describe_difference(stored, scenario)
    # Levers that set what the base has, or were made part of it, change the writing and not what is run.
    return texts or ["Written otherwise, with the same settings"]


def _content(scenario: Scenario) -> Scenario:
    """Return what a version consists of."""
    return scenario.model_copy(update={"version": 1, "history": ()})


def _text(scenario: Scenario, target: Path) -> str:
    folder = os.path.realpath(target.parent)

    def relative(place: str) -> str:
        try:
            return Path(os.path.relpath(os.path.realpath(place), folder)).as_posix()
        except ValueError:  # another drive
            return place

    text = scenario.with_paths(relative).model_dump_json(by_alias=True, indent=2) + "\n"
    if len(text.encode()) > MAX_FILE_BYTES:
        raise ConfigError(
            f"expected a scenario of at most {MAX_FILE_BYTES // 2**20} MiB with its history of "
            f"{len(scenario.history)} versions, got a larger one; save it under another name, without a history"
        )
    return text


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
