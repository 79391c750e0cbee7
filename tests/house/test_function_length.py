"""A function fits a screen."""

import ast
import io
import tokenize
from collections.abc import Iterator

from tests.house.project_files import ROOT, package_modules

MAX_CODE_LINES = 40
MAX_LONG_SHARE = 0.02
MAX_PARAMETERS = 8

NOT_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(source: str) -> set[int]:
    """Return the numbers of the lines that hold code: no blank line, comment or docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(
            node
        ):
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lengths(source: str) -> dict[str, int]:
    """Return the number of code lines of every function, by name and first line."""
    coded = code_lines(source)
    return {
        f"{function.name}:{function.lineno}": len(coded & set(range(function.lineno, (function.end_lineno or 0) + 1)))
        for function in functions(ast.parse(source))
    }


def n_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many parameters a caller sees, ``self`` and ``cls`` not counted."""
    arguments = function.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def test_at_most_two_percent_of_functions_exceed_forty_code_lines():
    all_lengths = {
        f"{path}::{function}": length
        for path, _ in package_modules()
        for function, length in lengths((ROOT / path).read_text("utf-8")).items()
    }
    too_long = {function: length for function, length in all_lengths.items() if length > MAX_CODE_LINES}
    assert len(too_long) <= MAX_LONG_SHARE * len(all_lengths), too_long


def test_no_function_takes_more_than_eight_parameters():
    too_wide = {
        f"{path}::{function.name}": n_parameters(function)
        for path, tree in package_modules()
        for function in functions(tree)
        if n_parameters(function) > MAX_PARAMETERS
    }
    assert too_wide == {}


def test_docstrings_comments_and_blank_lines_are_not_code():
    source = 'def f():\n    """Say\n\n    more."""\n    # why\n\n    return 1\n'
    assert lengths(source) == {"f:1": 2}


def test_a_long_function_is_found():
    source = "def f():\n" + "    x = 1\n" * 41
    assert lengths(source) == {"f:1": 42}


def test_a_wide_function_is_found():
    function = next(functions(ast.parse("def f(self, a, b, c, d, e, *, f, g, h, i): ...")))
    assert n_parameters(function) == 9
