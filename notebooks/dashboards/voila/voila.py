"""How the dashboards are served; `workbench.serving` has what no setting can say, ``docs/serving.md`` the set-ups.

Works from a clone: the templates are found through ``JUPYTER_PATH``, so nothing has to be installed. The last folder on
that path lets them include the design tokens of `workbench.charts` themselves.
"""

import os
from pathlib import Path

import workbench

here = Path(__file__).resolve().parent
roots = [here.parent, Path(workbench.__file__).parent]
os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [*map(str, roots), os.environ.get("JUPYTER_PATH")]))

c = get_config()  # noqa: F821 - Jupyter defines it where it reads this file

# Who reaches it: this machine only, until a proxy stands in front; and how many at once.
c.Voila.ip = "127.0.0.1"
c.Voila.open_browser = False
c.Voila.log_level = "ERROR"
c.DashboardServer.public_url = os.environ.get("AUDIENCE_WORKBENCH_PUBLIC_URL", "")
c.DashboardServer.max_viewers = int(os.environ.get("AUDIENCE_WORKBENCH_MAX_VIEWERS", "20"))

# How it looks: our own templates, which need no network, whatever an address asks for.
c.VoilaConfiguration.template = "workbench"
c.VoilaConfiguration.allow_template_override = "NO"
c.VoilaConfiguration.allow_theme_override = "NO"
c.VoilaConfiguration.show_tracebacks = False
c.VoilaConfiguration.extension_allowlist = [
    "@voila-dashboards/widgets-manager8",
    "@jupyter-widgets/jupyterlab-manager",
    "anywidget",
]

# One kernel a dashboard waits with the page computed, so that the next viewer finds it there.
c.VoilaConfiguration.preheat_kernel = True
c.VoilaConfiguration.default_pool_size = 1

# What all kernels begin with and share: seconds at each start, and a third of the memory.
c.DashboardServer.imported_beforehand = [
    *("ipykernel.kernelapp", "simulator.widgets", "workbench.widgets"),
    *("duckdb", "vl_convert", "workbench.charts.light_altair"),  # which the packages import when they first use them
]
# Arrow's own allocator keeps for itself what it was given once.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

# What a cell shows may arrive long after it has run, when many pages are computed at once; nbclient would go on without
# it after 4 s, and the page stay empty for ever.
c.NotebookClient.iopub_timeout = 120

# So often, in seconds, a page that is still computed asks whether its kernel is alive.
c.VoilaConfiguration.http_keep_alive_timeout = 3

# When a kernel ends: with its tab; a minute after its browser vanished; when nobody has touched the page for two hours,
# for a tab that was left open costs as much memory as one that is read. The page then offers to load itself again.
c.ViewerKernels.cull_gone_timeout = 60
c.MappingKernelManager.cull_idle_timeout = 7_200
c.MappingKernelManager.cull_connected = True
c.MappingKernelManager.cull_interval = 20

# A kernel that dies stays dead, and its page is told within a second.
c.KernelRestarter.restart_limit = 0
c.KernelRestarter.time_to_dead = 1.0
