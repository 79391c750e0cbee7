"""A copied kernel is a kernel like any other, and shares what its template has imported."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.house.project_files import ROOT
from workbench.serving.kernel_copy import CAN_COPY

pytestmark = pytest.mark.skipif(not CAN_COPY, reason="copies exist on Linux only")

SECONDS = 30
# A server in a process of its own, for it decides how every kernel of its process starts. It says what happens, line by
# line, and then waits to be killed.
SERVER = """
import asyncio, os, sys
from jupyter_client.manager import AsyncKernelManager
from workbench.serving.kernel_copy import KernelCopies, import_beforehand

QUESTION = (
    "import os, sys; "
    "print(os.getpid(), os.getpgid(0), os.getcwd(), os.environ['SAID'], 'colorsys' in sys.modules)"
)

async def main():
    import_beforehand(["ipykernel.kernelapp", "colorsys"])
    KernelCopies.instance()
    kernel = AsyncKernelManager()
    await kernel.start_kernel(cwd=sys.argv[1], env=os.environ | {"SAID": "hello"})
    client = kernel.client()
    client.start_channels()
    await client.wait_for_ready(timeout=30)
    await client.execute_interactive(QUESTION, timeout=30)
    print(await kernel.is_alive(), flush=True)
    if sys.argv[2] == "shut down":
        await kernel.shutdown_kernel()
        print(await kernel.is_alive(), flush=True)
    else:
        await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.fixture
def answers(tmp_path):
    servers = []

    def start(ending):
        (tmp_path / "server.py").write_text(SERVER, "utf-8")
        server = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(tmp_path / "server.py"), str(tmp_path), ending],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        servers.append(server)
        process, group, directory, said, is_shared = server.stdout.readline().split()
        assert server.stdout.readline().strip() == "True"
        assert (group, directory, said, is_shared) == (process, str(tmp_path), "hello", "True")
        return server, int(process)

    yield start
    for server in servers:
        server.kill()
        server.wait()
        server.stdout.close()


def is_gone(process):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_copy_runs_in_its_folder_and_environment_and_ends_when_asked(answers):
    server, process = answers("shut down")
    assert server.stdout.readline().strip() == "False"
    assert is_gone(process)


def test_a_copy_does_not_outlive_a_server_that_was_killed(answers):
    server, process = answers("wait")
    server.send_signal(signal.SIGKILL)
    assert is_gone(process)
