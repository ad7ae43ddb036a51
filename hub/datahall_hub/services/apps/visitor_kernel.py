"""One kernel of a visit: how it is started, and the sockets it is spoken to through."""

from __future__ import annotations

import sys
from typing import Any

from jupyter_client.connect import channel_socket_types
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from traitlets import Dict, default

KERNEL_NAME = "python3"
PROVISIONER = "datahall-visitor"
LINGER = 1000  # milliseconds, as jupyter_client has it
MOST_WAITING = 50  # messages of a kernel; then the kernel keeps them itself, and drops them after a thousand more
LARGEST_OUTPUT = 50_000_000  # bytes of one message
STOP_WITHIN = 1.0  # seconds a kernel has to end by itself; it has nothing to save


class VisitorKernelSpecs(KernelSpecManager):
    """Knows one kernel: this Python, started by the visitor's provisioner."""

    provisioner_configuration = Dict(help="catalogs, store, fonts and walled, as the provisioner takes them.")

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel there is; jupyter_client asks before each start."""
        if kernel_name != KERNEL_NAME:
            raise NoSuchKernel(kernel_name)
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            metadata={
                "kernel_provisioner": {
                    "provisioner_name": PROVISIONER,
                    "config": dict(self.provisioner_configuration),
                }
            },
        )

    def find_kernel_specs(self) -> dict[str, str]:
        """Return where the one kernel's files lie; it has none."""
        return {KERNEL_NAME: ""}


class VisitorKernel(ServerKernelManager):
    """One kernel, spoken to through Unix sockets in its own folder."""

    autorestart = False  # a fresh kernel has not run the notebook: the visit is over
    shutdown_wait_time = STOP_WITHIN
    # jupyter_server asks the kernel itself when an error passes, though these are settings of all kernels.
    allow_tracebacks = False
    traceback_replacement_message = ""

    def emit(self, schema_id: str, data: Any) -> None:
        """Tell nobody what becomes of the kernel: the log does, and the schema would be compiled for each anew."""

    @default("transport")
    def _default_transport(self) -> str:
        return "ipc"

    def _create_connected_socket(self, channel: str, identity: bytes | None = None) -> Any:
        """Return a socket to the kernel that holds little of what an app says faster than it is read."""
        connection = self.context.socket(channel_socket_types[channel])
        connection.linger, connection.rcvhwm, connection.maxmsgsize = LINGER, MOST_WAITING, LARGEST_OUTPUT
        if identity is not None:
            connection.identity = identity
        connection.connect(self._make_url(channel))
        return connection
