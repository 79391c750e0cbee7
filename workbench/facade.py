"""How a package offers names that are imported when they are first used.

A command that needs no tables should not wait for pandas, and an interrupt during a long import should meet the command
line, which answers it in one sentence.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def imported_on_first_use(name: str, package: str, homes: Mapping[str, str]) -> Any:
    """Find a name that a package offers; the body of its module-level ``__getattr__`` (PEP 562).

    Parameters
    ----------
    name : str
        What was asked for.
    package : str
        The package's own name.
    homes : mapping of str to str
        Module inside the package that each name is imported from.

    Raises
    ------
    AttributeError
        If the package does not offer the name; the message lists what it does.
    """
    if name not in homes:
        raise AttributeError(f"module {package!r} has no attribute {name!r}; it offers: {', '.join(sorted(homes))}")
    return getattr(import_module(f"{package}.{homes[name]}"), name)
