"""Every notebook runs from top to bottom, on a universe small enough to be quick."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.house.project_files import ROOT, project_files
from workbench.universe import Universe
from workbench.widgets.project import UNIVERSE_VARIABLE

CELL_TIMEOUT_SECONDS = 120

NOTEBOOKS = [path.relative_to(ROOT) for path in project_files(".ipynb")]


def complaints(notebook: nbformat.NotebookNode) -> list[str]:
    """Return what went wrong without stopping the notebook: errors shown, and tracebacks of callbacks and threads."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    errors = [output["evalue"] for output in outputs if output["output_type"] == "error"]
    texts = [output["text"] for output in outputs if output["output_type"] == "stream" and output["name"] == "stderr"]
    return errors + [text for text in texts if "Traceback" in text or "Warning" in text]


def execute(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    client = NotebookClient(
        notebook, timeout=CELL_TIMEOUT_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    return client.execute()


@pytest.fixture(scope="module", autouse=True)
def _small_universe(sample_universe: Universe) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(UNIVERSE_VARIABLE, str(sample_universe.path))
        # The kernel would otherwise warn about the debugger's frozen modules, which is not the notebook's doing.
        patch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        yield


@pytest.mark.notebook
@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_notebook_runs_from_top_to_bottom(path: Path):
    executed = execute(nbformat.read(ROOT / path, as_version=4), (ROOT / path).parent)
    assert complaints(executed) == []


@pytest.mark.notebook
@pytest.mark.parametrize(
    "source", ["import sys; print('Traceback', file=sys.stderr)", "import warnings; warnings.warn('x')"]
)
def test_a_complaint_on_stderr_is_found(source, tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    assert complaints(execute(notebook, tmp_path))
