"""Finding settings by their paths: ``ad_groups.2001.bid_cpm_micros``, ``market.bid_floor_cpm_micros``.

Parts are joined by dots. Ad groups, campaigns, ads and audiences are named by their ids, ``*`` means all of them, and
own ad groups are found whatever campaign they are in. The fields of the configuration's models say what is there, so
also what has no value yet is found: the cap of an ad group without one, or a factor for an audience that has none.
"""

import difflib
from collections.abc import Iterator
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from simulator.config import RunConfig
from simulator.errors import LeverError

EVERY = "*"
ID_FIELDS = ("ad_group_id", "ad_id", "campaign_id", "audience_id")
"""Fields that name the members of a list."""

MAX_SUGGESTIONS = 4


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
    choices : tuple of bool or str
        What it may be, where that is a choice among few; else empty.
    """

    path: str
    value: Any
    is_whole: bool
    choices: tuple[bool | str, ...] = ()


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
        Setting(place.path, value := place.owner.get(place.name), _is_whole(place.kind, value), _choices(place.kind))
        for place in _places(config.model_dump(mode="json"), path, is_one_setting=True)
    )


def set_at(settings: dict[str, Any], path: str, value: Any) -> None:
    """Give every setting that a path names a value, in a configuration as JSON has it.

    Parameters
    ----------
    settings : dict
        The configuration; changed in place.
    path : str
        As of a lever.
    value : object
        What JSON can hold. None takes an entry out of a table such as ``bid_multipliers``.

    Raises
    ------
    LeverError
        If the path names no setting.
    """
    for place in _places(settings, path, is_one_setting=not isinstance(value, dict | NoneType)):
        if value is None and place.is_entry:
            place.owner.pop(place.name, None)
        else:
            place.owner[place.name] = value


def id_of(member: Any) -> str | None:
    """Return the id that names a member of a list; None if it has none."""
    return next((member[field] for field in ID_FIELDS if field in member), None) if isinstance(member, dict) else None


class _Place(NamedTuple):
    """Where a setting is: its path, what holds it, its name there, the types it may have, whether it is an entry."""

    path: str
    owner: dict[str, Any]
    name: str
    kind: Any
    is_entry: bool


class _Target(NamedTuple):
    """Where a path has led so far: the way, what is there, and the types that may be."""

    way: str
    value: Any
    kind: Any


def _places(settings: dict[str, Any], path: str, *, is_one_setting: bool) -> list[_Place]:
    *parents, field = path.split(".")
    targets = [_Target("", settings, RunConfig)]
    for part in parents:
        targets = [child for target in targets for child in _children(target, part, path)]
    places = [_place(target, field, path) for target in targets]
    for target, place in zip(targets, places, strict=True):
        is_several = isinstance(place.owner.get(place.name), dict) or (not place.is_entry and _is_table(place.kind))
        if is_one_setting and is_several:
            raise _unknown(field, target, path)
    return places


def _place(target: _Target, field: str, path: str) -> _Place:
    if isinstance(target.value, dict):
        model = _model(target.kind, target.value)
        name = _field_name(model, field)
        if model is not None and name is not None:
            return _Place(target.way + name, target.value, name, model.model_fields[name].annotation, is_entry=False)
        entry = _entry(target.kind)
        if model is None and entry is not None:
            return _Place(target.way + field, target.value, field, entry, is_entry=True)
    raise _unknown(field, target, path)


def _children(target: _Target, part: str, path: str) -> list[_Target]:
    """Step one part down: into an object's field, or to the members of a list by id; ad groups are found anywhere."""
    way, value, kind = target
    if isinstance(value, list):
        members = [member for member in value if part in (EVERY, id_of(member))]
        if members and id_of(members[0]) is not None:
            return [_Target(f"{way}{id_of(member)}.", member, _member(kind)) for member in members]
    elif part == "ad_groups" and isinstance(value, dict) and "campaigns" in value:
        own = [ad_group for campaign in value["campaigns"] for ad_group in campaign["ad_groups"]]
        campaigns = _model(_member(RunConfig.model_fields["campaigns"].annotation), {})
        return [_Target(f"{way}{part}.", own, campaigns and campaigns.model_fields[part].annotation)]
    elif isinstance(value, dict):
        place = _place(target, part, path)
        if _model(place.kind, {}) is not None and value.get(place.name) is None:
            value[place.name] = {}  # what has no value yet gets one, and is checked as a whole afterwards
        if value.get(place.name) is not None:
            return [_Target(f"{place.path}.", value[place.name], place.kind)]
        return [_Target(f"{place.path}.", None, place.kind)]
    raise _unknown(part, target, path)


