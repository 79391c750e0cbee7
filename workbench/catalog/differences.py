"""What differs between two versions, in words: which field was what and became what."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from workbench.audiences import AudienceSpec

LONGEST_SHOWN: Final = 120
_UNSEEN: Final = frozenset({"audience_id", "created_at", "type"})


def spec_differences(before: AudienceSpec, after: AudienceSpec) -> tuple[str, ...]:
    """Tell how an audience's versions differ.

    Parameters
    ----------
    before, after : AudienceSpec
        Two versions.

    Returns
    -------
    tuple of str
        A clause for each field that differs, such as ``retention_days: 30 became 60``; empty when none does.
    """
    return differences(_flat(before), _flat(after))


def differences(before: BaseModel | Mapping[str, Any], after: BaseModel | Mapping[str, Any]) -> tuple[str, ...]:
    """Tell how two values that JSON can hold differ, field by field, in the order of the fields.

    Parameters
    ----------
    before, after : model or mapping
        Two states of one thing.
    """
    old, new = _fields(before), _fields(after)
    names = [*old, *(name for name in new if name not in old)]
    changed = [name for name in names if old.get(name) != new.get(name) and name not in _UNSEEN]
    return tuple(clause for name in changed for clause in _clauses(name, old.get(name), new.get(name)))


def _flat(spec: AudienceSpec) -> dict[str, Any]:
    """Return the fields of a spec with those of its definition beside them, which is how people speak of them."""
    fields = spec.model_dump(mode="json")
    definition: dict[str, Any] = fields.pop("definition")
    return fields | definition


def _fields(value: BaseModel | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, BaseModel):
        return dict(value)
    fields: dict[str, Any] = value.model_dump(mode="json")
    return fields


def _clauses(name: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for inner in differences(old, new):
            yield f"{name}.{inner}"
    elif isinstance(old, list) and isinstance(new, list) and _is_set(old) and _is_set(new) and set(old) != set(new):
        parts = [
            f"{verb} {', '.join(map(_shown, sorted(few)))}"
            for verb, few in (("added", set(new) - set(old)), ("removed", set(old) - set(new)))
            if few
        ]
        yield f"{name}: {', '.join(parts)}"
    else:
        yield f"{name}: {_shown(old)} became {_shown(new)}"


def _is_set(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values) and len(set(values)) == len(values)


def _shown(value: Any) -> str:
    if value is None or value == []:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
