"""How Voilà serves the dashboards: own look, nothing from a network, nothing on other interfaces than loopback.

Works from a clone: the template is found through ``JUPYTER_PATH``, so nothing has to be installed. The last folder on
that path lets the template include the design tokens of `workbench.charts` themselves.
"""

import os
from pathlib import Path

import workbench

here = Path(__file__).resolve().parent
roots = [here.parent, Path(workbench.__file__).parent]
os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [*map(str, roots), os.environ.get("JUPYTER_PATH")]))

c = get_config()  # noqa: F821 - Jupyter defines it where it reads this file

c.Voila.ip = "127.0.0.1"
c.Voila.open_browser = False
c.VoilaConfiguration.template = "workbench"
c.VoilaConfiguration.allow_template_override = "NO"  # ?template=lab would bring back one that needs a network
c.VoilaConfiguration.allow_theme_override = "NO"
c.VoilaConfiguration.classic_tree = True  # the index is our own page
c.VoilaConfiguration.show_tracebacks = False
c.VoilaConfiguration.extension_allowlist = [
    "@voila-dashboards/widgets-manager8",
    "@jupyter-widgets/jupyterlab-manager",
    "anywidget",
]

# One kernel waits with the page computed, so that the first view is there at once; it costs about 300 MB.
c.VoilaConfiguration.preheat_kernel = True
c.VoilaConfiguration.default_pool_size = 1

# A closed tab ends its kernel; one whose browser vanished goes after five minutes.
c.MappingKernelManager.cull_idle_timeout = 300
c.MappingKernelManager.cull_interval = 60
c.MappingKernelManager.cull_connected = False
