"""The auction's tests again in the kernels' other modes: as ordinary Python, and with every index checked.

Compiled code wraps its integers, has no exceptions and reads past the end of an array without a word; Python and
checked indices do not. Both modes are chosen when Numba is imported, so each needs a process of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = "tests/simulator/test_auction.py"
ON_MANY_MARKETS = "batches or order or money or census or unbiased"


def run_tests(*options: str, **environment: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS, *options]
    outcome = subprocess.run(  # noqa: S603 - this Python, and arguments of our own
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout[-5_000:] + outcome.stderr[-2_000:]
    assert " passed" in outcome.stdout


def test_kernels_are_ordinary_python_without_compilation():
    # uint64 arithmetic wraps on purpose; NumPy's scalars warn of it, compiled code does not.
    wrapping = "ignore:overflow encountered:RuntimeWarning"
    run_tests("-W", wrapping, "-k", f"not ({ON_MANY_MARKETS})", NUMBA_DISABLE_JIT="1")


def test_no_index_leaves_its_array(request: pytest.FixtureRequest):
    # Kept apart, because Numba does not ask compiled code whether it checks its indices.
    run_tests(NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=str(request.config.cache.mkdir("checked-kernels")))