def _alternatives(kind: Any) -> Iterator[Any]:
    """Yield the types that a field may have, without the wrappings."""
    if get_origin(kind) is Annotated:
        yield from _alternatives(get_args(kind)[0])
    elif get_origin(kind) in (Union, UnionType):
        for one in get_args(kind):
            yield from _alternatives(one)
    elif kind is not NoneType:
        yield kind


def _model(kind: Any, value: dict[str, Any]) -> type[BaseModel] | None:
    """Return the model that describes a value; of several, the one of the value's ``type``."""
    models = [one for one in _alternatives(kind) if isinstance(one, type) and issubclass(one, BaseModel)]
    if len(models) > 1:
        tags = [get_args(one.model_fields["type"].annotation) if "type" in one.model_fields else () for one in models]
        models = [one for one, tag in zip(models, tags, strict=True) if value.get("type") in tag]
    return next(iter(models), None)


def _member(kind: Any) -> Any:
    """Return the type of a list's members."""
    return next((get_args(one)[0] for one in _alternatives(kind) if get_origin(one) in (list, tuple)), None)


def _entry(kind: Any) -> Any:
    """Return the type of a table's entries; None if it is no table."""
    return next((get_args(one)[1] for one in _alternatives(kind) if get_origin(one) is dict), None)


def _is_table(kind: Any) -> bool:
    return _entry(kind) is not None


def _is_whole(kind: Any, value: object) -> bool:
    if value is None:
        return int in _alternatives(kind)
    return isinstance(value, int) and not isinstance(value, bool)


def _choices(kind: Any) -> tuple[bool | str, ...]:
    (one, *others) = tuple(_alternatives(kind)) or (None,)
    if others or not isinstance(one, type):
        return ()
    if one is bool:
        return (True, False)
    return tuple(member.value for member in one) if issubclass(one, StrEnum) else ()


def _field_name(model: type[BaseModel] | None, part: str) -> str | None:
    """Return the field that a part names: as it is, or in the capitals of the platform's targeting keys."""
    return next((name for name in (part, part.lower()) if model and name in model.model_fields), None)


def _unknown(part: str, target: _Target, path: str) -> LeverError:
    known = _known(target)
    if part in known or part == EVERY:
        return LeverError(f"lever {path!r}: {part!r} is more than one setting; name one inside it")
    close = _meant(part, known, list(dict.fromkeys(_deeper(RunConfig, ""))) if target.kind is RunConfig else [])
    hint = (
        f"did you mean {' or '.join(map(repr, close))}?" if close else f"known there: {', '.join(known) or 'nothing'}"
    )
    return LeverError(f"lever {path!r}: {part!r} names no setting; {hint}")


def _meant(part: str, known: list[str], deeper: list[str]) -> list[str]:
    """Return the names, or paths of settings further inside, that were probably meant: a beginning counts most."""
    ends = {path: path.rsplit(".", 1)[-1] for path in (*known, *sorted(deeper))}
    is_word = len(part) > 2  # a shorter one is in everything
    begun = [path for path, end in ends.items() if is_word and end.startswith(part)]
    closest = difflib.get_close_matches(part, list(ends.values()), n=1)
    within = [path for path in ends if is_word and part in path]
    return (begun or [path for path, end in ends.items() if end in closest] or within)[:MAX_SUGGESTIONS]


def _deeper(kind: Any, way: str) -> Iterator[str]:
    """Yield the path of every field that is no object and no list of them, with ``*`` for ids; ad groups only once."""
    for one in _alternatives(kind):
        is_list = get_origin(one) in (list, tuple)
        model = _model(_member(one) if is_list else one, {})
        if model is None:
            if way and get_origin(one) is not dict:
                yield way.removesuffix(".")
            continue
        step = f"{way}{EVERY}." if is_list else way
        for name, field in model.model_fields.items():
            if not (model is RunConfig and name == "rival_campaigns"):
                yield from _deeper(field.annotation, f"{name}." if name == "ad_groups" else f"{step}{name}.")


def _known(target: _Target) -> list[str]:
    if isinstance(target.value, list):
        return [an_id for member in target.value if (an_id := id_of(member)) is not None]
    if isinstance(target.value, dict):
        model = _model(target.kind, target.value)
        fields = list(model.model_fields) if model else list(target.value)
        return [*fields, "ad_groups"] if model is RunConfig else fields
    return []
