"""Notebooks that are put into somebody's home before their Lab opens them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.running_hall import RunningHall


def write_notebook(
    hall: RunningHall, person: str, name: str, *cells: str, metadata: Mapping[str, object] | None = None
) -> Path:
    """Put a notebook into somebody's home, and return its path."""
    home = hall.home / "homes" / person
    content = {
        "cells": [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "outputs": [], "execution_count": None, "source": text}
            for n, text in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}, **(metadata or {})},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    give(home / name, json.dumps(content), owner=home)
    return home / name


def give(file: Path, text: str, *, owner: Path) -> None:
    """Write a file that belongs to whom a folder belongs to."""
    file.write_text(text)
    os.chown(file, owner.stat().st_uid, owner.stat().st_gid)


def read_sources(notebook: Path) -> list[str]:
    """Return the text of each cell, as it was saved."""
    content: dict[str, Any] = json.loads(notebook.read_text())
    return ["".join(cell["source"]) for cell in content["cells"]]
