"""Levers that a sweep moves: the values that each takes, as a list or between two ends.

A value is what the setting is set to; with ``is_factor`` it is what the base's own value is multiplied by, so that one
lever raises the bids of all ad groups by the same share.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from simulator.config import RunConfig
from simulator.errors import LeverError
from simulator.scenario import Lever, Setting, settings_named
from workbench.errors import DefinitionError
from workbench.validation import Written

LeverValue = bool | int | float | str | list[str] | list[float] | None
MAX_VALUES = 1_000
"""Values of one lever: a curve through more says nothing that it does not say."""

FACTOR_SIGN = "x"
_NUMBER = rf"({FACTOR_SIGN}?)([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)"
_RANGE = re.compile(rf"{_NUMBER}:{_NUMBER}(?::([0-9]+))?(?::(log))?")
_HOW_TO_WRITE = "PATH=VALUE,VALUE,… or PATH=LOW:HIGH:N, with :log behind it for equal ratios and x for factors"


class LeverValues(Written):
    """A lever and the values that it takes, numbers or not.

    Attributes
    ----------
    path : str
        Where the setting is, as of `simulator.scenario.Lever`.
    values : tuple
        What it is set to, one after the other; 1 to 1,000, all different.
    is_factor : bool
        Whether the values are factors on what the base has.
    """

    path: str = Field(min_length=1)
    values: tuple[LeverValue, ...] = Field(max_length=MAX_VALUES)
    is_factor: bool = False

    @model_validator(mode="after")
    def _takes_values(self) -> Self:
        if not self.values:
            raise ValueError("expected at least one value, got none, which leaves the design without a point; name one")
        texts = [json.dumps(value) for value in self.values]
        twice = next((text for place, text in enumerate(texts) if text in texts[:place]), None)
        if twice is not None:
            raise ValueError(f"expected different values, got {twice} twice; drop one")
        if self.is_factor:
            for value in self.values:
                _factor(value)
        return self


class LeverRange(Written):
    """A lever that takes numbers between two ends.

    Attributes
    ----------
    path : str
        Where the setting is, as of `simulator.scenario.Lever`.
    low, high : float
        The ends, both included.
    n_values : int or None
        How many values a grid takes, 2 to 1,000; designs that sample need none.
    is_logarithmic : bool
        Whether equal steps are equal ratios rather than equal differences.
    is_factor : bool
        Whether the numbers are factors on what the base has.
    """

    path: str = Field(min_length=1)
    low: float
    high: float
    n_values: Annotated[int, Field(ge=2, le=MAX_VALUES)] | None = None
    is_logarithmic: bool = False
    is_factor: bool = False

    @model_validator(mode="after")
    def _goes_up(self) -> Self:
        if self.high <= self.low:
            raise ValueError(f"expected the lower end first, got {self.low:g} and {self.high:g}; exchange them")
        if self.is_logarithmic and self.low <= 0:
            raise ValueError(f"expected a lower end above 0, got {self.low:g}: equal ratios never lead away from 0")
        if self.is_factor:
            _factor(self.low)
        return self


SweptLever = LeverValues | LeverRange


def swept_lever_from_text(text: str) -> SweptLever:
    """Read a lever as it is written on a command line.

    Parameters
    ----------
    text : str
        ``path=a,b,c``, each value as JSON or as a bare word; or ``path=low:high:n``, or ``path=low:high`` for designs
        that sample, with ``:log`` behind it for equal ratios. ``x`` before numbers makes them factors.

    Raises
    ------
    LeverError
        If the text is something else.
    """
    path, separator, value = text.partition("=")
    if not (path and separator and value):
        raise LeverError(f"expected a lever as {_HOW_TO_WRITE}; got {text[:80]!r}")
    try:
        found = _RANGE.fullmatch(value)
        if found is None:
            return _values_from_text(path, value)
        is_low_factor, low, is_high_factor, high, n_values, scale = found.groups()
        if is_low_factor != is_high_factor:
            raise LeverError(f"lever {path!r}: expected both ends or none as factors, got {value!r}")
        return LeverRange(
            path=path,
            low=float(low),
            high=float(high),
            n_values=None if n_values is None else int(n_values),
            is_logarithmic=scale is not None,
            is_factor=bool(is_low_factor),
        )
    except DefinitionError as refusal:
        raise LeverError(f"lever {path!r}: {refusal}") from None
    except ValueError:
        raise LeverError(f"lever {path!r}: expected numbers, got {value[:80]!r}") from None


def values_on_grid(lever: SweptLever, config: RunConfig) -> tuple[LeverValue, ...]:
    """Return the values that a lever takes on a grid, in order; a setting that is a whole number gets whole numbers.

    Raises
    ------
    LeverError
        If a range does not say how many, or so many whole numbers do not lie in it.
    """
    if isinstance(lever, LeverValues):
        return lever.values
    if lever.n_values is None:
        raise LeverError(f"lever {lever.path!r}: expected how many values a grid takes, got none; write LOW:HIGH:N")
    way = way_of(lever, config)
    values = tuple(way(step / (lever.n_values - 1)) for step in range(lever.n_values))
    n_different = len(set(map(str, values)))
    if n_different < len(values):
        raise LeverError(
            f"lever {lever.path!r}: expected {len(values)} values from {lever.low:g} to {lever.high:g}, but the "
            f"setting is a whole number and only {n_different} lie there; take fewer"
        )
    return values


def way_of(lever: SweptLever, config: RunConfig) -> Callable[[float], LeverValue]:
    """Return what leads from a share of a lever's way, 0 to 1, to its value there; each of several values has a part.

    Raises
    ------
    LeverError
        If the path names no setting.
    """
    if isinstance(lever, LeverValues):
        values = lever.values
        return lambda share: values[min(int(share * len(values)), len(values) - 1)]
    is_whole = not lever.is_factor and all(setting.is_whole for setting in settings_named(config, lever.path))
    return lambda share: _between(lever, share, is_whole=is_whole)


def levers_at(lever: SweptLever, value: LeverValue, config: RunConfig) -> tuple[Lever, ...]:
    """Return what is pulled on a base for a swept lever to have a value.

    Parameters
    ----------
    lever : LeverValues or LeverRange
        Which.
    value : bool, int, float, str, list or None
        One of its values.
    config : RunConfig
        The base.

    Returns
    -------
    tuple of Lever
        One; of factors one a setting that has an amount.

    Raises
    ------
    LeverError
        If the path names no setting, or no amount that a factor could multiply.
    """
    if not lever.is_factor:
        return (Lever(path=lever.path, value=value),)
    amounts = [setting for setting in settings_named(config, lever.path) if _is_amount(setting)]
    if not amounts:
        raise LeverError(f"lever {lever.path!r}: expected an amount that a factor can multiply, found none there")
    factor = _factor(value)
    return tuple(
        Lever(path=setting.path, value=round(setting.value * factor) if setting.is_whole else setting.value * factor)
        for setting in amounts
    )


def _values_from_text(path: str, text: str) -> LeverValues:
    try:
        values: list[Any] = json.loads(f"[{text}]")
        return LeverValues(path=path, values=tuple(values))
    except (json.JSONDecodeError, RecursionError):
        parts = text.split(",")
    factors = [part.removeprefix(FACTOR_SIGN) for part in parts]
    if all(part.startswith(FACTOR_SIGN) and _is_number(factor) for part, factor in zip(parts, factors, strict=True)):
        return LeverValues(path=path, values=tuple(map(float, factors)), is_factor=True)
    return LeverValues(path=path, values=tuple(map(_value_from_text, parts)))


def _value_from_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text  # a word such as EXACT needs no quotation marks


def _is_number(text: str) -> bool:
    return re.fullmatch(_NUMBER, text) is not None


def _factor(value: LeverValue) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError(f"expected factors above 0, got {json.dumps(value)}")
    return value


def _between(lever: LeverRange, share: float, *, is_whole: bool) -> int | float:
    if lever.is_logarithmic:
        value = math.exp(math.log(lever.low) * (1 - share) + math.log(lever.high) * share)
    else:
        value = lever.low * (1 - share) + lever.high * share
    value = min(max(value, lever.low), lever.high)  # rounding may lead past an end
    return round(value) if is_whole else value


def _is_amount(setting: Setting) -> bool:
    return isinstance(setting.value, int | float) and not isinstance(setting.value, bool)
