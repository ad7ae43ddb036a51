"""Try an app: run its notebook once, top to bottom, as a visitor of one language gets it, and tell what it did.

Nothing that comes back is believed further than that the app said so. Time and output are bounded for the whole trial,
and the kernel ends with it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from jupyter_client.client import KernelClient
from nbclient.client import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from pydantic import BaseModel, TypeAdapter, ValidationError

from datahall_hub.app_life.trial_report import Attempt, CellError, OpenedDataset, TrialReport

from . import trial_kernel
from .cell_reports import describe_error, describe_outputs
from .rendering import load_notebook, select_cells
from .silent_requests import ask_silently, call_inside
from .trial_kernels import TrialKernel, TrialKernels
from .trial_outputs import BoundedClient
from .trial_runs import opened_client, run_bounded

Language = Literal["en", "zh"]
_Part = TypeVar("_Part", bound=BaseModel)
TELL_WITHIN = 5.0  # seconds a kernel that has run has to tell what it noted
NOTES = Path(trial_kernel.__file__).read_text(encoding="utf-8")
BEGIN_TO_NOTE = call_inside(NOTES, "install")
WHAT_WAS_NOTED = f"__import__('sys').modules[{trial_kernel.NAME!r}].tell()"

# What nbclient has to say of an app's messages is the app's own doing, line by line.
unheard = logging.getLogger("datahall.apps.unheard")
unheard.setLevel(logging.CRITICAL + 1)


class UnreadableNotebookError(ValueError):
    """A file is no notebook, or none that can be run."""


@dataclass
class TriedNotebook:
    """The cells that a visitor of one language gets, and what has become of them."""

    notebook: NotebookNode
    numbers: list[int]  # of its cells in the notebook as it was submitted, from 1
    running: int = 0  # the index of the cell that runs
    widgets: dict[str, dict[str, Any]] = field(default_factory=dict)


class CellRunner(NotebookClient):
    """Runs single cells on a kernel that is there; the rest of nbclient, with its signals, is not used."""

    def __init__(self, notebook: NotebookNode, *, kernel: TrialKernel, client: BoundedClient, seconds: int) -> None:
        # Its own limits are beyond ours: each of them would end a cell without saying why.
        super().__init__(notebook, km=kernel, iopub_timeout=seconds, log=unheard, timeout=None)
        self.kc: KernelClient = client


@dataclass(frozen=True)
class Trials:
    """Tries apps in kernels of their own, within the time and output that the settings allow."""

    kernels: TrialKernels
    seconds: int
    largest_output: int

    async def run(self, path: Path, *, language: Language) -> TrialReport:
        """Run the notebook at `path` and report.

        Raises
        ------
        UnreadableNotebookError
            If the file is no notebook.
        """
        tried = await asyncio.to_thread(read_notebook, path, language=language)
        begun = time.monotonic()
        async with self.kernels.hold(language=language, largest_output=self.largest_output) as kernel:
            async with opened_client(kernel) as client:
                cells = self._run_cells(tried, kernel, client)
                ending, error = await run_bounded(cells, kernel=kernel, until=begun + self.seconds)
                seconds = time.monotonic() - begun
                told = await _ask_what_was_noted(client, kernel) if ending in ("finished", "failed") else {}
            memory = kernel.read_memory_peak()
        return TrialReport(
            language=language,
            ending=ending,
            seconds=round(seconds, 3),
            memory=memory,
            cells=describe_outputs(tried.notebook, numbers=tried.numbers),
            widgets=tried.widgets,
            error=_describe(error, tried) if ending == "failed" else None,
            used=_take(told, "used", OpenedDataset, most=trial_kernel.MOST_USED),
            attempts=_take(told, "attempts", Attempt, most=trial_kernel.MOST_ATTEMPTS),
        )

    async def _run_cells(self, tried: TriedNotebook, kernel: TrialKernel, client: BoundedClient) -> None:
        await client.wait_for_ready()
        await ask_silently(client, BEGIN_TO_NOTE)
        runner = CellRunner(tried.notebook, kernel=kernel, client=client, seconds=self.seconds)
        tried.widgets = runner.widget_state
        for index, cell in enumerate(tried.notebook.cells):
            tried.running = index
            await runner.async_execute_cell(cell, index, store_history=False)


def read_notebook(path: Path, *, language: Language) -> TriedNotebook:
    """Read a notebook and choose the cells that a visitor gets; what it showed before is not looked at."""
    try:
        notebook = load_notebook(path)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
        selected = select_cells(notebook, language=language)
        numbers = {id(cell): number for number, cell in enumerate(notebook.cells, start=1)}
        return TriedNotebook(selected, [numbers[id(cell)] for cell in selected.cells])
    except Exception as error:  # whatever stands in a stranger's file
        raise UnreadableNotebookError(f"{path.name} is no notebook that can be run: {type(error).__name__}") from error


def _describe(error: BaseException | None, tried: TriedNotebook) -> CellError | None:
    if not isinstance(error, CellExecutionError):
        return None
    source = tried.notebook.cells[tried.running].source
    return describe_error(error, cell=tried.numbers[tried.running], source=source)


async def _ask_what_was_noted(client: BoundedClient, kernel: TrialKernel) -> dict[str, Any]:
    """Return what the kernel tells; an app that keeps it from telling has told nothing."""
    told: list[Any] = []

    async def ask() -> None:
        told.append(await ask_silently(client, "", wish=WHAT_WAS_NOTED))

    await run_bounded(ask(), kernel=kernel, until=time.monotonic() + TELL_WITHIN)
    return told[0] if told and isinstance(told[0], dict) else {}


def _take(told: dict[str, Any], name: str, kind: type[_Part], *, most: int) -> list[_Part]:
    """Return what the kernel told, as much of it as our own code in there would have; nothing where it is nothing."""
    try:
        parts = [
            {key: text[: trial_kernel.LONGEST] for key, text in each.items()} for each in told.get(name, [])[:most]
        ]
        return TypeAdapter(list[kind]).validate_python(parts)  # type: ignore[valid-type] # known when run
    except (ValidationError, TypeError, AttributeError, KeyError):
        return []
