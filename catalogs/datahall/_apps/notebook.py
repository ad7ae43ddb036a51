"""A notebook as it is sent: without what it showed when it was last run. It is JSON, and nothing in it is executed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .._messages import N_, speak
from .answers import Finding, Place

LARGEST_FILE = 100_000_000  # bytes, outputs included, which are not sent
FORMAT = 4  # of nbformat, since 2015


class Flawed(Exception):
    """A file cannot be sent as it is; `flaws` say why, each with its place."""

    def __init__(self, *flaws: Finding) -> None:
        super().__init__(*(flaw.code for flaw in flaws))
        self.flaws = flaws


def make_flaw(code: str, text: str, *, place: Place, mend: str = "", **values: object) -> Finding:
    """Return what is wrong at a place, and how to mend it, in the reader's language."""
    return Finding(code=code, message=speak(text, **values), mend=speak(mend, **values), place=place)


def read_file(file: Path, *, largest: int) -> bytes:
    """Return the bytes of a file; raise `Flawed` where it is not there, is none, or is too large."""
    try:
        if not file.exists():
            raise Flawed(make_flaw("file-missing", N_("The file is missing."), place=Place(file=file.name)))
        if not file.is_file():  # a pipe would keep its reader waiting for ever
            raise Flawed(make_flaw("no-file", N_("This is no file."), place=Place(file=file.name)))
        with file.open("rb") as opened:
            content = opened.read(largest + 1)
    except OSError as error:
        text = N_("The file cannot be read: {reason}.")
        raise Flawed(
            make_flaw("unreadable", text, place=Place(file=file.name), reason=error.strerror or error)
        ) from error
    if len(content) > largest:
        text = N_("The file has more than {limit} bytes.")
        raise Flawed(make_flaw("too-large", text, place=Place(file=file.name), limit=f"{largest:,}"))
    return content


def read_notebook(file: Path) -> dict[str, Any]:
    """Return a notebook without outputs; raise `Flawed`."""
    notebook = _parse(read_file(file, largest=LARGEST_FILE), file=file.name)
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise _no_notebook(file.name)
    if notebook["nbformat"] != FORMAT:
        text = N_("The notebook is of the form {form}; a hall reads form {known}.")
        form = {"form": notebook["nbformat"], "known": FORMAT}
        mend = N_("Open it in JupyterLab and save it.")
        raise Flawed(make_flaw("other-form", text, place=Place(file=file.name), mend=mend, **form))
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise _no_notebook(file.name)
    if flaws := [_no_cell(file.name, number) for number, cell in enumerate(cells, 1) if not _is_cell(cell)]:
        raise Flawed(*flaws)
    return strip_outputs(notebook)


def strip_outputs(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a copy without outputs, counts of runs, and the states that widgets were left in."""
    metadata = notebook.get("metadata")
    kept = {key: value for key, value in metadata.items() if key != "widgets"} if isinstance(metadata, dict) else {}
    return {**notebook, "metadata": kept, "cells": [_strip_cell(cell) for cell in notebook["cells"]]}


def _strip_cell(cell: dict[str, Any]) -> dict[str, Any]:
    return {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell


def _parse(content: bytes, *, file: str) -> Any:
    try:
        parsed = json.loads(content.decode("utf-8-sig"))
        json.dumps(parsed, allow_nan=False, ensure_ascii=False).encode()  # what cannot be sent
        return parsed
    except json.JSONDecodeError as error:
        flaw = make_flaw("not-json", N_("This is not JSON."), place=Place(file=file, line=error.lineno))
    except (UnicodeError, RecursionError, ValueError):
        flaw = make_flaw(
            "not-json", N_("It holds signs, numbers or depths that JSON does not know."), place=Place(file=file)
        )
    raise Flawed(flaw)


def _is_cell(cell: object) -> bool:
    return isinstance(cell, dict) and isinstance(cell.get("cell_type"), str) and _is_text(cell.get("source"))


def _is_text(source: object) -> bool:
    """Tell whether a cell's source is a text, or the list of its lines that a file has."""
    lines = source if isinstance(source, list) else [source]
    return all(isinstance(line, str) for line in lines)


def _no_notebook(file: str) -> Flawed:
    mend = N_("Open it in JupyterLab and save it.")
    return Flawed(make_flaw("no-notebook", N_("This is no notebook."), place=Place(file=file), mend=mend))


def _no_cell(file: str, number: int) -> Finding:
    return make_flaw("no-cell", N_("This is no cell of a notebook."), place=Place(file=file, cell=number))
