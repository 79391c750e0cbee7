"""One source of dependencies: pyproject.toml; the lock pins it, environment.yml repeats it for conda."""

import re
import tomllib

import pytest
import yaml

from tests.house.project_files import ROOT

# Where conda-forge names a package differently from PyPI.
CONDA_NAMES = {"duckdb": "python-duckdb", "playwright": "playwright-python"}
# What conda-forge does not have, so that conda leaves it to pip.
NOT_ON_CONDA = {"atheris", "axe-playwright-python", "polars-hash"}
# What only conda writes down: the interpreter and the installer.
CONDA_ONLY = {"python", "pip"}


def lower_bounds(requirements: list[str]) -> dict[str, str]:
    bounds = {}
    for requirement in requirements:
        name, separator, version = requirement.partition(";")[0].partition(">=")
        assert separator, f"{requirement}: every dependency has a lower bound and nothing else"
        bounds[name] = version
    return bounds


def unpinned_requirements(lock: str) -> list[str]:
    """Return the requirements of a lock that have no exact version or no hash."""
    requirements = [line for line in lock.replace("\\\n", " ").splitlines() if line.strip()]
    pinned = re.compile(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}")
    return [line.split(" ")[0] for line in requirements if not pinned.match(line)]


def addresses(text: str) -> list[str]:
    return re.findall(r"\S*(?:://|--index-url|--find-links|\bfile:)\S*", text)


@pytest.fixture
def project() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture
def lock() -> str:
    return (ROOT / "requirements.lock").read_text("utf-8")


def test_environment_yml_names_the_same_dependencies_with_the_same_lower_bounds(project):
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    declared = lower_bounds(project["project"]["dependencies"]) | lower_bounds(project["dependency-groups"]["dev"])
    conda = lower_bounds([entry for entry in environment["dependencies"] if isinstance(entry, str) and ">" in entry])
    python = conda.pop("python")
    *by_pip, _ = environment["dependencies"][-1]["pip"]
    conda |= lower_bounds(by_pip)

    assert conda == {CONDA_NAMES.get(name, name): version for name, version in declared.items()}
    assert f">={python}" == project["project"]["requires-python"]
    assert environment["channels"] == ["conda-forge"]


def test_environment_yml_adds_nothing_of_its_own():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    unbounded = [entry for entry in environment["dependencies"] if isinstance(entry, str) and ">" not in entry]
    assert set(unbounded) <= CONDA_ONLY
    *by_pip, last = environment["dependencies"][-1]["pip"]
    assert set(lower_bounds(by_pip)) == NOT_ON_CONDA
    assert last == "--editable ."


def test_lock_pins_every_requirement_by_version_and_hash(lock):
    assert unpinned_requirements(lock) == []


def test_lock_covers_every_declared_dependency(project, lock):
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    declared = lower_bounds(project["project"]["dependencies"]) | lower_bounds(project["dependency-groups"]["dev"])
    assert set(declared) <= locked


def test_lock_and_environment_hold_no_address(lock):
    assert addresses(lock) == []
    assert addresses((ROOT / "environment.yml").read_text("utf-8")) == []


@pytest.mark.parametrize(
    "planted",
    ["numpy>=2.2 \\\n    --hash=sha256:" + "0" * 64, "numpy==2.2", "numpy @ file:///numpy.whl"],
)
def test_a_loose_requirement_is_found(planted):
    assert unpinned_requirements(planted) == [planted.split(" ")[0]]


@pytest.mark.parametrize("planted", ["--index-url https://registry.example/simple", "x @ file:x.whl"])
def test_an_address_is_found(planted):
    assert addresses(planted)
