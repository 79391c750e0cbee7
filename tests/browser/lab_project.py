"""A copy of the project for JupyterLab, which saves a notebook by itself, with its outputs; and how it is run there."""

import json
import shutil
from pathlib import Path

from playwright.sync_api import Page

from tests.house.project_files import ROOT

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
ANALYST = Path("notebooks") / "analyst"
COMPLAINTS = ".jp-OutputArea-output[data-mime-type*=stderr], .jp-OutputArea-output[data-mime-type*=error]"
PANELS = ".jp-OutputArea-output:has(.wb)"  # the rest is JupyterLab's own; its theme, not the system's scheme, decides
KERNEL_IS_IDLE = """() => {
  const session = window.jupyterapp?.shell?.currentWidget?.sessionContext?.session;
  return session?.kernel?.status === "idle";
}"""


def copy_project(folder: Path) -> None:
    """Copy the notebooks and the samples that they read."""
    unwanted = shutil.ignore_patterns(".ipynb_checkpoints", "lists")
    for part in (Path("notebooks"), Path("data") / "samples"):
        shutil.copytree(ROOT / part, folder / part, ignore=unwanted)


def add_cells(notebook: Path, *codes: str) -> None:
    """Write more cells at the end of a notebook, as its reader would; a notebook that is not there is a new one."""
    empty = {"cells": [], "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}
    content = json.loads(notebook.read_text("utf-8")) if notebook.exists() else empty
    common = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    content["cells"] += [common | {"id": f"added-{place}", "source": code} for place, code in enumerate(codes)]
    notebook.write_text(json.dumps(content), "utf-8")


def wait_for_kernel(page: Page) -> None:
    """Wait until the kernel of the notebook that is open has nothing to do."""
    page.wait_for_function(KERNEL_IS_IDLE)


def run_all_cells(page: Page) -> None:
    """Run the notebook that is open, as soon as its kernel is there."""
    wait_for_kernel(page)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
