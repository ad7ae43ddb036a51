"""What one can begin with: templates and lessons that are copied into the home, and guides that lie there.

The hall shows everybody the students' version of a lesson. Solutions and hidden tests are shown to teachers alone: they
find both versions, each in a folder of its own, so that nobody hands out the wrong one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["template", "guide", "guide-folder", "lesson", "teachers-lesson"]

TEMPLATES = Path(__file__).with_name("templates")
LESSONS_VARIABLE, GUIDES_VARIABLE = "DATAHALL_LESSONS_FOLDER", "DATAHALL_GUIDES_FOLDER"
TEACHERS_VARIABLE = "DATAHALL_TEACHERS_LESSONS_FOLDER"
VARIABLES = {"guide": GUIDES_VARIABLE, "lesson": LESSONS_VARIABLE, "teachers-lesson": TEACHERS_VARIABLE}
HOME_OF_LESSONS, HOME_OF_SOLUTIONS, HOME_OF_GUIDES = "lessons", "lessons-with-solutions", "guides"
# The folders of a home that the hall fills, where nobody's own notebooks begin; `own_folder.ts` has the same.
SHIPPED = ("catalogs", HOME_OF_GUIDES, HOME_OF_LESSONS, HOME_OF_SOLUTIONS)
# The folder of the guides to the domains. They are one card: twenty would bury what a newcomer looks for.
DOMAINS = {"en": ("domains", "Guides to the {count} domains"), "zh": ("领域", "{count} 个领域的指南")}
LANGUAGES = ("en", "zh")
_HEADING = re.compile(r"^# +(.+)$", re.MULTILINE)


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
        *_list_lessons(language, environment.get(TEACHERS_VARIABLE), kind="teachers-lesson"),
    ]


def find_starter(kind: str, id: str, *, environment: Mapping[str, str] = os.environ) -> Starter | None:
    """Return what is called so, in whichever language it is."""
    known = (each for language in LANGUAGES for each in list_starters(language, environment=environment))
    return next((each for each in known if (each.kind, each.id) == (kind, id)), None)


def load_starter(starter: Starter, *, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the notebook that is copied."""
    folder = TEMPLATES if starter.kind == "template" else Path(environment[VARIABLES[starter.kind]])
    return _read(folder / starter.id)


def list_guides_in(starter: Starter, *, environment: Mapping[str, str] = os.environ) -> list[Starter]:
    """Return the guides in a folder of guides."""
    return list(_find_guides(environment[GUIDES_VARIABLE], within=f"{starter.id}/"))


def _list_templates(language: str) -> Iterator[Starter]:
    for file in sorted((TEMPLATES / language).glob("*.ipynb")):
        if (title := _find_title(file)) is not None:
            name = re.sub(r"^\d+-", "", file.name)
            yield Starter("template", f"{language}/{file.name}", title, name)


def _list_guides(language: str, folder: str | None) -> Iterator[Starter]:
    """Return the guides at the top of their folder, then the folder with those to the domains, as one.

    A guide is named in the language it is written in.
    """
    if not folder:
        return
    for guide in _find_guides(folder):
        if guide.id.isascii() == (language == "en"):
            yield guide
    name, title = DOMAINS[language]
    if count := len(list(_find_guides(folder, within=f"{name}/"))):
        yield Starter("guide-folder", name, title.format(count=count), f"{HOME_OF_GUIDES}/{name}")


def _find_guides(folder: str, *, within: str = "") -> Iterator[Starter]:
    for file in sorted(Path(folder, within).glob("*.ipynb")):
        if (title := _find_title(file)) is not None:
            id = f"{within}{file.name}"
            yield Starter("guide", id, title, f"{HOME_OF_GUIDES}/{id}")


def _list_lessons(language: str, folder: str | None, *, kind: Kind = "lesson") -> Iterator[Starter]:
    home = HOME_OF_SOLUTIONS if kind == "teachers-lesson" else HOME_OF_LESSONS
    for file in sorted(Path(folder).glob(f"*/{language}/*.ipynb")) if folder else ():
        if (title := _find_title(file)) is not None:
            yield Starter(kind, "/".join(file.parts[-3:]), title, f"{home}/{file.parts[-3]}/{file.name}")


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
