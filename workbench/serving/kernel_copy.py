"""Kernels as copies of one process that has imported everything already.

Importing is most of what a kernel does before its first figure, and a third of the memory that it then holds. A copy
(``fork``) begins with all of it, and shares it with the others for as long as nobody writes there. Python's own fork
server is the template; it imports, and runs nothing, so that no thread is lost on the way into a copy: those that
libraries start when they are imported (OpenBLAS, Arrow's allocator) are prepared for it.

A copy ends with the server, whatever becomes of the template: a template that died is replaced when the next kernel
starts, and the copies of the old one go on.
"""

import asyncio
import atexit
import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import weakref
from collections.abc import Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

CAN_COPY = sys.platform == "linux"  # elsewhere the system's own libraries do not survive a fork
LAUNCHER = "ipykernel_launcher"
OWN_PYTHON = ("python", "python3", sys.executable)  # as Jupyter reads these words; another one has other packages
NO_PARENT = 1  # for ipykernel: end with nobody. It would end with the template; `_end_with_server` sees to the rest.
UNKNOWN = 255  # exit code, as Python's fork server has it


class KernelCopies(KernelProvisionerFactory):
    """Has kernels started as copies, where they are of the ordinary kind, and as usual elsewhere."""

    def create_provisioner_instance(
        self, kernel_id: str, kernel_spec: KernelSpec, parent: Any
    ) -> KernelProvisionerBase:
        """Return who will start a kernel; see `KernelProvisionerFactory`."""
        if LAUNCHER in kernel_spec.argv and kernel_spec.argv[0] in OWN_PYTHON:
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
        try:
            # The first one waits until the template has imported everything.
            self.process = await asyncio.to_thread(_start_copy, arguments, directory, environment)
        except (OSError, EOFError) as error:
            self.log.warning("No copy could be made (%r); the kernel starts as usual, which takes longer.", error)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid  # each leads a group of its own, as soon as it runs
        self.cwd = directory
        return self.connection_info


class CopiedProcess:
    """A copy, with the names by which `LocalProvisioner` knows a `subprocess.Popen`.

    The system itself says whether it runs, because the template, whose child it is, may be gone.

    Raises
    ------
    ProcessLookupError
        If it has ended already.
    """

    stdin = stdout = stderr = None

    def __init__(self, copy: BaseProcess) -> None:
        if copy.pid is None:
            raise ProcessLookupError("expected a process that was started")
        self._copy = copy
        self.pid = copy.pid
        self._handle = os.pidfd_open(copy.pid)  # can be read from when the process has ended
        weakref.finalize(self, os.close, self._handle)

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if not wait([self._handle], timeout=0):
            return None
        code = self._copy.exitcode
        return UNKNOWN if code is None else code

    def wait(self) -> int | None:
        """Wait for its end and return the exit code."""
        wait([self._handle])
        self._copy.join(timeout=1)  # until the template has told the code
        return self.poll()

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signum)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def _start_copy(arguments: list[str], directory: str, environment: dict[str, str]) -> CopiedProcess:
    context = multiprocessing.get_context("forkserver")
    # A daemon, or a server that ends because of an error would wait until the last viewer has gone.
    copy = context.Process(target=run_kernel, args=(arguments, directory, environment), daemon=True)
    copy.start()
    return CopiedProcess(copy)


def run_kernel(arguments: list[str], directory: str, environment: dict[str, str]) -> None:
    """Be a kernel; runs in the copy."""
    os.setsid()
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [LAUNCHER, *arguments]
    multiprocessing.current_process().daemon = False  # daemons may not start processes, and sweeps do
    threading.Thread(target=_end_with_server, daemon=True).start()

    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    np.random.seed()  # noqa: NPY002 - the shared one, which would draw the same for every viewer; Python's looks after itself
    try:
        IPKernelApp.launch_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={NO_PARENT}"])
    finally:
        atexit._run_exitfuncs()  # folders for what does not fit into memory, say; a copy would end without


def _end_with_server() -> None:
    """End this process when the server has ended, even if it could not say so."""
    server = multiprocessing.parent_process()
    if server is not None:
        wait([server.sentinel])
        os._exit(1)
