"""Levers of sweeps by the names that people have for them, and those that are offered, with the values to begin with.

Offered is what a sweep can move: amounts and other numbers, and choices among few. With several ad groups, the bids of
all, and the budgets of all, are moved together by a factor.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from simulator.config import RunConfig
from simulator.errors import ConfigError, LeverError
from simulator.money import MICROS
from simulator.scenario import EVERY, Lever, LeverKind, Setting, Unit, levers_of, with_levers_pulled
from simulator.scenario.difference_in_words import member_names, shown_setting
from simulator.sweeps.swept_lever import LeverRange, LeverValue, LeverValues, SweptLever

NUMBERS: Final = (Unit.DOLLARS_CPM, Unit.DOLLARS, Unit.SHARE, Unit.FACTOR, Unit.COUNT, Unit.DAYS, Unit.HOURS)
CHOICES: Final = (Unit.SWITCH, Unit.WORD)
SCALES: Final = {Unit.DOLLARS_CPM: MICROS, Unit.DOLLARS: MICROS, Unit.SHARE: 0.01}
"""What one of a unit that people write, such as a dollar or a percent, is in the setting."""

SIGNS: Final = {Unit.DOLLARS_CPM: "$ CPM", Unit.DOLLARS: "$", Unit.SHARE: "%", Unit.DAYS: "days", Unit.HOURS: "hours"}
TOGETHER: Final = {"ad_groups.*.bid_cpm_micros": "All bids", "ad_groups.*.budget_micros": "All budgets"}
"""Kinds that are offered as factors on the amounts of all ad groups, and what those are called."""

PERIODS: Final = "budget_type"
"""Daily or for the flight: not offered, as the same amount means something else then."""

CENT: Final = MICROS // 100
N_VALUES: Final = 7
N_WHOLE: Final = 5
FACTORS: Final = (0.5, 2.0)


class OfferedLever(NamedTuple):
    """A lever that can be swept.

    Attributes
    ----------
    path : str
        Of the setting, or with ``*`` of several.
    name : str
        What people call it: "New people: bid".
    unit : Unit
        What its value is.
    value : bool, int, float, str or None
        What it is in the scenario; None where it has no value, or where several are moved together.
    usual : LeverRange or LeverValues
        What it takes to begin with.
    is_whole : bool
        Whether people write it as a whole number.
    """

    path: str
    name: str
    unit: Unit
    value: LeverValue
    usual: SweptLever
    is_whole: bool

    @property
    def scale(self) -> float:
        """What one of the unit that people write is in the setting."""
        return 1 if self.usual.is_factor else SCALES.get(self.unit, 1)

    @property
    def sign(self) -> str:
        """The unit that people write: "$ CPM", "%", "days", "× planned"; empty where there is none."""
        return "× planned" if self.usual.is_factor else SIGNS.get(self.unit, "")

    @property
    def title(self) -> str:
        """Name and unit, for an axis or the head of a column."""
        return f"{self.name}, {self.sign}" if self.sign else self.name

    def shown(self, value: LeverValue) -> str:
        """Write one of its values for people."""
        if self.usual.is_factor:
            return f"×{value:.4g}"
        if self.unit is Unit.WORD:
            return str(value).lower().replace("_", " ")
        if isinstance(value, float):
            return f"{value / self.scale:,.4g}{' %' if self.unit is Unit.SHARE else ''}"
        if self.unit in (Unit.DOLLARS, Unit.DOLLARS_CPM) and isinstance(value, int) and value % CENT:
            return f"${value / MICROS:,.4g}"  # steps of a range need not be whole cents
        return shown_setting(value, self.unit)

    def level(self, value: LeverValue) -> float | str:
        """Return one of its values as a place on an axis: a number in the unit that people write, or words."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.shown(value)
        return value / self.scale


def offered_levers(config: RunConfig) -> tuple[OfferedLever, ...]:
    """Return every lever that is offered for a sweep over a configuration, in the order of their kinds.

    Parameters
    ----------
    config : RunConfig
        What they would be pulled on.
    """
    names, found = _names(config), list(levers_of(config))
    offered = []
    for path, name in TOGETHER.items():
        amounts = [setting for kind, setting in found if kind.path == path and setting.value is not None]
        if len(amounts) > 1:
            offered.append(_together(path, name))
    for kind, setting in found:
        usual = None if kind.path.endswith(PERIODS) else _usual(config, kind, setting)
        if usual is not None:
            is_whole = setting.is_whole and kind.unit not in SCALES
            name = _name(kind, setting.path, names)
            offered.append(OfferedLever(setting.path, name, kind.unit, setting.value, usual, is_whole))
    return tuple(offered)


