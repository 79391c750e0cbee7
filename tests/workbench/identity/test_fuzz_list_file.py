"""A short run of the fuzzer with a fixed seed; ``make fuzz`` runs it for as long as one likes."""

import importlib.util
import resource
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
N_RUNS = 1_000
MAX_SECONDS = 60


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is not installed; it exists for Linux on x86-64 only",
)
def test_a_short_run_of_the_fuzzer_finds_nothing(tmp_path):
    options = [
        f"-runs={N_RUNS}",
        "-seed=1",
        "-max_len=600",
        "-len_control=0",
        "-timeout=20",
        f"-artifact_prefix={tmp_path}/",
    ]
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-m", "tests.workbench.identity.fuzz_list_file", *options],
        cwd=PROJECT,
        capture_output=True,
        check=False,
        timeout=10 * MAX_SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS)),
    )
    log = done.stderr.decode(errors="replace")
    assert done.returncode == 0, log[-3000:]
    assert f"Done {N_RUNS} runs" in log
