"""A kernel's sockets are files of its own, where no other program and no other user is."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from workbench.serving import kernel_sockets
from workbench.serving.kernel_sockets import SocketKernel, sockets_folder


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / "s"
    folder.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setattr(kernel_sockets, "sockets_folder", lambda: folder)


def test_only_this_user_can_enter_the_folder():
    folder = sockets_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sockets_folder() is folder


def test_each_kernel_has_names_of_its_own():
    kernels = [SocketKernel(connection_file=f"/run/kernel-{name}.json") for name in ("a", "b")]
    assert [kernel.transport for kernel in kernels] == ["ipc", "ipc"]
    assert [Path(kernel.ip).name for kernel in kernels] == ["kernel-a", "kernel-b"]


def test_where_the_path_is_too_long_it_is_ports(monkeypatch):
    monkeypatch.setattr(kernel_sockets, "sockets_folder", lambda: Path("/" + 90 * "x"))
    kernel = SocketKernel(connection_file="/run/kernel-a.json")
    assert (kernel.transport, kernel.ip) == ("tcp", "127.0.0.1")


def test_a_kernel_starts_answers_and_leaves_no_file(tmp_path):
    async def answer():
        kernel = SocketKernel(connection_file=str(tmp_path / "kernel-a.json"))
        await kernel.start_kernel()
        told = json.loads((tmp_path / "kernel-a.json").read_text())
        client = kernel.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
        finally:
            client.stop_channels()
            await kernel.shutdown_kernel(now=True)
        return told, list(Path(kernel.ip).parent.iterdir())

    told, left = asyncio.run(answer())
    assert told["transport"] == "ipc"
    assert left == []
