"""The curated notebooks, and how tests run them: from top to bottom, in a kernel as people's are."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
APPS = sorted((NOTEBOOKS / "apps").glob("*/app.ipynb"))
GUIDES = sorted((NOTEBOOKS / "guides").glob("*.ipynb"))
DOMAINS = {folder: sorted((NOTEBOOKS / "guides" / folder).glob("*.ipynb")) for folder in ("domains", "领域")}
COURSE = NOTEBOOKS / "lessons/from-table-to-app"
LESSONS = sorted(COURSE.glob("*/*.ipynb"))
TEMPLATES = sorted((NOTEBOOKS.parent / "extensions/lab/datahall_lab/templates").glob("*/*.ipynb"))
LONGEST = 60  # seconds a notebook may take, on a busy machine too
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def is_chinese(path: Path) -> bool:
    return path.parent.name == "zh" or bool(CHINESE.search(path.stem))


def language_of(path: Path) -> str:
    return "zh" if is_chinese(path) else "en"


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


class Ran:
    """A notebook that has run from top to bottom, and its kernel, which can be asked more."""

    def __init__(
        self, notebook: nbformat.NotebookNode, *, folder: Path, kernels: ExitStack, allow_errors: bool = False
    ) -> None:
        begun = time.monotonic()
        self.client = NotebookClient(
            notebook,
            timeout=LONGEST,
            kernel_name="python3",
            allow_errors=allow_errors,
            resources={"metadata": {"path": str(folder)}},
        )
        kernels.enter_context(self.client.setup_kernel())
        for number, cell in enumerate(self.client.nb.cells):
            self.client.execute_cell(cell, number)
        self.seconds = time.monotonic() - begun

    def read(self, value: str) -> str:
        """Return what ``repr`` of an expression is in the kernel."""
        cells = self.client.nb.cells
        cells.append(nbformat.v4.new_code_cell(f"print(repr({value}))"))
        outputs = self.client.execute_cell(cells[-1], len(cells) - 1).outputs
        # A busy machine sends a value and the end of its line one after the other.
        return "".join(output["text"] for output in outputs if output.get("name") == "stdout").strip()

    def outputs(self) -> list[nbformat.NotebookNode]:
        """Return what its cells have shown."""
        return [output for cell in self.client.nb.cells for output in cell.get("outputs", [])]
