"""Whether what was submitted is a notebook that can become an app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .finding import Finding, Place
from .findings import make_finding
from .pieces import NOTEBOOK, as_mapping, as_text, list_cells
from .subject import Subject

FORMAT = 4  # of nbformat
MOST_CELLS = 500  # a page of more could hardly be read
PYTHON = "python"


def judge_notebook(subject: Subject) -> Iterator[Finding]:
    """Yield what is wrong with the form of the notebook."""
    notebook, place = subject.notebook, Place(file=NOTEBOOK)
    cells = list_cells(notebook)
    if notebook.get("nbformat") != FORMAT:
        yield make_finding("format-old", place)
    if not any(cell.get("cell_type") == "code" and as_text(cell.get("source")).strip() for _, cell in cells):
        yield make_finding("no-code", place)
    if (language := find_language(notebook)) and language.lower() != PYTHON:
        yield make_finding("not-python", place, language=language)
    if len(cells) > MOST_CELLS:
        yield make_finding("too-many-cells", place, count=len(cells), most=MOST_CELLS)
    if count := sum(bool(cell.get("outputs")) for _, cell in cells):
        yield make_finding("outputs-stored", place, count=count)


def find_language(notebook: Mapping[str, Any]) -> str:
    """Return the language a notebook says that it is in; empty where it says none."""
    metadata = as_mapping(notebook.get("metadata"))
    of_kernel = as_text(as_mapping(metadata.get("kernelspec")).get("language"))
    return of_kernel or as_text(as_mapping(metadata.get("language_info")).get("name"))
