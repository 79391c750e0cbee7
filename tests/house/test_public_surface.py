"""The public surface is a façade one can read in one screen, and every name on it says what it is."""

import importlib
import inspect
import pkgutil
from types import ModuleType

import pytest

from tests.house.project_files import PACKAGES, ROOT

MAX_FACADE_LINES = 40


def subpackages() -> list[str]:
    """Return the two packages and every package below them."""
    names = list(PACKAGES)
    for package in PACKAGES:
        walk = pkgutil.walk_packages([str(ROOT / package)], prefix=f"{package}.")
        names += [module.name for module in walk if module.ispkg]
    return names


def undocumented(module: ModuleType) -> list[str]:
    """Return the names of ``__all__`` that are callable or classes and have no docstring of their own."""
    return [
        name
        for name in getattr(module, "__all__", [])
        if callable(value := getattr(module, name)) and not inspect.getdoc(value)
    ]


@pytest.mark.parametrize("name", PACKAGES)
def test_facade_fits_one_screen(name):
    lines = (ROOT / name / "__init__.py").read_text("utf-8").splitlines()
    assert len(lines) <= MAX_FACADE_LINES


@pytest.mark.parametrize("name", subpackages())
def test_exported_names_exist_once_and_are_documented(name):
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", [])
    assert len(set(exported)) == len(exported)  # their order is ruff's RUF022
    assert [missing for missing in exported if not hasattr(module, missing)] == []
    assert undocumented(module) == []
    assert module.__doc__


def test_an_undocumented_name_is_found():
    planted = ModuleType("planted")
    planted.silent = lambda: None
    planted.__all__ = ["silent"]
    assert undocumented(planted) == ["silent"]
