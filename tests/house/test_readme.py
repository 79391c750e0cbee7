"""The README's code is a test: it runs, and prints what the README says it prints."""

import re
import subprocess
import sys

import pytest

from tests.house.project_files import ROOT

EXAMPLE = re.compile(r"```python\n(?P<code>.*?)```.*?```text\n(?P<output>.*?)```", re.DOTALL)


def test_readme_example_prints_what_the_readme_says():
    example = EXAMPLE.search((ROOT / "README.md").read_text("utf-8"))
    assert example, "README.md shows a ```python block and, after it, its output in a ```text block"

    sample = ROOT / "data" / "generated" / "sample"
    assert sample.exists(), "the example runs on the sample universe; build it: python -m workbench universe sample"

    # A process of its own, as the reader would start it: no import, cache or warning filter of this one helps.
    run = subprocess.run(  # noqa: S603 - the command is this interpreter, the code is the project's own
        [sys.executable, "-W", "error", "-c", example["code"]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == example["output"].split()


@pytest.mark.parametrize("planted", ["no code", "```python\nprint(1)\n```\nno output"])
def test_a_readme_without_an_example_is_found(planted):
    assert EXAMPLE.search(planted) is None
