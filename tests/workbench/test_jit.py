import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np
import pytest

from workbench.jit import (
    IS_COMPILING,
    borrowing_kernel,
    has_cpu_feature,
    inner_kernel,
    kernel,
    telling_of_compilation,
    typed_once,
)

SUM_TWICE = """
import numpy as np
import {module}
from workbench.jit import telling_of_compilation

with telling_of_compilation(lambda is_compiling: print("compiling" if is_compiling else "done")):
    {module}.total(np.arange(3))
    {module}.total(np.arange(3.0))
"""
KERNEL = """
from workbench.jit import kernel

@kernel
def first(values):
    return values[0]

@kernel
def total(values):
    result = first(values)
    for i in range(1, values.size):
        result += values[i]
    return result
"""


PACKAGE = {
    "__init__": "",
    "constants": "FACTOR = 3\n",
    "inner": """
from workbench.jit import kernel
from {package} import constants

FACTOR = constants.FACTOR

@kernel
def scaled(value):
    return FACTOR * value + 1
""",
    "outer": """
from workbench.jit import kernel
from {package}.inner import scaled

@kernel
def answer(value):
    return scaled(value)
""",
}


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A package of two kernels, one of which calls the other; its folder."""
    folder = tmp_path / "scaling"
    folder.mkdir()
    for name, text in PACKAGE.items():
        (folder / f"{name}.py").write_text(text.replace("{package}", folder.name))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    return folder


def answer_of(package: Path) -> str:
    """Load a package as if for the first time, and return its answer, after a word on whether it compiled for it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == package.name]:
        del sys.modules[name]
    importlib.invalidate_caches()
    told = []
    with telling_of_compilation(told.append):
        answer = importlib.import_module(f"{package.name}.outer").answer(10)
    return f"compiles {answer}" if told else str(answer)


def edit(path: Path, old: str, new: str) -> None:
    """Change a module, and make sure that Python itself notices, which goes by size and time."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    for compiled in path.parent.glob("__pycache__/*.pyc"):
        compiled.unlink()


def output_of(code: str, **variables: str) -> str:
    """Return what a fresh Python prints."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_compilation_is_told_and_what_the_cache_has_is_not(tmp_path, monkeypatch):
    (tmp_path / "summing.py").write_text(KERNEL)
    monkeypatch.syspath_prepend(tmp_path)
    code = SUM_TWICE.format(module="summing")
    assert output_of(code) == "compiling\ndone\n" * 2  # once for each type of numbers; the inner kernel is not told
    assert output_of(code) == ""


@pytest.mark.parametrize(
    ("module", "old", "new", "answer"),
    [("inner", "+ 1", "+ 2", "32"), ("constants", "3", "4", "41")],
)
def test_a_change_of_what_a_kernel_calls_or_takes_from_elsewhere_is_noticed(package, module, old, new, answer):
    assert answer_of(package) == "compiles 31"
    assert answer_of(package) == "31"
    edit(package / f"{module}.py", old, new)
    assert answer_of(package) == f"compiles {answer}"
    assert answer_of(package) == answer


def test_code_is_kept_with_the_user_where_it_cannot_be_kept_beside_the_kernel(package, tmp_path):
    (package / "__pycache__").write_text("not a folder")  # which stops an administrator as well
    assert answer_of(package) == "compiles 31"
    assert answer_of(package) == "31"
    assert list((tmp_path / "cache").rglob("*answer*.nbc"))


def test_code_beside_a_kernel_is_read_also_where_it_cannot_be_written(package, tmp_path, monkeypatch):
    assert answer_of(package) == "compiles 31"

    def refuse_beside(dir):  # noqa: A002 - as it is called
        if Path(dir).name == "__pycache__":
            raise PermissionError(dir)
        return able(dir=dir)

    able = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse_beside)
    assert answer_of(package) == "31"
    assert not list((tmp_path / "cache").rglob("*.nbc"))


def test_kernels_work_where_nothing_can_be_kept(package, tmp_path):
    (package / "__pycache__").write_text("not a folder")
    (tmp_path / "cache").write_text("not a folder")
    assert answer_of(package) == answer_of(package) == "compiles 31"


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_damaged_code_is_compiled_anew(package, kind):
    answer_of(package)
    for path in package.rglob(f"*.{kind}"):
        path.write_bytes(path.read_bytes()[:20])
    assert answer_of(package) == "compiles 31"
    assert answer_of(package) == "31"


def test_another_folder_may_be_named(package, tmp_path, monkeypatch):
    answer_of(package)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "named"))
    assert answer_of(package) == "compiles 31"
    assert answer_of(package) == "31"


def test_another_process_notices_what_was_changed_between(package):
    code = "from scaling.outer import answer; print(answer(10))"
    assert output_of(code) == "31\n"
    edit(package / "inner.py", "+ 1", "+ 2")
    assert output_of(code) == "32\n"


@pytest.mark.parametrize(
    "variables", [{"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, {"NUMBA_DISABLE_JIT": "1"}]
)
def test_a_lesser_target_has_no_sha_instructions(variables):
    assert (
        output_of("from workbench.jit import has_cpu_feature; print(has_cpu_feature('sha'))", **variables) == "False\n"
    )


def test_an_unknown_feature_is_absent():
    assert not has_cpu_feature("no-such-feature")
    assert (os.environ.get("NUMBA_DISABLE_JIT", "0") == "0") == IS_COMPILING


@inner_kernel
def _twice(number):
    return 2 * number


@borrowing_kernel
def _four_times(number):
    return _twice(_twice(number))


def test_an_inner_kernel_is_called_by_kernels_and_by_nobody_else():
    assert _four_times(3) == 12
    with pytest.raises(TypeError, match="expected a kernel to call _twice, got a call from Python"):
        _twice(3)


class Basket(NamedTuple):
    weights: np.ndarray
    price: int


@kernel
def dearest(baskets: tuple[Basket, Basket], factor: float) -> float:
    costs = [basket.weights.sum() * basket.price for basket in baskets]
    return max(costs) * factor


def baskets(dtype: type) -> tuple[Basket, Basket]:
    return Basket(np.array([1, 2], dtype=dtype), 5), Basket(np.array([4], dtype=dtype), 3)


def test_a_kernel_that_is_typed_once_answers_as_the_kernel_does():
    for dtype in (np.int64, np.float64, np.int32):
        typed = typed_once(dearest)
        for factor in (1.0, 2.5):
            assert typed(baskets(dtype), factor) == dearest(baskets(dtype), factor) == 15 * factor


@pytest.mark.skipif(not IS_COMPILING, reason="ordinary Python has no types")
def test_a_kernel_that_is_typed_once_refuses_items_of_another_size():
    typed = typed_once(dearest)
    typed(baskets(np.int64), 1.0)
    with pytest.raises(TypeError, match="array"):
        typed(baskets(np.int32), 1.0)
