"""What students get of a lesson: without solutions, hidden tests and cells for teachers.

The hall holds the teacher's version, in nbgrader's form (nbgrader.readthedocs.io, "Creating and grading assignments").
What nbgrader calls locked, checks above all, cannot be changed in a notebook, and no cell of an exercise deleted.
A lesson from which a mark of nbgrader's would remain (one that nobody closed, say) is left out whole, and said to be.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TEACHER_ONLY = "teacher-only"  # the tag of a cell
_PLACES = "*/*/*.ipynb"  # <course>/<language>/<lesson>.ipynb
_LINES = re.MULTILINE | re.DOTALL
_SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION[^\n]*\n.*?^[ \t]*### END SOLUTION[^\n]*$", _LINES)
_HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS[^\n]*\n.*?^[ \t]*### END HIDDEN TESTS[^\n]*\n?", _LINES)
_MARK = re.compile(r"(BEGIN|END)\s+(SOLUTION|HIDDEN\s+TESTS)", re.IGNORECASE)
_YOURS = r"\1# YOUR CODE HERE\n\1..."


class UnclearLessonError(ValueError):
    """A lesson that cannot be given to students; the message says which mark it is."""


def describe_lessons(folder: Path) -> str:
    """Return a text that changes when a lesson below `folder` is made, changed or removed."""
    return "\n".join(f"{name} {_describe_file(path)}" for name, path in _find_lessons(folder))


def read_students_lessons(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the students' version of each lesson, by its path within `folder`; what is left out is told on stderr."""
    for name, path in _find_lessons(folder):
        try:
            students = make_students_version(json.loads(path.read_bytes()))
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            print(f"{path} is not given to students: {error}", file=sys.stderr)
        else:
            yield name, json.dumps(students, ensure_ascii=False, indent=1).encode()


def make_students_version(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a lesson without solutions, hidden tests and cells for teachers.

    Raises
    ------
    UnclearLessonError
        If a mark of a solution or a hidden test would remain.
    """
    cells = [cell for cell in notebook["cells"] if TEACHER_ONLY not in cell.get("metadata", {}).get("tags", [])]
    students = notebook | {"cells": [_clear(cell) if cell["cell_type"] == "code" else cell for cell in cells]}
    if mark := _MARK.search(json.dumps(students)):
        raise UnclearLessonError(f"'{mark[0]}' has no other end, or is not written as '### {mark[0]}'")
    return students


def _clear(cell: dict[str, Any]) -> dict[str, Any]:
    source = _HIDDEN.sub("", _SOLUTION.sub(_YOURS, _join(cell["source"]))).rstrip("\n")
    cleared = cell | {"source": source.splitlines(keepends=True), "outputs": [], "execution_count": None}
    return cleared | {"metadata": cell["metadata"] | _lock(cell["metadata"].get("nbgrader", {}))}


def _lock(role: dict[str, Any]) -> dict[str, bool]:
    """Return what nbgrader's own students' versions tell a notebook's editor of a cell with this role."""
    if role.get("solution"):
        return {"deletable": False}
    return {"deletable": False, "editable": False} if role.get("locked") or role.get("grade") else {}


def _join(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _find_lessons(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob(_PLACES)):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path.relative_to(folder).as_posix(), path


def _describe_file(path: Path) -> str:
    try:
        status = path.stat()
    except FileNotFoundError:  # the next look no longer lists it
        return ""
    return f"{status.st_mtime_ns} {status.st_size}"
