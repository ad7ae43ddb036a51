"""Run an app's cells in a kernel whose page is there already: as Voila runs them, and nothing is rendered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from traitlets.config import Config
from voila.execute import VoilaExecutor

from datahall_hub.app_life.published_apps import PublishedApp

from .deadline import Deadline
from .kernel_fitting import end_pictures, fit_kernel, give_pictures
from .kernels import VisitorKernels
from .rendering import load_notebook, select_cells
from .shared_pages import find_pictures
from .visitor_kernel import VisitorKernel
from .wakeups import kept_awake

ASK_EVERY = 0.05  # seconds between two questions to a kernel that has not answered yet
LET_GO_WITHIN = 5.0  # seconds that cells which took too long have to end
MEANT_TO_FAIL = "raises-exception"  # a tag of cells, as Jupyter names it


class CellFailedError(Exception):
    """A cell of an app failed; the visit is over."""


@dataclass(frozen=True)
class CellRun:
    """What is run: a published app, in one language."""

    app: PublishedApp
    language: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Equal for two runs of which each fits the page of the other."""
        return self.app.slug, self.app.digest, self.language


async def run_cells(run: CellRun, kernels: VisitorKernels, kernel_id: str, *, limit: float) -> None:
    """Start the kernel of a seat and run the app's cells in it, after waiting for a turn.

    Parameters
    ----------
    limit
        Seconds: for waiting for a turn, and as many again for starting.

    Raises
    ------
    TimeoutError
        If it takes longer.
    CellFailedError
        If a cell of the app fails.
    """
    deadline = Deadline(limit)
    working = asyncio.ensure_future(_run(run, kernels, kernel_id, deadline=deadline, limit=limit))
    try:
        while not working.done():
            if deadline.left() <= 0:
                raise TimeoutError
            await asyncio.wait({working}, timeout=deadline.left())
        working.result()
    finally:
        if not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=LET_GO_WITHIN)
            working.add_done_callback(lambda done: done.cancelled() or done.exception())


async def _run(run: CellRun, kernels: VisitorKernels, kernel_id: str, *, deadline: Deadline, limit: float) -> None:
    async with kernels.turn():
        deadline.put_off(limit)
        versions = {use.id: use.version for use in run.app.datasets}
        kernel = await kernels.start(kernel_id, language=run.language, datasets=versions)
        await _run_inside(run, kernel, versions=versions)


async def _run_inside(run: CellRun, kernel: VisitorKernel, *, versions: dict[str, str | None]) -> None:
    pictures = find_pictures(run.app.manifest.folder, language=run.language)
    notebook = select_cells(load_notebook(run.app.manifest.notebook), language=run.language)
    executor = VoilaExecutor(notebook, km=kernel, config=Config(), show_tracebacks=False)
    client = executor.kc = kernel.client()
    client.start_channels(stdin=False, hb=False, control=False)
    try:
        async with kept_awake(lambda: client):
            await wait_until_it_answers(client)
            await fit_kernel(client, versions)
            if pictures:
                await give_pictures(client, pictures)
            for index, cell in enumerate(notebook.cells):
                done = await executor.execute_cell(cell, None, index, store_history=False)
                has_failed = any(output.output_type == "error" for output in done.get("outputs", ()))
                if has_failed and MEANT_TO_FAIL not in cell.metadata.get("tags", ()):
                    raise CellFailedError(f"cell {index + 1} of {run.app.slug} failed")
            if pictures:
                await end_pictures(client)
    finally:
        client.stop_channels()


async def wait_until_it_answers(client: Any) -> None:
    """Wait until a kernel answers, and what it publishes arrives.

    jupyter_client's `wait_for_ready` does the same and then listens for a fifth of a second that nothing more comes.
    """
    asked: set[str] = set()
    has_answered = has_published = False
    while not (has_answered and has_published):
        asked.add(client.kernel_info())
        until = asyncio.get_running_loop().time() + ASK_EVERY
        while (left := until - asyncio.get_running_loop().time()) > 0 and not (has_answered and has_published):
            has_answered = has_answered or await _hears(client.shell_channel, asked, left=left)
            has_published = has_published or await _hears(client.iopub_channel, asked, left=left)


async def _hears(channel: Any, asked: set[str], *, left: float) -> bool:
    if not await channel.socket.poll(left * 1000):
        return False
    message = await channel.get_msg()
    return message["parent_header"].get("msg_id") in asked
