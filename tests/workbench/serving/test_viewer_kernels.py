"""Who counts as a viewer, and when a kernel is over; no process is started for that."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from traitlets.utils.importstring import import_item

from workbench.serving.kernel_sockets import SocketKernel
from workbench.serving.viewer_kernels import PREHEAT_VARIABLE, ViewerKernels


class Kernels(ViewerKernels):
    """Kernels without processes: starting one takes note of it, and so does ending it."""

    def __init__(self) -> None:
        super().__init__(cull_idle_timeout=7_200, cull_connected=True, cull_gone_timeout=60)
        self.ended = []

    async def shutdown_kernel(self, kernel_id, **_now):
        self.ended.append(kernel_id)
        self.remove_kernel(kernel_id)


@pytest.fixture
def kernels(monkeypatch):
    async def start(self, *, kernel_id, **_environment):
        kernel = ServerKernelManager(execution_state="idle", last_activity=datetime.now(UTC))
        self._kernels[kernel_id], self._kernel_connections[kernel_id] = kernel, 0
        return kernel_id

    monkeypatch.setattr(AsyncMappingKernelManager, "start_kernel", start)
    return Kernels()


def start(kernels, name, *, is_preheated=False):
    asyncio.run(kernels.start_kernel(kernel_id=name, env={PREHEAT_VARIABLE: str(is_preheated)}))


def cull_after(kernels, name, seconds):
    kernels.get_kernel(name).last_activity = datetime.now(UTC) - timedelta(seconds=seconds)
    asyncio.run(kernels.cull_kernel_if_idle(name))


def test_a_kernel_that_waits_is_no_viewer_until_a_browser_connects(kernels):
    start(kernels, "somebody's")
    start(kernels, "waiting", is_preheated=True)
    assert kernels.n_viewers == 1
    kernels.notify_connect("waiting")
    assert kernels.n_viewers == 2
    kernels.remove_kernel("waiting")
    kernels.remove_kernel("somebody's")
    assert kernels.n_viewers == 0


def test_a_waiting_kernel_that_goes_leaves_the_count_alone(kernels):
    start(kernels, "waiting", is_preheated=True)
    kernels.remove_kernel("waiting")
    assert kernels.n_viewers == 0


@pytest.mark.parametrize(
    ("is_connected", "state", "seconds", "is_ended"),
    [
        (False, "idle", 61, True),
        (False, "idle", 59, False),
        (False, "starting", 61, False),  # its page is being computed
        (False, "busy", 61, False),
        (True, "idle", 7_100, False),
        (True, "idle", 7_300, True),
    ],
)
def test_a_kernel_ends_soon_after_its_browser_has_gone_and_late_when_nobody_touches_the_page(
    kernels, is_connected, state, seconds, is_ended
):
    start(kernels, "k")
    kernels.get_kernel("k").execution_state = state
    if is_connected:
        kernels.notify_connect("k")
    cull_after(kernels, "k", seconds)
    assert kernels.ended == (["k"] if is_ended else [])


def test_leaving_after_a_long_look_begins_the_wait_anew(kernels):
    start(kernels, "k")
    kernels.notify_connect("k")
    kernels.get_kernel("k").last_activity = datetime.now(UTC) - timedelta(hours=1)
    kernels.notify_disconnect("k")
    asyncio.run(kernels.cull_kernel_if_idle("k"))
    assert kernels.ended == []


def test_a_kernel_that_has_waited_for_long_outlives_the_moment_before_its_browser_connects(kernels):
    start(kernels, "waiting", is_preheated=True)
    kernels.get_kernel("waiting").last_activity = datetime.now(UTC) - timedelta(hours=1)
    kernels.expect_a_browser()
    asyncio.run(kernels.cull_kernel_if_idle("waiting"))
    assert kernels.ended == []
    cull_after(kernels, "waiting", 61)
    assert kernels.ended == ["waiting"]


@pytest.mark.parametrize(("fate", "is_lost"), [("lives", False), ("died", True), ("forgotten", True)])
def test_a_page_that_is_made_learns_of_its_kernels_end(kernels, monkeypatch, fate, is_lost):
    async def is_alive(_kernel):
        return fate == "lives"

    async def make_page():
        assert not await kernels.has_lost_kernel()  # it has none yet
        await kernels.start_kernel(kernel_id="waiting", env={PREHEAT_VARIABLE: "True"})
        await kernels.start_kernel(kernel_id="k", env={})
        if fate == "forgotten":
            kernels.remove_kernel("k")
        return await kernels.has_lost_kernel()

    monkeypatch.setattr(ServerKernelManager, "is_alive", is_alive)
    assert asyncio.run(make_page()) is is_lost


def test_viewers_kernels_are_reached_through_files():
    assert issubclass(import_item(ViewerKernels().kernel_manager_class), SocketKernel)
