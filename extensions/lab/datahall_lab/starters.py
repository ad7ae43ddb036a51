"""What one can begin with: templates that are copied into the home, guides that lie there, and lessons for students.

Of a lesson the hall holds the teacher's version, in nbgrader's form; what is copied here is the student's: without what
stands between the marks of solutions and hidden tests, and without the cells for teachers.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["template", "guide", "lesson"]

TEMPLATES = Path(__file__).with_name("templates")
LESSONS_VARIABLE, GUIDES_VARIABLE = "DATAHALL_LESSONS_FOLDER", "DATAHALL_GUIDES_FOLDER"
HOME_OF_LESSONS, HOME_OF_GUIDES = "lessons", "guides"
TEACHER_ONLY = "teacher-only"
LANGUAGES = ("en", "zh")
_HEADING = re.compile(r"^# +(.+)$", re.MULTILINE)
# nbgrader's marks (nbgrader.readthedocs.io, "Creating and grading assignments").
_LINES = re.MULTILINE | re.DOTALL
_SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION[^\n]*\n.*?^[ \t]*### END SOLUTION[^\n]*$", _LINES)
_HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS[^\n]*\n.*?^[ \t]*### END HIDDEN TESTS[^\n]*\n?", _LINES)
_YOURS = r"\1# YOUR CODE HERE\n\1..."


@dataclass(frozen=True)
class Starter:
    """Something to begin with; `id` is its path within its folder, `path` where it lies in a home, or will."""

    kind: Kind
    id: str
    title: str
    path: str

    def as_json(self) -> dict[str, str]:
        """Return it as the Lab reads it."""
        return asdict(self)


def list_starters(language: str, *, environment: Mapping[str, str] = os.environ) -> list[Starter]:
    """Return all that there is in a language; what cannot be read is left out."""
    return [
        *_list_templates(language),
        *_list_guides(language, environment.get(GUIDES_VARIABLE)),
        *_list_lessons(language, environment.get(LESSONS_VARIABLE)),
    ]


def find_starter(kind: str, id: str, *, environment: Mapping[str, str] = os.environ) -> Starter | None:
    """Return what is called so, in whichever language it is."""
    known = (each for language in LANGUAGES for each in list_starters(language, environment=environment))
    return next((each for each in known if (each.kind, each.id) == (kind, id)), None)


def load_starter(starter: Starter, *, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the notebook that is copied: the template, or the student's version of a lesson."""
    if starter.kind == "template":
        return _read(TEMPLATES / starter.id)
    return make_students_version(_read(Path(environment[LESSONS_VARIABLE]) / starter.id))


def make_students_version(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a lesson without solutions, hidden tests and cells for teachers."""
    cells = [cell for cell in notebook["cells"] if TEACHER_ONLY not in cell.get("metadata", {}).get("tags", [])]
    return notebook | {"cells": [_clear(cell) if cell["cell_type"] == "code" else cell for cell in cells]}


def _clear(cell: dict[str, Any]) -> dict[str, Any]:
    source = _HIDDEN.sub("", _SOLUTION.sub(_YOURS, _join(cell["source"]))).rstrip("\n")
    return cell | {"source": source.splitlines(keepends=True), "outputs": [], "execution_count": None}


def _list_templates(language: str) -> Iterator[Starter]:
    for file in sorted((TEMPLATES / language).glob("*.ipynb")):
        if (title := _find_title(file)) is not None:
            name = re.sub(r"^\d+-", "", file.name)
            yield Starter("template", f"{language}/{file.name}", title, name)


def _list_guides(language: str, folder: str | None) -> Iterator[Starter]:
    """Return the guides at the top of their folder; one is named in the language it is written in."""
    for file in sorted(Path(folder).glob("*.ipynb")) if folder else ():
        is_chinese = not file.stem.isascii()
        if is_chinese == (language == "zh") and (title := _find_title(file)) is not None:
            yield Starter("guide", file.name, title, f"{HOME_OF_GUIDES}/{file.name}")


def _list_lessons(language: str, folder: str | None) -> Iterator[Starter]:
    for file in sorted(Path(folder).glob(f"*/{language}/*.ipynb")) if folder else ():
        if (title := _find_title(file)) is not None:
            course = file.parts[-3]
            yield Starter("lesson", "/".join(file.parts[-3:]), title, f"{HOME_OF_LESSONS}/{course}/{file.name}")


def _find_title(file: Path) -> str | None:
    try:
        found = _HEADING.search(_join(_read(file)["cells"][0]["source"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found[1].strip() if found else None


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_bytes())
    return content


def _join(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
