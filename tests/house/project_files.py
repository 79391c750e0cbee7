"""Which files the house rules are about: everything that is committed or about to be, nothing that is generated.

The folders that are left out are those of `.gitignore`; git itself is not asked, so that the rules also hold in an
unpacked archive.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("workbench", "simulator")
OWN_HIDDEN = {".ci", ".lab"}
GENERATED = {".git", "__pycache__", "build", "data/generated", "dist", "test-artefacts"}


def is_generated(path: Path) -> bool:
    """Return whether a path, relative to the project, is left out of version control."""
    is_hidden_folder = any(part.startswith(".") and part not in OWN_HIDDEN for part in path.parts[:-1])
    return is_hidden_folder or any(path.is_relative_to(folder) or folder in path.parts[:-1] for folder in GENERATED)


def project_files(*suffixes: str, root: Path = ROOT) -> Iterator[Path]:
    """Yield the project's own files, all of them or those with one of the suffixes, in a stable order."""
    for path in _files_below(root, root):
        if not suffixes or path.suffix in suffixes:
            yield path


def _files_below(folder: Path, root: Path) -> Iterator[Path]:
    """Walk only where something of the project's own can be: .venv alone has tens of thousands of files."""
    for path in sorted(folder.iterdir()):
        relative = path.relative_to(root)
        if path.is_file() and not is_generated(relative):
            yield path
        elif path.is_dir() and not is_generated(relative / "file"):
            yield from _files_below(path, root)


def project_texts(*suffixes: str) -> Iterator[tuple[Path, str]]:
    """Yield (path relative to the project, text) of every file that holds text."""
    for path in project_files(*suffixes):
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT), content.decode("utf-8", errors="replace")


def package_modules() -> Iterator[tuple[Path, ast.Module]]:
    """Yield (path relative to the project, syntax tree) of every module of the two packages."""
    for path, text in project_texts(".py"):
        if path.parts[0] in PACKAGES:
            yield path, ast.parse(text)
