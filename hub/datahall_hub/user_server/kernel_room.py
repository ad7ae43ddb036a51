"""No new kernel where its person's disk is full: it could not even write down how to be reached.

What has been started lives on, and notebooks can be saved; the limits service ends what goes on writing.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from person_use import describe_no_room, read_use
from tornado.web import HTTPError


class RoomyKernels(AsyncMappingKernelManager):
    """The server's kernels, of which there are no more while there is no room."""

    async def _async_start_kernel(self, **wish: Any) -> str:
        """Start a kernel; called by jupyter_server for whoever asks for one."""
        if (use := read_use()).get("is_full"):
            raise HTTPError(507, describe_no_room(use).replace("%", "%%"))
        kernel: str = await super()._async_start_kernel(**wish)
        return kernel

    start_kernel = _async_start_kernel  # type: ignore[assignment]
