"""Comparing the results of runs to the last bit."""

from dataclasses import fields

import numpy as np

from simulator.run import RunResult


def differences(one: RunResult, other: RunResult) -> list[str]:
    """Return the parts in which two results differ."""
    parts = {
        field.name: (getattr(one.ledger, field.name), getattr(other.ledger, field.name)) for field in fields(one.ledger)
    }
    parts["warnings"] = one.warnings, other.warnings
    return [name for name, (mine, its) in parts.items() if not are_same(mine, its)]


def are_same(one, other) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(are_same, one, other))
    return one == other
