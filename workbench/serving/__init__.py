"""Serves the dashboards to people who only open a link: Voilà, with a door, an index, a limit and kind words.

Voilà does the work: kernels, widgets, websockets. This package adds what a link needs that is handed around: an access
token, an index made of the notebooks' own metadata, a limit on how many may look at once, ends for kernels that nobody
looks at, and a policy that lets a browser load nothing from elsewhere. ``python -m workbench.serving FOLDER`` starts
it; settings stand in the folder's ``voila/voila.py``.
"""

from workbench.serving.dashboard import Dashboard, dashboards_in
from workbench.serving.server import DashboardServer

__all__ = ["Dashboard", "DashboardServer", "dashboards_in"]
