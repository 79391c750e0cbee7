"""A digest of the source of a module and of everything that it imports from its own package and from this one.

Compiled code contains the code and the constants of other modules. Whether it is still true can therefore not be told
by the file of its own module; it can by the files of all that went into it. Contents are digested and not times of
change: installers give files whatever times they like.
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from typing import Final, NamedTuple

_IMPORT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<origin>[\w.]+)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n]+)"
    r"|import[ \t]+(?P<modules>[^\n]+))",
    re.MULTILINE,
)
_NAME: Final = re.compile(r"[\w.]+")


def source_digest(module_name: str) -> bytes:
    """Digest all source that can be in the compiled code of a module.

    Parameters
    ----------
    module_name : str
        A module that is loaded, or being loaded and past its imports.

    Returns
    -------
    bytes
        SHA-256 of the names and contents of the module and of those that it imports, directly or not, from its own
        top-level package or from this one. A module without a file adds its name alone.
    """
    own_packages = {_top_level(module_name), _top_level(__name__)}
    found = {module_name: _source(module_name)}
    waiting = [module_name]
    while waiting:
        for name in found[waiting.pop()].imported:
            if name not in found and _top_level(name) in own_packages and name in sys.modules:
                found[name] = _source(name)
                waiting.append(name)
    return hashlib.sha256(repr([(name, source.digest) for name, source in sorted(found.items())]).encode()).digest()


class _Source(NamedTuple):
    """Of one module: the digest of its text, and what its text names in imports, modules and others."""

    digest: str
    imported: tuple[str, ...]


def _top_level(module_name: str) -> str:
    return module_name.partition(".")[0]


def _source(module_name: str) -> _Source:
    module = sys.modules[module_name]
    path = Path(getattr(module, "__file__", None) or "")
    try:
        state = path.stat()
    except OSError:
        return _Source("", ())
    return _read(path, state.st_mtime_ns, state.st_size, getattr(module, "__package__", None) or "")


@cache
def _read(path: Path, mtime_ns: int, size: int, package: str) -> _Source:  # noqa: ARG001 - it may be edited meanwhile
    if path.suffix != ".py":
        return _Source("", ())
    content = path.read_bytes()
    return _Source(hashlib.sha256(content).hexdigest(), tuple(_imported(content.decode(errors="replace"), package)))


def _imported(text: str, package: str) -> Iterator[str]:
    """Yield the names in a text's imports; what only looks like an import does no harm, as nothing has its name."""
    for statement in _IMPORT.finditer(text):
        if statement["modules"]:
            yield from _NAME.findall(statement["modules"])
            continue
        with suppress(ImportError):
            origin = resolve_name(statement["origin"], package)
            yield from (origin, *(f"{origin}.{name}" for name in _NAME.findall(statement["names"])))
