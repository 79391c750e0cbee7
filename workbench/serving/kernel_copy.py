"""Kernels as copies of one process that has imported everything already.

Importing is most of what a kernel does before its first figure, and a third of the memory that it then holds. A copy
(``fork``) begins with all of it, and shares it with the others for as long as nobody writes there. Python's own fork
server is the template; it imports, and runs nothing, so that no thread is lost on the way into a copy.
"""

import asyncio
import multiprocessing
import os
import sys
import threading
from collections.abc import Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

CAN_COPY = sys.platform == "linux"  # elsewhere the system's own libraries do not survive a fork
LAUNCHER = "ipykernel_launcher"


class KernelCopies(KernelProvisionerFactory):
    """Has kernels started as copies, where they are of the ordinary kind, and as usual elsewhere."""

    def create_provisioner_instance(
        self, kernel_id: str, kernel_spec: KernelSpec, parent: Any
    ) -> KernelProvisionerBase:
        """Return who will start a kernel; see `KernelProvisionerFactory`."""
        if LAUNCHER in kernel_spec.argv:
            return KernelCopy(kernel_id=kernel_id, kernel_spec=kernel_spec, parent=parent)
        return super().create_provisioner_instance(kernel_id, kernel_spec, parent)


def import_beforehand(modules: Sequence[str]) -> None:
    """Say what the template shall import; it does so when the first kernel starts."""
    multiprocessing.get_context("forkserver").set_forkserver_preload([*modules, "workbench.serving.kernel_template"])


class KernelCopy(LocalProvisioner):
    """Starts one kernel as a copy of the template."""

    process: Any  # a `CopiedProcess`, where `LocalProvisioner` has a `subprocess.Popen`

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel; see `LocalProvisioner`."""
        directory, environment = str(kwargs.get("cwd") or Path.cwd()), dict(kwargs.get("env") or os.environ)
        arguments = cmd[cmd.index(LAUNCHER) + 1 :]
        copy = multiprocessing.get_context("forkserver").Process(
            target=run_kernel, args=(arguments, directory, environment), name="kernel"
        )
        await asyncio.to_thread(copy.start)  # the first one waits until the template has imported everything
        self.process = CopiedProcess(copy)
        self.pid = self.pgid = self.process.pid  # each leads a group of its own, as soon as it runs
        self.cwd = directory
        return self.connection_info


class CopiedProcess:
    """A copy, with the names by which `LocalProvisioner` knows a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, copy: ForkServerProcess) -> None:
        self._copy = copy
        self.pid = copy.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._copy.exitcode

    def wait(self) -> int | None:
        """Wait for its end and return the exit code."""
        self._copy.join()
        return self._copy.exitcode

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless it has ended."""
        if self.pid is not None and self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """End it at once."""
        self._copy.kill()

    def terminate(self) -> None:
        """Ask it to end."""
        self._copy.terminate()


def run_kernel(arguments: list[str], directory: str, environment: dict[str, str]) -> None:
    """Be a kernel; runs in the copy."""
    os.setsid()
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    threading.Thread(target=_end_with_server, daemon=True).start()

    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])


def _end_with_server() -> None:
    """End this process when the server has ended, even if it could not say so."""
    server = multiprocessing.parent_process()
    if server is not None:
        wait([server.sentinel])
        os._exit(1)
