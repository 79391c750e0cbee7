"""Kernels that are reached through files instead of ports.

Jupyter looks for free ports before a kernel starts, and the kernel takes them a second later. Where many start at once,
one in some hundred finds that somebody has been faster; then it dies, or lives on unheard. Nobody else wants a file in
a folder of one's own. A port is open to every user of the machine besides, and such a folder to one.
"""

import atexit
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from traitlets import default

HAS_SOCKETS: Final = sys.platform != "win32"
MOST_BYTES: Final = 100
"""Of a socket's path; systems allow 103 or more."""

_SOCKET_OF_LAST_CHANNEL: Final = "-5"


class SocketKernel(ServerKernelManager):
    """A kernel with sockets in a folder that only this user can enter, unless the path to it is too long for that."""

    @default("transport")
    def _transport_of_its_own(self) -> str:
        path = os.fsencode(self._sockets) + _SOCKET_OF_LAST_CHANNEL.encode()
        return "ipc" if HAS_SOCKETS and len(path) <= MOST_BYTES else "tcp"

    def _ip_default(self) -> str:
        """Return what its sockets' names begin with."""
        address: str = self._sockets if self.transport == "ipc" else super()._ip_default()
        return address

    @property
    def _sockets(self) -> str:
        return str(sockets_folder() / Path(self.connection_file).stem)


@cache
def sockets_folder() -> Path:
    """Return the folder of this program's sockets, which is there until the program ends."""
    folder = tempfile.mkdtemp(prefix="kernels-")  # for this user alone
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
