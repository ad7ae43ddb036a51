"""What is told of cells that have run: their outputs as a visitor could see them, and the error that ended a trial."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from datahall_hub.app_life.trial_report import CellError, CellOutputs

LONGEST_NAME, LONGEST_TEXT = 100, 600  # characters of an error
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
IN_CELL = re.compile(r"Cell In\[\d+\], line (\d{1,9})\b")  # the outermost frame of a traceback comes first
IN_FILE = re.compile(r" \([\w.<>-]+, line (\d+)\)$")  # which a syntax error says of the cell
LEADING = re.compile(r"(?:[^\S\n]*\n)+")
UNSEEN = re.compile(r"[^\S \n]|[\x00-\x09\x0b-\x1f\x7f]")


def describe_outputs(notebook: NotebookNode, *, numbers: Sequence[int]) -> list[CellOutputs]:
    """Return what each cell put out that put out something; `numbers` are those of the cells."""
    return [
        CellOutputs(cell=number, outputs=_join_streams(cell.outputs))
        for number, cell in zip(numbers, notebook.cells, strict=True)
        if cell.cell_type == "code" and cell.outputs
    ]


def describe_error(error: CellExecutionError, *, cell: int, source: str) -> CellError:
    """Return the error of a cell without its traceback, which names files."""
    text = IN_FILE.sub("", clean(error.evalue))
    return CellError(
        cell=cell,
        name=clean(error.ename)[:LONGEST_NAME],
        text=text[:LONGEST_TEXT] + ("…" if len(text) > LONGEST_TEXT else ""),
        line=find_line(COLOURS.sub("", error.traceback), source=source),
    )


def find_line(traceback: str, *, source: str) -> int | None:
    """Return the line of a cell that a traceback names first; None where it names none that the cell has."""
    found = IN_CELL.search(traceback)
    above = LEADING.match(source)  # IPython takes empty lines away before it counts
    line = int(found[1]) + (above[0].count("\n") if above else 0) if found else 0
    return line if 1 <= line <= source.count("\n") + 1 else None


def clean(text: object) -> str:
    """Return a text without colours and signs that nobody sees."""
    return UNSEEN.sub(" ", COLOURS.sub("", str(text)))


def _join_streams(outputs: Sequence[NotebookNode]) -> list[dict[str, Any]]:
    """Return outputs with neighbouring pieces of one stream as one, and no tracebacks."""
    joined: list[dict[str, Any]] = []
    pieces: list[str] = []
    for output in outputs:
        if output.output_type == "stream":
            if not (joined and joined[-1]["output_type"] == "stream" and joined[-1]["name"] == output.name):
                pieces = []
                joined.append({**output, "text": pieces})
            pieces.append(str(output.text))
        else:
            joined.append({**output, "traceback": []} if output.output_type == "error" else dict(output))
    return [{**each, "text": "".join(each["text"])} if each["output_type"] == "stream" else each for each in joined]