def offer_of(offered: Iterable[OfferedLever], lever: SweptLever) -> OfferedLever:
    """Return what a lever is offered as.

    Raises
    ------
    LeverError
        If it is not offered.
    """
    for each in offered:
        if (each.path, each.usual.is_factor) == (lever.path, lever.is_factor):
            return each
    raise LeverError(
        f"expected a lever that the scenario offers for a sweep, got {lever.path[:80]!r}"
        f"{' as a factor' if lever.is_factor else ''}; offered_levers lists them"
    )


def named_levers(config: RunConfig, levers: Iterable[SweptLever]) -> tuple[OfferedLever, ...]:
    """Return levers by the names that people have for them, offered or not; by their paths where there are none.

    Parameters
    ----------
    config : RunConfig
        What they are pulled on.
    levers : iterable of LeverRange or LeverValues
        Any.
    """
    names, found = _names(config), list(levers_of(config))
    return tuple(_named(lever, found, names) for lever in levers)


def _named(
    lever: SweptLever, found: Iterable[tuple[LeverKind, Setting]], names: Mapping[str, Mapping[str, str]]
) -> OfferedLever:
    if lever.is_factor and lever.path in TOGETHER:
        return _together(lever.path, TOGETHER[lever.path])
    for kind, setting in found:
        if lever.path == setting.path:
            return OfferedLever(lever.path, _name(kind, lever.path, names), kind.unit, setting.value, lever, False)
        if lever.path == kind.path:
            name = f"All {kind.path.split('.')[0].replace('_', ' ')}: {kind.label}"
            return OfferedLever(lever.path, name, kind.unit, None, lever, False)
    return OfferedLever(lever.path, lever.path, Unit.LIST, None, lever, False)


def _names(config: RunConfig) -> dict[str, dict[str, str]]:
    return {what: member_names(what, config) for what in ("ad_groups", "audiences", "campaigns", "rival_campaigns")}


def _together(path: str, name: str) -> OfferedLever:
    low, high = FACTORS
    usual = LeverRange(path=path, low=low, high=high, n_values=N_VALUES, is_factor=True)
    return OfferedLever(path, name, Unit.FACTOR, None, usual, is_whole=False)


def _name(kind: LeverKind, path: str, names: Mapping[str, Mapping[str, str]]) -> str:
    ways = list(zip(kind.path.split("."), path.split("."), strict=True))
    ids = [part for star, part in ways if star == EVERY]
    what = ways[0][0]
    if what not in names:
        return kind.label[0].upper() + kind.label[1:]
    owner = f"Audience {names[what][ids[0]]}" if what == "audiences" else names[what][ids[0]]
    of_audience = f" for {names['audiences'][ids[1]]}" if len(ids) > 1 else ""
    return f"{owner}: {kind.label}{of_audience}"


def _usual(config: RunConfig, kind: LeverKind, setting: Setting) -> SweptLever | None:
    """Return all choices that are legal, or a range around what is there; None if a sweep cannot move the setting."""
    if kind.unit in CHOICES and setting.value is not None:
        choices = tuple(value for value in setting.choices if _is_legal(config, setting, value))
        return LeverValues(path=setting.path, values=choices) if len(choices) > 1 else None
    return _usual_range(config, kind, setting) if kind.unit in NUMBERS else None


def _usual_range(config: RunConfig, kind: LeverKind, setting: Setting) -> LeverRange | None:
    """Return half to twice what is there, or only one side of it where the other is not legal."""
    now = setting.value or _example(kind)
    low, high = now / 2, now * 2
    is_counted = setting.is_whole and kind.unit not in SCALES
    if is_counted:
        low = max(1, round(low))
        high = max(round(high), low + N_WHOLE - 1)
    low, high = (end if _is_legal(config, setting, _as(setting, end)) else now for end in (low, high))
    # One without a value may need others first, as the window of a cap does: then nothing is legal.
    if low >= high or not _is_legal(config, setting, _as(setting, now)):
        return None
    n_values = min(N_VALUES, round(high - low) + 1) if is_counted else N_VALUES
    return LeverRange(path=setting.path, low=low, high=high, n_values=n_values)


def _as(setting: Setting, value: float) -> float:
    return round(value) if setting.is_whole else value


def _is_legal(config: RunConfig, setting: Setting, value: LeverValue) -> bool:
    try:
        with_levers_pulled(config, (Lever(path=setting.path, value=value),), "example")
    except (ConfigError, LeverError):
        return False
    return True


def _example(kind: LeverKind) -> float:
    value: float = json.loads(kind.example)
    return value
