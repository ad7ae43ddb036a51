"""What the apps service tells about a trial: one run of a version, top to bottom, in a visitor's sandbox.

The service runs and reports; whether what it saw may be published is judged by `checks`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Ending = Literal["finished", "failed", "too-slow", "too-large", "died"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CellOutputs(_Part):
    """What one cell put out; `cell` counts all cells of the notebook as it was submitted, from 1."""

    cell: int
    outputs: list[dict[str, Any]]  # as nbformat has them


class CellError(_Part):
    """The error that ended a trial: its name and words, the cell and the line in it."""

    cell: int
    name: str
    text: str
    line: int | None = None


class OpenedDataset(_Part):
    """A dataset that the app opened, as `datahall.used()` tells it."""

    id: str
    version: str


class Attempt(_Part):
    """Something that the app tried and could not do there, such as reaching a host."""

    kind: Literal["connect", "resolve", "read", "start"]
    target: str  # `host:port`, a host's name, a path, or a program


class TrialReport(_Part):
    """One trial in one language; texts are cut where they are long, never the numbers."""

    language: Literal["en", "zh"]
    ending: Ending
    seconds: float
    memory: int | None = None  # bytes at the highest point, where the machine counts them
    cells: list[CellOutputs] = []
    widgets: dict[str, dict[str, Any]] = {}  # the state of each widget at the end, by its model id
    error: CellError | None = None
    used: list[OpenedDataset] = []
    attempts: list[Attempt] = []
