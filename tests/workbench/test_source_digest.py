import ast
import sys
from pathlib import Path

import pytest

import simulator.kernels.auction
import workbench.identity.kernels.digest_spans
from workbench.source_digest import source_digest


def parsed_imports(path: Path) -> set[str]:
    """Return what a module imports according to Python's own parser."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names & sys.modules.keys()


def own_modules(module_name: str) -> dict[str, Path]:
    """Return a kernel's module and those it imports, directly or not, with their files."""
    found, waiting = {}, [module_name]
    while waiting:
        name = waiting.pop()
        if name not in found and name.startswith(("simulator.", "workbench.")):
            found[name] = Path(sys.modules[name].__file__)
            waiting += parsed_imports(found[name])
    return found


@pytest.mark.parametrize("module", [simulator.kernels.auction, workbench.identity.kernels.digest_spans])
def test_every_file_that_kernels_are_made_of_counts(module, monkeypatch, tmp_path):
    modules = own_modules(module.__name__)
    assert len(modules) > 5
    before = source_digest(module.__name__)
    for name, path in modules.items():
        changed = tmp_path / path.name
        changed.write_text(path.read_text() + "\n# changed\n")
        with monkeypatch.context() as patch:
            patch.setattr(sys.modules[name], "__file__", str(changed))
            assert source_digest(module.__name__) != before, name
    assert source_digest(module.__name__) == before


def test_other_files_do_not_count():
    modules = own_modules("simulator.kernels.auction")
    assert "workbench.jit" in modules
    assert "simulator.run" not in modules
