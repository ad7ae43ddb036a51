"""The kernels of trials: started as a visitor's is, in the same sandbox, and ended when the trial is, whatever happens.

They have a seat of their own, so that a trial takes none from visitors, and nobody connects to them but the trial.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from datahall_forkserver.control_groups import Group
from traitlets import default

from .kernels import VisitorKernels
from .trial_outputs import BoundedClient, OutputBound, open_bounded_socket
from .visitor_kernel import VisitorKernel

LARGEST_CONTROL = 65_536  # bytes; a reply that nobody reads
PEAKS = ("memory.peak", "memory.max_usage_in_bytes")  # of both kinds of control groups


class TrialKernel(VisitorKernel):
    """One kernel, whose clients are held to `bound`."""

    bound: OutputBound
    visit: str = ""  # the id under which it is known

    @default("client_factory")
    def _default_client_factory(self) -> type[BoundedClient]:
        return BoundedClient

    def _create_connected_socket(self, channel: str, identity: bytes | None = None) -> Any:
        """Return a socket of our own to the kernel, which nobody reads; called once it has started."""
        connection = open_bounded_socket(self, channel, largest=LARGEST_CONTROL, identity=identity)
        connection.connect(self._make_url(channel))
        return connection

    def read_memory_peak(self) -> int | None:
        """Return the bytes in use at the highest point; None where the machine does not count them."""
        group: Group | None = getattr(self.provisioner, "_group", None)
        for folder in group.folders if group is not None else ():
            for name in PEAKS:
                try:
                    return int(Path(folder, name).read_text())
                except (OSError, ValueError):
                    continue
        return None


class TrialKernels(VisitorKernels):
    """Gives one kernel at a time to whoever tries an app."""

    @default("kernel_manager_class")
    def _default_kernel_manager_class(self) -> str:
        return f"{TrialKernel.__module__}.{TrialKernel.__name__}"

    @asynccontextmanager
    async def hold(self, *, language: str, largest_output: int) -> AsyncIterator[TrialKernel]:
        """Start a kernel, and end it when the block is left."""
        kernel_id = self.seats.take(app="a trial", address=None)
        try:
            kernel = await self.start(kernel_id, language=language)
            assert isinstance(kernel, TrialKernel)
            kernel.bound, kernel.visit = OutputBound(largest_output), kernel_id
            yield kernel
        finally:
            await finish(self.end(kernel_id, why="its trial is over"))

    def start_watching_activity(self, kernel_id: str) -> None:
        """Note the start and read nothing: the trial alone does, within its bound. jupyter_server calls this."""
        kernel: Any = self.get_kernel(kernel_id)
        kernel.reason, kernel.last_activity = "", datetime.now(UTC)


async def finish(work: Coroutine[Any, Any, None]) -> None:
    """Do something to its end, even where whoever waits for it is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
