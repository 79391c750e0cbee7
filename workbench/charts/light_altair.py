"""Altair without the second that importing it wastes; charts take ``alt`` from here.

Altair checks charts with jsonschema, and where ``rfc3987_syntax`` happens to be installed (JupyterLab brings it)
jsonschema compiles that package's whole grammar of international web addresses while it is imported: more than half of
the time before the first chart. No chart holds such an address, so the package is hidden for as long as the import
takes. Only jsonschema's checks of the formats "iri" and "iri-reference" are missing afterwards, in this process.
"""

import contextlib
import sys
from collections.abc import Iterator

GRAMMAR = "rfc3987_syntax"


@contextlib.contextmanager
def hidden(module: str) -> Iterator[None]:
    """Make ``import module`` fail inside the block, unless it is imported already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment] # Python's own way to say "not there"
    try:
        yield
    finally:
        del sys.modules[module]


with hidden(GRAMMAR):
    import altair as alt

__all__ = ["alt"]
