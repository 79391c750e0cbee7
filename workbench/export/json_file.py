"""Reading what somebody wrote down as JSON: audiences, targetings, ids."""

import json
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from workbench.audiences import AudienceSpec
from workbench.errors import FieldError, InputFileError
from workbench.regular_file import opened_regular_file
from workbench.validation import Written, complaint

_MOST_BYTES: Final = 64 << 20

_Model = TypeVar("_Model", bound=Written)


def read_json(path: Path, what: str) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What to call it in a refusal.

    Raises
    ------
    InputFileError
        If it cannot be read or holds no JSON.
    """
    with opened_regular_file(path) as file:
        content = file.read(_MOST_BYTES)
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # invalid UTF-8 too
        raise InputFileError(f"expected {what} as JSON in {path}, got something else; correct or export it") from None


def read_as(model: type[_Model], value: object, path: Path) -> _Model:
    """Read a value of a JSON file as a model.

    Parameters
    ----------
    model : type of Written
        What it should be.
    value : object
        What the file holds.
    path : Path
        The file, for a refusal.

    Raises
    ------
    FieldError
        Naming the file and the field.
    """
    try:
        return model.model_validate(value)
    except ValidationError as refusal:
        raise FieldError((path.name,), complaint(refusal, model)) from None


def read_specs(path: Path) -> dict[str, AudienceSpec]:
    """Read audiences: one, a list of them, or an object that holds them as ``audiences``.

    A scenario holds them so, and so do the definitions that a catalogue exports; of those, deleted ones are left out.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of str to AudienceSpec
        By id, in the order of the file.

    Raises
    ------
    InputFileError
        If it cannot be read or holds no JSON.
    FieldError
        If it holds something else than audiences, or two with one id.
    """
    value = read_json(path, "audiences")
    if isinstance(value, dict) and isinstance(value.get("base"), dict):
        value = value["base"]
    if isinstance(value, dict) and "audiences" in value:
        value = value["audiences"]
    written = value if isinstance(value, list) else [value]
    kept = [one for one in written if not (isinstance(one, dict) and one.get("is_deleted") is True)]
    specs = [read_as(AudienceSpec, one.get("spec", one) if isinstance(one, dict) else one, path) for one in kept]
    by_id = {spec.audience_id: spec for spec in specs}
    if len(by_id) < len(specs):
        raise FieldError((path.name, "audience_id"), "expected an id of its own for each audience, got one twice")
    return by_id
