"""Every module has its place in the layers; the directions themselves are held by import-linter."""

import re
import tomllib

from tests.house.project_files import PACKAGES, ROOT


def layered_modules() -> set[str]:
    """Return the modules that the first import contract names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = next(c for c in project["tool"]["importlinter"]["contracts"] if c["id"] == "layers")["layers"]
    return {module for layer in layers for module in re.findall(r"[\w.]+", layer)}


def existing_modules() -> set[str]:
    """Return the modules and packages directly below the two packages."""
    below = [path for package in PACKAGES for path in (ROOT / package).iterdir()]
    modules = [path for path in below if path.suffix == ".py" or (path / "__init__.py").is_file()]
    return {f"{path.parent.name}.{path.stem}" for path in modules} - {f"{package}.__init__" for package in PACKAGES}


def test_no_module_stands_outside_the_layers():
    # A module without a place would be free to import anything.
    assert existing_modules() - layered_modules() == set()
