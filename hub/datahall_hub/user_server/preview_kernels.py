"""The kernels of previews of apps, which end once no page is connected to them any more.

A preview's kernel is nobody's work, and whoever closes a page tells no one. Kernels that somebody works with are never
culled here: how long a whole server may be idle is the hub's to say.
"""

from __future__ import annotations

from typing import Any

from kernel_room import RoomyKernels  # type: ignore[import-not-found]  # beside this file in people's servers
from traitlets import Integer

PREVIEWED = "VOILA_REQUEST_URL"  # in the environment of each kernel that Voila starts


class PersonKernels(RoomyKernels):  # type: ignore[misc]  # which are thus unknown here
    """The server's kernels; named in `jupyter_server_config.json`."""

    cull_idle_timeout = Integer(120, config=True)  # seconds; a page that is loading connects within them
    cull_interval = Integer(30, config=True)  # seconds

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._previews: set[str] = set()

    async def _async_start_kernel(self, **wish: Any) -> str:
        """Start a kernel, and note a preview's; called by jupyter_server and Voila."""
        kernel: str = await super()._async_start_kernel(**wish)
        if PREVIEWED in (wish.get("env") or {}):
            self._previews.add(kernel)
        return kernel

    start_kernel = _async_start_kernel

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a preview's kernel that nobody looks at; called by jupyter_server now and then for each kernel."""
        if kernel_id in self._previews:
            await super().cull_kernel_if_idle(kernel_id)
        self._previews &= set(self.list_kernel_ids())
