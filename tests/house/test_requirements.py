"""The table of what the help page asks for leads to code and tests that exist."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from tests.house.project_files import ROOT

TABLE = ROOT / "docs" / "requirements.md"
ROW = re.compile(r"^\| ([SQ]\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
N_SENTENCES = 74


def rows() -> list[tuple[str, str, str]]:
    return [(row[1], row[3], row[4]) for row in ROW.finditer(TABLE.read_text("utf-8"))]


def missing_symbols(cell: str) -> list[str]:
    return [symbol for symbol in re.findall(r"`([\w.]+)`", cell) if not _leads_somewhere(symbol)]


def missing_tests(cell: str) -> list[str]:
    return [name for name in re.findall(r"`([^`]+)`", cell) if not _is_test(*name.partition("::")[::2])]


def _leads_somewhere(symbol: str) -> bool:
    parts = symbol.split(".")
    for n in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        for part in parts[n:]:
            found = getattr(found, part, None)
        return found is not None
    return False


def _is_test(path: str, name: str) -> bool:
    file = ROOT / path
    if not file.is_file() or not Path(path).name.startswith("test_"):
        return False
    functions = {
        node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)
    }
    return not name or name in functions


def test_every_sentence_of_the_help_page_has_one_row():
    numbers = [number for number, _, _ in rows()]
    assert len(numbers) == len(set(numbers))
    assert [number for number in numbers if number.startswith("S")] == [f"S{n}" for n in range(1, N_SENTENCES + 1)]


@pytest.mark.parametrize(("number", "code", "shown_by"), rows(), ids=[row[0] for row in rows()])
def test_a_row_leads_to_code_and_a_test(number, code, shown_by):
    assert "`" in code
    assert "`" in shown_by, number
    assert missing_symbols(code) == []
    assert missing_tests(shown_by) == []


def test_a_row_that_leads_nowhere_is_found():
    assert missing_symbols("`workbench.audiences.targeting.resolve_everything`") != []
    assert missing_symbols("`workbench.nowhere`") != []
    assert missing_tests("`tests/house/test_requirements.py::test_that_is_not_there`") != []
    assert missing_tests("`tests/house/test_nothing.py`") != []
