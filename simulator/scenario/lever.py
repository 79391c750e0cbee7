"""A lever: one setting, or several of a kind, and the value that a scenario gives it."""

import json
import math
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, JsonValue, field_validator

from simulator.config import RunConfig, parse_config
from simulator.errors import LeverError
from simulator.scenario.settings import set_at
from workbench.errors import DefinitionError
from workbench.validation import Written


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: NumPy's numbers and tuples are taken for what they stand for."""
    if isinstance(value, tuple | list):
        return [_plain(member) for member in value]
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    return value.item() if hasattr(value, "item") else value


class Lever(Written):
    """One setting and the value it is given.

    Attributes
    ----------
    path : str
        Where the setting is, parts joined by dots; see `simulator.scenario.settings`.
    value : bool, int, float, str, list, dict or None
        Its value in the scenario, as JSON has it: an object where the setting is one, such as a frequency cap.
    """

    path: str = Field(min_length=1)
    value: Annotated[JsonValue, BeforeValidator(_plain)]

    @field_validator("value")
    @classmethod
    def _is_finite(cls, value: JsonValue) -> JsonValue:
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"expected a finite number, got {value}")
        return value

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

    @property
    def text(self) -> str:
        """The lever as `from_text` reads it."""
        value = self.value
        is_word = isinstance(value, str) and value.isidentifier() and value not in ("true", "false", "null")
        return f"{self.path}={value if is_word else json.dumps(value, ensure_ascii=False)}"


def with_levers_pulled(config: RunConfig, levers: Sequence[Lever], source: str) -> RunConfig:
    """Return a configuration with levers applied in order, checked as a whole.

    Parameters
    ----------
    config : RunConfig
        What they are pulled on.
    levers : sequence of Lever
        Any number; the later win.
    source : str
        What to call the result in a refusal.

    Raises
    ------
    LeverError
        If a path names no setting.
    ConfigError
        If a value is not legal there.
    """
    if not levers:
        return config
    settings = config.model_dump(mode="json")
    for lever in levers:
        set_at(settings, lever.path, lever.value)
    return parse_config(settings, source)
