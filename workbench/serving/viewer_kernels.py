"""The kernels behind the pages: each viewer has one, and none outlives its viewer for long.

A kernel starts for a viewer, or it waits with its page computed for whoever comes next (Voilà calls that preheating).
It ends when its tab is closed, when its browser has been gone for a while, or when nobody has touched the page for
hours. One that dies stays dead: Jupyter would start an empty one in its place, behind a page that still shows the old
figures.
"""

from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from traitlets import Integer, default

from workbench.serving.kernel_sockets import SocketKernel

PREHEAT_VARIABLE = "VOILA_PREHEAT"  # Voilà's word to a kernel that it starts before anybody came

_started: Final[ContextVar[str | None]] = ContextVar("kernel that the request in hand has started", default=None)


class ViewerKernels(AsyncMappingKernelManager):
    """Jupyter's kernels, with a count of viewers and an end for each kernel."""

    cull_gone_timeout = Integer(
        60, config=True, help="Seconds after which a kernel ends whose browser is gone without having said so."
    )

    @default("kernel_manager_class")
    def _kind_of_kernel(self) -> str:
        return f"{SocketKernel.__module__}.{SocketKernel.__name__}"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._waiting: set[str] = set()

    @property
    def n_viewers(self) -> int:
        """How many kernels belong to somebody.

        A preheated page counts from the moment its browser connects, a second after it was handed out; so a server
        that is full can hold one viewer more for each dashboard.
        """
        return len(self.list_kernel_ids()) - len(self._waiting)

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override] # as Jupyter's own, which is async too
        """Start a kernel, for a viewer or for the next one; see `AsyncMappingKernelManager`."""
        started: str = await super().start_kernel(**kwargs)
        if kwargs.get("env", {}).get(PREHEAT_VARIABLE) == "True":
            self._waiting.add(started)
        else:
            _started.set(started)
        return started

    async def has_lost_kernel(self) -> bool:
        """Tell whether the kernel that the request in hand has started is gone; to be asked while its page is made."""
        kernel_id = _started.get()
        return kernel_id is not None and (kernel_id not in self or not await self._kernel(kernel_id).is_alive())

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended."""
        self._waiting.discard(kernel_id)
        return super().remove_kernel(kernel_id)

    def expect_a_browser(self) -> None:
        """Let nothing that waits pass for left by its browser: one of these is handed out now, and may be hours old."""
        for kernel_id in self._waiting:
            self._kernel(kernel_id).last_activity = datetime.now(UTC)

    def notify_connect(self, kernel_id: str) -> None:
        """Take note that a browser is there."""
        self._waiting.discard(kernel_id)
        super().notify_connect(kernel_id)

    def notify_disconnect(self, kernel_id: str) -> None:
        """Take note that a browser has gone, perhaps for a moment only."""
        super().notify_disconnect(kernel_id)
        if kernel_id in self:
            self._kernel(kernel_id).last_activity = datetime.now(UTC)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel whose browser has been gone for long, and leave the others to Jupyter's rule."""
        kernel = self._kernel(kernel_id)
        is_computing = kernel.execution_state in ("starting", "busy")  # a page that will be looked at in a moment
        is_gone = self._kernel_connections.get(kernel_id, 0) == 0 and not is_computing
        if is_gone and datetime.now(UTC) - kernel.last_activity > timedelta(seconds=self.cull_gone_timeout):
            await self.shutdown_kernel(kernel_id)
        else:
            await super().cull_kernel_if_idle(kernel_id)

    def _kernel(self, kernel_id: str) -> ServerKernelManager:
        kernel = self.get_kernel(kernel_id)
        assert isinstance(kernel, ServerKernelManager)  # noqa: S101 - what Jupyter's server always makes
        return kernel
