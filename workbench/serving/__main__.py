"""Start the server: ``python -m workbench.serving notebooks/dashboards``."""

import sys

from workbench.errors import WorkbenchError
from workbench.serving.server import REFUSED, DashboardServer

if __name__ == "__main__":
    try:
        DashboardServer.launch_instance()
    except WorkbenchError as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(REFUSED)
