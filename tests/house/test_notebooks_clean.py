"""Notebooks are thin and clean: text and a few calls, no outputs, no functions of their own."""

import ast
import json
from pathlib import Path

import pytest

from tests.house.project_files import ROOT, project_files

MAX_CODE_LINES = 80
MAX_DASHBOARD_LINES = 25

NOTEBOOKS = [path.relative_to(ROOT) for path in project_files(".ipynb")]


def faults(notebook: dict, max_lines: int) -> list[str]:
    """Return what a committed notebook may not hold."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in cells]
    tree = ast.parse("\n".join(sources))
    n_lines = sum(
        1 for source in sources for line in source.splitlines() if line.strip() and not line.strip().startswith("#")
    )
    checks = {
        "outputs": any(cell["outputs"] for cell in cells),
        "execution counts": any(cell["execution_count"] is not None for cell in cells),
        "widget state": "widgets" in notebook["metadata"],
        "own functions or classes": any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in ast.walk(tree)
        ),
        f"more than {max_lines} code lines": n_lines > max_lines,
    }
    return [fault for fault, is_present in checks.items() if is_present]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_notebook_is_thin_and_clean(path: Path):
    max_lines = MAX_DASHBOARD_LINES if "dashboards" in path.parts else MAX_CODE_LINES
    assert faults(json.loads((ROOT / path).read_text("utf-8")), max_lines) == []


def planted(source: str = "x = 1", **cell) -> dict:
    code = {"cell_type": "code", "source": [source], "outputs": [], "execution_count": None} | cell
    return {"cells": [code], "metadata": {}}


@pytest.mark.parametrize(
    ("notebook", "fault"),
    [
        (planted(outputs=[{"output_type": "stream"}]), "outputs"),
        (planted(execution_count=1), "execution counts"),
        (planted() | {"metadata": {"widgets": {}}}, "widget state"),
        (planted("class Audience: ..."), "own functions or classes"),
        (planted("x = 1\n" * 3), "more than 2 code lines"),
    ],
)
def test_each_fault_is_found(notebook, fault):
    assert faults(notebook, max_lines=2) == [fault]
