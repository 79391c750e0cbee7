"""Serves the dashboards to people who only open a link: Voilà, with a door, an index, a limit and kind words.

Voilà does the work: kernels, widgets, websockets. This package adds what a link needs that is handed around: an access
token, an index made of the notebooks' own metadata, a limit on how many may look at once, ends for kernels that nobody
looks at, and a policy that lets a browser load nothing from elsewhere. ``python -m workbench.serving FOLDER`` starts
it; settings stand in the folder's ``voila/voila.py``.
"""

from typing import Any

from workbench.facade import imported_on_first_use

# On first use, because a kernel, which imports one module of this package, has no use for a server.
_HOMES = {"Dashboard": "dashboard", "DashboardServer": "server", "dashboards_in": "dashboard"}

__all__ = ["Dashboard", "DashboardServer", "dashboards_in"]


def __getattr__(name: str) -> Any:
    return imported_on_first_use(name, __name__, _HOMES)
