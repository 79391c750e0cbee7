"""The last thing that the template of all kernels imports (`workbench.serving.kernel_copy`); nothing else does.

What the template holds by now is taken out of the collector's sight: a collection looks at every object and writes
into it, and what is written is no longer shared with the copies. The template ends without taking itself apart, which
DuckDB would comment on in the log.

ipywidgets looks for a kernel when it is imported, and here is none yet. A page asks a kernel once for all its widgets;
where nobody has told the kernel who answers, it has to ask for each.
"""

import atexit
import gc
import os

import ipywidgets

ipywidgets.register_comm_target()
gc.collect()
gc.freeze()
atexit.register(os._exit, 0)
