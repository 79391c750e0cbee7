import os
import subprocess
import sys

import pytest

from workbench.jit import IS_COMPILING, has_cpu_feature

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
    "variables", [{"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, {"NUMBA_DISABLE_JIT": "1"}]
)
def test_a_lesser_target_has_no_sha_instructions(variables):
    assert (
        output_of("from workbench.jit import has_cpu_feature; print(has_cpu_feature('sha'))", **variables) == "False\n"
    )


def test_an_unknown_feature_is_absent():
    assert not has_cpu_feature("no-such-feature")
    assert (os.environ.get("NUMBA_DISABLE_JIT", "0") == "0") == IS_COMPILING
