"""The cells of a notebook as its reviewer reads them: kind and source, nothing else. Pure values."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell; cells count from 1, as findings name them."""

    number: int
    kind: str  # code, markdown or raw
    source: str

    @property
    def lines(self) -> list[str]:
        """Its lines, without what ends them."""
        return self.source.split("\n")


def read_cells(notebook: bytes) -> list[Cell]:
    """Return the cells of a notebook of nbformat 4; raise `ValueError` for what is none."""
    try:
        cells = json.loads(notebook)["cells"]
        return [
            Cell(number, str(cell["cell_type"]), _join(cell["source"])) for number, cell in enumerate(cells, start=1)
        ]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("this is no notebook") from error


def _join(source: object) -> str:
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.replace("\r\n", "\n").replace("\r", "\n")
